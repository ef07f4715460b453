#include "bench/scores/validity.h"

#include <boost/test/unit_test.hpp>

#include "tests/scores/fixtures.h"

namespace dfkd::validity_test {

// A score of ten classes that nothing speaks against.
Score Sound() {
  auto score = ReadScore(FixtureScoreFile());
  score.validity.clear();
  score.teacher->acc = 0.9;
  score.student->acc = 0.8;
  score.student->acc_per_class->assign(10, 0.8);
  score.floor = FloorScore{0.1};
  score.numerics.deterministic = true;
  for (auto& [axis, entry] : score.entries) entry.attack_aware = false;
  return score;
}

std::string Flags(const std::function<void(Score&, Circumstances&)>& change) {
  auto score = Sound();
  Circumstances circumstances{.undefended_asr = 0.9};
  change(score, circumstances);
  std::string flags;
  for (const auto& flag : ValidityOf(score, circumstances)) flags += flag + " ";
  return flags;
}

BOOST_AUTO_TEST_CASE(a_sound_score_has_no_flag) {
  BOOST_TEST(Flags([](auto&, auto&) {}) == "");
}

BOOST_AUTO_TEST_CASE(each_flag_has_its_reason) {
  BOOST_TEST(Flags([](auto& s, auto&) { s.teacher->gate = "ignored"; }) == "attack_ineffective ");
  BOOST_TEST(Flags([](auto&, auto& c) { c.teacher_from_file = true; }) == "no_clean_teacher ");
  BOOST_TEST(Flags([](auto& s, auto&) { s.numerics.deterministic = false; }) ==
             "nondeterministic ");
  BOOST_TEST(Flags([](auto& s, auto&) { s.entries["defense"].attack_aware = true; }) ==
             "attack_aware ");
  BOOST_TEST(Flags([](auto& s, auto&) {
               s.teacher->visibility = {0.9, 30, 14.9};
             }) == "obvious_trigger ");
}

BOOST_AUTO_TEST_CASE(bounds_belong_to_the_sound_side) {
  BOOST_TEST(Flags([](auto& s, auto&) { s.student->acc = 0.45; }) == "");
  BOOST_TEST(Flags([](auto& s, auto&) { s.student->acc = 0.44; }) == "utility_collapse ");
  BOOST_TEST(Flags([](auto&, auto& c) { c.undefended_asr = 0.2; }) == "");
  BOOST_TEST(Flags([](auto&, auto& c) { c.undefended_asr = 0.19; }) == "not_transferred ");
  BOOST_TEST(Flags([](auto& s, auto&) { s.teacher->visibility = {0.9, 30, 15.0}; }) == "");
  BOOST_TEST(Flags([](auto& s, auto&) { s.teacher->visibility = {0, 0, std::nullopt}; }) == "");
  BOOST_TEST(Flags([](auto& s, auto&) { s.floor->asr = 0.15; }) == "");
  BOOST_TEST(Flags([](auto& s, auto&) { s.floor->asr = 0.16; }) == "high_floor ");
}

BOOST_AUTO_TEST_CASE(an_asr_counts_if_there_was_something_to_defend_against) {
  const auto counts = [](const std::function<void(Score&)>& change) {
    auto score = Sound();
    change(score);
    return CountsForAsr(score);
  };
  BOOST_TEST(counts([](Score&) {}));
  BOOST_TEST(counts([](Score& s) { s.validity = {"high_floor", "utility_collapse"}; }));
  BOOST_TEST(!counts([](Score& s) { s.validity = {"not_transferred"}; }));
  BOOST_TEST(!counts([](Score& s) { s.validity = {"high_floor", "attack_ineffective"}; }));
  BOOST_TEST(!counts([](Score& s) { s.status = Status::kDiverged; }));
  BOOST_TEST(!counts([](Score& s) { s.student.reset(); }));
  BOOST_TEST(!counts([](Score& s) { s.student->asr.reset(); }));
  BOOST_TEST(!counts([](Score& s) { s.entries["attack"].plugin = "none"; }));
}

// With a poor teacher, half of it may be no more than guessing.
BOOST_AUTO_TEST_CASE(less_than_twice_chance_is_a_collapse_whatever_the_teacher_knows) {
  const auto flags = [](double acc) {
    return Flags([&](Score& s, auto&) { s.teacher->acc = 0.3, s.student->acc = acc; });
  };
  BOOST_TEST(flags(0.2) == "");
  BOOST_TEST(flags(0.19) == "utility_collapse ");
}

BOOST_AUTO_TEST_CASE(without_an_attack_nothing_is_said_of_transfer_or_a_clean_teacher) {
  BOOST_TEST(Flags([](Score& s, Circumstances& c) {
               s.entries["attack"].plugin = "none";
               c = {.teacher_from_file = true, .undefended_asr = 0.0};
             }) == "");
}

}  // namespace dfkd::validity_test
