#include "attacks/adaptive_blend/adaptive_blend.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <cmath>

#include "bench/nn/random.h"

namespace dfkd::adaptive_blend {

void AdaptiveBlend::Begin(const ImageSpec& spec) {
  if (options_.pieces > std::min(spec.height, spec.width)) {
    throw MakeError("adaptive_blend: pieces = {} must be at most {}, the side of the image",
                    options_.pieces, std::min(spec.height, spec.width));
  }
  RecipeAttack::Begin(spec);
}

at::Tensor AdaptiveBlend::Mask(const Rng& rng) const {
  const int64_t side = options_.pieces, height = spec().height, width = spec().width;
  const int64_t left_out = std::llround(options_.mask_rate * static_cast<double>(side * side));
  auto mask = at::ones({1, height, width}, at::kBool);
  const auto order = Rng(rng).Permutation(side * side);
  for (int64_t i = 0; i < left_out; ++i) {
    const int64_t row = order[i] / side, column = order[i] % side;
    const int64_t top = row * height / side, bottom = (row + 1) * height / side;
    const int64_t left = column * width / side, right = (column + 1) * width / side;
    mask.slice(1, top, bottom).slice(2, left, right).fill_(false);
  }
  return mask;
}

at::Tensor AdaptiveBlend::InPieces(const Split& train, const std::vector<int64_t>& rows,
                                   const Rng& rng) const {
  const auto images =
      train.images.index_select(0, at::tensor(rows, at::kLong).to(train.images.device()));
  std::vector<at::Tensor> masks = {at::empty({0, 1, spec().height, spec().width}, at::kBool)};
  for (const int64_t row : rows) masks.push_back(Mask(rng.Fork("pieces", row)).unsqueeze(0));
  const auto blended =
      BlendAsset(images, Asset(), options_.train_alpha, RoundingFrom(options_.rounding));
  return at::where(at::cat(masks).to(images.device()), blended, images);
}

Poisoned AdaptiveBlend::Poison(const Split& train, const Rng& rng) const {
  auto poisoned = RecipeAttack::Poison(train, rng);
  PutImages(poisoned, poisoned.indices, InPieces(train, poisoned.indices, rng));
  const int64_t count = CountOf(options_.cover_rate, train.labels.size(0));
  poisoned.covers =
      ChooseCovers(poisoned, train.labels, count, rng.Fork("covers"), [](int64_t) { return true; });
  PutImages(poisoned, poisoned.covers, InPieces(train, poisoned.covers, rng));
  return poisoned;
}

}  // namespace dfkd::adaptive_blend
