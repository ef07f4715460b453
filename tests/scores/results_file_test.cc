#include "bench/scores/results_file.h"

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "bench/scores/load_scores.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::results_file_test {

using testing::ScratchFolder;
using testing::Write;
namespace fs = std::filesystem;

const std::string kPlan(64, 'a');

CommittedResult Result(const std::string& plan = kPlan, Verified verified = Verified::kValid) {
  CommittedResult result{ReadScore(FixtureScoreFile()), plan, "", verified, "somebody"};
  result.score.media.clear();
  return result;
}

// A folder of results with one file, which is the place of these.
struct Desk {
  fs::path Put(const std::string& text) const {
    const auto file = ResultsPath(folder.path(), "toy", "abd");
    Write(file, text);
    return file;
  }
  // What is told of the first problem.
  std::string Reason(const std::string& text) const {
    const auto read = ReadResultLines(Put(text));
    return read.problems.empty() ? "no problem"
                                 : read.problems.front().path + ": " + read.problems.front().reason;
  }
  ScratchFolder folder;
};

// The text after a change of its last line.
std::string Changed(const std::string& text, const std::function<void(Json&)>& change) {
  const auto begin = text.find_last_of('\n', text.size() - 2) + 1;
  Json line = ParseJson(text.substr(begin), "line");
  change(line);
  return text.substr(0, begin) + Canonical(line) + "\n";
}

BOOST_FIXTURE_TEST_SUITE(results_file, Desk)

BOOST_AUTO_TEST_CASE(what_was_written_is_read) {
  const auto text = ToText({Result()});
  const auto read = ReadResultLines(Put(text));
  BOOST_TEST_REQUIRE(read.problems.empty());
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  const auto& result = read.results.front();
  BOOST_TEST(Digest(result.score) == Digest(Result().score));
  BOOST_TEST(Json::diff(ToJson(Result().score), ToJson(result.score)).dump() == "[]");
  BOOST_TEST(result.plan == kPlan);
  BOOST_TEST(result.by == "somebody");
  BOOST_TEST(Name(result.verified) == "valid");
  BOOST_TEST(ToText(read.results) == text);
}

BOOST_AUTO_TEST_CASE(what_detectors_say_and_what_came_back_is_kept) {
  auto result = Result();
  result.score.detectors["mm_bd"].teacher = DetectionScore{2.5, true, 3};
  ReactivationScore tried{.images = 10, .asr = 0.5};
  tried.student.target = Count{450, 900};
  result.score.reactivation = {tried};
  BOOST_TEST(WhyNotKept(result) == "");
  const auto read = ReadResultLines(Put(ToText({result})));
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  BOOST_TEST(Digest(read.results.front().score) == Digest(result.score));
}

BOOST_AUTO_TEST_CASE(what_a_result_was_compared_with_and_how_it_was_asked_is_kept) {
  auto result = Result();
  auto& provenance = result.score.provenance;
  provenance.references = {std::string(64, 'e'), std::string(64, 'f')};
  provenance.asked = HowAsked{{}, {{"images", {10}}, {"steps", 7}, {"lr", 0.5}}};
  const auto text = ToText({result});
  const auto read = ReadResultLines(Put(text));
  BOOST_TEST_REQUIRE(read.problems.empty());
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  BOOST_TEST(ToJson(read.results.front().score) == ToJson(result.score));
  // Shared by cells, as their options are.
  BOOST_TEST(text.substr(0, text.find('\n')).find("\"steps\":7") != text.npos);
}

BOOST_AUTO_TEST_CASE(a_line_that_would_be_too_long_loses_its_references_first) {
  auto result = Result();
  result.score.provenance.references = std::vector<std::string>(60, std::string(64, 'e'));
  const auto read = ReadResultLines(Put(ToText({result})));
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  result.score.provenance.references.clear();
  BOOST_TEST(ToJson(read.results.front().score) == ToJson(result.score));
}

BOOST_AUTO_TEST_CASE(the_order_of_lines_is_that_of_what_they_say) {
  auto other = Result(std::string(64, 'b'));
  other.score.cell.student_seed = 1;
  BOOST_TEST(ToText({Result(), other}) == ToText({other, Result()}));
}

BOOST_AUTO_TEST_CASE(what_cells_share_stands_once) {
  auto other = Result(std::string(64, 'b'));
  other.score.cell.student_seed = 1;
  const auto text = ToText({Result(), other});
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 3);
}

BOOST_AUTO_TEST_CASE(a_line_that_would_be_too_long_loses_details_and_no_numbers) {
  auto result = Result();
  for (int i = 0; i < 60; ++i)
    result.score.cost.stages["a stage of a long name, number " + std::to_string(i)] = 0.125;
  result.score.student->acc_per_class = std::vector<std::optional<double>>(200, 0.8580000000001);
  const auto text = ToText({result});
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) BOOST_TEST(line.size() <= 3072U);
  const auto read = ReadResultLines(Put(text));
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  BOOST_TEST(*read.results.front().score.student->acc == *result.score.student->acc);
  BOOST_TEST(!read.results.front().score.student->acc_per_class);
}

