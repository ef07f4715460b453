#include "bench/io/picture_folder.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <set>
#include <string_view>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/io/exif.h"
#include "bench/io/image_file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

Error CannotRead(const fs::path& path, const std::string& where, const std::error_code& why) {
  return MakeError(FailureClass::kIo, "{}: cannot read {}: {}", where, path.string(),
                   why.message());
}

// Sorted, without hidden ones: the order must not depend on the file system.
std::vector<fs::path> Entries(const fs::path& folder, const std::string& where) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
  }
  if (code) throw CannotRead(folder, where, code);
  std::sort(entries.begin(), entries.end());
  return entries;
}

// What is not there (any more) is none; a link that leads back to itself is an Error.
bool IsFolder(const fs::path& path, const std::string& where) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (status.type() == fs::file_type::none) throw CannotRead(path, where, code);
  return fs::is_directory(status);
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

// Accented letters as "?", be they one character or a letter and marks (U+0300 to U+036F, in UTF-8
// two bytes): equal for names that may look alike.
struct Shape {
  std::string text;
  bool marked = false;  // a letter is followed by a mark
  bool MayLookLike(const Shape& other) const {
    return text == other.text && marked != other.marked;
  }
};

Shape WithoutAccents(const std::string& name) {
  Shape shape;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    const auto next = static_cast<unsigned char>(i + 1 < name.size() ? name[i + 1] : 0);
    if (byte == 0xcc || (byte == 0xcd && next < 0xb0)) {
      shape.marked = true;
      if (!shape.text.empty()) shape.text.back() = '?';
      ++i;
    } else if (byte < 0x80) {
      shape.text += name[i];
    } else if (byte >= 0xc0) {
      shape.text += '?';
    }
  }
  return shape;
}

std::string InBytes(const std::string& name) {
  std::string text;
  for (const unsigned char byte : name)
    text += byte < 0x80 ? std::string(1, static_cast<char>(byte)) : fmt::format("\\x{:02x}", byte);
  return text;
}

// Names in the order of the numbers that they are.
void RequireOtherNumbers(const std::vector<std::string>& names, const fs::path& folder,
                         const std::string& where) {
  const auto twin = std::adjacent_find(
      names.begin(), names.end(),
      [](const auto& a, const auto& b) { return NumberOfFolder(a) == NumberOfFolder(b); });
  if (twin == names.end()) return;
  throw MakeError("{}: {}: the folders '{}' and '{}' are one number; a class is one folder", where,
                  folder.string(), *twin, *(twin + 1));
}

void RequireNone(const std::vector<fs::path>& unread, const std::string& where,
                 const std::string& why) {
  if (unread.empty()) return;
  throw MakeError("{}: {} and {} more pictures there are {}, or take them away", where,
                  unread.front().string(), unread.size() - 1, why);
}

constexpr char kBesideClasses[] = "beside the folders of the classes; move them into one";

// By their names, or by their content.
std::vector<fs::path> PicturesAmong(std::vector<fs::path> files) {
  std::erase_if(files, [](const fs::path& file) {
    return !kRead.contains(KindOf(file)) && !kNotRead.contains(KindOf(file)) && !IsPicture(file);
  });
  return files;
}

// No network can learn both of what two folders say of one picture. `files`: of the images.
void WarnOfDisputed(const LabelledImages& all, const std::vector<fs::path>& files,
                    const std::string& where) {
  std::map<std::string_view, size_t> seen;  // pixels -> the first image that has them
  size_t disputed = 0, first = 0, twin = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    const auto& pixels = all.images[i].pixels;
    const std::string_view bytes(reinterpret_cast<const char*>(pixels.data()), pixels.size());
    const auto earlier = seen.try_emplace(bytes, i).first->second;
    if (all.labels[earlier] == all.labels[i]) continue;
    if (disputed++ == 0) first = earlier, twin = i;
  }
  if (disputed == 0) return;
  spdlog::warn("{}: {} of {} pictures equal one of another class, the first {} and {}", where,
               disputed, files.size(), files[first].string(), files[twin].string());
}

}  // namespace

