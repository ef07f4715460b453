// How pictures join committed results.
#include "bench/cli/results_pictures.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "bench/cli/results_size.h"
#include "bench/cli/results_update.h"
#include "bench/io/png.h"
#include "bench/scores/results_state.h"
#include "bench/store/catalog.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::results_pictures_test {

namespace fs = std::filesystem;

std::string Png(uint8_t value) { return EncodePng({2, 2, 1, {value, 1, 2, 3}}); }

CommittedResult ResultOf(const std::string& defense, char plan = 'a', int64_t teacher_seed = 0) {
  CommittedResult result{
      ReadScore(Fixtures() / "valid/toy" /
                fmt::format("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-{}-t{}-s0.json", defense,
                            teacher_seed)),
      std::string(64, plan), "", Verified::kValid, "somebody"};
  result.score.media.clear();
  return result;
}

std::map<std::string, std::string> FilesIn(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), folder).string()] = ReadBytes(entry.path());
  }
  return files;
}

// Pictures that tell by their trigger for whom they were asked.
Pictures PicturesFor(const CommittedResult& result) {
  const auto seed = static_cast<uint8_t>(result.score.cell.teacher_seed);
  const bool defended = result.score.cell.defense != "none";
  return {{"trigger", Png(static_cast<uint8_t>(seed + (defended ? 100 : 0)))},
          {"synthetic", Png(200)}};
}

struct Kept {
  AddedPictures Add(const std::vector<CommittedResult>& results,
                    const PicturesOfResult& pictures = PicturesFor) const {
    return AddPictures(folder, "toy", results, pictures);
  }
  std::string DefenseOfDonor() const {
    const auto sets = ReadPictures(folder / "toy").sets;
    return sets.size() == 1 ? sets.front().cell.defense : std::to_string(sets.size()) + " sets";
  }
  testing::ScratchFolder scratch;
  fs::path folder = scratch.path() / "results";
  fs::path media = PictureFolder(folder, "toy");
};

BOOST_FIXTURE_TEST_SUITE(results_pictures, Kept)

BOOST_AUTO_TEST_CASE(the_undefended_cell_of_the_lowest_seeds_gives_its_pictures) {
  const std::vector<CommittedResult> results = {ResultOf("abd"), ResultOf("none", 'a', 1),
                                                ResultOf("none")};
  const auto added = Add(results);
  BOOST_TEST(added.pictures == 2);
  BOOST_TEST_REQUIRE(added.sets.size() == 1U);
  BOOST_TEST(added.sets.front() == "toy-badnets_grid-zskt.json");
  const auto read = ReadPictures(folder / "toy");
  BOOST_TEST(read.problems.empty());
  BOOST_TEST_REQUIRE(read.sets.size() == 1U);
  BOOST_TEST((read.sets.front().cell == results[2].score.cell));
  BOOST_TEST(read.sets.front().pictures.at("trigger") == NameOfPicture(Png(0)));
}

BOOST_AUTO_TEST_CASE(the_same_twice_changes_no_byte) {
  const std::vector<CommittedResult> results = {ResultOf("none"), ResultOf("abd")};
  Add(results);
  const auto before = FilesIn(folder);
  for (const auto& pictures : {PicturesOfResult(PicturesFor), PicturesOfResult()}) {
    const auto again = Add(results, pictures);
    BOOST_TEST(again.sets.empty());
    BOOST_TEST(again.removed.empty());
    BOOST_TEST(again.pictures == 0);
    BOOST_TEST((FilesIn(folder) == before));
  }
}

BOOST_AUTO_TEST_CASE(a_better_donor_takes_the_place_and_a_worse_one_does_not) {
  auto failed = ResultOf("none");
  failed.score.status = Status::kAttackFailed;
  Add({failed});
  BOOST_TEST(DefenseOfDonor() == "none");
  Add({failed, ResultOf("abd")});
  BOOST_TEST(DefenseOfDonor() == "abd");
  Add({failed, ResultOf("abd"), ResultOf("sv")});
  BOOST_TEST(DefenseOfDonor() == "abd");
  Add({ResultOf("abd"), ResultOf("none", 'a', 1)});
  BOOST_TEST(DefenseOfDonor() == "none");
  BOOST_TEST(!fs::exists(media / NameOfPicture(Png(100))));  // nobody names it any more
  Add({ResultOf("abd"), ResultOf("none", 'a', 1), ResultOf("none")});
  BOOST_TEST(ReadPictures(folder / "toy").sets.at(0).cell.teacher_seed == 1);
}

