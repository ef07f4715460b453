// What the card says of ZSKT beyond its options: between which networks attention can be compared.
#include "bench/core/network_name.h"
#include "bench/recipes/generator_sides.h"
#include "methods/distillation/zskt/zskt.h"

namespace dfkd::zskt {
namespace {

// The segments of a family that attention transfer looks at, and which of them begin by halving
// both sides.
struct Layout {
  std::vector<std::pair<std::string, bool>> segments;
  bool halved_before = false;  // by the stem, or the first convolution
  bool rounds_up = true;       // an odd side: as a strided convolution does, not a pool
};

Layout LayoutOf(const NetworkName& network, int64_t height) {
  switch (network.family) {
    case NetworkFamily::kWideResNet:
      return {{{"group1", false}, {"group2", true}, {"group3", true}}, network.strided_stem};
    case NetworkFamily::kResNet18:
    case NetworkFamily::kResNet34:
      return {{{"group1", false}, {"group2", true}, {"group3", true}, {"group4", true}}};
    case NetworkFamily::kVgg8:
    case NetworkFamily::kVgg11:
      return {{{"group1", false},
               {"group2", true},
               {"group3", true},
               {"group4", true},
               {"group5", height == 64}},
              false,
              /*rounds_up=*/false};
    case NetworkFamily::kMobileNet:
      return {{{"group1", false},
               {"group2", false},
               {"group3", true},
               {"group4", true},
               {"group5", false}},
              /*halved_before=*/true};
    case NetworkFamily::kVggSmall:
      return {{{"conv2", false}, {"conv3", true}, {"conv4", true}}, /*halved_before=*/true};
  }
  return {};
}

bool HaveMapsInCommon(const std::string& teacher, const std::string& student, int64_t height,
                      int64_t width) {
  const auto theirs = AttentionSizes(teacher, height, width);
  size_t common = 0;
  for (const auto& [name, size] : AttentionSizes(student, height, width)) {
    const auto found = theirs.find(name);
    if (found == theirs.end()) continue;
    if (found->second != size) return false;
    ++common;
  }
  return common > 0;
}

}  // namespace

std::map<std::string, std::pair<int64_t, int64_t>> AttentionSizes(const std::string& network,
                                                                  int64_t height, int64_t width) {
  const auto layout = LayoutOf(ParseNetworkName(network), height);
  const auto halve = [&] {
    const int64_t more = layout.rounds_up ? 1 : 0;
    height = (height + more) / 2, width = (width + more) / 2;
  };
  if (layout.halved_before) halve();
  std::map<std::string, std::pair<int64_t, int64_t>> sizes;
  for (const auto& [name, halves] : layout.segments) {
    if (halves) halve();
    sizes[name] = {height, width};
  }
  return sizes;
}

std::string WhyUnfit(const Options& options, const std::string& teacher, const std::string& student,
                     const Json& image_spec) {
  if (auto sides = WhySidesUnfit(options, teacher, student, image_spec); !sides.empty())
    return sides;
  if (!(options.at_weight > 0) || !image_spec.is_object()) return "";
  const Json height = image_spec.value("height", Json()), width = image_spec.value("width", Json());
  if (!height.is_number_integer() || !width.is_number_integer()) return "";
  if (HaveMapsInCommon(teacher, student, height, width)) return "";
  return fmt::format(
      "at_weight = {} needs segments of equal size, which {} and {} do not have; 0 switches "
      "attention transfer off",
      options.at_weight, teacher, student);
}

}  // namespace dfkd::zskt
