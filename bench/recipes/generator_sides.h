// Which images the generators of bench/nn/generator.h can make. No LibTorch: cards ask before
// anything runs.
#pragma once
#include <string>

#include "bench/core/error.h"
#include "bench/core/json.h"

namespace dfkd {

// DistillerCard::why_unfit of a distiller that has a generator (but for the coupled one): sides
// must be multiples of 4.
template <class Options>
std::string WhySidesUnfit(const Options&, const std::string&, const std::string&,
                          const Json& image_spec) {
  if (!image_spec.is_object()) return "";
  const Json height = image_spec.value("height", Json()), width = image_spec.value("width", Json());
  const auto fits = [](const Json& side) {
    return !side.is_number_integer() || side.get<int64_t>() % 4 == 0;
  };
  if (fits(height) && fits(width)) return "";
  return fmt::format("its generator makes images whose sides are multiples of 4, not {}x{}",
                     height.dump(), width.dump());
}

}  // namespace dfkd
