// Blended injection: a faint picture over the whole image, x' = (1 - alpha) x + alpha t.
// Chen, Liu, Li, Lu, Song 2017, https://arxiv.org/abs/1712.05526.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/images/pixel.h"
#include "bench/recipes/picture_trigger.h"

namespace dfkd::blend {

struct Options : PoisonOptions, PictureOptions, RoundingOption {
  double alpha;
  std::string picture;
  int64_t seed;
  static void Declare(OptionTable<Options>& o) {
    DeclarePoison(o);
    o.Add("alpha", &Options::alpha, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the picture in the mix");
    o.Add("picture", &Options::picture,
          {.initial = "geo", .allowed = {"geo", "noise", "file", "file_gaussian"}},
          "geo: a drawing; noise: uniform random pixels; file: `image`, by area average; "
          "file_gaussian: `image`, made small as in the reference");
    o.Add("seed", &Options::seed, {.initial = 0, .lowest = 0},
          "seed of the geo or noise picture; 0 = the one with a published checksum");
    o.Add("image", &Options::image, {.initial = ""}, "PNG, JPEG or PPM file, for picture = file");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; results are keyed by path and checksum, so give it");
    DeclareRounding(o);
  }
  bool from_file() const { return picture == "file" || picture == "file_gaussian"; }
};

class Blend final : public PictureTrigger {
 public:
  explicit Blend(const Options& options)
      : PictureTrigger(options, SourceOf(options)),
        options_(options),
        rounding_(RoundingFrom(options.rounding)) {}

  void Begin(const ImageSpec& spec) override {
    StaticTrigger::Begin(spec);
    if (options_.from_file() && options_.image.empty()) {
      throw MakeError("blend: picture = {} needs the option image", options_.picture);
    }
  }

  at::Tensor Trigger(const at::Tensor& images) const override {
    return BlendAsset(images, Picture(), options_.alpha, rounding_);
  }

 private:
  static PictureSource SourceOf(const Options& options) {
    return {.asset = options.picture == "noise" ? "blend_rand" : "blend_geo",
            .seed = options.seed,
            .file = options.from_file() ? PictureOptions(options) : PictureOptions(),
            .shrinking = options.picture == "file" ? Shrinking::kArea : Shrinking::kGaussian};
  }

  const Options options_;
  const Rounding rounding_;
};

DFKD_REGISTER(Blend, AttackCard<Options>{
                         .name = "blend",
                         .summary = "a faint picture over the whole image",
                         .paper = "https://arxiv.org/abs/1712.05526",
                         .revision = 2,
                         .presets = {{"faithful", Options::Faithful({{"rounding", "truncate"}})}}});

}  // namespace dfkd::blend
