// Your own pictures: DIR/train/<class>/* and DIR/test/<class>/*, as PNG, JPEG or PPM.
#pragma once
#include <algorithm>
#include <mutex>
#include <optional>

#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/image_file.h"

namespace dfkd::image_folder {

namespace fs = std::filesystem;

struct Options {
  std::string path;
  int64_t size, channels;
  double mean, stddev;
  static void Declare(OptionTable<Options>& o) {
    o.Add("path", &Options::path, {.initial = ""},
          "folder that holds train/ and test/; absolute, or relative to the data folder");
    o.Add("size", &Options::size, {.initial = 32, .lowest = 8, .highest = 256},
          "height and width to which every picture is brought");
    o.Add("channels", &Options::channels, {.initial = 3, .allowed = {1, 3}}, "1 grey, 3 colour");
    o.Add("mean", &Options::mean, {.initial = 0.5, .lowest = 0, .highest = 1},
          "subtracted from pixels in [0, 1]");
    o.Add("stddev", &Options::stddev, {.initial = 0.25, .lowest = 0.01, .highest = 1},
          "pixels are divided by it after that");
  }
};

// Sorted, without hidden ones: the order must not depend on the file system.
inline std::vector<fs::path> Entries(const fs::path& folder) {
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

inline std::vector<std::string> Classes(const fs::path& part) {
  std::vector<std::string> names;
  for (const fs::path& entry : Entries(part)) {
    if (fs::is_directory(entry)) names.push_back(entry.filename().string());
  }
  return names;
}

inline bool IsPicture(const fs::path& file) {
  std::string kind = file.extension().string();
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return kind == ".png" || kind == ".jpg" || kind == ".jpeg" || kind == ".ppm";
}

// At least one. Other files are passed over; a folder inside a class is more likely a mistake than
// meant.
inline std::vector<fs::path> Pictures(const fs::path& folder) {
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

inline Image WithChannels(const Image& image, int64_t channels) {
  if (image.channels == channels) return image;
  if (channels == 1) return ToGrey(image);
  Image colour{image.height, image.width, 3, {}};
  colour.pixels.reserve(3 * image.pixels.size());
  for (const uint8_t pixel : image.pixels) colour.pixels.insert(colour.pixels.end(), 3, pixel);
  return colour;
}

class ImageFolder final : public Dataset {
 public:
  explicit ImageFolder(const Options& options) : options_(options) {}

  // Throws Error before the first Load if `path` is relative: the classes are in the folder, and
  // the root is unknown.
  ImageSpec Spec() const override {
    const std::vector<double> mean(options_.channels, options_.mean);
    const std::vector<double> stddev(options_.channels, options_.stddev);
    const auto classes = static_cast<int64_t>(ClassNames().size());
    return {options_.channels, options_.size, options_.size, classes, mean, stddev};
  }

  std::vector<std::string> ClassNames() const override {
    const std::scoped_lock lock(mutex_);
    if (!classes_ && !fs::path(options_.path).is_absolute()) {
      throw MakeError(
          "data set image_folder: the classes of path = \"{}\" are known after loading "
          "only; give an absolute path",
          options_.path);
    }
    if (!classes_) classes_ = CheckedClasses(options_.path);
    return *classes_;
  }

  LabelledImages Load(Part part, const fs::path& root) const override {
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

  std::vector<fs::path> Sources(const fs::path& root) const override {
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

 private:
  fs::path Folder(const fs::path& root) const {
    if (options_.path.empty()) {
      throw Error(
          "data set image_folder: path = \"\" must name the folder that holds train/ and test/");
    }
    return root / options_.path;  // an absolute path stays as it is
  }

  static std::vector<std::string> CheckedClasses(const fs::path& folder) {
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

  const Options options_;
  mutable std::mutex mutex_;
  mutable std::optional<std::vector<std::string>> classes_;  // once known; guarded by mutex_
};

// The number of classes is null at plan time: it stands in the folder, and planning reads no data.
DFKD_REGISTER(ImageFolder, DatasetCard<Options>{.name = "image_folder",
                                                .summary = "your own pictures, a folder per class",
                                                .image_spec = [](const Options& o) {
                                                  return Json{{"channels", o.channels},
                                                              {"height", o.size},
                                                              {"width", o.size},
                                                              {"classes", nullptr}};
                                                }});

}  // namespace dfkd::image_folder
