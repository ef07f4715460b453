// Files that are no matrix: the schema, `plan` and `validate` refuse the same ones, and say why.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "bench/core/registry.h"
#include "bench/core/teacher_recipe.h"
#include "bench/io/file.h"
#include "bench/io/schema.h"
#include "bench/matrix/check_matrix.h"
#include "bench/scores/validate.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::wrong_matrices_test {

using namespace testing;  // NOLINT: the helpers of this folder

// A little of everything that a file may say.
Json RichMatrix() {
  auto json = SmallMatrix();
  json["summary"] = "two blocks";
  json["profile"] = "fp32";
  json["preset"] = "fixed";
  json["demonstration"] = true;
  json["teacher"] = {{"epochs", 3}, {"lr", 0.1}};
  json["limits"] = {{"stage_seconds", 60}};
  json["overrides"] = {{{"when", {{"attack", "blend"}}}, {"set", {{"noise.lr", 0.5}}}}};
  auto& block = BlockOf(json);
  block["datasets"] = {{{"plugin", "shapes"}, {"holdout", 0.1}}};
  block["teacher_seeds"] = {0, 1};
  block["student_seeds"] = {0};
  block["defenses"].push_back({"clp", "abd"});
  block["defenses"].push_back({{"id", "both"}, {"parts", {"clp", {{"plugin", "abd"}}}}});
  json["blocks"].push_back(block);
  json["blocks"][1]["attacks"] = {"badnets_grid"};
  return json;
}

// Who must know that a file is wrong. What plugins, networks and presets there are is no part of
// the schema: whoever adds one edits a folder of their own.
enum class By { kSchema, kProgram };

struct Wrong {
  std::string pointer;  // what is replaced or added; with '-' in front: removed
  Json value;
  By by;
  std::string path;                // that is told
  std::vector<std::string> named;  // in the message
};
std::ostream& operator<<(std::ostream& out, const Wrong& wrong) {
  return out << wrong.pointer << " = " << wrong.value;
}

const std::string kFirst = "/blocks/0";

