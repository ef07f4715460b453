// What a model file says of itself in its metadata, against what a person says of it.
#pragma once
#include <string>

#include "bench/core/image.h"
#include "bench/io/safetensors.h"

namespace dfkd::cli {

// As `dfkd distill` writes it: "network", and "spec" with channels, height, width, classes, mean
// and stddev. Throws Error, one line with both values, if one of these is there and another than
// that of `network` and `spec`, which came from flags. What is not there, or is of another kind (a
// network of other software), says nothing.
void RequireAsStated(const TensorMetadata& metadata, const std::string& network,
                     const ImageSpec& spec, const std::string& origin);

}  // namespace dfkd::cli
