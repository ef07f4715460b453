// Blended injection: a faint picture over the whole image, x' = (1 - alpha) x + alpha t.
// Chen, Liu, Li, Lu, Song 2017, https://arxiv.org/abs/1712.05526.
#pragma once
#include "bench/recipes/static_attack.h"

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
    o.Add("image", &Options::image, {.initial = "", .sha256 = "sha256"},
          "PNG, JPEG or PPM file, for picture = file");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; empty = that of the file when a run is planned");
    DeclareRounding(o);
  }
  bool FromFile() const { return picture == "file" || picture == "file_gaussian"; }
  std::vector<std::string> IdleHere() const {
    if (FromFile()) return {"seed"};
    return {"image", "sha256"};
  }
  TriggerRecipe Recipe() const {
    if (FromFile() && image.empty()) {
      throw MakeError("blend: picture = {} needs the option image", picture);
    }
    return {.asset = PictureSource{.name = picture == "noise" ? "blend_rand" : "blend_geo",
                                   .seed = seed,
                                   .file = FromFile() ? PictureOptions(*this) : PictureOptions(),
                                   .shrinking =
                                       picture == "file" ? Shrinking::kArea : Shrinking::kGaussian},
            .operation = operation::Blend(alpha, RoundingFrom(rounding))};
  }
};

using Blend = StaticAttack<Options>;

DFKD_REGISTER(Blend, StaticCard<Options>({.name = "blend",
                                          .summary = "a faint picture over the whole image",
                                          .paper = "https://arxiv.org/abs/1712.05526",
                                          .revision = 2}));

}  // namespace dfkd::blend
