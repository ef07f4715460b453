#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "tests/datasets/datasets_testing.h"

namespace dfkd::described_test {

using testing::Contains;
using testing::MakeDataset;
using testing::MessageOf;
using testing::ScratchFolder;

BOOST_AUTO_TEST_CASE(mean_and_deviation_are_one_number_or_one_per_channel) {
  const auto spec = MakeDataset("described", {{"mean", "0.5"}, {"stddev", "0.2,0.3,0.4"}})->Spec();
  BOOST_TEST(spec.mean == std::vector<double>(3, 0.5), boost::test_tools::per_element());
  BOOST_TEST(spec.stddev == (std::vector<double>{0.2, 0.3, 0.4}), boost::test_tools::per_element());
  const auto spaced = MakeDataset("described", {{"mean", " 0.49, 0.48 ,0.45 "}})->Spec();
  BOOST_TEST(spaced.mean == (std::vector<double>{0.49, 0.48, 0.45}),
             boost::test_tools::per_element());
  for (const char* wrong : {"", "x", "0.5,", "0.5,0.5", "1.5", "-1", "nan", "0.5 0.5", " "}) {
    const auto message = MessageOf([&] { MakeDataset("described", {{"mean", wrong}}); });
    BOOST_TEST(Contains(message, "mean"), wrong);
  }
  BOOST_TEST(Contains(MessageOf([] { MakeDataset("described", {{"stddev", "0"}}); }), "stddev"));
}

BOOST_AUTO_TEST_CASE(labels_follow_the_names_of_the_folders_by_value_if_they_are_numbers) {
  const ScratchFolder folder("described");
  for (const char* name : {"0", "2", "10"}) {
    WriteFileAtomically(folder.path() / name / "a.ppm", std::string("P5 1 1 255\n") + name[0]);
  }
  const auto dataset =
      MakeDataset("described", {{"classes", 3}, {"test", folder.path().string()}, {"channels", 1}});
  const auto test = dataset->Load(Part::kTest, "");
  BOOST_TEST(test.labels == (std::vector<int64_t>{0, 1, 2}), boost::test_tools::per_element());
  BOOST_TEST(test.images[1].pixels[0] == '2');
  BOOST_TEST(test.images[2].pixels[0] == '1');  // "10" is the last, not the second
  BOOST_TEST(dataset->Load(Part::kTrain, "").images.empty());
  BOOST_TEST(dataset->Sources("").size() == 3U);
  const auto four = MakeDataset("described", {{"classes", 4}, {"test", folder.path().string()}});
  BOOST_TEST(Contains(MessageOf([&] { four->Load(Part::kTest, ""); }), "3 class folders for 4"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_a_link_to_itself_is_told_when_it_is_loaded) {
  const ScratchFolder folder("described_loop");
  const auto test = folder.path() / "test";
  std::filesystem::create_symlink("test", test);
  const auto dataset = MakeDataset("described", {{"test", test.string()}});
  BOOST_TEST(dataset->Sources("").empty());
  BOOST_TEST(MessageOf([&] { dataset->Load(Part::kTest, ""); }) ==
             "data set described: cannot read " + test.string() +
                 ": Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(without_a_folder_there_are_no_images_and_that_is_said) {
  const auto message = MessageOf([] { MakeDataset("described")->Load(Part::kTest, ""); });
  BOOST_TEST(Contains(message, "dfkd distill"), message);
}

}  // namespace dfkd::described_test