const Wrong kWrong[] = {
    // The file.
    {"/schema", "matrix.v9", By::kSchema, "/schema", {"matrix.v9", "matrix.v1"}},
    {"-/name", {}, By::kSchema, "", {"'name' is missing"}},
    {"-/blocks", {}, By::kSchema, "", {"'blocks' is missing"}},
    {"/nmae", "small", By::kSchema, "", {"'nmae'", "did you mean name?", "known", "blocks"}},
    {"/name", 7, By::kSchema, "/name", {"7", "string"}},
    {"/name", "", By::kSchema, "/name", {"length at least 1"}},
    {"/name", "../../x", By::kSchema, "/name", {"../../x", "of the form"}},
    {"/name", "/etc/passwd", By::kSchema, "/name", {"/etc/passwd", "of the form"}},
    {"/name", "a\\b", By::kSchema, "/name", {"of the form"}},
    {"/name", "two\nlines", By::kSchema, "/name", {"of the form"}},
    {"/name", std::string("nothing\0more", 12), By::kSchema, "/name", {"of the form"}},
    {"/name", std::string(201, 'x'), By::kSchema, "/name", {"200"}},
    {"/summary", {"a", "b"}, By::kSchema, "/summary", {"string"}},
    {"/demonstration", "yes", By::kSchema, "/demonstration", {"yes", "boolean"}},
    {"/profile",
     "fp16",
     By::kSchema,
     "/profile",
     {"fp16", "fp32, bf16, tf32, deterministic, auto"}},
    {"/preset", 3, By::kSchema, "/preset", {"3", "string"}},
    {"/preset", "", By::kSchema, "/preset", {"length at least 1"}},
    {"/preset", "Faithful", By::kProgram, "/preset", {"'Faithful'", "mean faithful?"}},
    {"/preset", "default", By::kProgram, "/preset", {"'default'", "known: "}},
    {"/preset", "faithfull", By::kProgram, "/preset", {"faithfull", "did you mean faithful?"}},
    {"/blocks", Json::array(), By::kSchema, "/blocks", {"at least items: 1"}},
    {"/blocks", Json::object(), By::kSchema, "/blocks", {"array"}},
    {"/limits/seconds", 3, By::kSchema, "/limits", {"'seconds'", "stage_seconds"}},
    {"/limits/stage_seconds", 0, By::kSchema, "/limits/stage_seconds", {"0", "above 0"}},
    {"/limits/stage_seconds", "1h", By::kSchema, "/limits/stage_seconds", {"1h", "number"}},
    // The teacher.
    {"/teacher/epoch", 3, By::kSchema, "/teacher", {"'epoch'", "did you mean epochs?"}},
    {"/teacher/epochs", 0, By::kSchema, "/teacher/epochs", {"0", "at least 1"}},
    {"/teacher/epochs", 2.5, By::kSchema, "/teacher/epochs", {"2.5", "integer"}},
    {"/teacher/lr", 11, By::kSchema, "/teacher/lr", {"11", "at most 10"}},
    {"/teacher/schedule", "step", By::kSchema, "/teacher/schedule", {"step", "constant, cosine"}},
    {"/teacher/file", "t.safetensors", By::kProgram, "/teacher/epochs", {"'epochs'", "file"}},
    {"/teacher", {{"file", "t"}, {"sha256", "12"}}, By::kSchema, "/teacher/sha256", {"64"}},
    {"/teacher", {{"file", ""}}, By::kProgram, "/teacher/file", {"file = \"\""}},
    {"/teacher",
     {{"file", "t"}},
     By::kProgram,
     kFirst + "/teacher_seeds",
     {"teacher_seeds = [0,1]", "leave them out"}},
    // Axes.
    {"-/blocks/0/attacks", {}, By::kSchema, kFirst, {"'attacks' is missing"}},
    {"/blocks/0/attack", {"blend"}, By::kSchema, kFirst, {"'attack'", "attacks"}},
    {"/blocks/0/attacks", Json::array(), By::kSchema, kFirst + "/attacks", {"at least items: 1"}},
    {"/blocks/0/attacks/0", 7, By::kSchema, kFirst + "/attacks/0", {"7", "string or object"}},
    {"/blocks/0/attacks/0", {"none"}, By::kSchema, kFirst + "/attacks/0", {"string or object"}},
    {"/blocks/0/attacks/0",
     "blendd",
     By::kProgram,
     kFirst + "/attacks/0",
     {"mean blend?", "wanet"}},
    {"/blocks/0/attacks/0", "blend", By::kProgram, kFirst + "/attacks/1", {"'blend'", "twice"}},
    {"/blocks/0/attacks/0", {{"id", "x"}}, By::kSchema, kFirst + "/attacks/0", {"'plugin' is"}},
    {"/blocks/0/attacks/0",
     {{"plugin", "none"}, {"option", 1}},
     By::kSchema,
     kFirst + "/attacks/0",
     {"'option'", "did you mean options?"}},
    {"/blocks/0/attacks/0",
     {{"plugin", "none"}, {"options", 1}},
     By::kSchema,
     kFirst + "/attacks/0/options",
     {"1", "object"}},
    {"/blocks/0/attacks/0",
     {{"plugin", "none"}, {"attack_aware", "no"}},
     By::kSchema,
     kFirst + "/attacks/0/attack_aware",
     {"boolean"}},
    {"/blocks/0/attacks/0",
     {{"plugin", "none"}, {"holdout", 0.1}},
     By::kSchema,
     kFirst + "/attacks/0",
     {"'holdout'", "options"}},
    {"/blocks/0/datasets/0", "mnist", By::kProgram, kFirst + "/datasets/0", {"'mnist'", "shapes"}},
    {"/blocks/0/datasets/0/holdout", 0.7, By::kSchema, kFirst + "/datasets/0/holdout", {"0.5"}},
    {"/blocks/0/datasets/0/holdout", -0.1, By::kSchema, kFirst + "/datasets/0/holdout", {"0"}},
    {"/blocks/1/distillers/0/options",
     {{"rounds", 50}},
     By::kProgram,
     "/blocks/1/distillers/0",
     {"'noise'", "different things"}},
    {"/blocks/0/distillers/0/plugin",
     "zskd",
     By::kProgram,
     kFirst + "/distillers/0",
     {"distiller 'zskd'", "zskt"}},
    // Options.
    {"/blocks/0/distillers/0/options",
     {{"temprature", 4}},
     By::kProgram,
     kFirst + "/distillers/0/options/temprature",
     {"distiller noise", "did you mean temperature?"}},
    {"/blocks/0/distillers/0/options",
     {{"temperature", 1000}},
     By::kProgram,
     kFirst + "/distillers/0/options/temperature",
     {"temperature = 1000", "100]"}},
    {"/blocks/0/distillers/0/options",
     {{"rounds", 4000.5}},
     By::kProgram,
     kFirst + "/distillers/0/options/rounds",
     {"4000.5", "whole number"}},
    {"/blocks/0/distillers/0/options",
     {{"rounds", "many"}},
     By::kProgram,
     kFirst + "/distillers/0/options/rounds",
     {"many", "whole number"}},
    {"/blocks/0/defenses/1/options",
     {{"where", "somewhere"}},
     By::kProgram,
     kFirst + "/defenses/1/options/where",
     {"somewhere", "student"}},
    // Defences.
    {"/blocks/0/defenses/3", "adb", By::kProgram, kFirst + "/defenses/3", {"'adb'", "mean abd?"}},
    {"/blocks/0/defenses/4", Json::array(), By::kSchema, kFirst + "/defenses/4", {"items: 1"}},
    {"/blocks/0/defenses/4/0", "clip", By::kProgram, kFirst + "/defenses/4/0", {"mean clp?"}},
    {"/blocks/0/defenses/4/1", {"abd"}, By::kSchema, kFirst + "/defenses/4/1", {"string or obj"}},
    {"/blocks/0/defenses/5/plugin", "abd", By::kSchema, kFirst + "/defenses/5", {"either plugin"}},
    {"/blocks/0/defenses/5/options",
     {{"layers", 2}},
     By::kSchema,
     kFirst + "/defenses/5",
     {"options are a plugin's"}},
    {"/blocks/0/defenses/5",
     {{"id", "x"}},
     By::kSchema,
     kFirst + "/defenses/5",
     {"plugin or parts"}},
    {"/blocks/0/defenses/4",
     {"shuffling_vaccine", {{"id", "again"}, {"plugin", "shuffling_vaccine"}}},
     By::kProgram,
     kFirst + "/defenses/4",
     {"sample coefficients", "only one part"}},
    // Networks and seeds.
    {"/blocks/0/networks", Json::array(), By::kSchema, kFirst + "/networks", {"items: 1"}},
    {"/blocks/0/networks/0",
     {{"teacher", "vgg-s-4"}},
     By::kSchema,
     kFirst + "/networks/0",
     {"'stu"}},
    {"/blocks/0/networks/0/teachr", "x", By::kSchema, kFirst + "/networks/0", {"'teachr'"}},
    {"/blocks/0/networks/0/student",
     "wrn-17-1",
     By::kProgram,
     kFirst + "/networks/0/student",
     {"wrn-17-1", "6n+4", "resnet-18"}},
    {"/blocks/0/teacher_seeds/0", "0", By::kSchema, kFirst + "/teacher_seeds/0", {"integer"}},
    {"/blocks/0/teacher_seeds/0", 0.9, By::kSchema, kFirst + "/teacher_seeds/0", {"0.9"}},
    {"/blocks/0/teacher_seeds/0", 1e30, By::kSchema, kFirst + "/teacher_seeds/0", {"1e+30"}},
    {"/blocks/0/student_seeds/0", true, By::kSchema, kFirst + "/student_seeds/0", {"true"}},
    {"/limits/stage_seconds", -5, By::kSchema, "/limits/stage_seconds", {"-5", "above 0"}},
    {"/blocks/0/student_seeds/0", -1, By::kSchema, kFirst + "/student_seeds/0", {"-1", "least 0"}},
    {"/blocks/0/teacher_seeds/1", 0, By::kSchema, kFirst + "/teacher_seeds", {"without twins"}},
    // Overrides.
    {"-/overrides/0/when", {}, By::kSchema, "/overrides/0", {"'when' is missing"}},
    {"-/overrides/0/set", {}, By::kSchema, "/overrides/0", {"'set' is missing"}},
    {"/overrides/0/set", Json::object(), By::kSchema, "/overrides/0/set", {"with members: 1"}},
    {"/overrides/0/when/data", "x", By::kSchema, "/overrides/0/when", {"'data'", "dataset"}},
    {"/overrides/0/when/attack", 3, By::kSchema, "/overrides/0/when/attack", {"string or array"}},
    {"/overrides/0/when/attack", "bland", By::kProgram, "/overrides/0/when", {"mean blend?"}},
    {"/overrides/0/when/student_network",
     "vgg-s-3",
     By::kProgram,
     "/overrides/0/when",
     {"vgg-s-3", "it has vgg-s-2"}},
    {"/overrides/0/when/attack",
     {"blend", "bland"},
     By::kProgram,
     "/overrides/0/when",
     {"attack 'bland' is not in the matrix"}},
    {"/overrides/0/when/attack", "Blend", By::kProgram, "/overrides/0/when", {"mean blend?"}},
    {"/overrides/0/when/attack", "shapes", By::kProgram, "/overrides/0/when", {"'shapes'"}},
    {"/overrides/0/when/distiller", "cmi", By::kProgram, "/overrides/0/when", {"'cmi'", "noise"}},
    {"/overrides/0/when/defense",
     "sw",
     By::kProgram,
     "/overrides/0/when",
     {"'sw'", "shuffling_vaccine, sr, sv"}},
    {"/overrides/0/when/teacher", "vgg-s-2", By::kProgram, "/overrides/0/when", {"has vgg-s-4"}},
    {"/overrides/0/when/dataset", "", By::kSchema, "/overrides/0/when/dataset", {}},
    {"/overrides/0/set/zskd.rounds", 3, By::kProgram, "/overrides/0/set/zskd.rounds", {"noise_kd"}},
    {"/overrides/0/set/noise", 3, By::kProgram, "/overrides/0/set/noise", {"<name>.<option>"}},
    {"/overrides/0/set/noise.rats",
     3,
     By::kProgram,
     "/overrides/0/set/noise.rats",
     {"unknown key 'rats'", "rounds"}},
    {"/overrides/0/set",
     {{"distiller.lr", "fast"}},
     By::kProgram,
     "/overrides/0/set/distiller.lr",
     {"\"fast\"", "a number"}},
    {"/overrides/0/when/defense",
     "sv",
     By::kProgram,
     "/overrides/0/set/noise.lr",
     {"must not depend on the defence", "shuffling_vaccine"}},
    {"/overrides/0/when/defense",
     "clp",
     By::kProgram,
     "/overrides/0/when",
     {"'clp' is only a part", "name both, clp+abd"}},
    {"/overrides/0/set/both.u",
     3,
     By::kProgram,
     "/overrides/0/set/both.u",
     {"both is a list", "set clp.u or abd.u"}},
    // Settings.
    {"/settings",
     {{"nope.x", 1}},
     By::kProgram,
     "/settings/nope.x",
     {"'nope.x' sets nothing", "noise_kd"}},
    {"/settings",
     {{"both.u", 1}},
     By::kProgram,
     "/settings/both.u",
     {"both is a list", "set clp.u or abd.u"}},
    {"/settings",
     {{"noise.nope", 1}},
     By::kProgram,
     "/settings/noise.nope",
     {"unknown key 'nope'", "rounds"}},
    {"/settings",
     {{"noise.lr", "fast"}},
     By::kProgram,
     "/settings/noise.lr",
     {"\"fast\"", "a number"}},
};

