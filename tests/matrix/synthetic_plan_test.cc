// Defences that want synthetic images in place of clean ones (attacks_defences_metrics.md 2.0).
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::synthetic_plan_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Options {
  std::string where;
  static void Declare(OptionTable<Options>& o) {
    o.Add("where", &Options::where, {.initial = "student", .allowed = {"student", "teacher"}}, "");
  }
};

class Nothing {};  // planning makes no instance
const bool kRegistered =
    Register<Nothing>(DefenseCard<Options>{
        .name = "test_synthetic",
        .summary = "wants synthetic images",
        .sanitizes_teacher = [](const Options& o) { return o.where == "teacher"; },
        .repairs_student = [](const Options& o) { return o.where == "student"; },
        .needs_synthetic_data = [](const Options&) { return true; }}) &&
    Register<Nothing>(DistillerCard<NoOptions>{
        .name = "test_silent", .summary = "shows no images", .traits = [](const NoOptions&) {
          return DistillerTraits{.rounds = 40};
        }});

Json Matrix(const Json& distiller, const std::string& where) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {"blend"};
  BlockOf(json)["distillers"] = Json::array({distiller});
  BlockOf(json)["defenses"] = {
      "none", {{"id", "syn"}, {"plugin", "test_synthetic"}, {"options", {{"where", where}}}}};
  return json;
}

Json InputsOf(const Plan& plan, StageId id) { return plan.At(id).stage.description().at("inputs"); }

BOOST_AUTO_TEST_CASE(samples_are_a_stage_between_the_last_state_and_the_repair) {
  BOOST_TEST_REQUIRE(kRegistered);
  const auto plan = PlanOf(Matrix({{"id", "noise"}, {"plugin", "noise_kd"}}, "student"));
  const auto& cell = CellOf(plan, "blend", "syn");
  const auto samples = plan.Find(*Refs(plan, "samples/").begin());
  BOOST_TEST(Refs(plan, "samples/").size() == 1U);
  BOOST_TEST(InputsOf(plan, samples).at("state") ==
             plan.Ref(CellOf(plan, "blend", "none").student));
  BOOST_TEST(InputsOf(plan, cell.student).at("synthetic") == plan.Ref(samples));
  BOOST_TEST((std::find(cell.path.begin(), cell.path.end(), samples) != cell.path.end()));
  BOOST_TEST((cell.track == Track::kSynthesized));
  BOOST_TEST(plan.At(samples).gate.has_value());
}

// What `ft` and `ft_syn` differ by is the images, not their number.
BOOST_AUTO_TEST_CASE(clean_and_synthetic_images_are_equally_many) {
  const auto given = [](std::optional<int64_t> images, const std::string& where) {
    auto json = Matrix({{"id", "ood"}, {"plugin", "ood_kd"}}, where);
    json["teacher"] = {{"batch_size", 8}};
    BlockOf(json)["defenses"].push_back(
        {{"id", "ft"}, {"plugin", "ft"}, {"options", {{"where", where}}}});
    const auto plan = PlanOf(json, {}, std::string(64, 'a'), images);
    std::vector<Json> counts;
    for (const auto& planned : plan.stages) {
      const auto& stage = planned.stage;
      if (stage.kind != "repair" && stage.kind != "sanitize") continue;
      counts.push_back(stage.description().value("defense_images", Json()));
    }
    BOOST_TEST_REQUIRE(counts.size() == 2U);
    BOOST_TEST(counts[0] == counts[1]);
    return counts[0];
  };
  for (const std::string where : {"student", "teacher"}) {
    BOOST_TEST(given(50000, where) == 2500);
    BOOST_TEST(given(60000, where) == 2500);
    BOOST_TEST(given(39209, where) == 1960);
    BOOST_TEST(given(10, where) == 1);
    BOOST_TEST(given(std::nullopt, where).is_null());
  }
}

BOOST_AUTO_TEST_CASE(a_transfer_set_stands_for_samples) {
  const auto plan = PlanOf(Matrix({{"id", "ood"}, {"plugin", "ood_kd"}}, "student"));
  const auto& cell = CellOf(plan, "blend", "syn");
  BOOST_TEST(Refs(plan, "samples/").empty());
  BOOST_TEST(InputsOf(plan, cell.student).at("synthetic") == *Refs(plan, "transfer_set/").begin());
  BOOST_TEST((cell.track == Track::kOutOfDistribution));
}

BOOST_AUTO_TEST_CASE(before_distillation_only_a_transfer_set_is_there) {
  const auto ood = PlanOf(Matrix({{"id", "ood"}, {"plugin", "ood_kd"}}, "teacher"));
  const auto sane = ood.Find(*Refs(ood, "sanitize/").begin());
  const auto set = ood.Find(*Refs(ood, "transfer_set/").begin());
  BOOST_TEST(InputsOf(ood, sane).at("synthetic") == ood.Ref(set));
  const auto& path = CellOf(ood, "blend", "syn").path;
  BOOST_TEST(
      (std::find(path.begin(), path.end(), set) < std::find(path.begin(), path.end(), sane)));
  const auto noise = PlanOf(Matrix({{"id", "noise"}, {"plugin", "noise_kd"}}, "teacher"));
  BOOST_TEST(CellOf(noise, "blend", "syn").not_applicable ==
             "syn needs synthetic images before distillation; noise has none then");
  BOOST_TEST(Refs(noise, "sanitize/").empty());
}

BOOST_AUTO_TEST_CASE(beside_a_distiller_that_shows_nothing_it_is_not_applicable) {
  const auto plan = PlanOf(Matrix({{"id", "silent"}, {"plugin", "test_silent"}}, "student"));
  const auto& cell = CellOf(plan, "blend", "syn");
  BOOST_TEST(cell.not_applicable == "syn needs synthetic images; silent shows none");
  BOOST_TEST(cell.path.empty());
  BOOST_TEST(CellOf(plan, "blend", "none").not_applicable.empty());
}

}  // namespace dfkd::synthetic_plan_test
