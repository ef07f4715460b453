// Which stages a matrix becomes, and which cells share them.
#include "bench/matrix/plan.h"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
#include "bench/store/store.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::plan_test {

using namespace testing;  // NOLINT: the helpers of this folder

constexpr int64_t kCut = 37;  // of 40 rounds: self_retrospection's 7.5 % are the last three

Json OneAttack(const Json& defenses) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {"blend"};
  BlockOf(json)["defenses"] = defenses;
  return json;
}

const Json kSv = {{"id", "sv"}, {"plugin", "shuffling_vaccine"}};
const Json kSr = {{"id", "sr"}, {"plugin", "self_retrospection"}};

int64_t RoundOf(const PlannedStage& planned) { return planned.stage.description().at("round"); }

// Of the students of the poisoned teacher: the floor is another student's.
std::pair<int, int> LongAndShort(const Plan& plan, const std::set<std::string>& refs) {
  std::pair<int, int> count;
  for (const auto& ref : refs) {
    const auto& planned = AtRef(plan, ref);
    if (planned.inputs.front() != plan.cells[0].teacher) continue;
    ++(RoundOf(planned) == kCut ? count.first : count.second);
  }
  return count;
}

BOOST_AUTO_TEST_CASE(four_defences_are_two_long_stages_and_four_short_ones) {
  const auto plan = PlanOf(OneAttack({"none", kSv, kSr, "abd"}));
  const auto [longs, shorts] = LongAndShort(plan, Refs(plan, "distill/"));
  BOOST_TEST(longs == 2);
  BOOST_TEST(shorts == 4);
  for (const auto& ref : Refs(plan, "distill/")) {
    const auto& stage = AtRef(plan, ref);
    BOOST_TEST(stage.work == (RoundOf(stage) == kCut ? 37 : 3));
    BOOST_TEST(stage.starts.size() == (RoundOf(stage) == kCut ? 0U : 1U));
  }
}

BOOST_AUTO_TEST_CASE(two_matrices_one_after_the_other_share_as_much_as_one) {
  const auto first = PlanOf(OneAttack({"none", kSv}));
  const auto second = PlanOf(OneAttack({kSr, "abd"}));
  auto store = NeededRefs(first, {});
  const auto rest = NeededRefs(second, store);
  auto added = rest;
  const auto before = LongAndShort(first, Refs(first, "distill/"));
  BOOST_TEST(before.first == 2);
  BOOST_TEST(before.second == 2);
  std::erase_if(added, [](const auto& ref) { return !ref.starts_with("distill/"); });
  const auto after = LongAndShort(second, added);
  BOOST_TEST(after.first == 0);
  BOOST_TEST(after.second == 2);
  store.insert(rest.begin(), rest.end());
  BOOST_TEST((store == Refs(PlanOf(OneAttack({"none", kSv, kSr, "abd"})))));
}

BOOST_AUTO_TEST_CASE(until_a_defence_acts_its_states_are_those_of_none) {
  const auto plan = PlanOf(OneAttack({"none", kSv, kSr, "abd"}));
  const auto states = [&](const char* defense) {
    return StatesOf(plan, CellOf(plan, "blend", defense));
  };
  const auto none = states("none"), sv = states("sv"), sr = states("sr"), abd = states("abd");
  BOOST_TEST(none[0] == sr[0]);
  BOOST_TEST(sv[0] == abd[0]);
  BOOST_TEST(none[0] != sv[0]);
  BOOST_TEST((std::set{none[1], sv[1], sr[1], abd[1]}).size() == 4U);
}

BOOST_AUTO_TEST_CASE(a_composite_a_list_and_a_list_with_a_control_are_the_same_work) {
  const auto plan = PlanOf(OneAttack({"abd",
                                      {"shuffling_vaccine", "self_retrospection"},
                                      {"none", "shuffling_vaccine", "self_retrospection"}}));
  BOOST_TEST_REQUIRE(plan.cells.size() == 3U);
  for (const auto& cell : plan.cells) {
    BOOST_TEST(cell.student == plan.cells[0].student);
    BOOST_TEST(cell.student_evaluation == plan.cells[0].student_evaluation);
  }
}

