// A paper's printed numbers: that they are the paper's, and how a rerun is put beside them.
#include "leaderboard/standings/reference.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/registry.h"
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
  BOOST_TEST(row.reruns.at("abd").missing == "diverged: loss is nan");
  BOOST_TEST(row.reruns.at("clean_kd").missing == "not in this matrix");
  const std::set<std::string> expected = {
      "distiller.rounds: 10000 instead of 80000",
      "preset " + Rerun2()[0].preset + ": the reference's quirks are off"};
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
              std::set<std::string>{"distiller.rounds: 10000 instead of 80000"}));
}

BOOST_AUTO_TEST_CASE(options_that_faithful_gives_otherwise_are_differences) {
  PluginCard card{.kind = PluginKind::kDefense, .name = "self_retrospection"};
  card.presets["faithful"] = {{"update_statistics", true}, {"initial_sigma", 0}, {"portion", 0.02}};
  Registry::Get().Add(card, {});
  auto score = ScoreOf("self_retrospection", 0, 0.7, 0.1);
  score.entries["distiller"].options["rounds"] = 80000;
  score.preset = "faithful";
  score.entries["defense"].options = {
      {"update_statistics", false}, {"initial_sigma", 0.0}, {"portion", 0.5}};
  const auto comparisons = CompareWithReference(LoadReference("abd_2023"), {score});
  BOOST_TEST_REQUIRE(comparisons.size() == 1U);
  std::set<std::string> found;
  for (const auto& table : comparisons[0].tables) {
    for (const auto& row : table.rows) found.insert(row.differences.begin(), row.differences.end());
  }
  const std::set<std::string> expected = {"defense.portion: 0.5 instead of 0.02",
                                          "defense.update_statistics: false instead of true"};
  BOOST_TEST((found == expected));
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
