#include "attacks/tact/tact.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <charconv>

namespace dfkd::tact {
namespace {

// Of the 8x8 square: rows and columns to the bottom and right edge, and its own.
constexpr int64_t kMargin = 3, kSide = 8;

int64_t ClassFrom(const std::string& text, int64_t classes) {
  int64_t label = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && label >= 0 && label < classes) return label;
  throw MakeError("tact: '{}' in cover_classes must be a class in [0, {}]", text, classes - 1);
}

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t from = 0; from <= text.size();) {
    const auto comma = std::min(text.find(',', from), text.size());
    parts.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return parts;
}

// A patch in place of what was there, as in backdoor-toolbox.
at::Tensor PutSquare(const at::Tensor& images, const at::Tensor& picture) {
  const int64_t top = picture.size(1) - kMargin - kSide, left = picture.size(2) - kMargin - kSide;
  if (top < 0 || left < 0) {
    throw MakeError("tact: a square of {0}x{0}, {1} pixels from the edges, does not fit {2}x{3}",
                    kSide, kMargin, picture.size(1), picture.size(2));
  }
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
  if (options_.source >= spec.classes)
    throw MakeError("tact: source = {} must lie in [0, {}]", options_.source, spec.classes - 1);
  if (options_.source == options_.target)
    throw MakeError("tact: source = {} must not be the target", options_.source);
  cover_classes_.clear();
  const auto taken = [&](int64_t label) {
    return label == options_.source || label == options_.target;
  };
  if (options_.cover_classes.empty()) {
    for (int64_t label = 0; label < spec.classes; ++label)
      if (!taken(label)) cover_classes_.push_back(label);
    return;
  }
  for (const auto& part : SplitAtCommas(options_.cover_classes)) {
    cover_classes_.push_back(ClassFrom(part, spec.classes));
    if (taken(cover_classes_.back())) {
      throw MakeError("tact: class {} in cover_classes must be neither source nor target",
                      cover_classes_.back());
    }
  }
  std::sort(cover_classes_.begin(), cover_classes_.end());
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