// ["clp", "abd"]: the pruned teacher is a stage, and what follows is abd's own parts on it.
BOOST_AUTO_TEST_CASE(a_list_prunes_the_teacher_and_then_runs_the_parts_of_the_other) {
  const auto plan = PlanOf(OneAttack({"none", "clp", "abd", {"clp", "abd"}}));
  const auto& none = CellOf(plan, "blend", "none");
  const auto& abd = CellOf(plan, "blend", "abd");
  const auto& clp = CellOf(plan, "blend", "clp");
  const auto& both = CellOf(plan, "blend", "clp+abd");
  for (const auto* cell : {&none, &abd, &clp, &both}) BOOST_TEST(cell->not_applicable.empty());
  const auto sanitized = Refs(plan, "sanitize/");
  BOOST_TEST_REQUIRE(sanitized.size() == 1U);  // shared by clp and the list
  const auto& stage = AtRef(plan, *sanitized.begin()).stage.description();
  BOOST_TEST(stage.at("inputs").at("teacher") == plan.Ref(both.teacher));
  BOOST_TEST(stage.at("parts").size() == 1U);
  BOOST_TEST(stage.at("parts").at(0).at("plugin") == "clp");
  const auto parts_of = [&](const PlannedCell& cell, size_t i) {
    return plan.At(StatesOf(plan, cell)[i]).stage.description();
  };
  for (const size_t i : {0, 1}) {
    const auto found = parts_of(both, i);
    BOOST_TEST(found.at("parts") == parts_of(abd, i).at("parts"));
    BOOST_TEST(found.at("inputs").at("teacher") == *sanitized.begin());
    BOOST_TEST(parts_of(clp, i).at("inputs").at("teacher") == *sanitized.begin());
    BOOST_TEST(parts_of(clp, i).at("parts") == parts_of(none, i).at("parts"));
  }
  BOOST_TEST(both.student != abd.student);
}

// Where the student is pruned, everything before that is shared with the undefended student.
BOOST_AUTO_TEST_CASE(a_defence_that_repairs_the_student_shares_everything_before_it) {
  const auto plan = PlanOf(OneAttack(
      {"none", {{"id", "late"}, {"plugin", "clp"}, {"options", {{"where", "student"}}}}}));
  const auto& none = CellOf(plan, "blend", "none");
  const auto& late = CellOf(plan, "blend", "late");
  BOOST_TEST(StatesOf(plan, late) == StatesOf(plan, none), boost::test_tools::per_element());
  BOOST_TEST(plan.At(late.student).stage.kind == "repair");
  BOOST_TEST(Refs(plan, "sanitize/").empty());
}

BOOST_AUTO_TEST_CASE(students_are_compared_with_what_their_teacher_answered) {
  const auto plan = PlanOf(SmallMatrix());
  const auto& cell = CellOf(plan, "blend", "abd");
  const auto inputs = [&](StageId id) { return plan.At(id).stage.description().at("inputs"); };
  const auto teacher = plan.Ref(cell.teacher_evaluation), clean = plan.Ref(cell.clean_evaluation);
  BOOST_TEST(inputs(cell.student_evaluation).at("teacher_evaluation") == teacher);
  BOOST_TEST(inputs(cell.undefended_evaluation).at("teacher_evaluation") == teacher);
  BOOST_TEST(inputs(cell.floor_evaluation).at("teacher_evaluation") == clean);
  BOOST_TEST(inputs(cell.teacher_evaluation).at("teacher_evaluation").is_null());
}

BOOST_AUTO_TEST_CASE(the_floor_has_no_curves_for_no_page_shows_them) {
  const auto plan = PlanOf(SmallMatrix());
  const auto& cell = CellOf(plan, "blend", "abd");
  BOOST_TEST(plan.At(cell.floor_evaluation).stage.description().at("curves") == false);
  BOOST_TEST(!plan.At(cell.student_evaluation).stage.description().contains("curves"));
}

