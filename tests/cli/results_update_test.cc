// How results join those that are committed.
#include "bench/cli/results_update.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "bench/cli/results_size.h"
#include "bench/scores/results_state.h"
#include "bench/store/catalog.h"
#include "tests/scores/fixtures.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::results_update_test {

namespace fs = std::filesystem;

CommittedResult ResultOf(const std::string& file) {
  CommittedResult result{ReadScore(FixtureScoreFile().parent_path() / file), std::string(64, 'a'),
                         "", Verified::kValid, "somebody"};
  result.score.media.clear();
  return result;
}

CommittedResult Ended(Status status, const std::optional<std::string>& reason) {
  auto result = ResultOf("toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-sr-t0-s0.json");
  result.score.status = status;
  result.score.reason = reason;
  return result;
}

constexpr const char* kAttacked = "toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";

// A folder of results of the matrix `toy`.
struct Kept {
  Kept() {
    loaded.matrix.name = "toy";
    loaded.matrix.demonstration = true;
  }
  size_t Add(const CommittedResult& result) const {
    return AddResults(loaded, {result}, folder(), {}).ids.size();
  }
  std::vector<CommittedResult> Read() const { return ReadCommitted(folder(), "toy"); }
  fs::path folder() const { return scratch.path() / "results"; }

  testing::ScratchFolder scratch;
  LoadedPlan loaded;
};

BOOST_FIXTURE_TEST_SUITE(results_update, Kept)

BOOST_AUTO_TEST_CASE(what_tonight_says_replaces_a_failure) {
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 1U);
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 0U);
  BOOST_TEST(Add(Ended(Status::kTimedOut, "an hour was over")) == 1U);
  BOOST_TEST_REQUIRE(Read().size() == 1U);
  BOOST_TEST(*Read().front().score.reason == "an hour was over");
  BOOST_TEST(Add(Ended(Status::kDiverged, "not finite")) == 1U);
  BOOST_TEST_REQUIRE(Read().size() == 1U);
  BOOST_TEST((Read().front().score.status == Status::kDiverged));
}

BOOST_AUTO_TEST_CASE(a_failure_replaces_nothing_that_ended) {
  Add(Ended(Status::kDiverged, "not finite"));
  BOOST_TEST(Add(Ended(Status::kFailed, "no memory")) == 0U);
  BOOST_TEST((Read().front().score.status == Status::kDiverged));
}

// It was scored before the student that it is compared with.
void RequireReplaced(const Kept& kept, const CommittedResult& alone, const CommittedResult& whole) {
  BOOST_TEST(kept.Add(alone) == 1U);
  BOOST_TEST(kept.Add(whole) == 1U);
  BOOST_TEST(kept.Add(alone) == 0U);
  BOOST_TEST_REQUIRE(kept.Read().size() == 1U);
  BOOST_TEST(kept.Read().front().score.validity.size() == whole.score.validity.size());
}

BOOST_AUTO_TEST_CASE(what_missed_its_undefended_student_is_replaced_when_that_is_there) {
  const auto whole = ResultOf(kAttacked);
  auto alone = whole;
  alone.score.validity.push_back("no_undefended");
  RequireReplaced(*this, alone, whole);
}

BOOST_AUTO_TEST_CASE(what_missed_its_floor_is_replaced_when_that_is_there) {
  const auto whole = ResultOf(kAttacked);
  auto alone = whole;
  alone.score.validity.push_back("no_floor");
  alone.score.floor.reset();
  alone.score.counts.erase("floor");
  RequireReplaced(*this, alone, whole);
}

BOOST_AUTO_TEST_CASE(a_failure_that_is_only_claimed_replaces_none_that_was_seen) {
  Add(Ended(Status::kFailed, "no memory"));
  auto claimed = Ended(Status::kFailed, "no disk");
  claimed.verified = Verified::kClaimed;
  BOOST_TEST(Add(claimed) == 0U);
  BOOST_TEST(*Read().front().score.reason == "no memory");
}

ResolvedEntry Resolved(const Entry& entry) {
  ResolvedEntry resolved;
  resolved.plugin = entry.plugin;
  resolved.revision = static_cast<int>(entry.revision);
  resolved.options = entry.options;
  for (const auto& part : entry.parts) resolved.parts.push_back(Resolved(part));
  return resolved;
}