std::optional<uint64_t> NumberOfFolder(const std::string& name) {
  uint64_t value = 0;
  const auto* const end = name.data() + name.size();
  const auto [stopped, error] = std::from_chars(name.data(), end, value);
  const bool is_whole = error == std::errc() && stopped == end;
  return is_whole ? std::optional(value) : std::nullopt;
}

std::vector<std::string> ClassFolders(const fs::path& folder, const std::string& where) {
  std::vector<std::string> names;
  std::vector<fs::path> beside;
  for (const fs::path& entry : Entries(folder, where)) {
    if (!IsFolder(entry, where)) {
      beside.push_back(entry);
      continue;
    }
    RequireUtf8(entry.native(), where);
    names.push_back(entry.filename().string());
  }
  if (std::all_of(names.begin(), names.end(), NumberOfFolder)) {
    std::stable_sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
      return NumberOfFolder(a) < NumberOfFolder(b);
    });
    RequireOtherNumbers(names, folder, where);
  }
  if (!names.empty()) RequireNone(PicturesAmong(beside), where, kBesideClasses);
  return names;
}

std::string LookAlikes(const std::vector<std::string>& some,
                       const std::vector<std::string>& others) {
  for (const auto& name : some) {
    const auto twin = std::find_if(others.begin(), others.end(), [&](const auto& other) {
      return WithoutAccents(other).MayLookLike(WithoutAccents(name));
    });
    if (twin == others.end()) continue;
    return fmt::format(
        "'{}' and '{}' are other bytes, {} and {}: one writes an accented letter as one character, "
        "the other as a letter and a mark",
        name, *twin, InBytes(name), InBytes(*twin));
  }
  return "";
}

std::vector<fs::path> PicturesIn(const fs::path& folder, const std::string& where) {
  std::vector<fs::path> pictures, others, unnamed;
  for (const fs::path& entry : Entries(folder, where)) {
    if (IsFolder(entry, where)) {
      throw MakeError("{}: {}: a class must not hold folders", where, entry.string());
    }
    if (kRead.contains(KindOf(entry))) {
      pictures.push_back(entry);
    } else if (kNotRead.contains(KindOf(entry))) {
      others.push_back(entry);
    } else if (IsPicture(entry)) {
      unnamed.push_back(entry);
    }
  }
  RequireNone(others, where, "of a kind that is not read; make them .png, .jpg, .pgm or .ppm");
  RequireNone(unnamed, where,
              "pictures by their content alone; call them .png, .jpg, .pgm or .ppm");
  if (pictures.empty()) {
    throw MakeError("{}: {}: holds no .png, .jpg, .jpeg, .pgm or .ppm", where, folder.string());
  }
  return pictures;
}

LabelledImages ReadPictures(const fs::path& folder, const std::vector<std::string>& classes,
                            const PictureForm& form, const std::string& where) {
  LabelledImages out;
  std::vector<fs::path> files;
  int64_t turned = 0;
  for (size_t label = 0; label < classes.size(); ++label) {
    for (const fs::path& file : PicturesIn(folder / classes[label], where)) {
      const auto bytes = ReadImageBytes(file);
      turned += ExifOrientation(bytes) != 1;
      const auto picture = WithChannels(ParseImage(bytes, file.string()), form.channels);
      out.images.push_back(Resize(picture, form.size, form.size));
      out.labels.push_back(static_cast<int64_t>(label));
      files.push_back(file);
    }
  }
  if (turned > 0) {
    spdlog::warn("{}: {}: {} of {} pictures ask to be turned (EXIF orientation); they are not",
                 where, folder.string(), turned, out.images.size());
  }
  WarnOfDisputed(out, files, where);
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
