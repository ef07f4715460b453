// The paper's matrices: how many cells, and what they share. abd.md (h), (i).
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/core/json.h"
#include "bench/matrix/preset.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::shipped_test {

using namespace testing;  // NOLINT: the helpers of this folder

Json Shipped(const std::string& name) {
  return ReadJson(std::string(DFKD_SOURCE_DIR) + "/bench/matrices/" + name + ".json");
}

Plan OneSeed(const std::string& name) {
  Selection selection;
  selection.student_seeds = {0};
  return PlanOf(Shipped(name), selection);
}

std::map<std::string, int> CountBy(const Plan& plan, std::string Cell::*axis) {
  std::map<std::string, int> counts;
  for (const auto& cell : plan.cells) ++counts[cell.cell.*axis];
  return counts;
}

BOOST_AUTO_TEST_CASE(table_1_is_55_cells_for_each_student_seed) {
  const auto plan = OneSeed("abd_cifar10");
  BOOST_TEST(plan.cells.size() == 55U);
  BOOST_TEST(PlanOf(Shipped("abd_cifar10")).cells.size() == 3 * 55U);
  BOOST_TEST(CountBy(plan, &Cell::attack).size() == 11U);
  for (const auto& [attack, count] : CountBy(plan, &Cell::attack)) BOOST_TEST(count == 5, attack);
  BOOST_TEST((CountBy(plan, &Cell::distiller) ==
              std::map<std::string, int>{{"zskt", 44}, {"clean_kd", 11}}));
  for (const auto& cell : plan.cells) BOOST_TEST(cell.not_applicable.empty(), cell.id);
}

// And another clean one, for the floor of `cl`, which crafts on the first.
BOOST_AUTO_TEST_CASE(table_1_trains_one_clean_teacher_and_eleven_poisoned_ones) {
  const auto plan = OneSeed("abd_cifar10");
  BOOST_TEST(Refs(plan, "teacher/").size() == 13U);
  std::set<StageId> clean, floors;
  for (const auto& cell : plan.cells) {
    clean.insert(cell.clean_teacher);
    floors.insert(cell.floor_student);
    BOOST_TEST(cell.gate.has_value());
    BOOST_TEST(cell.floor_evaluation != kNoStage);
  }
  BOOST_TEST(clean.size() == 1U);
  BOOST_TEST(floors.size() == 4U);  // of ZSKT and of clean KD, and the same for `cl`
}

BOOST_AUTO_TEST_CASE(in_table_1_none_and_sr_and_sv_and_abd_share_their_long_stages) {
  const auto plan = OneSeed("abd_cifar10");
  for (const auto& [attack, unused] : CountBy(plan, &Cell::attack)) {
    std::map<std::string, std::vector<StageId>> states;
    for (const auto& cell : plan.cells) {
      if (cell.cell.attack == attack && cell.cell.distiller == "zskt")
        states[cell.cell.defense] = StatesOf(plan, cell);
    }
    const auto round = [&](StageId id) {
      return plan.At(id).stage.description().at("round").get<int64_t>();
    };
    // The last state before the end stands where SR begins: 601 rounds, as the reference resumes.
    for (const auto& [defense, refs] : states) {
      BOOST_TEST_REQUIRE(refs.size() >= 2U);
      BOOST_TEST(round(refs[refs.size() - 2]) == 80000 - 601, defense);
      BOOST_TEST(round(refs.back()) == 80000);
    }
    const auto long_of = [&](const char* defense) { return *(states.at(defense).rbegin() + 1); };
    BOOST_TEST(long_of("none") == long_of("sr"));
    BOOST_TEST(long_of("sv") == long_of("abd"));
    BOOST_TEST(long_of("none") != long_of("sv"));
  }
}

BOOST_AUTO_TEST_CASE(table_1_has_the_settings_of_the_paper) {
  const auto matrix = Parse(Shipped("abd_cifar10"));
  const Json& teacher = matrix.teacher_recipe;
  BOOST_TEST(teacher.at("epochs") == 200);
  BOOST_TEST(teacher.at("optimizer") == "sgd");
  BOOST_TEST(teacher.at("weight_decay") == 5e-4);
  const auto plan = OneSeed("abd_cifar10");
  for (const auto& cell : plan.cells) {
    const auto& attack = cell.entries->at("attack").options;
    BOOST_TEST(attack.at("candidates") == 0.95);
    BOOST_TEST(attack.at("poison_rate") == 0.1);
    BOOST_TEST(attack.at("target") == 0);
    BOOST_TEST(RoundsOf(plan, cell) == (cell.cell.distiller == "zskt" ? 80000 : 170 * 79));
    if (cell.cell.defense != "abd") continue;
    const auto& abd = cell.entries->at("defense").options;
    BOOST_TEST(abd.at("sv_coefficient") == 0.1);
    BOOST_TEST(abd.at("sv_copies") == 3);
    BOOST_TEST(abd.at("sv_layers") == 5);
    BOOST_TEST(abd.at("sv_cache_batches") == 0);
    BOOST_TEST(abd.at("sr_perturbation_steps") == 10);
    BOOST_TEST(abd.at("sr_learning_rate") == 5e-4);
    BOOST_TEST(abd.at("sr_portion") == 0.02);
  }
}

