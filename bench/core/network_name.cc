#include "bench/core/network_name.h"

#include <fmt/ranges.h>

#include <regex>

#include "bench/core/error.h"

namespace dfkd {
namespace {

const char* const kWidePattern = "wrn-([1-9][0-9]{1,2})-([1-9][0-9]?)(-s2)?";
const char* const kVggPattern = "vgg-s-([1-9][0-9]{0,2})";

}  // namespace

NetworkName ParseNetworkName(const std::string& name) {
  std::smatch match;
  if (std::regex_match(name, match, std::regex(kWidePattern))) {
    const int64_t depth = std::stoll(match[1]);
    if (depth >= 10 && depth % 6 == 4) {
      return {NetworkFamily::kWideResNet, depth, std::stoll(match[2]), match[3].matched};
    }
  } else if (std::regex_match(name, match, std::regex(kVggPattern))) {
    return {.family = NetworkFamily::kVggSmall, .width = std::stoll(match[1])};
  } else if (name == "vgg-11-bn") {
    return {.family = NetworkFamily::kVgg11};
  } else if (name == "resnet-18") {
    return {.family = NetworkFamily::kResNet18};
  } else if (name == "resnet-34") {
    return {.family = NetworkFamily::kResNet34};
  }
  throw MakeError("network '{}' is unknown; known: {}", name, fmt::join(NetworkPatterns(), ", "));
}

std::vector<std::string> NetworkPatterns() {
  return {"wrn-<depth>-<width>[-s2] with depth = 6n+4", "resnet-18", "resnet-34", "vgg-11-bn",
          "vgg-s-<width>"};
}

}  // namespace dfkd