Json Broken(const Wrong& wrong) {
  const bool removed = wrong.pointer.front() == '-';
  const auto pointer = removed ? wrong.pointer.substr(1) : wrong.pointer;
  if (removed) return RichMatrix().patch(Json::array({{{"op", "remove"}, {"path", pointer}}}));
  auto json = RichMatrix();
  json[Json::json_pointer(pointer)] = wrong.value;
  return json;
}

// Both are in the matrix, in blocks of their own.
BOOST_AUTO_TEST_CASE(an_override_for_a_combination_that_no_block_has_is_refused) {
  auto json = RichMatrix();
  json["blocks"][1]["networks"] = {{{"teacher", "vgg-s-8"}, {"student", "vgg-s-2"}}};
  const auto told = [&](const Json& when) {
    json["overrides"][0]["when"] = when;
    return MessageOf([&] { PlanOf(json); });
  };
  const std::string kNever = "file: /overrides/0/when: no block has all of them";
  const auto path = [&](const std::string& message) { return message.substr(0, kNever.size()); };
  BOOST_TEST(path(told({{"attack", "badnets_grid"}, {"teacher", "vgg-s-4"}})) == kNever);
  BOOST_TEST(path(told({{"attack", "blend"}, {"teacher_network", "vgg-s-8"}})) == kNever);
  BOOST_TEST(told({{"attack", "blend"}, {"teacher", "vgg-s-4"}}) == "");
  BOOST_TEST(told({{"attack", {"blend", "badnets_grid"}}, {"teacher", "vgg-s-8"}}) == "");
  BOOST_TEST(told({{"attack", "blend"}, {"defense", "sv"}}).find("no block") == std::string::npos);
}

