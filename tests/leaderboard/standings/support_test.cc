#include "leaderboard/standings/support.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "bench/core/rng.h"
#include "leaderboard/standings/compare.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::support_test {

namespace tt = boost::test_tools;

constexpr int64_t kPlannedSeeds = 5, kStudents = 2;

Score ScoreOf(const Cell& cell, Rng& rng) {
  Score score = ReadScore(FixtureScoreFile());
  score.cell = cell;
  score.entries["defense"].plugin = cell.defense;
  score.entries["attack"].plugin = cell.attack;
  const double level = cell.defense == "none" ? 0.8 : cell.defense == "sv" ? 0.5 : 0.2;
  // Without an attack everything is different, so that a mean over such cells is noticed.
  const bool attacked = cell.attack != "none";
  score.student->acc = attacked ? level + rng.Uniform(0, 0.1) : 0.01;
  score.student->asr = attacked ? std::optional(level + rng.Uniform(0, 0.1)) : std::nullopt;
  score.cost.cpu_seconds = attacked ? 10 * level + rng.Uniform() : 1000;
  if (cell.attack == "not_carried") score.validity = {"not_transferred"};
  if (cell.attack == "carried_twice" && cell.teacher_seed > 1) score.validity = {"not_transferred"};
  return score;
}

// Of five planned teacher seeds three are there, of one attack a single one.
int64_t SeedsOf(const std::string& attack) { return attack == "rare" ? 1 : 3; }

struct Board {
  std::vector<Score> scores;
  std::vector<Cell> planned;

  std::vector<const Score*> Pointers() const {
    std::vector<const Score*> pointers;
    for (const auto& score : scores) pointers.push_back(&score);
    return pointers;
  }
};

Board BoardOf(const std::vector<std::string>& attacks) {
  Board board;
  Rng rng(7);
  auto cell = ReadScore(FixtureScoreFile()).cell;
  for (const auto& attack : attacks) {
    for (const char* defense : {"none", "abd", "sv"}) {
      for (int64_t seed = 0; seed < kPlannedSeeds * kStudents; ++seed) {
        cell.attack = attack, cell.defense = defense;
        cell.teacher_seed = seed / kStudents, cell.student_seed = seed % kStudents;
        board.planned.push_back(cell);
        if (cell.teacher_seed < SeedsOf(attack)) board.scores.push_back(ScoreOf(cell, rng));
      }
    }
  }
  return board;
}

const std::vector<std::string> kAll = {"none", "a", "b", "rare", "not_carried", "carried_twice"};

std::set<std::string> AttacksIn(const std::set<GroupCell>& places) {
  const auto attacks = AttacksOf({places.begin(), places.end()});
  return {attacks.begin(), attacks.end()};
}

using Names = std::set<std::string>;

BOOST_AUTO_TEST_CASE(an_attack_with_too_few_of_the_planned_seeds_is_out_of_all_numbers) {
  const auto board = BoardOf(kAll);
  const auto support = SupportOf(board.Pointers(), board.planned);
  BOOST_TEST((AttacksIn(support.places) == Names{"a", "b", "carried_twice", "not_carried"}));
  BOOST_TEST(AttacksIn(support.planned).contains("rare"));
  BOOST_TEST((support.thin == Names{"rare"}));
}

BOOST_AUTO_TEST_CASE(who_is_out_of_the_mean_asr_alone_is_told_apart_from_who_has_too_few_seeds) {
  const auto board = BoardOf(kAll);
  const auto support = SupportOf(board.Pointers(), board.planned);
  BOOST_TEST((AttacksIn(support.counted) == Names{"a", "b"}));
  BOOST_TEST((support.not_transferred == Names{"carried_twice", "not_carried"}));
  const auto standings = StandingsOf(board.Pointers(), board.planned);
  BOOST_TEST((standings.thin == std::vector<std::string>{"rare"}));
  BOOST_TEST(
      (standings.not_transferred == std::vector<std::string>{"carried_twice", "not_carried"}));
}

BOOST_AUTO_TEST_CASE(one_attack_with_a_single_seed_takes_no_interval_from_the_others) {
  const auto board = BoardOf(kAll);
  const auto standings = StandingsOf(board.Pointers(), board.planned);
  for (const char* defense : {"none", "abd", "sv"}) {
    const auto& row = RowOf(standings, defense);
    BOOST_TEST_INFO(defense);
    BOOST_TEST_REQUIRE(row.acc.has_value());
    BOOST_TEST(row.acc->cells == 4 * 3 * kStudents);
    BOOST_TEST(row.acc->interval.has_value());
    BOOST_TEST(row.worst_interval.has_value());
  }
}

void RequireEqual(const Estimate& ours, const Estimate& theirs) {
  BOOST_TEST(ours.mean == theirs.mean, tt::tolerance(1e-12));
  BOOST_TEST(ours.cells == theirs.cells);
  BOOST_TEST_REQUIRE((ours.interval && theirs.interval));
  BOOST_TEST(ours.interval->low == theirs.interval->low, tt::tolerance(1e-12));
  BOOST_TEST(ours.interval->high == theirs.interval->high, tt::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_comparison_and_the_standings_say_the_same_of_the_same_cells) {
  const auto board = BoardOf(kAll);
  const auto standings = StandingsOf(board.Pointers(), board.planned);
  const auto& control = RowOf(standings, "none");
  for (const char* defense : {"abd", "sv"}) {
    const auto comparison = CompareDefenses(board.scores, defense, "none");
    const auto& row = RowOf(standings, defense);
    BOOST_TEST_REQUIRE((comparison.acc && comparison.asr && comparison.costs.size() == 1U));
    RequireEqual(comparison.acc->a, *row.acc);
    RequireEqual(comparison.acc->b, *control.acc);
    RequireEqual(comparison.asr->a, *row.asr);
    RequireEqual(comparison.asr->b, *control.asr);
    BOOST_TEST(-comparison.acc->difference.mean == control.acc->mean - row.acc->mean,
               tt::tolerance(1e-12));
    BOOST_TEST(comparison.costs[0].a == *row.seconds, tt::tolerance(1e-12));
    BOOST_TEST(comparison.costs[0].b == *control.seconds, tt::tolerance(1e-12));
    BOOST_TEST(comparison.pairs_of_table == std::ssize(standings.pairs));
  }
}

// --- where a defence without a score is planned

// The planned defences of a matrix of which only the undefended student has a score.
Names PlannedOn(const std::string& track, const Names& clean) {
  Rng rng(7);
  auto cell = ReadScore(FixtureScoreFile()).cell;
  cell.defense = "none";
  ScoredMatrix matrix{.name = "toy", .scores = {ScoreOf(cell, rng)}};
  matrix.clean_defenses = clean;
  for (const char* id : {"none", "ft", "free", "mine"}) {
    cell.defense = id;
    matrix.planned.push_back(cell);
  }
  auto group = GroupOf(matrix.scores.front());
  group.track = track;
  Names names;
  for (const auto& planned : PlannedIn(matrix, group)) names.insert(planned.defense);
  return names;
}

BOOST_AUTO_TEST_CASE(a_defence_without_a_score_that_needs_clean_data_is_planned_on_their_track) {
  BOOST_TEST((PlannedOn("clean_subset", {"ft", "mine"}) == Names{"ft", "mine"}));
  BOOST_TEST((PlannedOn("synthesized", {"ft", "mine"}) == Names{"free", "none"}));
  // Its scores know better.
  BOOST_TEST((PlannedOn("clean_subset", {"none"}) == Names()));
}

}  // namespace dfkd::support_test
