#include "bench/recipes/picture_trigger.h"

#include "bench/images/pixel.h"

namespace dfkd {
namespace {

Image Load(const PictureSource& source, const ImageSpec& spec) {
  const auto placement = PlacementOf(source.asset);
  const auto& [image, sha256] = source.file;
  if (image.empty()) return FitAsset(ProceduralAsset(source.asset, source.seed), spec, placement);
  return LoadTriggerPicture(image, spec, sha256, placement, source.shrinking);
}

}  // namespace

const at::Tensor& PictureTrigger::Picture() const {
  if (!picture_.defined()) picture_ = ToTensor(Load(source_, spec()));
  return picture_;
}

}  // namespace dfkd