// Nobody gave a flag.
BOOST_AUTO_TEST_CASE(what_is_wrong_in_settings_of_the_file_is_told_with_its_place) {
  auto json = SmallMatrix();
  json["settings"] = {{"nope.x", 1}};
  const auto message = MessageOf([&] { PlanOf(json); });
  BOOST_TEST(message.starts_with("small: /settings/nope.x: 'nope.x' sets nothing"), message);
  BOOST_TEST(!Contains(message, "--set"), message);
}

BOOST_AUTO_TEST_CASE(names_that_are_no_path_are_matrices) {
  for (const char* name : {"abd_cifar10", "a-b.c", "..a", "two words", "größer", "{x}", "-"}) {
    auto json = RichMatrix();
    json["name"] = name;
    BOOST_TEST(CheckSchema(json, "matrix.v1").empty(), name);
    BOOST_TEST(MessageOf([&] { PlanOf(json); }) == "", name);
    WriteFileAtomically("named.json", json.dump());
    BOOST_TEST(ValidateFile("named.json").empty(), name);
  }
}

BOOST_AUTO_TEST_CASE(the_cases_are_many_and_distinct_and_made_from_a_valid_file) {
  BOOST_TEST(CheckMatrix(RichMatrix()).empty());
  std::set<std::string> texts;
  for (const auto& wrong : kWrong) texts.insert(Broken(wrong).dump());
  BOOST_TEST(texts.size() == std::size(kWrong));
  BOOST_TEST(texts.size() >= 60U);
}

