// What somebody knows of the images of a model they were given: geometry and normalisation, and
// perhaps a few labelled pictures to test with. There is nothing to train on.
#pragma once
#include <string>
#include <vector>

#include "bench/core/image.h"
#include "bench/core/registry.h"

namespace dfkd::described {

namespace fs = std::filesystem;

struct Options {
  int64_t channels, size, classes;
  std::string mean, stddev, test;
  bool mirrors;
  static void Declare(OptionTable<Options>& o) {
    o.Add("channels", &Options::channels, {.initial = 3, .allowed = {1, 3}}, "1 grey, 3 colour");
    o.Add("size", &Options::size, {.initial = 32, .lowest = 8, .highest = 256}, "height and width");
    o.Add("classes", &Options::classes, {.initial = 10, .lowest = 2, .highest = 10000},
          "answers of the model");
    o.Add("mean", &Options::mean, {.initial = "0.5"},
          "subtracted from pixels in [0, 1]: one number, or one per channel, separated by commas");
    o.Add("stddev", &Options::stddev, {.initial = "0.25"},
          "pixels are divided by it after that; written as mean");
    o.Add(
        "mirrors", &Options::mirrors, {.initial = true},
        "whether a picture mirrored left to right still shows its class; false for digits, letters "
        "and signs");
    o.Add("test", &Options::test, {.initial = "", .folder = true},
          "folder of labelled pictures, a folder per class; absolute, ~/…, or relative to the data "
          "folder; empty: none");
  }
};

class Described final : public Dataset {
 public:
  explicit Described(const Options& options);

  ImageSpec Spec() const override { return spec_; }
  std::vector<std::string> ClassNames() const override;
  // Training images: none. Test images: the folder's; throws Error if there is no folder.
  LabelledImages Load(Part part, const fs::path& root) const override;
  std::vector<fs::path> Sources(const fs::path& root) const override;

 private:
  std::vector<std::string> FoldersBelow(const fs::path& folder) const;

  const Options options_;
  ImageSpec spec_;
};

DFKD_REGISTER(Described, DatasetCard<Options>{.name = "described",
                                              .summary = "only the geometry of a model's images",
                                              .revision = 2,
                                              .image_spec = [](const Options& o) {
                                                return Json{{"channels", o.channels},
                                                            {"height", o.size},
                                                            {"width", o.size},
                                                            {"classes", o.classes}};
                                              }});

}  // namespace dfkd::described