BOOST_AUTO_TEST_CASE(references_are_planned_whatever_is_selected) {
  Selection only_abd;
  only_abd.defenses = {"abd"}, only_abd.attacks = {"blend"};
  const auto all = PlanOf(SmallMatrix()), some = PlanOf(SmallMatrix(), only_abd);
  BOOST_TEST_REQUIRE(some.cells.size() == 1U);
  const auto& cell = some.cells[0];
  const auto &clean = CellOf(all, "none", "none"), &undefended_cell = CellOf(all, "blend", "none");
  const std::vector<std::pair<StageId, StageId>> same = {
      {cell.clean_teacher, clean.teacher},
      {cell.clean_evaluation, clean.teacher_evaluation},
      {cell.floor_student, clean.student},
      {cell.undefended_evaluation, undefended_cell.student_evaluation}};
  for (const auto& [ours, theirs] : same) BOOST_TEST(some.Ref(ours) == all.Ref(theirs));
  for (const auto id : {cell.clean_teacher, cell.floor_student, cell.floor_evaluation,
                        cell.undefended_evaluation}) {
    BOOST_TEST(some.At(id).cells.empty());
  }
  BOOST_TEST(some.At(cell.student).cells == std::vector<CellIndex>{0},
             boost::test_tools::per_element());
  const auto undefended = some.At(cell.undefended_evaluation).inputs;
  for (const auto id : {cell.undefended_evaluation, cell.floor_evaluation, undefended[1]}) {
    BOOST_TEST(some.At(id).gate.has_value(), some.At(id).title);
  }
  BOOST_TEST(some.At(undefended[1]).stage.kind == "distill");
  BOOST_TEST(!some.At(cell.floor_student).gate.has_value());
}

BOOST_AUTO_TEST_CASE(without_an_attack_there_is_neither_gate_nor_floor) {
  const auto plan = PlanOf(SmallMatrix());
  for (const char* defense : {"none", "abd"}) {
    const auto& cell = CellOf(plan, "none", defense);
    BOOST_TEST(!cell.gate);
    BOOST_TEST(cell.floor_evaluation == kNoStage);
    BOOST_TEST(cell.teacher == cell.clean_teacher);
    for (const auto id : cell.path) BOOST_TEST(!plan.At(id).gate, plan.At(id).title);
  }
}

BOOST_AUTO_TEST_CASE(what_follows_a_poisoned_teacher_is_behind_its_gate_and_nothing_else) {
  auto json = OneAttack({"none", kSv});
  BlockOf(json)["attacks"] = {"none", "blend"};
  BlockOf(json)["distillers"] = {
      {{"id", "bank"},
       {"plugin", "ood_kd"},
       {"options", {{"source", "bank"}, {"count", 100}, {"rounds", 40}, {"balance", false}}}},
      {{"id", "balanced"},
       {"plugin", "ood_kd"},
       {"options", {{"source", "bank"}, {"count", 100}, {"rounds", 40}, {"balance", true}}}}};
  const auto plan = PlanOf(json);
  const auto poisoned = CellOf(plan, "blend", "none").teacher;
  for (const auto& stage : plan.stages) {
    const auto& inputs = stage.inputs;
    const bool follows = std::any_of(inputs.begin(), inputs.end(), [&](StageId input) {
      const auto& planned = plan.At(input);
      return input == poisoned || (planned.gate && planned.stage.kind == "distill");
    });
    const auto gate = CellOf(plan, "blend", "none").teacher_evaluation;
    const bool gate_itself = &stage == &plan.At(gate);
    BOOST_TEST(stage.gate.has_value() == (follows && !gate_itself), stage.title);
  }
  BOOST_TEST(Refs(plan, "transfer_set/").size() == 3U);  // shared, and one for each teacher
}

// A dormant attack is judged by a student of the teacher's own network on clean data. Neither that
// student nor the teacher's evaluation waits for the gate, all else that follows the teacher does.
BOOST_AUTO_TEST_CASE(the_gate_of_a_dormant_attack_has_a_student_of_its_own) {
  auto json = OneAttack({"none", "ft"});
  BlockOf(json)["attacks"] = {
      {{"id", "sleeper"}, {"plugin", "adba_ft"}, {"options", {{"judge_epochs", 3}}}}};
  const auto plan = PlanOf(json, {}, std::string(64, 'a'), 1000);
  const auto& cell = CellOf(plan, "sleeper", "none");
  BOOST_TEST_REQUIRE(cell.gate.has_value());
  const auto& judging = cell.gate->judging;
  BOOST_TEST_REQUIRE(!judging.empty());
  BOOST_TEST(cell.gate->Judged() == judging.back());
  const auto& judged = plan.At(judging.back());
  BOOST_TEST(judged.stage.kind == "evaluate");
  const std::string model = judged.stage.description().at("inputs").at("model");
  const auto student = AtRef(plan, model).stage.description();
  BOOST_TEST(student.at("distiller").at("plugin") == "clean_kd");
  BOOST_TEST(student.at("student") == "vgg-s-4");
  BOOST_TEST(student.at("rounds") == 3 * 8);  // 1,000 images in batches of 128
  for (const auto id : judging) BOOST_TEST(!plan.At(id).gate.has_value(), plan.At(id).title);
  BOOST_TEST(plan.At(cell.student).gate.has_value());
  const auto needed = NeededStages(plan, [](StageId) { return false; });
  for (const auto id : judging)
    BOOST_TEST((std::find(needed.begin(), needed.end(), id) != needed.end()), plan.At(id).title);
  // One for the teacher, whatever is done to its students.
  BOOST_TEST(CellOf(plan, "sleeper", "ft").gate->judging == judging,
             boost::test_tools::per_element());
}