BOOST_DATA_TEST_CASE(a_wrong_file_is_refused_by_all_with_path_value_and_what_is_allowed,
                     boost::unit_test::data::make(kWrong)) {
  const auto json = Broken(sample);
  BOOST_TEST(CheckSchema(json, "matrix.v1").empty() == (sample.by == By::kProgram));
  const auto planned = MessageOf([&] { PlanOf(json); });
  BOOST_TEST(planned.starts_with(sample.path.empty() ? "file: " : ""), planned);
  BOOST_TEST(Contains(planned, sample.path), planned);
  BOOST_TEST(!Contains(planned, "\n"), planned);
  for (const auto& part : sample.named)
    BOOST_TEST(Contains(planned, part), part << ": " << planned);
  WriteFileAtomically("wrong.json", json.dump());
  const auto problems = ValidateFile("wrong.json");
  BOOST_TEST_REQUIRE(!problems.empty());
  const auto& first = problems.front();
  BOOST_TEST(first.path == sample.path, first.path << ": " << first.reason);
  for (const auto& part : sample.named) BOOST_TEST(Contains(first.reason, part), first.reason);
}

BOOST_AUTO_TEST_CASE(every_shipped_matrix_passes_the_schema_the_parser_and_validate) {
  const auto shipped = MatrixFiles().Stems();
  BOOST_TEST(shipped.size() >= 9U);
  for (const auto& name : shipped) {
    const auto file = std::string(DFKD_SOURCE_DIR) + "/bench/matrices/" + name + ".json";
    BOOST_TEST(CheckSchema(ReadJson(file), "matrix.v1").empty(), name);
    BOOST_CHECK_NO_THROW(PlanOf(ReadJson(file)));
    for (const auto& problem : ValidateFile(file))
      BOOST_ERROR(name << problem.path << ": " << problem.reason);
  }
}

BOOST_AUTO_TEST_CASE(validate_tells_all_that_is_wrong_not_only_the_first) {
  auto json = RichMatrix();
  BlockOf(json)["attacks"] = {"bland", "none"};
  BlockOf(json)["distillers"][0]["options"] = {{"temprature", 4}, {"rounds", 0.5}};
  BlockOf(json)["networks"][0] = {{"teacher", "vgg"}, {"student", "wrn"}};
  std::set<std::string> paths;
  for (const auto& problem : CheckMatrix(json)) paths.insert(problem.path);
  for (const char* path :
       {"/attacks/0", "/distillers/0/options/temprature", "/distillers/0/options/rounds",
        "/networks/0/teacher", "/networks/0/student"}) {
    BOOST_TEST(paths.contains(kFirst + path), path);
  }
}

