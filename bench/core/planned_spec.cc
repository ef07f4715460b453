#include "bench/core/planned_spec.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/core/registry.h"

namespace dfkd {

void RequirePlannedSpec(const std::string& plugin, const Json& options, const ImageSpec& spec) {
  const auto& card = Registry::Get().Card(PluginKind::kDataset, plugin);
  const Json told = card.image_spec(options);
  const Json planned = told.is_object() ? told : Json::object();  // a card may have left it out
  const Json given = {{"channels", spec.channels},
                      {"height", spec.height},
                      {"width", spec.width},
                      {"classes", spec.classes}};
  for (const auto& [name, value] : given.items()) {
    const Json expected = planned.value(name, Json());
    const bool only_images_tell = planned.contains(name) && expected.is_null();
    if (only_images_tell || expected == value) continue;
    throw MakeError("data set {}: its Spec has {} = {}, its card's image_spec {}", plugin, name,
                    value.dump(), expected.dump());
  }
}

bool IsPlanned(const std::string& plugin, const Json& options) {
  const Json told = Registry::Get().Card(PluginKind::kDataset, plugin).image_spec(options);
  return std::none_of(told.begin(), told.end(), [](const Json& value) { return value.is_null(); });
}

}  // namespace dfkd
