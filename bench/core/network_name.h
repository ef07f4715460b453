// The names of classifier networks. Whoever plans knows them without LibTorch; bench/nn builds what
// they name.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dfkd {

enum class NetworkFamily { kWideResNet, kVggSmall, kVgg11, kResNet18, kResNet34 };

struct NetworkName {
  NetworkFamily family;
  int64_t depth = 0;   // of a wide ResNet
  int64_t width = 0;   // of a wide ResNet or a small VGG
  int64_t stride = 1;  // of the first convolution of a wide ResNet
};

// Throws Error listing the known patterns. No name has leading zeros: names are part of keys, and
// one network has one name.
NetworkName ParseNetworkName(const std::string& name);

// For people: "wrn-<depth>-<width>[-s2] with depth = 6n+4", …
std::vector<std::string> NetworkPatterns();

}  // namespace dfkd