// A cell that distils just as the gate does must not wait for itself: its states at cuts, which are
// planned after the gate's student, wait for the gate.
BOOST_AUTO_TEST_CASE(a_cell_that_is_the_gates_own_student_is_not_behind_the_gate) {
  auto json = OneAttack({"none"});
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "adba_ft");
  const auto by = card.gate(ResolveFor(card, Json::object())).student_by;
  BlockOf(json)["attacks"] = {"adba_ft"};
  BlockOf(json)["networks"] = {{{"teacher", "vgg-s-2"}, {"student", "vgg-s-2"}}};
  BlockOf(json)["distillers"] = {
      {{"id", "clean"}, {"plugin", by->plugin}, {"options", by->options}}};
  const auto plan = PlanOf(json, {}, std::string(64, 'a'), 1000);
  const auto& cell = plan.cells[0];
  BOOST_TEST_REQUIRE(cell.gate.has_value());
  BOOST_TEST((std::find(cell.gate->judging.begin(), cell.gate->judging.end(), cell.student) !=
              cell.gate->judging.end()));
  BOOST_TEST(!plan.At(cell.student).gate.has_value());
  BOOST_TEST(StatesOf(plan, cell).size() > 1U);
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    for (const auto start : plan.At(id).starts) BOOST_TEST(start < id, plan.At(id).title);
  }
}

// The reference's OOD runs switch the vaccine off where retrospection begins, and only there.
BOOST_AUTO_TEST_CASE(a_vaccine_that_ends_late_shares_the_rounds_before_with_one_that_stays) {
  const auto plan =
      PlanOf(OneAttack({"none",
                        kSv,
                        {{"id", "abd"}, {"plugin", "abd"}, {"options", {{"sv_late", "off"}}}},
                        {{"id", "drop"}, {"plugin", "abd"}, {"options", {{"sv_late", "drop"}}}}}));
  const auto sv = StatesOf(plan, CellOf(plan, "blend", "sv")),
             abd = StatesOf(plan, CellOf(plan, "blend", "abd")),
             drop = StatesOf(plan, CellOf(plan, "blend", "drop"));
  BOOST_TEST(sv.front() == abd.front());
  BOOST_TEST(sv.front() == drop.front());
  BOOST_TEST(sv.back() != abd.back());
  BOOST_TEST(abd.back() != drop.back());
  BOOST_TEST(RoundOf(plan.At(sv.front())) == kCut);
}

BOOST_AUTO_TEST_CASE(two_parts_with_coefficients_are_refused_when_planning) {
  const auto message = MessageOf([] {
    PlanOf(OneAttack(Json::array({Json::array({"shuffling_vaccine", "shuffling_vaccine"})})));
  });
  BOOST_TEST(Contains(message, "coefficients"), message);
  BOOST_TEST(Contains(message, "shuffling_vaccine"), message);
}

BOOST_AUTO_TEST_CASE(a_defence_that_cannot_act_makes_its_cell_not_applicable) {
  const auto plan = PlanOf(OneAttack(
      {"none",
       {{"id", "sv"}, {"plugin", "shuffling_vaccine"}, {"options", {{"where", "synthesis"}}}}}));
  const auto& cell = CellOf(plan, "blend", "sv");  // noise_kd synthesises nothing
  BOOST_TEST(Contains(cell.not_applicable, "sv does not act with noise"));
  BOOST_TEST(cell.path.empty());
  BOOST_TEST(cell.student_evaluation == kNoStage);
}

BOOST_AUTO_TEST_CASE(an_id_that_no_block_has_is_told_what_there_is) {
  const std::vector<std::pair<std::vector<std::string> Selection::*, std::string>> axes = {
      {&Selection::datasets, "shapes"},
      {&Selection::attacks, "blend"},
      {&Selection::distillers, "noise"},
      {&Selection::defenses, "sv"}};
  for (const auto& [axis, known] : axes) {
    Selection selection;
    selection.*axis = {"wrong"};
    const auto message = MessageOf([&] { PlanOf(SmallMatrix(), selection); });
    BOOST_TEST(Contains(message, "'wrong'"), message);
    BOOST_TEST(Contains(message, known), message);
  }
}

