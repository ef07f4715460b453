// A teacher from a file in a plan: keyed by content, without gate, floor and clean teacher.
#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/matrix/read_teacher_file.h"
#include "bench/store/blobs.h"
#include "tests/io/scratch_folder.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::teacher_file_test {

using namespace testing;  // NOLINT: the helpers of this folder

const std::string kHash(64, 'b');

Json FromFile(const std::string& path = "t.safetensors") {
  auto json = SmallMatrix();
  json["teacher"] = {{"file", path}, {"sha256", kHash}};
  return json;
}

Plan PlanWith(const Json& json, const DataFacts& facts, bool undefended = true) {
  auto matrix = Parse(json);
  matrix.undefended = undefended;
  return MakePlan(matrix, {}, {{"shapes", facts}});
}

const Json kSpec = {{"channels", 3}, {"classes", 10}};
const DataFacts kImages{std::string(64, 'a'), std::nullopt, kSpec};

BOOST_AUTO_TEST_CASE(all_cells_share_one_import_and_nothing_is_trained) {
  const auto plan = PlanWith(FromFile(), kImages);
  BOOST_TEST(Refs(plan, "import/").size() == 1U);
  BOOST_TEST(Refs(plan, "teacher/").empty());
  // none, sv, sr, abd: of both attacks the same students
  BOOST_TEST(CellOf(plan, "none", "abd").student == CellOf(plan, "blend", "abd").student);
  for (const auto& cell : plan.cells) {
    BOOST_TEST(!cell.gate.has_value());
    BOOST_TEST(cell.clean_teacher == kNoStage);
    BOOST_TEST(cell.floor_evaluation == kNoStage);
    BOOST_TEST(cell.undefended_evaluation != kNoStage);
  }
  for (const auto& stage : plan.stages) BOOST_TEST(!stage.gate.has_value());
}

BOOST_AUTO_TEST_CASE(the_key_is_the_content_not_the_place_of_the_file) {
  const auto key = [](const Plan& plan) { return *Refs(plan, "import/").begin(); };
  const auto first = key(PlanWith(FromFile("a.safetensors"), kImages));
  BOOST_TEST(first == key(PlanWith(FromFile("b.safetensors"), kImages)));
  auto other = FromFile();
  other["teacher"]["sha256"] = std::string(64, 'c');
  BOOST_TEST(first != key(PlanWith(other, kImages)));
  auto narrower = kImages;
  narrower.spec["classes"] = 5;
  BOOST_TEST(first != key(PlanWith(FromFile(), narrower)));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_nowhere_is_refused_while_something_needs_it) {
  const ScratchFolder folder("teacher_file");
  const Store store(folder.path() / "store");
  const auto sha256 = Sha256Hex("weights");
  const auto problem = [&](const std::string& path) {
    auto json = FromFile(path);
    json["teacher"]["sha256"] = sha256;
    const auto plan = PlanWith(json, kImages);
    return MessageOf([&] { RequireTeacherFile(Parse(json), plan, store); });
  };
  BOOST_TEST(problem("gone.safetensors") ==
             fmt::format("teacher: \"file\" = \"gone.safetensors\" is not here, and the store {} "
                         "has no copy of sha256 {}",
                         store.root().string(), sha256));
  const auto here = folder.path() / "here.safetensors";
  WriteFileAtomically(here, "weights");
  BOOST_TEST(problem(here.string()) == "");
  KeepBlob(store.root(), sha256, "weights");
  BOOST_TEST(problem("gone.safetensors") == "");
}

BOOST_AUTO_TEST_CASE(without_images_agreement_is_all_that_is_evaluated) {
  const DataFacts geometry{"", std::nullopt, kSpec};
  const auto plan = PlanWith(FromFile(), geometry, /*undefended=*/false);
  for (const auto& cell : plan.cells) {
    BOOST_TEST(cell.teacher_evaluation == kNoStage);
    BOOST_TEST(cell.undefended_evaluation == kNoStage);
    const auto& description = plan.At(cell.student_evaluation).stage.description();
    const std::string images = description.at("inputs").at("images");
    BOOST_TEST(description.at("part") == "images");
    BOOST_TEST(images.starts_with("samples/"), images);
    const auto& shown = AtRef(plan, images).stage.description();
    BOOST_TEST(shown.at("inputs").at("state") == plan.Ref(cell.student));
  }
  auto json = FromFile();
  BlockOf(json)["distillers"] = {{{"plugin", "ood_kd"}, {"options", {{"rounds", 40}}}}};
  const auto ood = PlanWith(json, geometry);
  const Json inputs = ood.At(ood.cells[0].student_evaluation).stage.description().at("inputs");
  BOOST_TEST(inputs.at("images").get<std::string>().starts_with("transfer_set/"));
}

