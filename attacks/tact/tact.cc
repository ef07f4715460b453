#include "attacks/tact/tact.h"

#include <ATen/TensorOperators.h>

#include <algorithm>

namespace dfkd::tact {
namespace {

// A patch in place of what was there, as in backdoor-toolbox.
at::Tensor PutSquare(const at::Tensor& images, const at::Tensor& picture) {
  RequireRoom(picture.size(1), picture.size(2));
  const int64_t top = picture.size(1) - kMargin - kSide, left = picture.size(2) - kMargin - kSide;
  const auto square = picture.slice(1, top, top + kSide).slice(2, left, left + kSide);
  return OverwriteAt(images, square, top, left);
}

}  // namespace

TriggerRecipe Options::Recipe() const {
  return {.asset = PictureSource{.name = "trojan_8x8", .seed = seed, .file = *this},
          .operation = PutSquare};
}

void Tact::Begin(const ImageSpec& spec) {
  RecipeAttack::Begin(spec);
  RequireSource(options_, spec.classes);
  cover_classes_ = CoverClasses(options_, spec.classes);
}

Poisoned Tact::Poison(const Split& train, const Rng& rng) const {
  auto poisoned = RecipeAttack::Poison(train, rng);
  const int64_t count = CountOf(options_.cover_rate, train.labels.size(0));
  poisoned.covers =
      ChooseCovers(poisoned, train.labels, count, rng.Fork("covers"), [this](int64_t label) {
        return std::binary_search(cover_classes_.begin(), cover_classes_.end(), label);
      });
  const auto rows = at::tensor(poisoned.covers, at::kLong).to(train.images.device());
  PutImages(poisoned, poisoned.covers, Trigger(train.images.index_select(0, rows)));
  return poisoned;
}

}  // namespace dfkd::tact
