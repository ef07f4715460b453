#include "bench/core/network_name.h"

#include <fmt/ranges.h>

#include <optional>
#include <string_view>

#include "bench/core/error.h"

namespace dfkd {
namespace {

// Takes "<number>" of so many digits, without leading zeros, from the front of `text`.
std::optional<int64_t> TakeNumber(std::string_view& text, size_t fewest, size_t most) {
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits < fewest || digits > most || text.front() == '0') return std::nullopt;
  const int64_t number = std::stoll(std::string(text.substr(0, digits)));
  text.remove_prefix(digits);
  return number;
}

bool Take(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) return false;
  text.remove_prefix(start.size());
  return true;
}

// "wrn-<depth>-<width>[-s2]"
std::optional<NetworkName> WideResNet(std::string_view text) {
  if (!Take(text, "wrn-")) return std::nullopt;
  const auto depth = TakeNumber(text, 2, 3);
  if (!depth || *depth % 6 != 4 || !Take(text, "-")) return std::nullopt;
  const auto width = TakeNumber(text, 1, 2);
  const bool strided = Take(text, "-s2");
  if (!width || !text.empty()) return std::nullopt;
  return NetworkName{NetworkFamily::kWideResNet, *depth, *width, strided};
}

// "vgg-s-<width>"
std::optional<NetworkName> VggSmall(std::string_view text) {
  if (!Take(text, "vgg-s-")) return std::nullopt;
  const auto width = TakeNumber(text, 1, 3);
  if (!width || !text.empty()) return std::nullopt;
  return NetworkName{.family = NetworkFamily::kVggSmall, .width = *width};
}

}  // namespace

NetworkName ParseNetworkName(const std::string& name) {
  if (const auto wide = WideResNet(name)) return *wide;
  if (const auto small = VggSmall(name)) return *small;
  if (name == "vgg-8-bn") return {.family = NetworkFamily::kVgg8};
  if (name == "vgg-11-bn") return {.family = NetworkFamily::kVgg11};
  if (name == "resnet-18") return {.family = NetworkFamily::kResNet18};
  if (name == "resnet-34") return {.family = NetworkFamily::kResNet34};
  if (name == "mobilenetv2-half") return {.family = NetworkFamily::kMobileNet};
  throw MakeError("network '{}' is unknown; known: {}", name, fmt::join(NetworkPatterns(), ", "));
}

std::vector<std::string> NetworkPatterns() {
  return {"wrn-<depth>-<width>[-s2] with depth = 6n+4",
          "resnet-18",
          "resnet-34",
          "vgg-8-bn",
          "vgg-11-bn",
          "mobilenetv2-half",
          "vgg-s-<width>"};
}

}  // namespace dfkd