BOOST_AUTO_TEST_CASE(of_overrides_that_are_wrong_throughout_a_hundred_problems_are_told) {
  auto json = SmallMatrix();
  std::vector<std::string> names;
  for (int i = 0; i < 300; ++i) names.push_back(fmt::format("attack_{}", i));
  json["overrides"] = {{{"when", {{"attack", names}}}, {"set", {{"noise.lr", 0.5}}}}};
  BOOST_TEST(CheckMatrix(json).size() == 100U);
}

BOOST_AUTO_TEST_CASE(an_override_that_can_change_no_cell_is_told) {
  const auto reason = [](const Json& when, const char* setting) -> std::string {
    auto json = SmallMatrix();
    BlockOf(json)["distillers"].push_back("ood_kd");
    json["overrides"] = {{{"when", when}, {"set", {{setting, 5}}}}};
    const auto problems = CheckMatrix(json);
    return problems.empty() ? "" : problems.front().reason;
  };
  BOOST_TEST(Contains(reason({{"distiller", "noise"}}, "ood_kd.rounds"), "never acts"));
  BOOST_TEST(reason({{"distiller", {"noise", "ood_kd"}}}, "ood_kd.rounds") == "");
  BOOST_TEST(reason({{"attack", "blend"}}, "ood_kd.rounds") == "");
  BOOST_TEST(Contains(reason({{"attack", "blend"}}, "shapes.size"), "one for all cells"));
  BOOST_TEST(!Contains(reason({{"dataset", "shapes"}}, "shapes.size"), "one for all cells"));
}

BOOST_AUTO_TEST_CASE(more_cells_than_can_be_held_are_refused_before_they_are_planned) {
  auto json = SmallMatrix();
  std::vector<int64_t> seeds(400);
  std::iota(seeds.begin(), seeds.end(), 0);
  Selection selection;
  selection.teacher_seeds = selection.student_seeds = seeds;
  const std::string reason = "1280000 cells; at most 1000000 are planned at a time";
  BOOST_TEST(MessageOf([&] { PlanOf(json, selection); }) == "matrix small: " + reason);
  for (const char* axis : {"teacher_seeds", "student_seeds"}) BlockOf(json)[axis] = seeds;
  const auto problems = CheckMatrix(json);
  BOOST_TEST_REQUIRE(problems.size() == 1U);
  BOOST_TEST(problems.front().path == "");
  BOOST_TEST(problems.front().reason == reason);
}

// A matrix.json beside scores is a record; whoever made them may have had other plugins.
BOOST_AUTO_TEST_CASE(beside_scores_a_matrix_may_name_plugins_that_are_not_here) {
  auto json = RichMatrix();
  json["preset"] = "theirs";
  BlockOf(json)["attacks"] = {{{"plugin", "their_own"}, {"options", {{"size", 3}}}}, "blend"};
  WriteFileAtomically("matrix.json", json.dump());
  BOOST_TEST(ValidateFile("matrix.json").empty());
  BlockOf(json)["attacks"].push_back("blend");
  WriteFileAtomically("matrix.json", json.dump());
  BOOST_TEST(ValidateFile("matrix.json").size() == 1U);
}

// The recipe's declaration is what trains and what is keyed; the schema repeats it for editors.
BOOST_AUTO_TEST_CASE(the_schema_of_a_teacher_is_that_of_its_recipe) {
  auto properties =
      SubschemaAt(ReadJson(std::string(DFKD_SOURCE_DIR) + "/leaderboard/schema/matrix.v1.json"),
                  "/teacher")
          .at("properties");
  properties.erase("file"), properties.erase("sha256");
  const auto& cards = TableOf<TeacherRecipe>().cards();
  BOOST_TEST(properties.size() == cards.size());
  static const std::map<OptionType, Json> types = {{OptionType::kBool, "boolean"},
                                                   {OptionType::kInteger, "integer"},
                                                   {OptionType::kNumber, "number"}};
  for (const auto& card : cards) {
    const auto& stated = properties.at(card.name);
    BOOST_TEST(stated.value("minimum", Json()) == card.limits.lowest, card.name);
    BOOST_TEST(stated.value("maximum", Json()) == card.limits.highest, card.name);
    if (card.type == OptionType::kText) {
      BOOST_TEST(stated.at("enum") == Json(card.limits.allowed), card.name);
    } else {
      BOOST_TEST(stated.at("type") == types.at(card.type), card.name);
    }
  }
}

}  // namespace dfkd::wrong_matrices_test