BOOST_AUTO_TEST_CASE(an_id_that_is_nearly_one_is_guessed) {
  Selection selection;
  selection.attacks = {"bland"};
  auto message = MessageOf([&] { PlanOf(SmallMatrix(), selection); });
  BOOST_TEST(Contains(message, "is not in the matrix; did you mean blend? it has"), message);
  selection.attacks.clear(), selection.defenses = {"self_retrospektion"};  // registered only
  message = MessageOf([&] { PlanOf(SmallMatrix(), selection); });
  BOOST_TEST(Contains(message, "did you mean self_retrospection?"), message);
  BOOST_TEST(Contains(message, "; registered, and may join it: "), message);
}

BOOST_AUTO_TEST_CASE(a_registered_defence_joins_a_matrix_that_does_not_name_it) {
  Selection selection;
  selection.defenses = {"self_retrospection", "abd"};
  const auto plan = PlanOf(OneAttack({"none", "abd"}), selection);
  BOOST_TEST(plan.cells.size() == 2U);
  BOOST_TEST(CellOf(plan, "blend", "self_retrospection").not_applicable.empty());
  auto two = OneAttack({"none", "abd"});
  two["blocks"].push_back(BlockOf(two));
  two["blocks"][1]["defenses"] = {"none"}, two["blocks"][1]["attacks"] = {"badnets_sq"};
  BOOST_TEST(PlanOf(two, selection).cells.size() == 3U);  // abd stays in its block
  selection.attacks = {"badnets_grid"};  // attacks do not: their gate is the matrix's business
  BOOST_CHECK_THROW(PlanOf(OneAttack({"none", "abd"}), selection), Error);
}

BOOST_AUTO_TEST_CASE(seeds_of_the_command_line_stand_instead_of_the_files) {
  Selection selection;
  selection.teacher_seeds = {3, 4}, selection.student_seeds = {5};
  const auto plan = PlanOf(OneAttack({"none"}), selection);
  BOOST_TEST_REQUIRE(plan.cells.size() == 2U);
  BOOST_TEST(plan.cells[0].cell.teacher_seed == 3);
  BOOST_TEST(plan.cells[1].cell.teacher_seed == 4);
  BOOST_TEST(plan.cells[0].cell.student_seed == 5);
}

BOOST_AUTO_TEST_CASE(a_teacher_does_not_depend_on_the_student_seed) {
  Selection selection;
  selection.student_seeds = {0, 1};
  const auto plan = PlanOf(OneAttack({"none"}), selection);
  BOOST_TEST(plan.cells[0].teacher == plan.cells[1].teacher);
  BOOST_TEST(plan.cells[0].student != plan.cells[1].student);
}

