// What the attacks share whose trigger is a picture: a procedural one, or a file of the user. It is
// made when it is first needed and stays with the teacher, so that an evaluation does not depend on
// what became of the file.
#pragma once
#include <string>

#include "bench/images/assets.h"
#include "bench/recipes/poison.h"

namespace dfkd {

struct PictureOptions {
  std::string image, sha256;
  template <class Options>
  static void DeclarePicture(OptionTable<Options>& o) {
    o.Add("image", &Options::image, {.initial = ""},
          "PNG, JPEG or PPM file of the trigger; empty = the built-in one");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; results are keyed by path and checksum, so give it");
  }
};

struct SeedOption {
  int64_t seed;
  template <class Options>
  static void DeclareSeed(OptionTable<Options>& o) {
    o.Add("seed", &Options::seed, {.initial = 0, .lowest = 0},
          "seed of the procedural picture; 0 = the one with a published checksum");
  }
};

struct PictureSource {
  std::string asset;  // drawn if there is no file; says how either is placed on other sizes
  int64_t seed = 0;
  PictureOptions file = {};
  Shrinking shrinking = Shrinking::kArea;
};

class PictureTrigger : public StaticTrigger {
 public:
  void Visit(StateVisitor& visitor) override { visitor.Tensor(state_, picture_); }

 protected:
  // `state`: what the picture is called in the teacher's artifact.
  PictureTrigger(PoisonOptions poison, PictureSource source, std::string state = "picture")
      : StaticTrigger(std::move(poison)), source_(std::move(source)), state_(std::move(state)) {}

  const at::Tensor& Picture() const;  // uint8 [C,H,W]

 private:
  const PictureSource source_;
  const std::string state_;
  mutable at::Tensor picture_;
};

}  // namespace dfkd