// Rounds as numbers: 200 is before 1000.
BOOST_AUTO_TEST_CASE(of_many_states_a_line_keeps_the_last) {
  auto result = Result();
  auto& provenance = result.score.provenance;
  provenance.stages.clear(), provenance.artifacts.clear();
  std::vector<std::string> titles = {"repair student by ft"};
  for (int round = 50; round <= 1000; round += 50)
    titles.push_back(fmt::format("distill ood_kd none to round {}", round));
  for (const auto& title : titles) {
    provenance.stages[title] = fmt::format("{:064x}", provenance.stages.size());
    provenance.artifacts[title] = std::string(64, 'd');
  }
  const auto read = ReadResultLines(Put(ToText({result})));
  BOOST_TEST_REQUIRE(read.results.size() == 1U);
  const auto& kept = read.results.front().score.provenance;
  BOOST_TEST(kept.stages.size() == 2U);
  BOOST_TEST(kept.stages.contains("distill ood_kd none to round 1000"));
  BOOST_TEST(kept.stages.contains("repair student by ft"));
  BOOST_TEST((kept.artifacts.size() == 2U));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_too_long_whatever_is_left_out_is_refused) {
  auto result = Result();
  result.score.reason = std::string(4000, 'x');
  BOOST_TEST(Contains(MessageOf([&] { ToText({result}); }), "at most 3072"));
}

BOOST_AUTO_TEST_CASE(what_results_share_is_refused_if_it_is_too_long) {
  auto result = Result();
  result.score.entries.at("defense").options["note"] = std::string(70000, 'x');
  BOOST_TEST(Contains(MessageOf([&] { ToText({result}); }), "at most 65536 are allowed"));
}

BOOST_AUTO_TEST_CASE(a_line_longer_than_any_is_refused_before_it_is_parsed) {
  BOOST_TEST(Reason(std::string(70000, '[') + "\n") ==
             "/1: 70000 bytes; at most 65536 are allowed");
}

BOOST_AUTO_TEST_CASE(a_file_larger_than_any_is_not_read) {
  const auto file = Put("");
  fs::resize_file(file, (64u << 20) + 1);
  const auto read = ReadResultLines(file);
  BOOST_TEST_REQUIRE(read.problems.size() == 1U);
  BOOST_TEST(Contains(read.problems.front().reason, "larger than 67108864 bytes"));
}

BOOST_AUTO_TEST_CASE(behind_a_thousand_wrong_lines_nothing_is_read) {
  const auto read = ReadResultLines(Put(std::string(3000, '\n')));
  BOOST_TEST_REQUIRE(read.problems.size() == 1001U);
  BOOST_TEST(Contains(read.problems.back().reason, "what follows is not read"));
}

BOOST_AUTO_TEST_CASE(every_line_that_is_wrong_is_named) {
  const auto text = ToText({Result()});
  BOOST_TEST(Reason(text) == "no problem");
  BOOST_TEST(Contains(Reason(text + "{\n"), "/3: "));
  BOOST_TEST(Contains(Reason(Changed(text, [](Json& line) { line["plan"] = "x"; })), "/2/plan: "));
  BOOST_TEST(Contains(Reason(Changed(text, [](Json& line) { line["student"]["acc"] = 0.99; })),
                      "/2/student/acc: "));
  BOOST_TEST(
      Contains(Reason(Changed(text, [](Json& line) { line["context"] = std::string(16, '0'); })),
               "is the hash of no line above"));
  BOOST_TEST(Contains(Reason(Changed(text, [](Json& line) { line["cell"]["defense"] = "sv"; })),
                      "belongs into toy/sv.jsonl"));
  const auto last = text.substr(text.find('\n') + 1);
  BOOST_TEST(Contains(Reason(text + last), "/3/plan: a second result"));
  BOOST_TEST(Contains(Reason(" " + text), "/1: is not canonical JSON"));
}

BOOST_AUTO_TEST_CASE(one_bad_line_costs_no_other) {
  const auto read = ReadResultLines(Put(ToText({Result()}) + "broken\n"));
  BOOST_TEST(read.results.size() == 1U);
  BOOST_TEST(read.problems.size() == 1U);
}

BOOST_AUTO_TEST_CASE(scores_are_loaded_from_results_the_newest_of_each_cell) {
  auto newer = Result(std::string(64, 'b'));
  newer.score.provenance.created = "2025-01-01T00:00:00Z";
  Put(ToText({Result(), newer}));
  const auto loaded = LoadScores({folder.path()});
  BOOST_TEST(loaded.left_out.empty());
  BOOST_TEST_REQUIRE(loaded.scores.size() == 1U);
  BOOST_TEST(loaded.scores.front().provenance.created == "2025-01-01T00:00:00Z");
}