BOOST_AUTO_TEST_CASE(what_needs_real_images_is_refused_without_them) {
  auto json = FromFile();
  BlockOf(json)["distillers"] = {"clean_kd"};
  const auto message = MessageOf([&] { PlanWith(json, {"", std::nullopt, kSpec}); });
  BOOST_TEST(Contains(message, "clean_kd or its defence needs training images"), message);
  BOOST_TEST(Contains(message, "--dataset NAME"), message);  // what to do about it
}

// cl crafts its poison, bpp poisons while it trains: the trigger of either is fixed.
BOOST_AUTO_TEST_CASE(only_triggers_that_are_learned_are_refused) {
  const auto planned = [](const std::string& attack) {
    auto json = FromFile();
    BlockOf(json)["attacks"] = {attack};
    return MessageOf([&] { PlanWith(json, kImages); });
  };
  for (const auto* fixed : {"cl", "bpp", "blend"}) BOOST_TEST(planned(fixed) == "", fixed);
  for (const auto* learned : {"backweak", "wanet", "adba"}) {
    BOOST_TEST(Contains(planned(learned), "its trigger is learned"), learned);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_teacher_block_is_told_what_is_wrong) {
  const auto told = [](const Json& teacher) {
    auto json = SmallMatrix();
    json["teacher"] = teacher;
    return MessageOf([&] { Parse(json); });
  };
  BOOST_TEST(Contains(told({{"file", "t"}, {"epochs", 3}}), "'epochs'"));
  BOOST_TEST(Contains(told({{"file", "t"}, {"sha256", "12"}}), "length at least 64"));
  BOOST_TEST(Contains(told({{"file", ""}}), "file = \"\""));
  BOOST_TEST(Contains(told({{"file", 7}}), "/teacher/file: 7 must be string"));
}

BOOST_AUTO_TEST_CASE(a_file_has_no_teacher_seed) {
  auto json = FromFile();
  BlockOf(json)["teacher_seeds"] = {0, 1};
  BOOST_TEST(Contains(MessageOf([&] { Parse(json); }), "teacher_seeds = [0,1]"));
  Selection seeds;
  seeds.teacher_seeds = {0, 1};
  const auto message = MessageOf([&] {
    MakePlan(Parse(FromFile()), seeds, {{"shapes", kImages}});
  });
  BOOST_TEST(Contains(message, "--teacher-seeds"), message);
}

// The same bits would count as three teachers, and their spread would be none.
BOOST_AUTO_TEST_CASE(one_file_is_no_teacher_of_several_seeds_in_blocks_of_their_own) {
  auto json = FromFile();
  const Json block = BlockOf(json);
  for (const int64_t seed : {3, 4}) {
    json["blocks"].push_back(block);
    json["blocks"].back()["teacher_seeds"] = Json::array({seed});
  }
  const auto problems = ReadMatrix(json).problems;
  BOOST_TEST_REQUIRE(problems.size() == 2U);
  BOOST_TEST(problems[0].path == "/blocks/1/teacher_seeds");
  BOOST_TEST(Contains(problems[0].reason, "teacher_seeds = [3]"), problems[0].reason);
  BlockOf(json)["teacher_seeds"] = Json::array({0});
  json["blocks"].erase(1), json["blocks"].erase(1);
  BOOST_TEST(ReadMatrix(json).problems.empty());
}

BOOST_AUTO_TEST_CASE(a_seed_of_the_command_line_makes_no_other_teacher_of_a_file) {
  const auto planned = [](int64_t seed) {
    Selection selection;
    selection.teacher_seeds = {seed};
    return MessageOf([&] { MakePlan(Parse(FromFile()), selection, {{"shapes", kImages}}); });
  };
  BOOST_TEST(planned(0) == "");
  BOOST_TEST(Contains(planned(3), "--teacher-seeds: 3;"), planned(3));
  BOOST_TEST(Contains(planned(3), "only 0 is allowed"), planned(3));
}

}  // namespace dfkd::teacher_file_test