// A plan of its cell, without stages.
Plan PlanOfSent(const Score& score) {
  Plan plan;
  plan.matrix = "toy";
  PlannedCell cell;
  cell.cell = score.cell;
  cell.id = CellId(score.cell);
  CellEntries entries;
  for (const auto& [axis, entry] : score.entries) entries[axis] = Resolved(entry);
  cell.entries = std::make_shared<const CellEntries>(entries);
  plan.cells = {cell};
  return plan;
}

BOOST_AUTO_TEST_CASE(a_claim_that_says_otherwise_than_the_plan_is_refused) {
  const auto sound = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json").score;
  const auto plan = PlanOfSent(sound);
  const auto sent = scratch.path() / "sent";
  const auto told = [&](const std::function<void(Score&)>& change) {
    auto score = sound;
    change(score);
    testing::Write(sent / (CellId(score.cell) + ".json"), ToJson(score).dump());
    return MessageOf([&] { ResultsClaimed(plan, sent, "somebody"); });
  };
  BOOST_TEST(told([](Score&) {}) == "no error");
  const std::pair<const char*, std::function<void(Score&)>> changes[] = {
      {"/matrix: 'other' must be 'toy'", [](Score& s) { s.matrix = "other"; }},
      {"/track: 'clean_subset' must be 'synthesized'", [](Score& s) { s.track = "clean_subset"; }},
      {"/evaluated_on: 'validation' must be 'test'",
       [](Score& s) { s.evaluated_on = "validation"; }},
      {"/entries/defense: plugin 'other' must be 'abd'",
       [](Score& s) { s.entries["defense"].plugin = "other"; }},
      {"/entries/defense: options {",
       [](Score& s) { s.entries["defense"].parts[1].options["start"] = 0.5; }},
      {"/entries/attack: revision 7 must be", [](Score& s) { s.entries["attack"].revision = 7; }},
      {"/entries/distiller: options {",
       [](Score& s) { s.entries["distiller"].options["rounds"] = 1; }}};
  for (const auto& [reason, change] : changes) BOOST_TEST(Contains(told(change), reason), reason);
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_preset_or_no_demonstration_changes_nothing) {
  auto claimed = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  claimed.verified = Verified::kClaimed;
  auto other = claimed;
  other.score.preset = "tuned";
  BOOST_TEST(Contains(MessageOf([&] { Add(other); }), "/preset: 'tuned' must be 'fixed'"));
  other = claimed;
  other.score.demonstration = false;
  BOOST_TEST(Contains(MessageOf([&] { Add(other); }), "/demonstration: false must be true"));
  BOOST_TEST(Read().empty());
  BOOST_TEST(Add(claimed) == 1U);
}

BOOST_AUTO_TEST_CASE(what_would_make_the_folder_too_large_writes_nothing) {
  const auto large = folder() / "other/large.jsonl";
  testing::Write(large, "");
  const auto fill = [&](uint64_t bytes) { fs::resize_file(large, bytes); };  // takes no disk
  fill(kMostBytesInAll - 1000);
  const auto refused = MessageOf([&] { Add(ResultOf(kAttacked)); });
  BOOST_TEST(Contains(refused, "at most 26214400 are allowed; nothing was written"), refused);
  BOOST_TEST(!fs::exists(folder() / "toy"));
  fill(kMostBytesInAll - 100000);
  BOOST_TEST(Add(ResultOf(kAttacked)) == 1U);
  // To the last byte: what is written once more counts once.
  fill(kMostBytesInAll - BytesBelow(folder() / "toy"));
  BOOST_TEST(BytesBelow(folder()) == kMostBytesInAll);
  RequireRoom(folder(), {{ResultsPath(folder(), "toy", "abd"), "shorter"}});
  BOOST_CHECK_THROW(RequireRoom(folder(), {{folder() / "toy/new.jsonl", "1"}}), Error);
  // Too large by other hands: what does not grow may be written.
  fill(kMostBytesInAll + 1);
  RequireRoom(folder(), {{ResultsPath(folder(), "toy", "abd"), "shorter"}});
}

