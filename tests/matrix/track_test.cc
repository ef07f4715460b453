// The track of a distiller is that of its images, whatever its card forgets to say: the default is
// the track of those who have nothing but the teacher.
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "bench/recipes/transfer_recipe.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::track_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Nobody {};  // planning makes no distiller

bool Add(const char* name, const DistillerTraits& traits, const Json& recipe,
         bool control = false) {
  return Register<Nobody>(
      DistillerCard<NoOptions>{.name = name,
                               .summary = "for planning",
                               .control = control,
                               .traits = [traits](const NoOptions&) { return traits; },
                               .transfer_set = [recipe](const NoOptions&) { return recipe; }});
}

struct ToldOptions {
  std::string track;
  static void Declare(OptionTable<ToldOptions>& o) {
    o.Add("track", &ToldOptions::track, {.initial = "synthesized"}, "what the images are");
  }
};

const Json kBank = BankRecipe{}.ToJson(), kClean = CleanSubsetRecipe{}.ToJson();
const DistillerTraits kForgotten = {.rounds = 40};
const bool kAdded[] = {
    Add("test_on_clean", kForgotten, kClean),
    Add("test_on_clean_and_says", {.rounds = 40, .track = Track::kCleanSubset}, kClean),
    Add("test_on_bank", kForgotten, kBank),
    Add("test_on_bank_and_says", {.rounds = 40, .track = Track::kOutOfDistribution}, kBank),
    Add("test_from_bank", {.rounds = 40, .synthesizes = true}, kBank),
    Add("test_control_on_bank", kForgotten, kBank, /*control=*/true),
    Add("test_on_nothing", kForgotten, nullptr),
    Register<Nobody>(
        DistillerCard<ToldOptions>{.name = "test_told",
                                   .summary = "for planning",
                                   .traits = [](const ToldOptions&) { return kForgotten; },
                                   .transfer_set = [](const ToldOptions&) { return kBank; }})};

std::string ProblemWith(const std::string& distiller) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = Json::array({"none"});
  BlockOf(json)["distillers"] = Json::array({distiller});
  BlockOf(json)["defenses"] = Json::array({"none"});
  return MessageOf([&] { PlanOf(json); });
}

BOOST_AUTO_TEST_SUITE(track)

BOOST_AUTO_TEST_CASE(training_images_are_refused_on_a_track_without_them) {
  for (const bool added : kAdded) BOOST_TEST_REQUIRE(added);
  const auto problem = ProblemWith("test_on_clean");
  BOOST_TEST(Contains(problem, "distiller test_on_clean: it distils on training images"), problem);
  BOOST_TEST(ProblemWith("test_on_clean_and_says") == "");
}

BOOST_AUTO_TEST_CASE(given_images_are_refused_on_the_track_of_synthesized_ones) {
  const auto problem = ProblemWith("test_on_bank");
  BOOST_TEST(Contains(problem, "distiller test_on_bank: it distils on given images"), problem);
  for (const char* name : {"test_on_bank_and_says", "test_from_bank", "test_control_on_bank",
                           "test_on_nothing", "test_told"})
    BOOST_TEST(ProblemWith(name) == "", name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::track_test
