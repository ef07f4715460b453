#include "datasets/image_folder/image_folder.h"

#include <algorithm>
#include <cctype>

#include "bench/io/image_file.h"

namespace dfkd::image_folder {
namespace {

// Sorted, without hidden ones: the order must not depend on the file system.
std::vector<fs::path> Entries(const fs::path& folder) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (const auto& entry : fs::directory_iterator(folder, code)) {
    if (!entry.path().filename().string().starts_with('.')) entries.push_back(entry.path());
  }
  if (code) {
    throw MakeError(FailureClass::kIo, "data set image_folder: cannot read {}: {}", folder.string(),
                    code.message());
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

std::vector<std::string> Classes(const fs::path& part) {
  std::vector<std::string> names;
  for (const fs::path& entry : Entries(part)) {
    if (fs::is_directory(entry)) names.push_back(entry.filename().string());
  }
  return names;
}

bool IsPicture(const fs::path& file) {
  std::string kind = file.extension().string();
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind == ".png" || kind == ".jpg" || kind == ".jpeg" || kind == ".ppm";
}

// At least one. Other files are passed over; a folder inside a class is more likely a mistake than
// meant.
std::vector<fs::path> Pictures(const fs::path& folder) {
  std::vector<fs::path> pictures;
  for (const fs::path& entry : Entries(folder)) {
    if (fs::is_directory(entry)) {
      throw MakeError("data set image_folder: {}: a class must not hold folders", entry.string());
    }
    if (IsPicture(entry)) pictures.push_back(entry);
  }
  if (pictures.empty()) {
    throw MakeError("data set image_folder: {}: holds no .png, .jpg, .jpeg or .ppm",
                    folder.string());
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

}  // namespace

LabelledImages ImageFolder::Load(Part part, const fs::path& root) const {
  const fs::path folder = Folder(root);
  const auto classes = CheckedClasses(folder);
  LabelledImages out;
  for (size_t label = 0; label < classes.size(); ++label) {
    const auto part_folder = folder / (part == Part::kTrain ? "train" : "test");
    for (const fs::path& file : Pictures(part_folder / classes[label])) {
      out.images.push_back(WithChannels(ReadImage(file), options_.channels));
      out.labels.push_back(static_cast<int64_t>(label));
    }
  }
  const std::scoped_lock lock(mutex_);
  classes_ = classes;
  return out;
}

std::vector<fs::path> ImageFolder::Sources(const fs::path& root) const {
  std::vector<fs::path> files;
  const fs::path folder = Folder(root);
  for (const auto* part : {"train", "test"}) {
    if (!fs::is_directory(folder / part)) continue;
    for (const std::string& name : Classes(folder / part)) {
      const auto pictures = Pictures(folder / part / name);
      files.insert(files.end(), pictures.begin(), pictures.end());
    }
  }
  return files;
}

std::vector<std::string> ImageFolder::CheckedClasses(const fs::path& folder) {
  const auto classes = Classes(folder / "train"), tested = Classes(folder / "test");
  if (classes != tested) {
    throw MakeError(
        "data set image_folder: {}: train has classes {}, test has {}; they must be "
        "equal",
        folder.string(), Json(classes).dump(), Json(tested).dump());
  }
  if (classes.size() < 2) {
    throw MakeError("data set image_folder: {}: {} class folders; at least 2 are needed",
                    (folder / "train").string(), classes.size());
  }
  return classes;
}

}  // namespace dfkd::image_folder
