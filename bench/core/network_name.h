// Names of networks, read without building any: plans name networks, stages build them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dfkd {

enum class NetworkFamily {
  kWideResNet,
  kVggSmall,
  kVgg8,
  kVgg11,
  kResNet18,
  kResNet34,
  kMobileNet
};

struct NetworkName {
  NetworkFamily family = NetworkFamily::kWideResNet;
  int64_t depth = 0;          // wide ResNets only
  int64_t width = 0;          // wide ResNets, small VGGs
  bool strided_stem = false;  // "-s2" of wide ResNets
};

// Throws Error listing the patterns. A network has one name, for names are part of keys: leading
// zeros are refused.
NetworkName ParseNetworkName(const std::string& name);

// "resnet-18", "wrn-<depth>-<width>[-s2] with depth = 6n+4": one line each, for people.
std::vector<std::string> NetworkPatterns();

}  // namespace dfkd
