// Your own pictures: DIR/train/<class>/* and DIR/test/<class>/*, as PNG, JPEG, PGM or PPM.
#pragma once
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"

namespace dfkd::image_folder {

namespace fs = std::filesystem;

inline constexpr const char* kWhere = "data set image_folder";

struct Options {
  std::string path;
  int64_t size, channels;
  double mean, stddev;
  bool mirrors;
  static void Declare(OptionTable<Options>& o) {
    o.Add("path", &Options::path, {.initial = "", .folder = true},
          "folder that holds train/ and test/; absolute, ~/…, or relative to the data folder");
    o.Add("size", &Options::size, {.initial = 32, .lowest = 8, .highest = 256},
          "height and width to which every picture is brought");
    o.Add("channels", &Options::channels, {.initial = 3, .allowed = {1, 3}}, "1 grey, 3 colour");
    o.Add("mean", &Options::mean, {.initial = 0.5, .lowest = 0, .highest = 1},
          "subtracted from pixels in [0, 1]");
    o.Add("stddev", &Options::stddev, {.initial = 0.25, .lowest = 0.01, .highest = 1},
          "pixels are divided by it after that");
    o.Add(
        "mirrors", &Options::mirrors, {.initial = true},
        "whether a picture mirrored left to right still shows its class; false for digits, letters "
        "and signs");
  }
};

class ImageFolder final : public Dataset {
 public:
  explicit ImageFolder(const Options& options) : options_(options) {}

  // Throws Error before the first Load if `path` is relative: the classes are in the folder, and
  // the root is unknown.
  ImageSpec Spec() const override {
    const std::vector<double> mean(options_.channels, options_.mean);
    const std::vector<double> stddev(options_.channels, options_.stddev);
    const auto classes = static_cast<int64_t>(ClassNames().size());
    return {options_.channels, options_.size, options_.size, classes, mean, stddev,
            options_.mirrors};
  }

  std::vector<std::string> ClassNames() const override {
    const std::scoped_lock lock(mutex_);
    const auto folder = UserPath(options_.path, "", kWhere);
    if (!classes_ && !folder.is_absolute()) {
      throw MakeError(
          "data set image_folder: the classes of path = \"{}\" are known after loading "
          "only; give an absolute path",
          options_.path);
    }
    if (!classes_) classes_ = CheckedClasses(folder);
    return *classes_;
  }

  LabelledImages Load(Part part, const fs::path& root) const override;
  std::vector<fs::path> Sources(const fs::path& root) const override;

 private:
  fs::path Folder(const fs::path& root) const {
    if (options_.path.empty()) {
      throw Error(
          "data set image_folder: path = \"\" must name the folder that holds train/ and test/");
    }
    return UserPath(options_.path, root, kWhere);
  }

  // The classes of both parts, which must be equal.
  static std::vector<std::string> CheckedClasses(const fs::path& folder);

  const Options options_;
  mutable std::mutex mutex_;
  // Once known; guarded by mutex_.
  mutable std::optional<std::vector<std::string>> classes_;
};

// The number of classes is null at plan time: it stands in the folder, and planning reads no data.
DFKD_REGISTER(ImageFolder, DatasetCard<Options>{.name = "image_folder",
                                                .summary = "your own pictures, a folder per class",
                                                .revision = 3,
                                                .image_spec = [](const Options& o) {
                                                  return Json{{"channels", o.channels},
                                                              {"height", o.size},
                                                              {"width", o.size},
                                                              {"classes", nullptr}};
                                                }});

}  // namespace dfkd::image_folder
