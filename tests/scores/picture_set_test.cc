// Pictures that results share: a stranger may have put anything there.
#include "bench/scores/picture_set.h"

#include <boost/test/unit_test.hpp>

#include "bench/io/png.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/results_file.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::picture_set_test {

using testing::ScratchFolder;
using testing::Write;
namespace fs = std::filesystem;

std::string Png(uint8_t value = 0) { return EncodePng({2, 2, 1, {value, 1, 2, 3}}); }

// Of about as many bytes as pixels.
std::string NoisePng(int64_t side, uint64_t seed) {
  Image image{side, side, 1, {}};
  for (int64_t i = 0; i < side * side; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    image.pixels.push_back(static_cast<uint8_t>(seed >> 56));
  }
  return EncodePng(image);
}

CommittedResult Result(const std::string& plan = std::string(64, 'a')) {
  CommittedResult result{ReadScore(FixtureScoreFile()), plan, "", Verified::kValid, "somebody"};
  result.score.media.clear();
  return result;
}

// Results of `toy` with one file, and a set of pictures for its cell.
struct Desk {
  Desk() { Write(lines, ToText({Result()})); }

  PictureSet Set(const std::map<std::string, std::string>& pictures) const {
    PictureSet set{"toy", Result().score.cell, Result().plan, {}};
    for (const auto& [kind, bytes] : pictures) {
      set.pictures[kind] = NameOfPicture(bytes);
      Write(media / set.pictures[kind], bytes);
    }
    return set;
  }
  fs::path Put(const PictureSet& set) const {
    const auto file = media / NameOfSet(SubjectOf(set.cell));
    Write(file, PictureSetText(set));
    return file;
  }
  // "<file>:<path>: <reason>" of the only problem of the results.
  std::string Told() const { return Told(ReadResultLines(lines).problems); }
  static std::string Told(const std::vector<Problem>& problems) {
    if (problems.size() != 1) return std::to_string(problems.size()) + " problems";
    const auto& problem = problems.front();
    return problem.file.filename().string() + ":" + problem.path + ": " + problem.reason;
  }

  ScratchFolder folder;
  fs::path lines = ResultsPath(folder.path(), "toy", "abd");
  fs::path media = PictureFolder(folder.path(), "toy");
};

constexpr const char* kSet = "toy-badnets_grid-zskt.json";

BOOST_FIXTURE_TEST_SUITE(picture_set, Desk)

BOOST_AUTO_TEST_CASE(a_sound_set_is_read_as_it_was_written) {
  const auto set = Set({{"trigger", Png()}, {"synthetic", Png(9)}});
  BOOST_TEST(Put(set) == media / kSet);
  const auto read = ReadPictures(lines.parent_path());
  BOOST_TEST(read.problems.empty());
  BOOST_TEST_REQUIRE(read.sets.size() == 1U);
  BOOST_TEST((read.sets.front().cell == set.cell));
  BOOST_TEST(read.sets.front().plan == set.plan);
  BOOST_TEST(read.sets.front().pictures == set.pictures);
  BOOST_TEST(PictureSetText(read.sets.front()) == PictureSetText(set));
  BOOST_TEST(ReadResultLines(lines).problems.empty());
  BOOST_TEST(ReadResultLines(lines).results.size() == 1U);
}

BOOST_AUTO_TEST_CASE(results_without_pictures_have_no_problem) {
  BOOST_TEST(Told() == "0 problems");
  BOOST_TEST(ReadPictures(folder.path() / "nothing").problems.empty());
  BOOST_TEST(CheckPictures(folder.path() / "nothing/abd.jsonl", nullptr).empty());
}

BOOST_AUTO_TEST_CASE(a_picture_that_is_none_costs_its_set) {
  const auto cut = Png().substr(0, 40);
  const std::pair<std::string, const char*> pictures[] = {
      {"<svg onload=alert(1)>", "not a PNG"},
      {"\x89PNG\r\n\x1a\n", "not a PNG"},
      {cut, "picture"},
      {EncodePng({1, 4000, 1, std::vector<uint8_t>(4000)}), "4000 x 1 pixels; at most 2048"},
      {NoisePng(300, 1), "larger than 65536 bytes"}};
  for (const auto& [bytes, reason] : pictures) {
    fs::remove_all(media);
    Put(Set({{"trigger", bytes}}));
    const auto told = Told();
    BOOST_TEST(Contains(told, reason), told);
    BOOST_TEST(told.starts_with(std::string(kSet) + ":/pictures/trigger: "), told);
    BOOST_TEST(ReadPictures(lines.parent_path()).sets.empty());
  }
}

BOOST_AUTO_TEST_CASE(pictures_that_are_too_large_together_cost_their_set) {
  std::map<std::string, std::string> pictures;
  for (const auto& kind : PictureKinds()) pictures[kind] = NoisePng(240, pictures.size());
  Put(Set(pictures));
  BOOST_TEST(Contains(Told(), "bytes in all; at most 262144 are allowed"), Told());
}

BOOST_AUTO_TEST_CASE(a_picture_is_what_its_name_says) {
  const auto set = Set({{"trigger", Png()}});
  Put(set);
  Write(media / set.pictures.at("trigger"), Png(1));
  BOOST_TEST(Contains(Told(), "has another content than its name says"), Told());
  fs::remove(media / set.pictures.at("trigger"));
  BOOST_TEST(Contains(Told(), "there is no file"), Told());
}