BOOST_AUTO_TEST_CASE(the_ablation_is_part_of_table_1) {
  const auto table = OneSeed("abd_cifar10"), ablation = OneSeed("abd_ablation");
  BOOST_TEST(ablation.cells.size() == 10U);
  for (const auto& ref : Refs(ablation)) BOOST_TEST(table.Find(ref) != kNoStage);
}

BOOST_AUTO_TEST_CASE(the_other_tables_have_their_cells_and_lengths) {
  const std::map<std::string, size_t> cells = {
      {"abd_methods", 14},     {"abd_gtsrb", 5}, {"abd_depth", 10},  {"abd_mini", 18},
      {"abd_cifar10_10k", 55}, {"quick", 32},    {"dfkd_pairs", 192}};
  for (const auto& [name, count] : cells) BOOST_TEST(OneSeed(name).cells.size() == count, name);
  const auto methods = OneSeed("abd_methods");
  for (const auto& cell : methods.cells) {
    static const std::map<std::string, std::pair<int, int>> lengths = {
        {"zskt", {80000, 601}}, {"cmi", {200, 2}}, {"ood_kd", {300 * 97, 2 * 97}}};
    const auto [rounds, last] = lengths.at(cell.cell.distiller);
    BOOST_TEST(RoundsOf(methods, cell) == rounds);
    if (cell.cell.defense == "none") continue;
    const auto& abd = cell.entries->at("defense").options;
    if (cell.cell.defense == "sr") {
      BOOST_TEST(cell.cell.distiller == "cmi");
      BOOST_TEST(abd.at("last_rounds") == last);
      BOOST_TEST(abd.at("reduction") == "batch");
      BOOST_TEST(abd.at("detach_outer") == false);
      continue;
    }
    BOOST_TEST(abd.at("sr_last_rounds") == last, cell.id);
    BOOST_TEST(abd.at("sv_late") == (cell.cell.distiller == "ood_kd" ? "off" : "keep"), cell.id);
    BOOST_TEST(abd.at("sr_detach_outer") == (cell.cell.distiller == "zskt"), cell.id);
    BOOST_TEST(abd.at("sr_rate_hold") == (cell.cell.distiller == "ood_kd" ? 97 : 1), cell.id);
  }
  for (const auto& cell : OneSeed("abd_gtsrb").cells) {
    BOOST_TEST(cell.entries->at("attack").options.at("target") == 1);
    if (cell.cell.distiller == "clean_kd")
      BOOST_TEST(cell.entries->at("distiller").options.at("train_std") == "spec");
    if (cell.cell.distiller != "zskt") continue;
    BOOST_TEST(cell.entries->at("distiller").options.at("temperature") == 0.5);
    BOOST_TEST(cell.entries->at("distiller").options.at("at_weight") == 0);
    if (cell.cell.defense == "sv")
      BOOST_TEST(cell.entries->at("defense").options.at("cache_batches") == 50);
  }
}

// 20 % of 39,209 signs in batches of 128 are 62 steps, of 50,000 images 79. No matrix says so.
BOOST_AUTO_TEST_CASE(clean_kd_has_the_paper_s_epochs_on_either_data_set) {
  const auto rounds = [](const std::string& name, int64_t images) {
    const auto plan = PlanOf(Shipped(name), {}, std::string(64, 'a'), images);
    const auto found = std::find_if(plan.cells.begin(), plan.cells.end(), [](const auto& cell) {
      return cell.cell.distiller == "clean_kd";
    });
    return RoundsOf(plan, *found);
  };
  BOOST_TEST(rounds("abd_gtsrb", 39209) == 170 * 62);
  BOOST_TEST(rounds("abd_cifar10", 50000) == 170 * 79);
  BOOST_TEST(rounds("abd_mini", 50000) == 20 * 79);
}

BOOST_AUTO_TEST_CASE(the_faithful_table_1_has_the_quirks_and_names_of_its_own) {
  Selection selection;
  selection.student_seeds = {0};
  const auto plan = PlanOf(UsePreset(Shipped("abd_cifar10"), "faithful"), selection);
  BOOST_TEST(plan.cells.size() == 55U);
  BOOST_TEST(plan.matrix == "abd_cifar10_faithful");
  for (const auto& cell : plan.cells) {
    BOOST_TEST(cell.entries->at("attack").options.at("selection") == "first_n", cell.id);
    if (cell.cell.defense != "abd") continue;
    const auto& abd = cell.entries->at("defense").options;
    BOOST_TEST(abd.at("sr_initial_sigma") == 0);
    BOOST_TEST(abd.at("sv_late") == "off");  // abd.md j17, in the rounds of SR
    BOOST_TEST(abd.at("sv_late_rounds") == abd.at("sr_last_rounds"));
  }
}

}  // namespace dfkd::shipped_test