BOOST_AUTO_TEST_CASE(seeds_do_not_depend_on_the_defence) {
  const auto plan = PlanOf(SmallMatrix());
  for (const auto& stage : plan.stages) {
    if (stage.stage.description().contains("seed")) {
      BOOST_TEST(stage.stage.description().at("seed") == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_key_is_the_hash_of_a_description) {
  const auto plan = PlanOf(SmallMatrix());
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& stage = plan.At(id);
    BOOST_TEST(plan.Find(stage.stage.ref) == id);
    const auto key = stage.stage.key();
    BOOST_TEST(key.size() == 64U);
    BOOST_TEST(key.find_first_not_of("0123456789abcdef") == std::string::npos);
    BOOST_TEST(stage.stage.ref == RefOf(stage.stage.kind, stage.stage.description()));
  }
}

// Repairs differ in what they do after the last round only: nothing before it is looked at again.
BOOST_AUTO_TEST_CASE(defences_that_act_after_the_rounds_have_their_states_described_once) {
  auto json = SmallMatrix();
  BlockOf(json)["student_seeds"] = {0, 1, 2};
  Json defenses = {"none"};
  for (int i = 0; i < 20; ++i) {
    defenses.push_back({{"id", fmt::format("ft_{}", i)},
                        {"plugin", "ft"},
                        {"options", {{"lr", 0.001 * (i + 1)}}}});
  }
  BlockOf(json)["defenses"] = defenses;
  const auto plan = PlanOf(json);
  BOOST_TEST(plan.cells.size() == 2U * 3U * 21U);
  BOOST_TEST(plan.added_again * 4 < plan.stages.size());
}

BOOST_AUTO_TEST_CASE(inputs_stand_before_their_users) {
  const auto plan = PlanOf(SmallMatrix());
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& stage = plan.At(id);
    BOOST_TEST(plan.Refs(stage.inputs) == InputsOf(stage.stage.description()),
               boost::test_tools::per_element());
    for (const auto input : stage.inputs) BOOST_TEST(input < id);
    for (const auto start : stage.starts) BOOST_TEST(start < id);
  }
}

BOOST_AUTO_TEST_CASE(planning_twice_gives_the_same) {
  const auto a = PlanOf(SmallMatrix()), b = PlanOf(SmallMatrix());
  BOOST_TEST_REQUIRE(a.stages.size() == b.stages.size());
  for (StageId id = 0; id < a.stages.size(); ++id) BOOST_TEST(a.Ref(id) == b.Ref(id));
}

BOOST_AUTO_TEST_CASE(another_attack_distiller_or_name_leaves_the_keys_as_they_are) {
  const auto before = Refs(PlanOf(SmallMatrix()));
  auto json = SmallMatrix();
  json["name"] = "larger";
  json["limits"] = {{"stage_seconds", 60}};
  BlockOf(json)["attacks"].push_back("badnets_grid");
  BlockOf(json)["distillers"].push_back({{"id", "other"}, {"plugin", "noise_kd"}});
  const auto after = Refs(PlanOf(json));
  BOOST_TEST(after.size() > before.size());
  BOOST_TEST(std::includes(after.begin(), after.end(), before.begin(), before.end()));
}

BOOST_AUTO_TEST_CASE(an_id_is_no_part_of_a_key) {
  auto json = SmallMatrix();
  BlockOf(json)["distillers"][0]["id"] = "renamed";
  BOOST_TEST((Refs(PlanOf(json)) == Refs(PlanOf(SmallMatrix()))));
}

BOOST_AUTO_TEST_CASE(other_images_give_other_teachers_and_profiles_other_students) {
  const auto plan = PlanOf(SmallMatrix());
  const auto other = PlanOf(SmallMatrix(), {}, std::string(64, 'b'));
  BOOST_TEST(plan.Ref(plan.cells[0].teacher) != other.Ref(other.cells[0].teacher));
  auto json = SmallMatrix();
  json["profile"] = "bf16";
  const auto reduced = PlanOf(json);
  BOOST_TEST(plan.Ref(plan.cells[0].student) != reduced.Ref(reduced.cells[0].student));
}

BOOST_AUTO_TEST_CASE(a_deleted_state_is_missed_only_by_what_is_still_to_be_made) {
  const auto plan = PlanOf(OneAttack({"none", kSr}));
  auto store = Refs(plan);
  const auto needed = [&] {
    return NeededStages(plan, [&](StageId id) { return store.contains(plan.Ref(id)); });
  };
  BOOST_TEST(needed().empty());
  const auto& cell = CellOf(plan, "blend", "sr");
  const auto long_state = StatesOf(plan, cell)[0];
  store.erase(plan.Ref(long_state));
  BOOST_TEST(needed().empty());
  store.erase(plan.Ref(cell.student_evaluation));
  BOOST_TEST(needed() == std::vector{cell.student_evaluation}, boost::test_tools::per_element());
  store.erase(plan.Ref(cell.student));
  const std::vector expected = {long_state, cell.student, cell.student_evaluation};
  BOOST_TEST(needed() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cell_of_two_blocks_is_planned_once) {
  auto json = SmallMatrix();
  json["blocks"].push_back(BlockOf(json));
  BOOST_TEST(PlanOf(json).cells.size() == PlanOf(SmallMatrix()).cells.size());
}

BOOST_AUTO_TEST_CASE(a_cell_whose_file_could_not_be_named_is_refused_before_anything_runs) {
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {{{"id", std::string(190, 'a')}, {"plugin", "blend"}}};
  const auto message = MessageOf([&] { PlanOf(json); });
  BOOST_TEST(Contains(message, "at most 200 are allowed"), message);
  BlockOf(json)["attacks"] = {{{"id", std::string(100, 'a')}, {"plugin", "blend"}}};
  BOOST_TEST(PlanOf(json).cells.size() == 4U);
}

}  // namespace dfkd::plan_test
