// What a data set's card says of its images against what its code says.
#pragma once
#include <string>

#include "bench/core/image.h"
#include "bench/core/json.h"

namespace dfkd {

// Plans, networks and transfer sets are made by the card's image_spec, models by the plugin's Spec.
// Throws Error naming the data set and both if their channels, height, width or classes differ.
// `options` are resolved.
void RequirePlannedSpec(const std::string& plugin, const Json& options, const ImageSpec& spec);

}  // namespace dfkd
