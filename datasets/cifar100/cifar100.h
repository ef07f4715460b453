// CIFAR-100: 60,000 colour images, 32x32, 100 fine classes in 20 coarse ones.
// https://www.cs.toronto.edu/~kriz/cifar.html
#pragma once
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/cifar.h"
#include "bench/io/file.h"
#include "bench/io/find_data.h"
#include "datasets/cifar100/classes.h"

namespace dfkd::cifar100 {

inline const std::vector<std::string> kFiles = {"train.bin", "test.bin"};
inline constexpr size_t kTrainRecords = 50000, kTestRecords = 10000;

// Throws Error unless the file holds exactly `records`.
inline LabelledImages ReadRecords(const std::filesystem::path& file, size_t records) {
  const std::string bytes = ReadBytes(file, 2 * kTrainRecords * kCifar100Record);
  if (bytes.size() != records * kCifar100Record) {
    throw MakeError("{}: {} bytes, not the {} of {} records; `dfkd fetch cifar100` replaces it",
                    file.string(), bytes.size(), records * kCifar100Record, records);
  }
  LabelledImages out;
  out.images.reserve(records);
  AppendCifar100(bytes, file.string(), out);
  return out;
}

class Cifar100 final : public Dataset {
 public:
  explicit Cifar100(const NoOptions&) {}

  ImageSpec Spec() const override {
    return {3, 32, 32, 100, {0.5071, 0.4867, 0.4408}, {0.2675, 0.2565, 0.2761}};
  }

  std::vector<std::string> ClassNames() const override { return FineNames(); }

  LabelledImages Load(Part part, const std::filesystem::path& root) const override {
    const auto folder = FolderWith("cifar100", kFiles, {Folder(root)});
    return part == Part::kTrain ? ReadRecords(folder / kFiles[0], kTrainRecords)
                                : ReadRecords(folder / kFiles[1], kTestRecords);
  }

  std::vector<DatasetFile> Files() const override {
    return {{.path = "cifar-100-binary.tar.gz",
             .url = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
             .sha256 = "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
             .bytes = 168513733,
             .unpack = "tar"}};
  }

  std::vector<std::filesystem::path> Sources(const std::filesystem::path& root) const override {
    return ExistingFiles(kFiles, {Folder(root)});
  }

 private:
  static std::filesystem::path Folder(const std::filesystem::path& root) {
    return root / "cifar-100-binary";
  }
};

DFKD_REGISTER(Cifar100,
              DatasetCard<NoOptions>{
                  .name = "cifar100",
                  .summary = "CIFAR-100, 32x32 colour, 100 classes, the fine labels",
                  .paper = "https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf",
                  .image_spec = [](const NoOptions&) {
                    return Json{{"channels", 3}, {"height", 32}, {"width", 32}, {"classes", 100}};
                  }});

}  // namespace dfkd::cifar100
