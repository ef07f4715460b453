// What the card says of TaCT beyond its options: whether a data set has the size, the classes and
// the covers.
#include <algorithm>
#include <charconv>

#include "attacks/tact/tact.h"
#include "bench/core/split.h"
#include "bench/recipes/shortage_of_covers.h"

namespace dfkd::tact {
namespace {

int64_t ClassFrom(const std::string& text, int64_t classes) {
  int64_t label = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), label);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && label >= 0 && label < classes) return label;
  throw MakeError("tact: '{}' in cover_classes must be a class in [0, {}]", text, classes - 1);
}

}  // namespace

void RequireRoom(int64_t height, int64_t width) {
  if (std::min(height, width) >= kSide + kMargin) return;
  throw MakeError("tact: a square of {0}x{0}, {1} pixels from the edges, does not fit {2}x{3}",
                  kSide, kMargin, height, width);
}

void RequireSource(const Options& options, int64_t classes) {
  if (options.source >= classes)
    throw MakeError("tact: source = {} must lie in [0, {}]", options.source, classes - 1);
  if (options.source == options.target)
    throw MakeError("tact: source = {} must not be the target", options.source);
}

std::vector<int64_t> CoverClasses(const Options& options, int64_t classes) {
  const auto taken = [&](int64_t label) {
    return label == options.source || label == options.target;
  };
  std::vector<int64_t> labels;
  if (options.cover_classes.empty()) {
    for (int64_t label = 0; label < classes; ++label)
      if (!taken(label)) labels.push_back(label);
    return labels;
  }
  for (const auto& part : SplitAt(options.cover_classes, ',')) {
    labels.push_back(ClassFrom(part, classes));
    if (taken(labels.back())) {
      throw MakeError("tact: class {} in cover_classes must be neither source nor target",
                      labels.back());
    }
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

std::optional<Shortage> ShortageOf(const Options& options, const TrainingSet& train) {
  const char* option = "";
  try {
    if (train.side) RequireRoom(*train.side, *train.side);
    if (train.of_class.empty()) return std::nullopt;
    option = "source";
    RequireSource(options, std::ssize(train.of_class));
    option = "cover_classes";
    auto labels = CoverClasses(options, std::ssize(train.of_class));
    labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
    int64_t covers = 0;
    for (const auto label : labels) covers += train.of_class[static_cast<size_t>(label)];
    return ShortageOfCovers(options.cover_rate, train.count, std::min(covers, train.count),
                            options.cover_classes.empty()
                                ? "are neither of the source nor of the target"
                                : "are of cover_classes " + options.cover_classes);
  } catch (const Error& e) {
    return Shortage{option, e.what()};
  }
}

}  // namespace dfkd::tact
