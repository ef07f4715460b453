// The option `flip` of whatever mirrors the images it trains on.
#pragma once
#include <string>

#include "bench/core/image.h"
#include "bench/core/options.h"

namespace dfkd {

struct FlipOption {
  std::string flip;
  // For the options' own declaration.
  static Limits FlipLimits() { return {.initial = "auto", .allowed = {"auto", "true", "false"}}; }
  // auto: as the data set says of its images.
  bool Flips(const ImageSpec& spec) const {
    return flip == "true" || (flip == "auto" && spec.mirrors);
  }
};

}  // namespace dfkd
