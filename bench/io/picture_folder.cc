#include "bench/io/picture_folder.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/io/exif.h"
#include "bench/io/image_file.h"

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

const std::set<std::string> kRead = {".png", ".jpg", ".jpeg", ".pgm", ".ppm"};
const std::set<std::string> kNotRead = {".avif", ".bmp", ".gif", ".heic", ".heif",
                                        ".jfif", ".jp2", ".jpe", ".jxl",  ".pbm",
                                        ".pnm",  ".tif", ".tga", ".tiff", ".webp"};

// ".jpg", in lower case.
std::string KindOf(const fs::path& file) {
  std::string kind = file.extension().string();
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind;
}

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() < 10 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::vector<std::string> ClassFolders(const fs::path& folder, const std::string& where) {
  std::vector<std::string> names;
  for (const fs::path& entry : Entries(folder, where)) {
    if (!fs::is_directory(entry)) continue;
    RequireUtf8(entry.native(), where);
    names.push_back(entry.filename().string());
  }
  if (std::all_of(names.begin(), names.end(), IsNumber)) {
    std::stable_sort(names.begin(), names.end(),
                     [](const auto& a, const auto& b) { return std::stoi(a) < std::stoi(b); });
  }
  return names;
}

std::vector<fs::path> PicturesIn(const fs::path& folder, const std::string& where) {
  std::vector<fs::path> pictures, others;
  for (const fs::path& entry : Entries(folder, where)) {
    if (fs::is_directory(entry)) {
      throw MakeError("{}: {}: a class must not hold folders", where, entry.string());
    }
    if (kRead.contains(KindOf(entry))) pictures.push_back(entry);
    if (kNotRead.contains(KindOf(entry))) others.push_back(entry);
  }
  if (!others.empty()) {
    throw MakeError(
        "{}: {} and {} more pictures there are of a kind that is not read; make them .png, .jpg, "
        ".pgm or .ppm, or take them away",
        where, others.front().string(), others.size() - 1);
  }
  if (pictures.empty()) {
    throw MakeError("{}: {}: holds no .png, .jpg, .jpeg, .pgm or .ppm", where, folder.string());
  }
  return pictures;
}

LabelledImages ReadPictures(const fs::path& folder, const std::vector<std::string>& classes,
                            const PictureForm& form, const std::string& where) {
  LabelledImages out;
  int64_t turned = 0;
  for (size_t label = 0; label < classes.size(); ++label) {
    for (const fs::path& file : PicturesIn(folder / classes[label], where)) {
      const auto bytes = ReadImageBytes(file);
      turned += ExifOrientation(bytes) != 1;
      const auto picture = WithChannels(ParseImage(bytes, file.string()), form.channels);
      out.images.push_back(Resize(picture, form.size, form.size));
      out.labels.push_back(static_cast<int64_t>(label));
    }
  }
  if (turned > 0) {
    spdlog::warn("{}: {}: {} of {} pictures ask to be turned (EXIF orientation); they are not",
                 where, folder.string(), turned, out.images.size());
  }
  return out;
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