BOOST_AUTO_TEST_CASE(pictures_of_other_keys_are_renewed_or_go) {
  Add({ResultOf("none")});
  auto newer = ResultOf("none", 'b');
  newer.added = "2999-01-01T00:00:00Z";
  const auto gone = Add({ResultOf("none"), newer}, {});
  BOOST_TEST(gone.removed.size() == 1U);
  BOOST_TEST(!fs::exists(media));
  Add({ResultOf("none")});
  const auto renewed = Add({ResultOf("none"), newer});
  BOOST_TEST(renewed.sets.size() == 1U);
  BOOST_TEST(renewed.pictures == 0);  // they are the same
  BOOST_TEST(ReadPictures(folder / "toy").sets.at(0).plan == newer.plan);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_or_no_picture_is_left_out_with_the_reason) {
  const auto added = Add({ResultOf("none"), ResultOf("abd")}, [](const CommittedResult&) {
    return Pictures{
        {"trigger", Png(1)}, {"clean", "no picture"}, {"triggered", std::string(70000, 'x')}};
  });
  BOOST_TEST_REQUIRE(added.left_out.size() == 2U);
  BOOST_TEST(Contains(added.left_out[0], "picture 'clean': not a PNG"), added.left_out[0]);
  BOOST_TEST(Contains(added.left_out[1], "70000 bytes; at most 65536"), added.left_out[1]);
  BOOST_TEST(added.pictures == 1);
  const auto damaged = Add({ResultOf("none", 'b')}, [](const CommittedResult&) -> Pictures {
    throw MakeError("the artifact is damaged");
  });
  BOOST_TEST_REQUIRE(damaged.left_out.size() == 1U);
  BOOST_TEST(Contains(damaged.left_out[0], "the artifact is damaged"));
}

BOOST_AUTO_TEST_CASE(nothing_is_written_or_removed_through_a_link) {
  testing::Write(scratch.path() / "mine/note.json", "{}");
  fs::create_directories(folder / "toy");
  fs::create_directory_symlink(scratch.path() / "mine", media);
  const auto added = Add({ResultOf("none")});
  BOOST_TEST(added.sets.empty());
  BOOST_TEST(added.left_out.size() == 1U);
  BOOST_TEST(FilesIn(scratch.path() / "mine").size() == 1U);
}

BOOST_AUTO_TEST_CASE(results_join_with_their_pictures_and_a_bad_set_is_replaced) {
  LoadedPlan loaded;
  loaded.matrix.name = "toy";
  loaded.matrix.demonstration = true;
  const auto add = [&] { return AddResults(loaded, {ResultOf("none")}, folder, {}, PicturesFor); };
  BOOST_TEST(add().pictures.pictures == 2);
  BOOST_TEST(ReadResultLines(folder / "toy/none.jsonl").problems.empty());
  const auto before = FilesIn(folder);
  testing::Write(media / "toy-badnets_grid-zskt.json", "{}");
  BOOST_TEST(ReadResultLines(folder / "toy/none.jsonl").problems.size() == 1U);
  BOOST_TEST(ReadCommitted(folder, "toy").size() == 1U);  // a warning, and no number is lost
  BOOST_TEST(add().pictures.sets.size() == 1U);
  BOOST_TEST((FilesIn(folder) == before));
}

// A grid of noise with white lines between its images.
std::string SheetOf(int64_t columns, int64_t side) {
  const auto whole = columns * (side + 1) - 1;
  Image image{whole, whole, 3, {}};
  uint64_t seed = 1;
  for (int64_t y = 0; y < whole; ++y) {
    for (int64_t x = 0; x < whole * 3; ++x) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const bool line = (y + 1) % (side + 1) == 0 || (x / 3 + 1) % (side + 1) == 0;
      image.pixels.push_back(line ? 255 : static_cast<uint8_t>(seed >> 56));
    }
  }
  return EncodePng(image);
}

BOOST_AUTO_TEST_CASE(of_a_sheet_that_is_too_large_whole_images_are_kept) {
  const auto small = SheetOf(6, 8);
  BOOST_TEST((FittingSheet(small) == small));
  const auto fitting = FittingSheet(SheetOf(6, 32));
  BOOST_TEST(fitting.size() <= kMostBytesOfPicture);
  const auto image = ParsePng(fitting, "sheet");
  BOOST_TEST(image.width == 4 * 33 - 1);
  BOOST_TEST(image.height == 4 * 33 - 1);
  BOOST_TEST(ParsePng(FittingSheet(SheetOf(6, 64)), "sheet").width == 2 * 65 - 1);
  const auto no_sheet = SheetOf(1, 200);
  BOOST_TEST((FittingSheet(no_sheet) == no_sheet));
}

