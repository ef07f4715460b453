// Pictures that triggers are made of: licence-free procedural ones, drawn in integers so that they
// are the same bytes everywhere, and files that a user supplies. No LibTorch.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

// How an asset drawn for 32x32 is brought to another size.
enum class Placement {
  // Keeps its pixels and its distance to the bottom and right edge; black elsewhere.
  kPatch,
  // Nearest neighbour.
  kFullFrame
};

// How a larger picture of a user is brought down: area average in integers, or as in the reference
// (antialias.h).
enum class Shrinking { kArea, kGaussian };

std::vector<std::string> AssetNames();
// 32x32x3. `seed` 0 is the asset's own. Throws Error listing the known names.
Image ProceduralAsset(const std::string& name, uint64_t seed = 0);
Placement PlacementOf(const std::string& name);

// `asset` with the size and the channels of `spec`. One channel takes the luma, after resizing.
Image FitAsset(const Image& asset, const ImageSpec& spec, Placement placement);

// A user's picture, fitted. 32x32 pictures are assets (FitAsset); other sizes are resized. Throws
// Error (io) if it cannot be decoded, Error if its SHA-256 is not the expected one ("" = any).
Image LoadTriggerPicture(const std::filesystem::path& file, const ImageSpec& spec,
                         const std::string& sha256 = "",
                         Placement placement = Placement::kFullFrame,
                         Shrinking shrinking = Shrinking::kArea);

}  // namespace dfkd
