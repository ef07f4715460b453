#include "bench/io/picture_folder.h"

#include <algorithm>
#include <cctype>

#include "bench/core/error.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Sorted, without hidden ones: the order must not depend on the file system.
std::vector<fs::path> Entries(const fs::path& folder, const std::string& where) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
  }
  if (code) {
    throw MakeError(FailureClass::kIo, "{}: cannot read {}: {}", where, folder.string(),
                    code.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool IsPicture(const fs::path& file) {
  std::string kind = file.extension().string();
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind == ".png" || kind == ".jpg" || kind == ".jpeg" || kind == ".ppm";
}

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() < 10 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<std::string> ClassFolders(const fs::path& folder, const std::string& where) {
  std::vector<std::string> names;
  for (const fs::path& entry : Entries(folder, where)) {
    if (fs::is_directory(entry)) names.push_back(entry.filename().string());
  }
  if (std::all_of(names.begin(), names.end(), IsNumber)) {
    std::stable_sort(names.begin(), names.end(),
                     [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
  }
  return names;
}

std::vector<fs::path> PicturesIn(const fs::path& folder, const std::string& where) {
  std::vector<fs::path> pictures;
  for (const fs::path& entry : Entries(folder, where)) {
    if (fs::is_directory(entry)) {
      throw MakeError("{}: {}: a class must not hold folders", where, entry.string());
    }
    if (IsPicture(entry)) pictures.push_back(entry);
  }
  if (pictures.empty()) {
    throw MakeError("{}: {}: holds no .png, .jpg, .jpeg or .ppm", where, folder.string());
  }
  return pictures;
}

Image WithChannels(const Image& image, int64_t channels) {
  if (image.channels == channels) return image;
  if (channels == 1) return ToGrey(image);
  Image colour{image.height, image.width, 3, {}};
  colour.pixels.reserve(3 * image.pixels.size());
  for (const uint8_t pixel : image.pixels) colour.pixels.insert(colour.pixels.end(), 3, pixel);
  return colour;
}

}  // namespace dfkd
