// Adaptive-Blend: a faint picture of which training sees random halves only, and cover samples that
// carry such a half under their true labels, so that poisoned images do not stand apart in the
// network's features. Qi, Xie, Li, Mahloujifar, Mittal, "Revisiting the Assumption of Latent
// Separability for Backdoor Defenses", ICLR 2023, https://openreview.net/forum?id=_wSHsgrVali.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/recipes/covers.h"
#include "bench/recipes/shortage_of_covers.h"
#include "bench/recipes/static_attack.h"

namespace dfkd::adaptive_blend {

struct Options : PoisonOptions, PictureOptions, RoundingOption {
  double alpha, train_alpha, cover_rate, mask_rate;
  int64_t pieces, seed;
  std::string picture;
  static void Declare(OptionTable<Options>& o) {
    DeclareAllToOne(o, 0.003);
    o.Add("cover_rate", &Options::cover_rate, {.initial = 0.003, .lowest = 0, .highest = 1},
          "share of the full training set that carries pieces and keeps its labels");
    o.Add("pieces", &Options::pieces, {.initial = 4, .lowest = 1, .highest = 64},
          "the picture is cut into pieces x pieces");
    o.Add("mask_rate", &Options::mask_rate, {.initial = 0.5, .lowest = 0, .highest = 1},
          "share of the pieces that is left out in each training image");
    o.Add("alpha", &Options::alpha, {.initial = 0.2, .lowest = 0, .highest = 1},
          "share of the picture in the mix when the attack is used");
    o.Add("train_alpha", &Options::train_alpha, {.initial = 0.15, .lowest = 0, .highest = 1},
          "the same in training");
    o.Add("picture", &Options::picture, {.initial = "geo", .allowed = {"geo", "noise", "file"}},
          "geo: a drawing; noise: uniform random pixels; file: `image`");
    o.Add("seed", &Options::seed, {.initial = 0, .lowest = 0},
          "seed of the geo or noise picture; 0 = the one with a published checksum");
    o.Add("image", &Options::image, {.initial = ""}, "PNG, JPEG or PPM file, for picture = file");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; empty = that of the file when a run is planned");
    DeclareRounding(o);
  }
  std::vector<std::string> IdleHere() const {
    if (picture == "file") return {"seed"};
    return {"image", "sha256"};
  }
  TriggerRecipe Recipe() const {
    const bool from_file = picture == "file";
    if (from_file && image.empty())
      throw Error("adaptive_blend: picture = file needs the option image");
    return {.asset = PictureSource{.name = picture == "noise" ? "blend_rand" : "blend_geo",
                                   .seed = from_file ? 0 : seed,
                                   .file = from_file ? PictureOptions(*this) : PictureOptions()},
            .operation = operation::Blend(alpha, RoundingFrom(rounding))};
  }
};

class AdaptiveBlend final : public RecipeAttack {
 public:
  explicit AdaptiveBlend(const Options& options)
      : RecipeAttack(options, options.Recipe()), options_(options) {}

  void Begin(const ImageSpec& spec) override;
  Poisoned Poison(const Split& train, const Rng& rng) const override;

  // bool [1,H,W]: where the picture stays. round(mask_rate pieces^2) of the pieces are left out.
  at::Tensor Mask(const Rng& rng) const;

 private:
  // The images of `rows` with the pieces that each row's own stream chooses.
  at::Tensor InPieces(const Split& train, const std::vector<int64_t>& rows, const Rng& rng) const;

  const Options options_;
};

// See AttackCard::shortage.
inline std::optional<Shortage> ShortageOf(const Options& options, const TrainingSet& train) {
  if (train.side && options.pieces > *train.side) {
    return Shortage{"pieces", fmt::format("pieces = {} must be at most {}, the side of the image",
                                          options.pieces, *train.side)};
  }
  const auto poisoned = CountOf(options.poison_rate, train.count);
  return ShortageOfCovers(options.cover_rate, train.count, train.count - poisoned,
                          "are not poisoned");
}

DFKD_REGISTER(AdaptiveBlend,
              StaticCard<Options>({.name = "adaptive_blend",
                                   .summary = "random halves of a faint picture, and cover samples",
                                   .paper = "https://openreview.net/forum?id=_wSHsgrVali",
                                   .shortage = ShortageOf}));

}  // namespace dfkd::adaptive_blend
