// Fashion-MNIST, CIFAR-10 and GTSRB: tiny trees of their layouts, and the real data: Fashion-MNIST
// as Debian's dataset-fashion-mnist installs it, the others if $DFKD_TEST_DATA says where they are.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <numeric>
#include <set>

#include "bench/io/cifar.h"
#include "datasets/cifar10/cifar10.h"
#include "datasets/cifar100/cifar100.h"
#include "datasets/gtsrb/classes.h"
#include "datasets/gtsrb/gtsrb.h"
#include "tests/datasets/datasets_testing.h"
#include "tests/io/skip.h"

namespace dfkd::published_test {

namespace fs = std::filesystem;
using testing::Contains;
using testing::MakeDataset;
using testing::MessageOf;
using testing::ScratchFolder;

constexpr const char* kHeader = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n";

fs::path InstalledFashionMnist() {
  const fs::path folder = "/usr/share/datasets/fashion-mnist";
  BOOST_REQUIRE_MESSAGE(fs::exists(folder), "install Debian's package dataset-fashion-mnist");
  return folder;
}

boost::unit_test::precondition WithRealData() {
  return testing::OnlyIfSet("DFKD_TEST_DATA", "where CIFAR-10 and GTSRB were unpacked");
}

fs::path RealData(const char* folder) {
  const fs::path root = std::getenv("DFKD_TEST_DATA");
  BOOST_TEST_REQUIRE(fs::exists(root / folder), (root / folder).string());
  return root;
}

std::string Row(const std::string& file, int64_t label) {
  return fmt::format("{};1;1;0;0;0;0;{}\n", file, label);
}

// Two images in class 1, one in each other class; the pixel is the class, or 100 for the second of
// class 1.
void MakeTraining(const fs::path& images) {
  for (int64_t label = 0; label < gtsrb::kClasses; ++label) {
    const fs::path folder = images / fmt::format("{:05d}", label);
    std::string csv = kHeader;
    if (label == 1) {
      csv += Row("b.ppm", 1);
      WriteFileAtomically(folder / "b.ppm", testing::Ppm(2, 3, 100));
    }
    WriteFileAtomically(folder / "a.ppm", testing::Ppm(1, 1, static_cast<char>(label)));
    WriteFileAtomically(folder / fmt::format("GT-{:05d}.csv", label), csv + Row("a.ppm", label));
  }
}

std::vector<int64_t> PerClass(const LabelledImages& part, int64_t classes) {
  std::vector<int64_t> counts(classes);
  for (const int64_t label : part.labels) ++counts.at(label);
  return counts;
}

BOOST_AUTO_TEST_CASE(fashion_mnist_as_installed_has_the_published_fingerprint) {
  InstalledFashionMnist();
  const ScratchFolder root("fashion");
  const auto dataset = MakeDataset("fashion_mnist");
  const auto train = dataset->Load(Part::kTrain, root.path());
  const auto test = dataset->Load(Part::kTest, root.path());
  BOOST_TEST(PerClass(train, 10) == std::vector<int64_t>(10, 6000),
             boost::test_tools::per_element());
  BOOST_TEST(PerClass(test, 10) == std::vector<int64_t>(10, 1000),
             boost::test_tools::per_element());
  BOOST_TEST(train.images[59999].pixels.size() == 784u);
  BOOST_TEST(Fingerprint(train, test) == dataset->OfficialFingerprint());
  BOOST_TEST(dataset->Sources(root.path()).size() == 4u);
}

BOOST_AUTO_TEST_CASE(half_a_fashion_mnist_is_not_completed_from_elsewhere) {
  const ScratchFolder root("half_fashion");
  const auto folder = root.path() / "fashion-mnist";
  WriteFileAtomically(folder / "train-images-idx3-ubyte.gz", "x");
  const auto dataset = MakeDataset("fashion_mnist");
  BOOST_TEST(MessageOf([&] { dataset->Load(Part::kTrain, root.path()); }) ==
             "data set fashion_mnist: train-labels-idx1-ubyte.gz is missing; looked in " +
                 folder.string() + "; `dfkd fetch fashion_mnist` downloads it");
  BOOST_TEST(dataset->Sources(root.path()).size() == 1u);
}

// An idx file: one byte for each of `sizes` multiplied, all `value`.
std::string Idx(const std::vector<uint8_t>& sizes, char value) {
  std::string bytes{0, 0, 8, static_cast<char>(sizes.size())};
  size_t count = 1;
  for (const auto size : sizes) {
    bytes += std::string(3, '\0') + static_cast<char>(size);
    count *= size;
  }
  return bytes + std::string(count, value);
}

BOOST_AUTO_TEST_CASE(an_unpacked_fashion_mnist_goes_before_the_installed_one) {
  const ScratchFolder root("unpacked_fashion");
  const auto folder = root.path() / "fashion-mnist";
  for (const std::string part : {"train", "t10k"}) {
    WriteFileAtomically(folder / (part + "-images-idx3-ubyte"), Idx({3, 28, 28}, 7));
    WriteFileAtomically(folder / (part + "-labels-idx1-ubyte"), Idx({3}, 2));
  }
  const auto dataset = MakeDataset("fashion_mnist");
  const auto test = dataset->Load(Part::kTest, root.path());
  BOOST_TEST(test.labels == std::vector<int64_t>(3, 2), boost::test_tools::per_element());
  BOOST_TEST(test.images[2].pixels[783] == 7);
  BOOST_TEST(dataset->Sources(root.path()).size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_truncated_fashion_mnist_is_an_error_with_its_path) {
  const fs::path installed = InstalledFashionMnist();
  const ScratchFolder root("cut_fashion");
  const auto folder = root.path() / "fashion-mnist";
  fs::create_directories(folder);
  for (const auto& file : fs::directory_iterator(installed)) {
    fs::copy_file(file, folder / file.path().filename());
  }
  const auto labels = folder / "t10k-labels-idx1-ubyte.gz";
  fs::resize_file(labels, 3000);
  BOOST_TEST(MessageOf([&] { MakeDataset("fashion_mnist")->Load(Part::kTest, root.path()); }) ==
             labels.string() + ": gzip data ends too early");
}

BOOST_AUTO_TEST_CASE(cifar10_batches_are_read_in_order) {
  const ScratchFolder root("cifar");
  WriteFileAtomically(root.path() / "b.bin", std::string(2 * kCifarRecord, '\2'));
  WriteFileAtomically(root.path() / "a.bin", std::string(2 * kCifarRecord, '\1'));
  const auto loaded = cifar10::ReadBatches(root.path(), {"b.bin", "a.bin"}, 2);
  BOOST_TEST(loaded.labels == (std::vector<int64_t>{2, 2, 1, 1}), boost::test_tools::per_element());
  BOOST_TEST(loaded.images[3].pixels[5] == 1);
}

BOOST_AUTO_TEST_CASE(a_truncated_cifar10_batch_is_an_error_with_its_size) {
  const ScratchFolder root("cut_cifar");
  const auto file = root.path() / "cifar-10-batches-bin" / "test_batch.bin";
  WriteFileAtomically(file, std::string(kCifarRecord, '\1'));
  BOOST_TEST(MessageOf([&] { MakeDataset("cifar10")->Load(Part::kTest, root.path()); }) ==
             file.string() +
                 ": 3073 bytes, not the 30730000 of 10000 records; `dfkd fetch cifar10` "
                 "replaces it");
}

BOOST_AUTO_TEST_CASE(cifar100_is_read_with_its_fine_labels) {
  const ScratchFolder root("cifar100");
  const auto file = root.path() / "train.bin";
  WriteFileAtomically(file, std::string("\x13\x63") + std::string(3072, '\4') +
                                std::string("\0\0", 2) + std::string(3072, '\5'));
  const auto loaded = cifar100::ReadRecords(file, 2);
  BOOST_TEST(loaded.labels == (std::vector<int64_t>{99, 0}), boost::test_tools::per_element());
  BOOST_TEST(loaded.images[1].pixels[3071] == 5);
  BOOST_TEST(MakeDataset("cifar100")->ClassNames()[99] == "worm");
}

BOOST_AUTO_TEST_CASE(a_truncated_cifar100_is_an_error_with_its_size) {
  const ScratchFolder root("cut_cifar100");
  const auto folder = root.path() / "cifar-100-binary";
  WriteFileAtomically(folder / "train.bin", "x");
  WriteFileAtomically(folder / "test.bin", std::string(kCifar100Record, '\1'));
  BOOST_TEST(MessageOf([&] { MakeDataset("cifar100")->Load(Part::kTest, root.path()); }) ==
             (folder / "test.bin").string() +
                 ": 3074 bytes, not the 30740000 of 10000 records; `dfkd fetch cifar100` "
                 "replaces it");
}

BOOST_AUTO_TEST_CASE(gtsrb_training_images_come_by_class_then_in_the_order_of_the_table) {
  const ScratchFolder root("gtsrb");
  MakeTraining(root.path());
  const auto loaded = gtsrb::LoadTraining(root.path());
  BOOST_TEST(loaded.labels.size() == 44u);
  BOOST_TEST(loaded.images[1].pixels[0] == 100);
  BOOST_TEST(loaded.images[1].width == 3);  // as decoded
  BOOST_TEST(loaded.images[2].pixels[0] == 1);
  BOOST_TEST(loaded.labels.back() == 42);
}

BOOST_AUTO_TEST_CASE(a_shuffle_of_gtsrb_is_fixed_and_puts_all_classes_first) {
  LabelledImages sorted;
  for (int64_t label = 0; label < gtsrb::kClasses; ++label) {
    for (int64_t i = 0; i < gtsrb::kTrainCounts[label]; ++i) {
      sorted.labels.push_back(label);
      sorted.images.push_back(
          {.height = 1, .width = 1, .channels = 1, .pixels = {static_cast<uint8_t>(label)}});
    }
  }
  const auto shuffled = gtsrb::Shuffled(sorted);
  BOOST_TEST(shuffled.labels == gtsrb::Shuffled(sorted).labels, boost::test_tools::per_element());
  BOOST_TEST(PerClass(shuffled, gtsrb::kClasses) == PerClass(sorted, gtsrb::kClasses),
             boost::test_tools::per_element());
  const std::set<int64_t> first(shuffled.labels.begin(), shuffled.labels.begin() + 3920);
  BOOST_TEST(first.size() == 43u);  // as many as the attacks poison
  for (size_t i = 0; i < shuffled.labels.size(); ++i) {
    if (shuffled.images[i].pixels[0] != shuffled.labels[i]) BOOST_FAIL("an image lost its label");
  }
}

BOOST_AUTO_TEST_CASE(gtsrb_tables_must_be_there_and_list_their_own_class) {
  const ScratchFolder root("bad_gtsrb");
  MakeTraining(root.path());
  const auto table = root.path() / "00007" / "GT-00007.csv";
  WriteFileAtomically(table, kHeader + Row("a.ppm", 7) + Row("a.ppm", 3));
  BOOST_TEST(Contains(MessageOf([&] { gtsrb::LoadTraining(root.path()); }),
                      "must list images of class 7 only"));
  WriteFileAtomically(table, kHeader + Row("../00001/a.ppm", 7));
  BOOST_TEST(Contains(MessageOf([&] { gtsrb::LoadTraining(root.path()); }),
                      "'../00001/a.ppm' must be a plain file name"));
  WriteFileAtomically(table, kHeader + Row("c.ppm", 7));
  BOOST_TEST(Contains(MessageOf([&] { gtsrb::LoadTraining(root.path()); }), "c.ppm: No such file"));
  fs::remove(table);
  BOOST_TEST(Contains(MessageOf([&] { gtsrb::LoadTraining(root.path()); }),
                      "GT-00007.csv is missing; looked in"));
}

BOOST_AUTO_TEST_CASE(gtsrb_test_classes_are_found_in_each_published_place) {
  for (const char* place : {"Final_Test", "", "Final_Test/Images"}) {
    const ScratchFolder root("gtsrb_test");
    WriteFileAtomically(root.path() / "Final_Test" / "Images" / "00000.ppm", testing::Ppm(1, 2, 5));
    WriteFileAtomically(root.path() / place / "GT-final_test.csv", kHeader + Row("00000.ppm", 16));
    const auto loaded = gtsrb::LoadTest(root.path());
    BOOST_TEST(loaded.labels == std::vector<int64_t>{16});
    BOOST_TEST(loaded.images[0].width == 2);
  }
}

BOOST_AUTO_TEST_CASE(an_incomplete_gtsrb_is_refused_with_the_class_and_both_numbers) {
  const ScratchFolder root("few_gtsrb");
  const auto images = root.path() / "GTSRB" / "Final_Training" / "Images";
  MakeTraining(images);
  BOOST_TEST(MessageOf([&] { MakeDataset("gtsrb")->Load(Part::kTrain, root.path()); }) ==
             images.string() +
                 ": 1 images of class 0, published are 210; `dfkd fetch gtsrb` "
                 "replaces them");
}

void CheckRealCifar(const std::string& name, const char* folder, int64_t classes, size_t files) {
  const fs::path root = RealData(folder);
  const auto dataset = MakeDataset(name);
  const auto train = dataset->Load(Part::kTrain, root), test = dataset->Load(Part::kTest, root);
  BOOST_TEST(PerClass(train, classes) == std::vector<int64_t>(classes, 50000 / classes),
             boost::test_tools::per_element());
  BOOST_TEST(PerClass(test, classes) == std::vector<int64_t>(classes, 10000 / classes),
             boost::test_tools::per_element());
  BOOST_TEST(Fingerprint(train, test) == Fingerprint(dataset->Load(Part::kTrain, root), test));
  BOOST_TEST(dataset->Sources(root).size() == files);
}

BOOST_AUTO_TEST_CASE(all_of_cifar10_loads_and_keeps_its_fingerprint, *WithRealData()) {
  CheckRealCifar("cifar10", "cifar-10-batches-bin", 10, 6);
}

bool HasRealCifar100() {
  const char* root = std::getenv("DFKD_TEST_DATA");
  return root != nullptr && fs::exists(fs::path(root) / "cifar-100-binary");
}

BOOST_AUTO_TEST_CASE(
    all_of_cifar100_loads_and_keeps_its_fingerprint,
    *testing::OnlyIf(HasRealCifar100,
                     "DFKD_TEST_DATA is not set to where CIFAR-100 was unpacked")) {
  CheckRealCifar("cifar100", "cifar-100-binary", 100, 2);
}

// abd.md (l) 4: without the target of its attacks 11,910 test images are left.
BOOST_AUTO_TEST_CASE(the_table_of_gtsrb_has_the_published_sums) {
  const auto sum = [](const gtsrb::Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), int64_t{0});
  };
  BOOST_TEST(sum(gtsrb::kTrainCounts) == 39209);
  BOOST_TEST(sum(gtsrb::kTestCounts) - gtsrb::kTestCounts[1] == 11910);
}

BOOST_AUTO_TEST_CASE(all_of_gtsrb_loads_with_the_published_counts, *WithRealData()) {
  const fs::path root = RealData("GTSRB");
  const auto dataset = MakeDataset("gtsrb");
  BOOST_TEST(dataset->Load(Part::kTrain, root).images.size() == 39209u);
  const auto test = dataset->Load(Part::kTest, root);
  BOOST_TEST(test.images.size() == 12630u);
  BOOST_TEST(PerClass(test, 43)[1] == 720);  // the target of the attacks: 11,910 are left
  BOOST_TEST(dataset->Sources(root).size() == 39209u + 12630u + 44u);
}

}  // namespace dfkd::published_test