BOOST_AUTO_TEST_CASE(who_adds_waits_for_another_that_adds) {
  const auto one = ResultOf("toy-none-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto other = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto file = ResultsPath(folder(), "toy", "abd");
  fs::create_directories(folder());
  const int lock = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  BOOST_TEST_REQUIRE(::flock(lock, LOCK_EX) == 0);
  std::thread adds([&] { Add(other); });
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const bool waited = !fs::exists(file);
  testing::Write(file, ToText({one}));
  ::close(lock);
  adds.join();
  BOOST_TEST(waited);
  BOOST_TEST(Read().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_second_is_added_across_days_years_and_the_end_of_february) {
  BOOST_TEST(SecondAfter("2024-05-31T12:00:08Z") == "2024-05-31T12:00:09Z");
  BOOST_TEST(SecondAfter("2024-02-28T23:59:59Z") == "2024-02-29T00:00:00Z");
  BOOST_TEST(SecondAfter("2023-02-28T23:59:59Z") == "2023-03-01T00:00:00Z");
  BOOST_TEST(SecondAfter("2023-12-31T23:59:59Z") == "2024-01-01T00:00:00Z");
}

BOOST_AUTO_TEST_CASE(a_second_is_added_to_times_alone) {
  for (const char* text : {"", "soon", "2023-02-29T12:00:00Z", "2024-13-01T00:00:00Z"}) {
    BOOST_TEST(MessageOf([&] { SecondAfter(text); }) ==
               fmt::format("'{}' must be a time like 2024-05-31T12:00:00Z", text));
  }
}

BOOST_AUTO_TEST_CASE(what_has_moved_says_by_how_many_points) {
  const auto before = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  Add(before);
  auto worse = before;
  worse.plan = std::string(64, 'b');
  worse.score.counts.at("student").clean->hits -= 50;  // of 1000
  *worse.score.student->acc -= 0.05;
  const auto added = AddResults(loaded, {worse}, folder(), {});
  BOOST_TEST_REQUIRE(added.moved.size() == 1U);
  BOOST_TEST(added.moved.front().acc.value_or(0) == -5.0, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(added.moved.front().asr.value_or(1) == 0.0);
  BOOST_TEST(ToJson(added.moved.front(), {}).at("acc").is_number());
}

BOOST_AUTO_TEST_CASE(what_no_longer_ends_has_moved_by_no_points) {
  const auto before = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  Add(before);
  auto ended = before;
  ended.plan = std::string(64, 'b');
  ended.score.status = Status::kDiverged;
  ended.score.reason = "not finite";
  ended.score.student.reset();
  ended.score.counts.erase("student");
  const auto added = AddResults(loaded, {ended}, folder(), {});
  BOOST_TEST_REQUIRE(added.moved.size() == 1U);
  BOOST_TEST(ToJson(added.moved.front(), {}).at("acc").is_null());
  BOOST_TEST(ToJson(added.moved.front(), {}).at("asr").is_null());
}

// A result by older code of its defence, and the same computed once more by today's.
struct TwiceComputed {
  explicit TwiceComputed(Kept& folder) : kept(folder) {
    known = ResultOf("toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
    kept.loaded.plan = PlanOfSent(known.score);
    known.plan = PlanDigest(kept.loaded.plan, kept.loaded.plan.cells.front());
    known.score.provenance.sources = {{kAbd, {kOld}}, {"attack badnets_grid", {kOld}}};
    fresh = known;
    fresh.score.provenance.created = "2024-06-01T12:00:00Z";
    fresh.score.provenance.sources[kAbd] = {kNew};
    kept.Add(known);
  }
  Recomputed Compare(bool promote = true) const {
    return CompareResults(kept.loaded, {fresh}, kept.folder(), Verified::kRerun, promote, now);
  }
  std::vector<std::pair<std::string, std::string>> Changed() const {
    return ChangedSince(kept.Read().front().score, now);
  }

  static inline const std::string kAbd = "defense abd";
  static inline const std::string kOld = std::string(64, 'a'), kNew = std::string(64, 'b');
  const CurrentSources now = {{kAbd, {.revision = 1, .sha256 = kNew, .folder = ""}}};
  Kept& kept;
  CommittedResult known, fresh;
};

BOOST_AUTO_TEST_CASE(numbers_that_todays_code_gives_again_stand_for_it_from_then_on) {
  const TwiceComputed twice(*this);
  BOOST_TEST(twice.Changed().size() == 1U);
  BOOST_TEST(twice.Compare(false).confirmed.empty());
  BOOST_TEST(twice.Changed().size() == 1U);
  BOOST_TEST(twice.Compare().confirmed.size() == 1U);
  BOOST_TEST(twice.Changed().empty());
  const auto kept = Read().front().score;
  BOOST_TEST(kept.confirmed.size() == 1U);
  BOOST_TEST(kept.confirmed.at(TwiceComputed::kAbd) == TwiceComputed::kNew);
  // By which code it was computed stays.
  BOOST_TEST(kept.provenance.sources.at(TwiceComputed::kAbd).front() == TwiceComputed::kOld);
  BOOST_TEST(twice.Compare().confirmed.empty());
}

BOOST_AUTO_TEST_CASE(numbers_that_are_only_alike_or_of_mixed_code_confirm_nothing) {
  TwiceComputed twice(*this);
  const auto same = twice.fresh;
  twice.fresh.score.counts.at("student").clean->hits += 1;
  twice.fresh.score.student->acc = 0.859;
  BOOST_TEST(twice.Compare().same.size() == 1U);
  BOOST_TEST(twice.Changed().size() == 1U);
  twice.fresh = same;
  twice.fresh.score.provenance.sources[TwiceComputed::kAbd] = {TwiceComputed::kOld,
                                                               TwiceComputed::kNew};
  BOOST_TEST(twice.Compare().confirmed.empty());
  BOOST_TEST(twice.Changed().size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_compared_with_nothing_is_counted_apart) {
  TwiceComputed twice(*this);
  const auto nothing =
      CompareResults(loaded, {}, folder(), Verified::kRerun, false, CurrentSources());
  BOOST_TEST(nothing.same.empty());
  BOOST_TEST(nothing.absent == 1U);
  BOOST_TEST(nothing.passed_over == 0U);
  twice.fresh.score.provenance.created = twice.known.score.provenance.created;
  const auto itself = twice.Compare(false);
  BOOST_TEST(itself.same.empty());
  BOOST_TEST(itself.absent == 0U);
  BOOST_TEST(itself.passed_over == 1U);
}

BOOST_AUTO_TEST_CASE(the_matrix_beside_results_gets_a_new_summary_and_nothing_else) {
  const auto result = ResultOf("toy-none-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto beside = [&] { return ReadJson(folder() / "toy" / kMatrixBesideScores); };
  loaded.matrix.source = {{"name", "toy"}, {"summary", "as it was"}, {"profile", "fp32"}};
  BOOST_TEST(AddResults(loaded, {}, folder(), {}).ids.empty());
  BOOST_TEST(!fs::exists(folder() / "toy"));
  BOOST_TEST(Add(result) == 1U);
  loaded.matrix.source["summary"] = "corrected";
  BOOST_TEST(Add(result) == 0U);
  BOOST_TEST(beside() == loaded.matrix.source);
  const auto corrected = beside();
  loaded.matrix.source["summary"] = "of another matrix";
  loaded.matrix.source["profile"] = "tf32";
  BOOST_TEST(Add(result) == 0U);
  BOOST_TEST(beside() == corrected);
}

// A correction of a summary reaches what was committed before it.
BOOST_AUTO_TEST_CASE(matrices_beside_committed_results_say_what_the_shipped_ones_say) {
  const auto results = fs::path(DFKD_SOURCE_DIR) / "leaderboard/results";
  for (const auto& name : MatrixFiles().Stems()) {
    const auto file = results / name / kMatrixBesideScores;
    if (!fs::exists(file)) continue;
    Json kept = ReadJson(file), shipped = ParseJson(MatrixFiles().At(name + ".json"), name);
    const auto of = [](const Json& json) { return json.value("summary", ""); };
    const auto told = of(kept), said = of(shipped);
    kept.erase("summary"), shipped.erase("summary");
    if (kept == shipped) BOOST_TEST(told == said, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::results_update_test
