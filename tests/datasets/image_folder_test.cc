#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "bench/io/png.h"
#include "tests/datasets/datasets_testing.h"
#include "tests/io/goldens.h"

namespace dfkd::image_folder_test {

namespace fs = std::filesystem;
using testing::Contains;
using testing::MakeDataset;
using testing::MessageOf;
using testing::ScratchFolder;

// Classes "a b" and "zebra" in both parts, one picture of each kind.
void MakeTree(const fs::path& folder) {
  for (const auto* part : {"train", "test"}) {
    const fs::path first = folder / part / "a b", second = folder / part / "zebra";
    WriteFileAtomically(first / "2.PPM", testing::Ppm(2, 2, 2));
    WriteFileAtomically(first / "10.png", EncodePng({3, 1, 1, {1, 1, 1}}));
    WriteFileAtomically(first / "notes.txt", "not a picture");
    WriteFileAtomically(first / ".hidden.png", "not a picture either");
    WriteFileAtomically(second / "x.jpeg", testing::FromHex(goldens::kJpegRgb));
  }
}

std::string ProblemOf(const fs::path& folder) {
  return MessageOf([&] {
    MakeDataset("image_folder", {{"path", folder.string()}})->Load(Part::kTrain, "/");
  });
}

BOOST_AUTO_TEST_CASE(pictures_come_by_class_and_name_in_the_asked_channels) {
  const ScratchFolder root("folder");
  MakeTree(root.path() / "mine");
  const auto dataset = MakeDataset("image_folder", {{"path", "mine"}});
  const auto loaded = dataset->Load(Part::kTest, root.path());
  BOOST_TEST(loaded.labels == (std::vector<int64_t>{0, 0, 1}), boost::test_tools::per_element());
  BOOST_TEST(loaded.images[0].pixels[0] == 1);  // "10.png" sorts before "2.PPM"
  for (const Image& image : loaded.images) {
    BOOST_TEST(image.pixels.size() == 3u * 32 * 32);  // as it is read: photographs are large
  }
  BOOST_TEST((dataset->ClassNames() == std::vector<std::string>{"a b", "zebra"}));
  BOOST_TEST(dataset->Spec().classes == 2);
  BOOST_TEST(dataset->Sources(root.path()).size() == 6u);
}

// As `described` orders them: a teacher trained on one is tested with the other.
BOOST_AUTO_TEST_CASE(numbered_classes_come_by_value) {
  const ScratchFolder root("numbered_folder");
  for (const auto* part : {"train", "test"}) {
    for (const auto* name : {"0", "10", "2"}) {
      WriteFileAtomically(root.path() / part / name / "a.ppm",
                          testing::Ppm(1, 1, static_cast<char>(name[0])));
    }
  }
  const auto own = MakeDataset("image_folder", {{"path", root.path().string()}});
  const auto tested =
      MakeDataset("described", {{"classes", 3}, {"test", (root.path() / "test").string()}});
  BOOST_TEST((own->ClassNames() == std::vector<std::string>{"0", "2", "10"}));
  const auto ours = own->Load(Part::kTest, "/"), theirs = tested->Load(Part::kTest, "/");
  BOOST_TEST_REQUIRE(ours.images.size() == theirs.images.size());
  BOOST_TEST(ours.images[1].pixels[0] == '2');
  for (size_t i = 0; i < ours.images.size(); ++i) {
    BOOST_TEST(ours.labels[i] == theirs.labels[i]);
    BOOST_TEST(ours.images[i].pixels == theirs.images[i].pixels);
  }
}

BOOST_AUTO_TEST_CASE(colour_becomes_grey_where_one_channel_is_asked) {
  const ScratchFolder root("grey_folder");
  MakeTree(root.path());
  const auto dataset =
      MakeDataset("image_folder", {{"path", root.path().string()}, {"channels", 1}, {"size", 24}});
  const auto loaded = dataset->Load(Part::kTrain, "/elsewhere");
  for (const Image& image : loaded.images) BOOST_TEST(image.channels == 1);
  BOOST_TEST(loaded.images[2].pixels[0] == 124);  // luma of (200, 100, 50)
  BOOST_TEST(dataset->Spec().mean.size() == 1u);
  BOOST_TEST(dataset->Spec().height == 24);
}

BOOST_AUTO_TEST_CASE(classes_of_an_absolute_path_are_known_before_loading) {
  const ScratchFolder root("known_folder");
  MakeTree(root.path());
  const Json here = {{"path", root.path().string()}};
  BOOST_TEST(MakeDataset("image_folder", here)->Spec().classes == 2);
  BOOST_TEST(MakeDataset("image_folder", here)->Spec().mirrors);
  const Json letters = {{"path", root.path().string()}, {"mirrors", false}};
  BOOST_TEST(!MakeDataset("image_folder", letters)->Spec().mirrors);
  BOOST_TEST(Contains(MessageOf([] {
                        MakeDataset("image_folder", {{"path", "mine"}})->Spec();
                      }),
                      "give an absolute path"));
}

BOOST_AUTO_TEST_CASE(the_card_plans_without_data_and_leaves_the_classes_open) {
  const PluginCard& card = Registry::Get().Card(PluginKind::kDataset, "image_folder");
  const Json spec = card.image_spec(ResolveFor(card, {{"path", "/no/such"}, {"size", 48}}));
  BOOST_TEST(spec == (Json{{"channels", 3}, {"height", 48}, {"width", 48}, {"classes", nullptr}}));
}

BOOST_AUTO_TEST_CASE(a_tree_that_cannot_be_meant_is_refused) {
  const ScratchFolder root("bad_folder");
  BOOST_TEST(Contains(MessageOf([] { MakeDataset("image_folder")->Load(Part::kTrain, "/"); }),
                      "path = \"\" must name the folder"));
  BOOST_TEST(Contains(ProblemOf(root.path() / "none"), "No such file or directory"));
  MakeTree(root.path());
  fs::create_directories(root.path() / "train" / "zebra" / "more");
  BOOST_TEST(Contains(ProblemOf(root.path()), "more: a class must not hold folders"));
  fs::remove(root.path() / "train" / "zebra" / "more");
  fs::create_directories(root.path() / "train" / "new");
  BOOST_TEST(Contains(ProblemOf(root.path()),
                      R"(train has classes ["a b","new","zebra"], test has ["a b","zebra"])"));
  fs::create_directories(root.path() / "test" / "new");
  BOOST_TEST(Contains(ProblemOf(root.path()), "new: holds no .png, .jpg, .jpeg, .pgm or .ppm"));
  for (const auto* part : {"train", "test"}) {
    fs::remove_all(root.path() / part / "new");
    fs::remove_all(root.path() / part / "zebra");
  }
  BOOST_TEST(Contains(ProblemOf(root.path()), "1 class folders; at least 2 are needed"));
}

BOOST_AUTO_TEST_CASE(classes_that_only_look_equal_are_told_by_their_bytes) {
  const ScratchFolder root("alike_folder");
  MakeTree(root.path());
  fs::rename(root.path() / "train" / "zebra", root.path() / "train" / "M\xc3\xbcll");
  fs::rename(root.path() / "test" / "zebra", root.path() / "test" / "Mu\xcc\x88ll");
  const auto problem = ProblemOf(root.path());
  BOOST_TEST(Contains(problem, R"(M\xc3\xbcll)"), problem);
  BOOST_TEST(Contains(problem, R"(Mu\xcc\x88ll)"), problem);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_a_link_to_itself_is_told_when_it_is_loaded) {
  const ScratchFolder root("loop_folder");
  MakeTree(root.path());
  fs::remove_all(root.path() / "train");
  fs::create_symlink("train", root.path() / "train");
  const auto dataset = MakeDataset("image_folder", {{"path", root.path().string()}});
  BOOST_TEST(dataset->Sources("/").size() == 3u);
  BOOST_TEST(ProblemOf(root.path()) == "data set image_folder: cannot read " +
                                           (root.path() / "train").string() +
                                           ": Too many levels of symbolic links");
}

BOOST_AUTO_TEST_CASE(a_picture_of_a_kind_that_is_not_read_is_not_left_out_in_silence) {
  const ScratchFolder root("kinds");
  MakeTree(root.path());
  const auto folder = root.path() / "train" / "zebra";
  WriteFileAtomically(folder / "a.pgm", "P5 1 1 255\na");
  const auto dataset = MakeDataset("image_folder", {{"path", root.path().string()}});
  BOOST_TEST(dataset->Load(Part::kTrain, "/").images.size() == 4u);
  WriteFileAtomically(folder / "b.BMP", "BM");
  WriteFileAtomically(folder / "c.webp", "RIFF");
  BOOST_TEST(Contains(ProblemOf(root.path()), "b.BMP and 1 more pictures"));
}

BOOST_AUTO_TEST_CASE(names_of_classes_must_be_text_those_of_pictures_need_not) {
  const ScratchFolder root("latin");
  MakeTree(root.path());
  WriteFileAtomically(root.path() / "train" / "zebra" / "\xfc.png", EncodePng({1, 1, 1, {1}}));
  const auto dataset = MakeDataset("image_folder", {{"path", root.path().string()}});
  BOOST_TEST(dataset->Load(Part::kTrain, "/").images.size() == 4u);
  fs::create_directories(root.path() / "train" / "M\xfcll");
  BOOST_TEST(Contains(ProblemOf(root.path()), R"(train/M\xfcll is not UTF-8)"));
}

BOOST_AUTO_TEST_CASE(the_home_folder_may_be_written_as_in_a_shell) {
  const ScratchFolder root("home");
  MakeTree(root.path() / "pets");
  const std::string before = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
  ::setenv("HOME", root.path().c_str(), 1);
  BOOST_TEST(MakeDataset("image_folder", {{"path", "~/pets"}})->Spec().classes == 2);
  ::setenv("HOME", before.c_str(), 1);
}

BOOST_AUTO_TEST_CASE(a_damaged_picture_is_named) {
  const ScratchFolder root("damaged_folder");
  MakeTree(root.path());
  WriteFileAtomically(root.path() / "train" / "zebra" / "x.jpeg", "GIF89a");
  BOOST_TEST(Contains(ProblemOf(root.path()), "train/zebra/x.jpeg: is neither PNG nor JPEG"));
}

}  // namespace dfkd::image_folder_test
