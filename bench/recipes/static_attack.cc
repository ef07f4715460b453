#include "bench/recipes/static_attack.h"

#include <ATen/TensorOperators.h>

#include "bench/core/error.h"
#include "bench/nn/device.h"

namespace dfkd {
namespace {

Image Load(const PictureSource& source, const ImageSpec& spec) {
  const auto placement = PlacementOf(source.name);
  const auto& [image, sha256] = source.file;
  if (image.empty()) return FitAsset(ProceduralAsset(source.name, source.seed), spec, placement);
  return LoadTriggerPicture(image, spec, sha256, placement, source.shrinking);
}

}  // namespace

namespace operation {

Operation Overwrite(int64_t margin) {
  return [=](const at::Tensor& images, const at::Tensor& patch) {
    return OverwriteCorner(images, patch, margin);
  };
}

Operation OverwriteCornerOf(int64_t rows, int64_t columns) {
  return [=](const at::Tensor& images, const at::Tensor& picture) {
    const int64_t top = picture.size(1) - rows, left = picture.size(2) - columns;
    if (top < 0 || left < 0) {
      throw MakeError("a patch of {}x{} does not fit an image of {}x{}", rows, columns,
                      picture.size(1), picture.size(2));
    }
    return OverwriteAt(images, picture.slice(1, top).slice(2, left), top, left);
  };
}

Operation Add() { return AddAsset; }

Operation Add(double strength, Rounding rounding) {
  return [=](const at::Tensor& images, const at::Tensor& picture) {
    return AddAsset(images, Scaled(picture, strength, rounding));
  };
}

Operation Blend(double alpha, Rounding rounding) {
  return [=](const at::Tensor& images, const at::Tensor& picture) {
    return BlendAsset(images, picture, alpha, rounding);
  };
}

Operation AddAndStretch(Rounding rounding) {
  return [=](const at::Tensor& images, const at::Tensor& picture) {
    const auto addend = picture.to(images.device(), at::kInt);
    return Stretched(images.to(at::kInt).add_(addend), rounding);
  };
}

}  // namespace operation

const at::Tensor& RecipeAttack::Asset() const {
  if (asset_.defined()) return asset_;
  const auto* picture = std::get_if<PictureSource>(&recipe_.asset);
  asset_ = ToTensor(picture ? Load(*picture, spec()) : std::get<Image>(recipe_.asset));
  return asset_;
}

at::Tensor RecipeAttack::Trigger(const at::Tensor& images) const {
  return recipe_.operation(images, Upload(Asset(), images.device()));
}

void RecipeAttack::Visit(StateVisitor& visitor) {
  if (std::holds_alternative<PictureSource>(recipe_.asset)) visitor.Tensor(recipe_.state, asset_);
}

}  // namespace dfkd