BOOST_AUTO_TEST_CASE(of_many_pictures_the_last_are_too_much_and_what_is_no_file_of_ours_stays) {
  testing::Write(media / "notes.txt", "mine");
  const auto picture = SheetOf(1, 140);
  BOOST_TEST_REQUIRE(picture.size() < kMostBytesOfPicture);
  const auto added = Add({ResultOf("none")}, [&](const CommittedResult&) {
    Pictures pictures;
    for (const auto& kind : PictureKinds()) pictures[kind] = picture;
    return pictures;
  });
  BOOST_TEST_REQUIRE(added.left_out.size() == 1U);
  BOOST_TEST(Contains(added.left_out[0], "picture '" + PictureKinds().back() + "'"));
  BOOST_TEST(Contains(added.left_out[0], "262144 bytes are allowed in all"), added.left_out[0]);
  BOOST_TEST(added.sets.size() == 1U);
  Add({ResultOf("none", 'b')}, {});
  BOOST_TEST((FilesIn(media) == std::map<std::string, std::string>{{"notes.txt", "mine"}}));
}

// Its student was never distilled: the gate failed.
BOOST_AUTO_TEST_CASE(a_store_gives_the_pictures_of_the_student_or_of_its_teacher) {
  Plan plan;
  Store store(scratch.path() / "store");
  const auto publish = [&](const Json& description, const std::string& kind,
                           const Pictures& files) {
    const auto id = plan.Add(kind, description).first;
    for (const auto& [name, bytes] : files) testing::Write(scratch.path() / "staged" / name, bytes);
    if (!files.empty()) {
      store.Publish({.ref = plan.Ref(id),
                     .description = plan.At(id).stage.description(),
                     .staged = scratch.path() / "staged"});
    }
    return id;
  };
  auto result = ResultOf("none");
  PlannedCell cell;
  cell.cell = result.score.cell;
  cell.teacher_evaluation =
      publish({{"seed", 1}}, "evaluate", {{"trigger.png", Png(1)}, {"evaluation.json", "{}"}});
  cell.student = publish({{"seed", 2}}, "distill", {});
  cell.student_evaluation = publish({{"seed", 3}}, "evaluate", {});
  cell.path = {cell.student, cell.student_evaluation};
  plan.cells = {cell};
  BOOST_TEST(PicturesInStore(plan, store)(result).empty());  // another plan's
  result.plan = PlanDigest(plan, cell);
  const auto failed = PicturesInStore(plan, store)(result);
  BOOST_TEST((failed == Pictures{{"trigger", Png(1)}}));
  publish({{"seed", 2}}, "distill", {{"synthetic.png", Png(2)}});
  publish({{"seed", 3}}, "evaluate", {{"trigger.png", Png(3)}, {"clean.png", Png(4)}});
  const auto whole = PicturesInStore(plan, store)(result);
  BOOST_TEST((whole == Pictures{{"trigger", Png(3)}, {"clean", Png(4)}, {"synthetic", Png(2)}}));
}

BOOST_AUTO_TEST_CASE(pictures_for_which_the_folder_has_no_room_are_left_out) {
  const auto large = folder / "other/large.jsonl";
  testing::Write(large, "");
  fs::resize_file(large, kMostBytesInAll - 100);
  const auto added = Add({ResultOf("none")});
  BOOST_TEST(added.sets.empty());
  BOOST_TEST(added.pictures == 0);
  BOOST_TEST(!fs::exists(media));
  BOOST_TEST_REQUIRE(added.left_out.size() == 1U);
  BOOST_TEST(Contains(added.left_out[0], "at most 26214400 are allowed"), added.left_out[0]);
  fs::resize_file(large, kMostBytesInAll - 10000);
  BOOST_TEST(Add({ResultOf("none")}).pictures == 2);
}

BOOST_AUTO_TEST_CASE(results_and_pictures_of_the_repository_take_no_more_than_they_may) {
  const auto results = fs::path(DFKD_SOURCE_DIR) / "leaderboard/results";
  uint64_t lines = 0;
  for (const auto& file : ResultsFiles(results)) lines += fs::file_size(file);
  BOOST_TEST(BytesBelow(results) >= lines);
  BOOST_TEST(BytesBelow(results) <= kMostBytesInAll);
  for (const auto& matrix : fs::directory_iterator(results))
    BOOST_TEST(ReadPictures(matrix.path()).problems.empty(), matrix.path().string());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::results_pictures_test
