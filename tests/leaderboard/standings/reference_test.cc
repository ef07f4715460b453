// A paper's printed numbers: that they are the paper's, and how a rerun is put beside them.
#include "leaderboard/standings/reference.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/rng.h"
#include "tests/leaderboard/rerun.h"
#include "tests/scores/fixtures.h"

namespace dfkd::reference_test {

Json Shipped() { return ParseJson(ReferenceFiles().At("abd_2023.json"), "abd_2023"); }

const PrintedRow& RowOf(const Reference& reference, size_t table, const std::string& label) {
  for (const auto& row : reference.tables.at(table).rows) {
    if (row.label == label) return row;
  }
  throw MakeError("no row {}", label);
}

// abd.md (i): "Mean of the ten: vanilla 78.3/48.3, ABD 72.0/11.1 [D: arithmetic]".
BOOST_AUTO_TEST_CASE(table_1_has_the_means_that_the_specification_works_out) {
  const auto reference = LoadReference("abd_2023");
  PrintedValue none, defended;
  int rows = 0;
  for (const auto& row : reference.tables.at(0).rows) {
    if (!row.values.contains("none")) continue;  // smooth: the teacher only
    ++rows;
    const auto& value = row.values.contains("abd") ? row.values.at("abd") : row.values.at("sv");
    none.acc += row.values.at("none").acc / 10, none.asr += row.values.at("none").asr / 10;
    defended.acc += value.acc / 10, defended.asr += value.asr / 10;
  }
  BOOST_TEST(rows == 10);
  BOOST_TEST(std::abs(none.acc - 78.3) < 0.06);
  BOOST_TEST(std::abs(none.asr - 48.3) < 0.06);
  BOOST_TEST(std::abs(defended.acc - 72.0) < 0.06);
  BOOST_TEST(std::abs(defended.asr - 11.1) < 0.06);
}

BOOST_AUTO_TEST_CASE(what_is_marked_s_is_the_vaccine_alone_and_what_is_suspicious_says_so) {
  const auto reference = LoadReference("abd_2023");
  std::set<std::string> alone;
  for (const auto& row : reference.tables.at(0).rows) {
    if (row.values.contains("sv")) alone.insert(row.label);
  }
  BOOST_TEST((alone == std::set<std::string>{"BadNets (sq)", "Sig", "l0_inv", "l2_inv"}));
  BOOST_TEST(!RowOf(reference, 1, "CMI, BadNets (sq)").values.at("teacher").sic.empty());
  BOOST_TEST(!RowOf(reference, 3, "BadNets (grid)").values.at("none").sic.empty());
  BOOST_TEST(RowOf(reference, 3, "Trojan WM").values.at("sr").asr == 44.1);
  BOOST_TEST(reference.tables.size() == 4U);
}

BOOST_AUTO_TEST_CASE(wrong_references_are_told_where) {
  const auto told = [](const std::string& pointer, const Json& value) {
    auto json = Shipped();
    json[Json::json_pointer(pointer)] = value;
    return MessageOf([&] { ReferenceFrom(json, "r"); });
  };
  BOOST_TEST(MessageOf([] { ReferenceFrom(Shipped(), "r"); }) == "no error");
  const std::string row = "/tables/0/rows/0";
  BOOST_TEST(Contains(told(row + "/values/none/acc", 171.9), row + "/values/none/acc"));
  BOOST_TEST(Contains(told(row + "/values/nothing", Json::object()), "nothing"));
  BOOST_TEST(Contains(told(row + "/sources", {"X"}), "\"X\" is not explained"));
  BOOST_TEST(Contains(told("/url", "javascript:alert(1)"), "/url"));
  BOOST_TEST(Contains(told("/name", "../x"), "/name"));
  BOOST_TEST(Contains(told("/tables", Json::array()), "/tables"));
  BOOST_TEST(Contains(told("/settings/0/plugin", 7), "/settings/0/plugin"));
  BOOST_TEST(Contains(told("/settings/0/when/attack", {"cl"}), "/settings/0/when"));
  BOOST_TEST(Contains(told("/settings/0/options/lr", 0.1), "/settings/0/options/lr"));
  BOOST_TEST(Contains(told("/pictures/blend/files/0", "E313"), "/pictures/blend/files/0"));
  BOOST_TEST(Contains(MessageOf([] { LoadReference("abd_2024"); }), "abd_2023"));
}

// A file may come from a stranger: whatever is cut or changed, the worst is an Error.
BOOST_AUTO_TEST_CASE(cut_and_changed_references_are_errors_not_crashes) {
  const std::string text(ReferenceFiles().At("abd_2023.json"));
  const auto feed = [](const std::string& bytes) {
    try {
      const auto reference = ReferenceFrom(ParseJson(bytes, "r"), "r");
      ToText(reference, CompareWithReference(reference, {}));
    } catch (const Error&) {
    }
  };
  for (size_t size = 0; size < text.size(); size += 211) feed(text.substr(0, size));
  for (int64_t i = 0; i < 300; ++i) {
    Rng rng = Rng(1).Fork("reference", i);
    auto bytes = text;
    for (int64_t left = 1 + rng.Below(3); left > 0; --left) {
      const auto place = static_cast<size_t>(rng.Below(static_cast<int64_t>(bytes.size())));
      bytes[place] = "\"{}[],:0-\x80x"[rng.Below(11)];
    }
    feed(bytes);
  }
}

BOOST_AUTO_TEST_CASE(a_rerun_is_averaged_over_seeds_and_what_is_missing_says_why) {
  const auto reference = LoadReference("abd_2023");
  const auto comparisons = CompareWithReference(reference, Rerun2());
  BOOST_TEST_REQUIRE(comparisons.size() == 1U);
  const auto& row = comparisons[0].tables[0].rows[0];
  BOOST_TEST(row.printed->label == "BadNets (grid)");
  const auto& none = row.reruns.at("none");
  BOOST_TEST(none.acc->count == 2);
  BOOST_TEST(std::abs(none.acc->mean - 0.73) < 1e-12);
  BOOST_TEST(std::abs(none.asr->mean - 0.96) < 1e-12);
  BOOST_TEST(row.reruns.at("teacher").acc->count == 1);  // one teacher, three students
  BOOST_TEST(row.reruns.at("teacher").cells.size() == 1U);
  BOOST_TEST(row.reruns.at("abd").cells.empty());
  const std::vector<Cell> cells = {ScoreOf("none", 0, 0, 0).cell, ScoreOf("none", 1, 0, 0).cell};
  BOOST_TEST((none.cells == cells));
  BOOST_TEST(row.reruns.at("abd").missing == "diverged: loss is nan");
  BOOST_TEST(row.reruns.at("clean_kd").missing == "not in this matrix");
  // No plugin is registered here; tests/cli compares those of the program.
  std::set<std::string> expected = {
      "the teacher of the last epoch instead of that of the best accuracy on test data"};
  for (const char* who :
       {"dataset cifar10", "attack badnets_grid", "distiller zskt", "defense none"})
    expected.insert(who +
                    std::string(" is not known to this program: its options are not compared"));
  BOOST_TEST((row.differences == expected));
  const Json json = ToJson(reference, comparisons);
  const auto& cell = json.at("matrices")[0].at("rows")[0].at("cells").at("none");
  BOOST_TEST(std::abs(cell.at("difference").at("acc").get<double>() - (0.73 - 0.719)) < 1e-9);
  BOOST_TEST(cell.at("printed").at("asr") == 0.969);
  const auto text = ToText(reference, comparisons);
  BOOST_TEST(Contains(text, "71.9/96.9"));
  BOOST_TEST(Contains(text, "73.0 ± 1.4"));
  BOOST_TEST(Contains(text, "no rerun of:"));
}

BOOST_AUTO_TEST_CASE(matrices_and_presets_are_not_averaged_with_each_other) {
  auto scores = Rerun2();
  scores.push_back(ScoreOf("none", 0, 0.5, 0.5));
  scores.back().matrix = "rerun_faithful", scores.back().preset = "faithful";
  const auto reference = LoadReference("abd_2023");
  const auto comparisons = CompareWithReference(reference, scores);
  BOOST_TEST_REQUIRE(comparisons.size() == 2U);
  BOOST_TEST(comparisons[1].tables[0].rows[0].reruns.at("none").acc->count == 1);
  BOOST_TEST((comparisons[1].tables[0].rows[0].differences ==
              comparisons[0].tables[0].rows[0].differences));
}

BOOST_AUTO_TEST_CASE(other_attacks_networks_and_data_sets_are_not_the_papers_cells) {
  auto other = ScoreOf("none", 0, 0.5, 0.5);
  other.cell.student_network = "vgg-s-16";
  other.cell.teacher_network = "vgg-s-16";
  auto data = ScoreOf("none", 0, 0.5, 0.5);
  data.entries["dataset"].plugin = "shapes";
  BOOST_TEST(CompareWithReference(LoadReference("abd_2023"), {other, data}).empty());
}

}  // namespace dfkd::reference_test
