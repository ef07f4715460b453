// CIFAR-10: 60,000 colour images, 32x32, ten classes. https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/cifar.h"
#include "bench/io/file.h"
#include "bench/io/find_data.h"

namespace dfkd::cifar10 {

inline const std::vector<std::string> kTrainFiles = {"data_batch_1.bin", "data_batch_2.bin",
                                                     "data_batch_3.bin", "data_batch_4.bin",
                                                     "data_batch_5.bin"};
inline const std::vector<std::string> kTestFiles = {"test_batch.bin"};
inline constexpr size_t kRecordsPerFile = 10000;

// The records of `files` in order. Throws Error unless each holds exactly `records`.
inline LabelledImages ReadBatches(const std::filesystem::path& folder,
                                  const std::vector<std::string>& files, size_t records) {
  LabelledImages out;
  out.images.reserve(files.size() * records);
  for (const std::string& name : files) {
    const auto file = folder / name;
    const std::string bytes = ReadBytes(file, 2 * kRecordsPerFile * kCifarRecord);
    if (bytes.size() != records * kCifarRecord) {
      throw MakeError("{}: {} bytes, not the {} of {} records; `dfkd fetch cifar10` replaces it",
                      file.string(), bytes.size(), records * kCifarRecord, records);
    }
    AppendCifar10(bytes, file.string(), out);
  }
  return out;
}

class Cifar10 final : public Dataset {
 public:
  explicit Cifar10(const NoOptions&) {}

  ImageSpec Spec() const override {
    return {3, 32, 32, 10, {0.4914, 0.4822, 0.4465}, {0.2023, 0.1994, 0.2010}};
  }

  std::vector<std::string> ClassNames() const override {
    return {"airplane", "automobile", "bird",  "cat",  "deer",
            "dog",      "frog",       "horse", "ship", "truck"};
  }

  LabelledImages Load(Part part, const std::filesystem::path& root) const override {
    const auto& files = part == Part::kTrain ? kTrainFiles : kTestFiles;
    return ReadBatches(FolderWith("cifar10", files, {Folder(root)}), files, kRecordsPerFile);
  }

  std::vector<DatasetFile> Files() const override {
    return {{.path = "cifar-10-binary.tar.gz",
             .url = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
             .sha256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
             .bytes = 170052171,
             .unpack = "tar"}};
  }

  std::vector<std::filesystem::path> Sources(const std::filesystem::path& root) const override {
    auto files = kTrainFiles;
    files.insert(files.end(), kTestFiles.begin(), kTestFiles.end());
    return ExistingFiles(files, {Folder(root)});
  }

 private:
  static std::filesystem::path Folder(const std::filesystem::path& root) {
    return root / "cifar-10-batches-bin";
  }
};

DFKD_REGISTER(Cifar10,
              DatasetCard<NoOptions>{
                  .name = "cifar10",
                  .summary = "CIFAR-10, 32x32 colour, 10 classes of animals and vehicles",
                  .paper = "https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf",
                  .image_spec = [](const NoOptions&) {
                    return Json{{"channels", 3}, {"height", 32}, {"width", 32}, {"classes", 10}};
                  }});

}  // namespace dfkd::cifar10
