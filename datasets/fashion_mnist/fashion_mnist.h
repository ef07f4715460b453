// Fashion-MNIST: 70,000 grey images of clothes, 28x28, ten classes.
// https://arxiv.org/abs/1708.07747
#pragma once
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/find_data.h"
#include "bench/io/idx.h"

namespace dfkd::fashion_mnist {

// In loading order: images and labels of the training part, then of the test part.
inline const std::vector<std::string> kFiles = {
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz"};

// The same, unpacked.
inline const std::vector<std::string> kUnpackedFiles = {
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte"};

class FashionMnist final : public Dataset {
 public:
  explicit FashionMnist(const NoOptions&) {}

  ImageSpec Spec() const override { return {1, 28, 28, 10, {0.2860}, {0.3530}}; }

  std::vector<std::string> ClassNames() const override {
    return {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
  }

  LabelledImages Load(Part part, const std::filesystem::path& root) const override {
    const auto& files = FilesIn(root);
    const auto folder = FolderWith("fashion_mnist", files, Folders(root));
    const size_t first = part == Part::kTrain ? 0 : 2;
    return ReadIdxImages(folder / files[first], folder / files[first + 1], 10);
  }

  std::vector<DatasetFile> Files() const override {
    return {
        File(0, 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        File(1, 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        File(2, 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        File(3, 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    };
  }

  std::vector<std::filesystem::path> Sources(const std::filesystem::path& root) const override {
    return ExistingFiles(FilesIn(root), Folders(root));
  }

  std::string OfficialFingerprint() const override {
    return "e933474405306ba85adf02d2d0dc1fcae615bbb4e531f9e229b7aac0f1c5efe7";
  }

 private:
  // The second is where Debian's package dataset-fashion-mnist puts the same arrays.
  static std::vector<std::filesystem::path> Folders(const std::filesystem::path& root) {
    return {root / "fashion-mnist", "/usr/share/datasets/fashion-mnist"};
  }

  // What lies in the user's own folder goes before another copy, packed or not.
  static const std::vector<std::string>& FilesIn(const std::filesystem::path& root) {
    const std::vector<std::filesystem::path> own = {root / "fashion-mnist"};
    const bool unpacked =
        ExistingFiles(kFiles, own).empty() && !ExistingFiles(kUnpackedFiles, own).empty();
    return unpacked ? kUnpackedFiles : kFiles;
  }

  static DatasetFile File(size_t index, uint64_t bytes, const std::string& sha256) {
    return {.path = "fashion-mnist/" + kFiles[index],
            .url = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/" + kFiles[index],
            .sha256 = sha256,
            .bytes = bytes};
  }
};

DFKD_REGISTER(FashionMnist,
              DatasetCard<NoOptions>{
                  .name = "fashion_mnist",
                  .summary = "Fashion-MNIST, 28x28 grey, 10 classes of clothes",
                  .paper = "https://arxiv.org/abs/1708.07747",
                  .image_spec = [](const NoOptions&) {
                    return Json{{"channels", 1}, {"height", 28}, {"width", 28}, {"classes", 10}};
                  }});

}  // namespace dfkd::fashion_mnist