// A failure has the date of what was computed before it; an option may go back to what it was.
BOOST_AUTO_TEST_CASE(what_was_added_last_counts_whenever_it_was_computed) {
  auto later = Result(std::string(64, 'b'));
  later.score.provenance.created = "2023-01-01T00:00:00Z";
  later.added = "2025-01-01T00:00:00Z";
  const auto text = ToText({Result(), later});
  BOOST_TEST(ToText(ReadResultLines(Put(text)).results) == text);
  const auto loaded = LoadScores({folder.path()});
  BOOST_TEST_REQUIRE(loaded.scores.size() == 1U);
  BOOST_TEST(loaded.scores.front().provenance.created == "2023-01-01T00:00:00Z");
  later.added = "2999-01-01T00:00:00Z";
  BOOST_TEST(Reason(ToText({later})) == "/2/added: 2999-01-01T00:00:00Z is yet to come");
  later.added = "2025-02-31T00:00:00Z";
  BOOST_TEST(Reason(ToText({later})) == "/2/added: '2025-02-31T00:00:00Z' is no time");
}

BOOST_AUTO_TEST_CASE(a_line_of_before_additions_were_dated_stays_as_it_is) {
  BOOST_TEST(!Contains(ToText({Result()}), "added"));
}

BOOST_AUTO_TEST_CASE(of_a_long_reason_a_line_keeps_whole_characters_of_the_beginning) {
  BOOST_TEST(KeptReason("diverged") == "diverged");
  for (const size_t before : {0U, 1U}) {
    std::string reason(before, 'x');
    for (int i = 0; i < 3000; ++i) reason += "ä";
    const auto kept = KeptReason(reason);
    BOOST_TEST(kept.size() <= 500U);
    BOOST_TEST(kept.size() >= 496U);
    BOOST_TEST(kept.ends_with("ä…"));
    auto result = Result();
    result.score.reason = kept;
    BOOST_TEST(MessageOf([&] { ToText({result}); }) == "no error");
  }
}

BOOST_AUTO_TEST_CASE(what_could_not_be_read_back_says_why) {
  BOOST_TEST(WhyNotKept(Result()) == "");
  const auto id = CellId(Result().score.cell);
  auto long_one = Result();
  long_one.score.provenance.version = std::string(4000, 'x');
  BOOST_TEST(Contains(WhyNotKept(long_one), id + ": its result takes"));
  auto forged = Result();
  forged.score.student->acc = 0.99;
  BOOST_TEST(Contains(WhyNotKept(forged), id + ": /student/acc: "));
  auto bytes = Result();
  bytes.by = "\xff";
  BOOST_TEST(WhyNotKept(bytes).starts_with(id + ": "));
}

BOOST_AUTO_TEST_CASE(results_are_compared_as_score_files_are_the_newest_of_each_cell) {
  auto undefended = Result(), flagged = Result();
  undefended.score = ReadScore(Fixtures() / "valid/toy" /
                               "toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-none-t0-s0.json");
  undefended.score.media.clear();
  flagged.score.validity = {"no_undefended"};
  const auto none = ResultsPath(folder.path(), "toy", "none");
  Write(none, ToText({undefended}));
  const auto problems = ValidateFiles({Put(ToText({flagged})), none});
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems[0].file == ResultsPath(folder.path(), "toy", "abd"));
  BOOST_TEST(problems[0].path == "/validity");
  const auto& reason = problems[0].reason;
  BOOST_TEST(reason.starts_with(CellId(flagged.score.cell) + ": must not contain"), reason);
  auto newer = Result(std::string(64, 'b'));
  newer.score.provenance.created = "2025-01-01T00:00:00Z";
  BOOST_TEST(ValidateFiles({Put(ToText({flagged, newer})), none}).empty());
}

BOOST_AUTO_TEST_CASE(an_entry_is_as_verified_as_all_of_its_results) {
  const auto level = [](std::vector<Verified> states) {
    std::vector<CommittedResult> results;
    for (const auto state : states) results.push_back(Result(kPlan, state));
    return LevelOf(results);
  };
  using enum Verified;
  BOOST_TEST(level({kClaimed, kRerun}) == 0);
  BOOST_TEST(level({kValid, kValid}) == 1);
  BOOST_TEST(level({kValid, kRerun}) == 2);
  BOOST_TEST(level({kElsewhere, kRerun}) == 3);
  BOOST_TEST(level({kElsewhere, kElsewhere}) == 4);
  BOOST_TEST(LevelOf(std::vector<Verified>{kValid, kElsewhere}) == 2);
  BOOST_TEST((VerifiedFrom("rerun") == kRerun));
  BOOST_TEST(Contains(MessageOf([] { VerifiedFrom("sworn"); }), "must be one of: claimed, valid"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::results_file_test
