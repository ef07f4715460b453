#include "bench/io/picture_pack.h"

#include <map>

#include "bench/core/error.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/io/image_file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kContent = "content";
constexpr const char* kPictures = "pictures";

std::vector<fs::path> PicturesBelow(const fs::path& folder, const std::string& where) {
  const auto inner = ClassFolders(folder, where);
  if (inner.empty()) return PicturesIn(folder, where);
  std::vector<fs::path> pictures;
  for (const auto& name : inner) {
    const auto more = PicturesIn(folder / name, where);
    pictures.insert(pictures.end(), more.begin(), more.end());
  }
  return pictures;
}

}  // namespace

std::string PackPictures(const fs::path& folder, const std::string& where) {
  std::map<std::string, std::string> bytes;
  uint64_t total = 0;
  for (const auto& file : PicturesBelow(folder, where)) {
    RequireUtf8(file.native(), where);
    auto& picture = bytes[file.lexically_relative(folder).generic_string()];
    picture = ReadImageBytes(file);
    total += picture.size();
    if (total > kDefaultReadLimit)
      throw MakeError("{}: {}: holds more than 4 GiB of pictures", where, folder.string());
  }
  TensorMap tensors;
  for (const auto& [name, picture] : bytes)
    tensors[name] = {"U8", {static_cast<int64_t>(picture.size())}, picture};
  return EncodeSafetensors(tensors, {{kContent, kPictures}});
}

bool HoldsPictures(const Safetensors& file) {
  const auto content = file.metadata.find(kContent);
  return content != file.metadata.end() && content->second == kPictures;
}

std::vector<Image> UnpackPictures(const Safetensors& file, const PictureForm& form) {
  std::vector<Image> pictures;
  pictures.reserve(file.tensors.size());
  for (const auto& [name, tensor] : file.tensors) {
    const auto picture = WithChannels(ParseImage(tensor.bytes, name), form.channels);
    pictures.push_back(Resize(picture, form.size, form.size));
  }
  return pictures;
}

}  // namespace dfkd
