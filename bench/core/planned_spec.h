// What a data set's card says of its images against what its code says.
#pragma once
#include <string>

#include "bench/core/image.h"
#include "bench/core/json.h"

namespace dfkd {

// Plans, networks and transfer sets are made by the card's image_spec, models by the plugin's Spec.
// Throws Error naming the data set and both if their channels, height, width or classes differ;
// what the card gives as null only the images tell. `options` are resolved.
void RequirePlannedSpec(const std::string& plugin, const Json& options, const ImageSpec& spec);

// Whether the card tells all of it: then the plugin has a Spec before any image is read.
bool IsPlanned(const std::string& plugin, const Json& options);

}  // namespace dfkd
