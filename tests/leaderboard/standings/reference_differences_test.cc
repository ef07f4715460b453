// In what a cell is not a paper's, where the shipped matrices have nothing of the kind
// (tests/cli/reference_test.cc): composites of other parts, and every profile.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "leaderboard/standings/reference.h"

namespace dfkd::reference_differences_test {

struct PartOptions {
  double weight;
  static void Declare(OptionTable<PartOptions>& o) {
    o.Add("weight", &PartOptions::weight, {.initial = 0.5, .lowest = 0, .highest = 1}, "how much");
  }
};

struct WholeOptions {
  std::string parts;
  double weight;
  static void Declare(OptionTable<WholeOptions>& o) {
    o.Add("parts", &WholeOptions::parts, {.initial = "both"}, "which");
    o.Add("weight", &WholeOptions::weight, {.initial = 0.5, .lowest = 0, .highest = 1},
          "of the last part");
  }
};

std::vector<PartRef> PartsOf(const WholeOptions& o) {
  const PartRef first{"test_first_part", Json::object()};
  const PartRef last{"test_last_part", {{"weight", o.weight}}};
  if (o.parts == "both") return {first, last};
  if (o.parts == "last") return {last};
  return {first, last, first};
}

template <class Card>
bool Add(const Card& card) {
  return Registry::Get().Add(registry_detail::CardOf(card), {}, "", false);
}

const bool kCards[] = {
    Add(DefenseCard<PartOptions>{.name = "test_first_part"}),
    Add(DefenseCard<PartOptions>{.name = "test_last_part"}),
    Add(DefenseCard<WholeOptions>{.name = "test_whole", .parts = PartsOf}),
};

using Texts = std::set<std::string>;

// Beside what is said of every score here.
Texts Differences(const Json& options, const std::string& profile = "fp32") {
  Score score;
  score.data.official = true;
  score.numerics.profile = profile;
  score.entries["defense"] = {.plugin = "test_whole", .options = options};
  return DifferencesFrom({}, {}, "abd", score);
}

void RequireSame(const Texts& found, const Texts& expected) {
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(reference_differences)

BOOST_AUTO_TEST_CASE(a_composite_of_the_papers_parts_differs_in_nothing) {
  RequireSame(Differences(Json::object()), {});
}

BOOST_AUTO_TEST_CASE(parts_that_are_missing_or_more_are_said_and_the_others_compared_by_name) {
  RequireSame(Differences({{"parts", "last"}, {"weight", 0.25}}),
              {"test_last_part.weight: 0.25 instead of 0.5",
               "test_whole: the parts are test_last_part instead of test_first_part, "
               "test_last_part"});
  RequireSame(Differences({{"parts", "more"}}),
              {"test_whole: the parts are test_first_part, test_last_part, test_first_part instead "
               "of test_first_part, test_last_part"});
}

BOOST_AUTO_TEST_CASE(every_profile_that_is_not_float32_throughout_is_said) {
  for (const char* same : {"fp32", "deterministic"}) RequireSame(Differences({}, same), {});
  for (const std::string other : {"bf16", "tf32"})
    RequireSame(Differences({}, other), {"computed in " + other});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::reference_differences_test