BOOST_AUTO_TEST_CASE(no_link_and_no_path_leads_out_of_the_folder) {
  auto set = Set({{"trigger", Png()}});
  const auto name = set.pictures.at("trigger");
  Write(folder.path() / "secret.png", Png());
  fs::remove(media / name);
  fs::create_symlink(folder.path() / "secret.png", media / name);
  Put(set);
  BOOST_TEST(Contains(Told(), "must not be a link"), Told());
  fs::remove(media / name);
  for (const char* path : {"../../secret.png", "/etc/hostname", "x/../0123456789abcdef.png"}) {
    set.pictures["trigger"] = path;
    Put(set);
    BOOST_TEST(Told().starts_with(std::string(kSet) + ":/pictures/trigger: "), Told());
  }
  fs::rename(media / kSet, folder.path() / kSet);
  fs::create_symlink(folder.path() / kSet, media / kSet);
  BOOST_TEST(Contains(Told(), "must not be a link"), Told());
  fs::rename(media, folder.path() / "elsewhere");
  fs::create_directory_symlink(folder.path() / "elsewhere", media);
  BOOST_TEST(Told() == "media:: must be a folder, and no link");
  BOOST_TEST(ReadPictures(lines.parent_path()).sets.empty());
}

BOOST_AUTO_TEST_CASE(a_set_that_is_not_as_it_should_be_is_told) {
  const auto set = Set({{"trigger", Png()}});
  const auto text = PictureSetText(set);
  const auto told = [&](const std::string& content) {
    Write(media / kSet, content);
    return Told();
  };
  BOOST_TEST(told(text) == "0 problems");
  BOOST_TEST(Contains(told(text + " "), "is not canonical JSON"));
  BOOST_TEST(Contains(told("{"), kSet));
  BOOST_TEST(Contains(told(std::string(5000, '[')), "larger than 4096 bytes"));
  auto other = ParseJson(text, "set");
  other["pictures"]["log"] = other["pictures"]["trigger"];
  BOOST_TEST(Contains(told(Canonical(other) + "\n"), "log"));
  auto stranger = set;
  stranger.matrix = "another";
  BOOST_TEST(Contains(told(PictureSetText(stranger)), "belongs into another/media/"));
  fs::rename(media / kSet, media / "x.json");
  Write(media / "x.json", text);
  BOOST_TEST(Contains(Told(), std::string("belongs into toy/media/") + kSet));
}

BOOST_AUTO_TEST_CASE(a_set_for_which_no_result_stands_is_told) {
  auto set = Set({{"trigger", Png()}});
  set.cell.teacher_seed = 7;
  Put(set);
  BOOST_TEST(Contains(Told(), ":/cell: no result stands for them: " + CellId(set.cell)), Told());
  set = Set({{"trigger", Png()}});
  Put(set);
  auto newer = Result(std::string(64, 'b'));
  newer.added = "2025-01-01T00:00:00Z";
  Write(lines, ToText({Result(), newer}));
  BOOST_TEST(Contains(Told(), ":/plan: no result stands for them: the newest of"), Told());
  Write(lines, ToText({Result()}) + "broken\n");  // which of them is gone, nobody knows
  BOOST_TEST(ReadResultLines(lines).problems.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_belongs_to_no_file_of_results_the_first_of_them_tells) {
  const auto set = Set({{"trigger", Png()}});
  Put(set);
  Write(media / "notes.txt", "x");
  Write(media / NameOfPicture(Png(5)), Png(5));
  auto orphan = set;
  orphan.cell.attack = "z-k";
  orphan.cell.defense = "nobodys";
  Put(orphan);
  const auto second = lines.parent_path() / "sv.jsonl";
  Write(second, "");
  const auto problems = ReadResultLines(lines).problems;
  BOOST_TEST_REQUIRE(problems.size() == 3U);
  const auto all = problems[0].reason + problems[1].reason + problems[2].reason;
  BOOST_TEST(Contains(all, "no set names this picture"), all);
  BOOST_TEST(Contains(all, "is no set of pictures and no PNG"), all);
  BOOST_TEST(Contains(all, "no result stands for them"), all);
  BOOST_TEST(ReadResultLines(second).problems.empty());
}

BOOST_AUTO_TEST_CASE(validate_and_whoever_loads_scores_tell_of_a_set_as_of_a_line) {
  auto set = Set({{"trigger", Png()}});
  set.plan = std::string(64, 'f');
  const auto file = Put(set);
  const auto problems = ValidateFiles({lines});
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems.front().file == file);
  const auto loaded = LoadScores({folder.path()});
  BOOST_TEST(loaded.scores.size() == 1U);
  BOOST_TEST_REQUIRE(loaded.left_out.size() == 1U);
  BOOST_TEST(loaded.left_out.front().file == file);
}

BOOST_AUTO_TEST_CASE(sets_of_names_that_are_alike_in_files_have_files_of_their_own) {
  const auto name = [](const char* attack) { return NameOfSet({"toy", attack, "zskt"}); };
  BOOST_TEST(name("z_k") == "toy-z_k-zskt.json");
  BOOST_TEST(name("z-k") != name("z_k"));
  BOOST_TEST(name("../k") != name(".._k"));
  for (const char* attack : {"z-k", "../../etc", "a/b", ""}) {
    BOOST_TEST(name(attack).find('/') == std::string::npos, attack);
    BOOST_TEST(!name(attack).starts_with("."), attack);
  }
  BOOST_TEST(name(std::string(300, 'x').c_str()).size() < 200U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::picture_set_test
