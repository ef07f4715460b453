// GTSRB, the German Traffic Sign Recognition Benchmark: 51,839 colour photographs of 43 signs,
// whole frames of 15 to 250 pixels. https://doi.org/10.1016/j.neunet.2012.02.016
#pragma once
#include <algorithm>

#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/core/rng.h"
#include "bench/io/csv.h"
#include "bench/io/find_data.h"
#include "bench/io/image_file.h"
#include "datasets/gtsrb/classes.h"

namespace dfkd::gtsrb {

namespace fs = std::filesystem;

// The pictures that `csv` lists, in its order; they lie in `folder`.
inline void AppendListed(const fs::path& csv, const fs::path& folder, LabelledImages& out) {
  const CsvTable table = ReadCsv(csv, ';');
  const size_t name = table.Column("Filename"), label = table.Column("ClassId");
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& file = table.rows[row][name];
    // A table from the network must not name files elsewhere.
    if (file.find('/') != std::string::npos || file == "..") {
      throw MakeError("{}: record {}: '{}' must be a plain file name", csv.string(), row + 1, file);
    }
    out.labels.push_back(table.Integer(row, label, 0, kClasses - 1));
    out.images.push_back(ReadImage(folder / file));
  }
}

// Folders 00000 … 00042, each with its table, by class and then in the table's order.
inline LabelledImages LoadTraining(const fs::path& images) {
  LabelledImages out;
  for (int64_t label = 0; label < kClasses; ++label) {
    const std::string name = fmt::format("{:05d}", label), csv = "GT-" + name + ".csv";
    if (!fs::exists(images / name / csv)) throw MissingData("gtsrb", csv, {images / name});
    const auto first = static_cast<int64_t>(out.labels.size());
    AppendListed(images / name / csv, images / name, out);
    const auto listed = std::count(out.labels.begin() + first, out.labels.end(), label);
    if (listed == 0 || listed != static_cast<int64_t>(out.labels.size()) - first) {
      throw MakeError("{}: must list images of class {} only", (images / name / csv).string(),
                      label);
    }
  }
  return out;
}

// The classes of the test images are published apart from them; archives have them in different
// places.
inline fs::path TestTable(const fs::path& gtsrb) {
  const std::vector<fs::path> places = {gtsrb / "Final_Test", gtsrb,
                                        gtsrb / "Final_Test" / "Images"};
  return FolderWith("gtsrb", {"GT-final_test.csv"}, places) / "GT-final_test.csv";
}

// The published order is by class; every use of "the first n" needs another (abd.md b: the
// reference shuffles it, too).
inline LabelledImages Shuffled(LabelledImages sorted) {
  LabelledImages out;
  for (const int64_t i : Rng(0).Fork("gtsrb").Permutation(std::ssize(sorted.labels))) {
    out.labels.push_back(sorted.labels[i]);
    out.images.push_back(std::move(sorted.images[i]));
  }
  return out;
}

inline LabelledImages LoadTest(const fs::path& gtsrb) {
  LabelledImages out;
  AppendListed(TestTable(gtsrb), gtsrb / "Final_Test" / "Images", out);
  return out;
}

inline void RequireCounts(const LabelledImages& part, const Counts& published,
                          const fs::path& where) {
  Counts counts{};
  for (const int64_t label : part.labels) ++counts[label];
  for (int64_t label = 0; label < kClasses; ++label) {
    if (counts[label] == published[label]) continue;
    throw MakeError("{}: {} images of class {}, published are {}; `dfkd fetch gtsrb` replaces them",
                    where.string(), counts[label], label, published[label]);
  }
}

class Gtsrb final : public Dataset {
 public:
  explicit Gtsrb(const NoOptions&) {}

  ImageSpec Spec() const override {
    ImageSpec spec{3, 32, 32, kClasses, {0.3403, 0.3121, 0.3214}, {0.2724, 0.2608, 0.2669}};
    spec.mirrors = false;  // "keep right" would say "keep left"
    return spec;
  }

  std::vector<std::string> ClassNames() const override { return Names(); }

  LabelledImages Load(Part part, const fs::path& root) const override {
    const bool training = part == Part::kTrain;
    const fs::path images =
        root / "GTSRB" / (training ? "Final_Training" : "Final_Test") / "Images";
    if (!fs::is_directory(images)) throw MissingData("gtsrb", "Images", {images.parent_path()});
    LabelledImages loaded = training ? LoadTraining(images) : LoadTest(root / "GTSRB");
    RequireCounts(loaded, training ? kTrainCounts : kTestCounts, images);
    return training ? Shuffled(std::move(loaded)) : loaded;
  }

  std::vector<DatasetFile> Files() const override {
    return {File("", "GTSRB_Final_Training_Images.zip", 276294756,
                 "d32ac4b5fa9a1cbd1994768413902e8193599d9434cf0a8eb9cfd00a6d3a290c"),
            File("", "GTSRB_Final_Test_Images.zip", 88978620,
                 "48ba6fab7e877eb64eaf8de99035b0aaecfbc279bee23e35deca4ac1d0a837fa"),
            File("GTSRB/Final_Test/", "GTSRB_Final_Test_GT.zip", 99620,
                 "f94e5a7614d75845c74c04ddb26b8796b9e483f43541dd95dd5b726504e16d6d")};
  }

  std::vector<fs::path> Sources(const fs::path& root) const override {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::recursive_directory_iterator(root / "GTSRB", missing)) {
      const auto kind = entry.path().extension();
      if (kind == ".ppm" || kind == ".csv") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
  }

 private:
  static DatasetFile File(const std::string& folder, const std::string& name, uint64_t bytes,
                          const std::string& sha256) {
    return {.path = folder + name,
            .url = "https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370/" + name,
            .sha256 = sha256,
            .bytes = bytes,
            .unpack = "zip"};
  }
};

DFKD_REGISTER(
    Gtsrb, DatasetCard<NoOptions>{
               .name = "gtsrb",
               .summary = "GTSRB, 43 German traffic signs, brought to 32x32 colour",
               .paper = "https://doi.org/10.1016/j.neunet.2012.02.016",
               .revision = 3,
               .image_spec = [](const NoOptions&) {
                 return Json{{"channels", 3}, {"height", 32}, {"width", 32}, {"classes", kClasses}};
               }});

}  // namespace dfkd::gtsrb
