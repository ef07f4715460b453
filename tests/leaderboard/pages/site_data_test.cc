#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <sstream>

#include "bench/core/hash.h"
#include "leaderboard/pages/cell_records.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/matrix_data.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/toy.h"

namespace dfkd::site_data_test {

BOOST_AUTO_TEST_CASE(the_data_has_a_row_for_every_score_and_every_planned_cell) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  const auto core = DataIn(files, "data/toy"), more = DataIn(files, "data/toy.more");
  BOOST_TEST(core["schema"] == "site.v2");
  BOOST_TEST(core["scores"] == 20);
  BOOST_TEST(core["absent"] == 76);
  for (const auto& [name, column] : core["columns"].items())
    BOOST_TEST((!column.is_array() || column.size() == 96u), name);
  for (const auto& [name, column] : more["columns"].items())
    BOOST_TEST((!column.is_array() || column.size() == 20u), name);
  const auto& columns = core["columns"];
  const auto& ids = core["ids"];
  BOOST_TEST(ids["status"].at(At(columns["status"], 95).get<size_t>()) == "absent");
  const auto scores = ByMatrix(ReadScores(Fixtures() / "valid")).at(0).scores;
  for (size_t i = 0; i < scores.size(); ++i) {
    const auto& cell = scores[i].cell;
    BOOST_TEST(ids["attack"].at(At(columns["attack"], i).get<size_t>())["id"] == cell.attack);
    BOOST_TEST(ids["defense"].at(At(columns["defense"], i).get<size_t>())["id"] == cell.defense);
    BOOST_TEST(At(columns["teacher_seed"], i) == cell.teacher_seed);
    if (!scores[i].student || !scores[i].student->asr) continue;
    const double hits = At(columns["asr"], i), of = At(columns["asr_of"], i);
    BOOST_TEST(hits / of == *scores[i].student->asr);
  }
}

// An override may give an id another temperature beside another distiller.
BOOST_AUTO_TEST_CASE(of_one_id_only_what_is_at_temperature_1_is_a_reference) {
  auto matrix = ByMatrix(ReadScores(Fixtures() / "valid")).at(0);
  matrix.scores.resize(2);
  for (int i = 0; i < 2; ++i) {
    matrix.scores[i].cell.defense = "kd";
    matrix.scores[i].entries.at("defense") = {
        "temperature", 1, {{"temperature", i + 1}}, false, {}};
  }
  const std::vector<ScoredMatrix> matrices = {matrix};
  const auto column = site::CoreData(site::BoardsOf(matrices).front())["columns"]["reference"];
  BOOST_TEST(At(column, 0) == 1);
  BOOST_TEST(At(column, 1) == 0);
}

BOOST_AUTO_TEST_CASE(a_record_of_a_cell_holds_its_score_and_the_matrix_that_makes_it_again) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  const auto records = DataIn(files, "data/toy/0");
  BOOST_TEST_REQUIRE(records.size() == 20u);
  for (const auto& record : records) {
    const auto score = ScoreFrom(record["score"], "record");
    const auto& matrix = record["matrix_file"];
    BOOST_TEST(matrix["name"] == score.matrix);
    BOOST_TEST(matrix["blocks"][0]["teacher_seeds"][0] == score.cell.teacher_seed);
    BOOST_TEST(record["command"] == "dfkd run cell.json --threads 1");
    BOOST_TEST(record["digest"].get<std::string>().size() == 64u);
  }
  const auto lines = files.at("scores.jsonl");
  BOOST_TEST(CountOf(lines, "\n") == 20);
  BOOST_TEST((ParseJson(lines.substr(0, lines.find('\n')), "line") == records[0]["score"]));
}

BOOST_AUTO_TEST_CASE(no_member_of_a_script_decides_what_an_object_inherits) {
  BOOST_TEST(site::ScriptText("a", "{\"b\":1}") ==
             "(window.dfkd = window.dfkd || {})[\"a\"] = {\"b\":1};\n");
  BOOST_TEST(site::ScriptText("a", "{\"__proto__\":1}") ==
             "(window.dfkd = window.dfkd || {})[\"a\"] = "
             "JSON.parse(\"{\\\"__proto__\\\":1}\");\n");
}

BOOST_AUTO_TEST_CASE(the_table_of_scores_has_every_value_in_a_column_of_its_own) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  const auto& csv = files.at("scores.csv");
  const auto columns = static_cast<int64_t>(site::CsvColumns({}).size());
  BOOST_TEST(CountOf(csv, "\n") == 1 + 20 + 76);  // as many are planned and have no score
  BOOST_TEST(CountOf(csv, ",\"absent\",") == 76);
  BOOST_TEST(CountOf(csv, ",\"absent\",,,") == 76);  // no reason, no flags
  const auto head = csv.substr(0, csv.find('\n'));
  BOOST_TEST(CountOf(head, ",") == columns - 1);
  for (const char* name :
       {"flags", "reason", "teacher_seed", "student_network", "asr_of", "track", "verification"})
    BOOST_TEST(Contains(head, std::string(",") + name + ","), name);
  BOOST_TEST(CountOf(files.at("dictionary.csv"), "\n") == columns + 1);
  BOOST_TEST(CountOf(files.at("data.html"), "<th scope=\"row\"><code>") == columns);
  BOOST_TEST(Contains(csv, "\"the student's loss was not finite"));
}

// What the data of a page say of a column of scores.csv, as that has it.
Json FurtherValue(const Json& more, const site::CsvColumn& column, size_t row) {
  const auto value = At(more["columns"].at(column.name), row);
  if (value.is_null()) return value;
  if (more["ids"].contains(column.name)) return more["ids"][column.name].at(value.get<size_t>());
  return site::TypeOf(column) == site::CsvType::kTruth ? Json(value == 1) : value;
}

// To six digits where it is a time.
bool SayTheSame(const Json& further, const Json& value, const std::string& unit) {
  if (unit != "s" || value.is_null()) return further == value;
  return std::abs(further.get<double>() - value.get<double>()) <= 1e-5 * value.get<double>();
}

BOOST_AUTO_TEST_CASE(the_further_data_of_a_page_are_columns_of_the_table_of_scores) {
  const auto matrices = ByMatrix(ToyAsked());
  const auto boards = site::BoardsOf(matrices);
  const auto columns = site::CsvColumns(boards);
  const auto more = site::MoreData(boards.front());
  const auto& further = more["columns"];
  BOOST_TEST(more["name"] == "toy");
  for (const char* name :
       {"reactivation_10_kappa", "detector_mm_bd_suspicious", "in_mean", "counts", "created",
        "device", "trigger_psnr", "official_data", "ra_hits", "ra_of", "attack_aware"})
    BOOST_TEST(further.contains(name), name);
  int64_t compared = 0;
  size_t row = 0;
  site::ForEachCsvRow(columns, boards, [&](const std::vector<Json>& values) {
    for (size_t i = 0; i < columns.size() && row < matrices.front().scores.size(); ++i) {
      const auto& column = columns[i];
      if (!further.contains(column.name)) continue;  // the rows have it, or it is computed
      BOOST_TEST(SayTheSame(FurtherValue(more, column, row), values[i], column.unit),
                 column.name << " of row " << row);
      compared += values[i].is_null() ? 0 : 1;
    }
    ++row;
  });
  BOOST_TEST(compared > 300);
}

BOOST_AUTO_TEST_CASE(the_data_of_a_page_name_every_column_of_the_table_in_its_order) {
  const auto matrices = ByMatrix(ToyAsked());
  const auto boards = site::BoardsOf(matrices);
  const auto columns = site::CsvColumns(boards);
  const auto fields = site::MoreData(boards.front())["fields"];
  BOOST_TEST_REQUIRE(fields.size() == columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const Json word = {
        {"name", columns[i].name}, {"unit", columns[i].unit}, {"meaning", columns[i].meaning}};
    BOOST_TEST((fields[i] == word), columns[i].name);
  }
}

BOOST_AUTO_TEST_CASE(a_planned_cell_without_a_score_has_its_names_and_nothing_else) {
  auto matrix = ByMatrix(ReadScores(Fixtures() / "valid")).at(0);
  auto cell = matrix.scores.front().cell;
  cell.defense = "not_run";
  matrix.planned = {cell};
  const std::vector<ScoredMatrix> matrices = {matrix};
  const auto boards = site::BoardsOf(matrices);
  const auto columns = site::CsvColumns(boards);
  std::vector<Json> last;
  site::ForEachCsvRow(columns, boards, [&](const std::vector<Json>& row) { last = row; });
  std::map<std::string, Json> said;
  for (size_t i = 0; i < last.size(); ++i) {
    if (!last[i].is_null()) said[columns[i].name] = last[i];
  }
  BOOST_TEST(said.size() == 12U);
  BOOST_TEST(said["cell"] == CellId(cell));
  BOOST_TEST(said["defense"] == "not_run");
  BOOST_TEST(said["status"] == "absent");
  BOOST_TEST(said["track"] == "synthesized");
}

BOOST_AUTO_TEST_CASE(every_column_says_what_its_value_is) {
  const auto score = ReadScore(FixtureScoreFile());
  std::vector<Json> in_means;
  for (const bool in_mean : {false, true}) {
    for (const auto& column : site::CsvColumns({})) {
      BOOST_TEST_REQUIRE(static_cast<bool>(column.value), column.name);
      const auto value = column.value({score, in_mean});
      if (column.name == "in_mean") in_means.push_back(value);
    }
  }
  BOOST_TEST((in_means == std::vector<Json>{false, true}));
}

BOOST_AUTO_TEST_CASE(tables_and_lines_say_who_vouches_for_a_score) {
  auto scores = ReadScores(Fixtures() / "valid");
  scores.front().verified = "rerun";
  const auto matrices = ByMatrix(scores);
  const auto boards = site::BoardsOf(matrices);
  BOOST_TEST(CountOf(site::ScoresCsv(boards), ",\"rerun\",") == 1);
  fs::remove_all("vouched");
  SiteFolder folder("vouched");
  site::Published published;
  site::PictureCopier pictures(folder);
  site::WriteCellRecords(matrices.front(), folder, pictures, published);
  std::istringstream lines(published.jsonl);
  int64_t vouched = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto json = ParseJson(line, "line");
    if (json.contains("verification")) {
      ++vouched;
      BOOST_TEST(json.at("verification") == "rerun");
    }
    ScoreFrom(json, "line");  // a line is a score as it is
  }
  BOOST_TEST(vouched == 1);
}

BOOST_AUTO_TEST_CASE(the_manifest_has_the_hash_of_every_file) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  const auto& manifest = files.at("manifest.sha256");
  BOOST_TEST(CountOf(manifest, "\n") == static_cast<int64_t>(files.size()) - 1);
  for (const auto& [name, content] : files) {
    if (name != "manifest.sha256")
      BOOST_TEST(Contains(manifest, Sha256Hex(content) + "  " + name + "\n"), name);
  }
  const auto croissant = ParseJson(files.at("croissant.json"), "");
  BOOST_TEST(croissant["distribution"][0]["sha256"] == Sha256Hex(files.at("scores.csv")));
}

BOOST_AUTO_TEST_CASE(equal_pictures_are_in_the_site_once) {
  const auto scores = ToyCopy("pictures");
  const std::string png = "\x89PNG\r\n\x1a\nrest";
  for (const char* name : {"one.png", "two.png"})
    WriteFileAtomically(scores / "toy/media" / name, png);
  const auto file = scores / "toy" / FixtureScoreFile().filename();
  Json json = ReadJson(file);
  json["media"]["clean"] = "media/one.png";
  json["media"]["triggered"] = "media/two.png";
  WriteFileAtomically(file, json.dump());
  const auto files = FilesBelow(SiteOf(scores, "pictures_site"));
  const auto name = "media/" + Sha256Hex(png).substr(0, 16) + ".png";
  BOOST_TEST(files.at(name) == png);
  BOOST_TEST(CountOf(files.at("data/toy/0.js"), "\"" + name + "\"") == 2);
}

BOOST_AUTO_TEST_CASE(what_is_retracted_goes_offline_and_other_files_stay) {
  const auto scores = ToyCopy("retracted");
  fs::remove(scores / "toy/matrix.json");
  const auto site = SiteOf(scores, "retracted_site");
  const std::string cell = "toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0";
  BOOST_TEST(fs::exists(site / "attacks/sine.html"));
  BOOST_TEST(Contains(ReadBytes(site / "matrices/toy.html"), "toy/cell/" + cell));
  WriteFileAtomically(site / "CNAME", "example.org");
  WriteFileAtomically("outside.txt", "mine");
  const std::string hash(64, 'a');
  WriteFileAtomically(site / "manifest.sha256", ReadBytes(site / "manifest.sha256") + hash +
                                                    "  ../outside.txt\n" + hash +
                                                    "  /etc/hostname\nshort\n");
  WriteFileAtomically(site / "site-files.txt", "old.html\n../outside.txt\n");
  WriteFileAtomically(site / "old.html", "of a site before there was a manifest");
  for (const auto& file : ScoreFiles(scores)) {
    if (Contains(file.string(), "toy-sine")) fs::remove(file);
  }
  WriteSite({scores}, site);
  BOOST_TEST(!fs::exists(site / "attacks/sine.html"));
  BOOST_TEST(!fs::exists(site / "old.html"));
  BOOST_TEST(!Contains(ReadBytes(site / "matrices/toy.html"), cell));
  BOOST_TEST(fs::exists(site / "CNAME"));
  BOOST_TEST(fs::exists("outside.txt"));
}

BOOST_AUTO_TEST_CASE(no_file_of_the_machine_is_published_through_a_link_or_as_curves) {
  const auto scores = ToyCopy("linked");
  WriteFileAtomically("token.json", "{\"token\": \"s3cret\", \"acc\": [0.5]}");
  fs::create_symlink(fs::absolute("token.json"), scores / "toy/media/link.json");
  fs::copy_file("token.json", scores / "toy/media/copy.json");
  for (const char* name : {"media/link.json", "media/copy.json"}) {
    const auto file = scores / "toy" / FixtureScoreFile().filename();
    Json json = ReadJson(file);
    json["media"]["curves"] = json["media"]["log"] = name;
    WriteFileAtomically(file, json.dump());
    for (const auto& [path, content] : FilesBelow(SiteOf(scores, "linked_site")))
      BOOST_TEST(!Contains(content, "s3cret"), path);
  }
}

// --- rows of several machines

BOOST_AUTO_TEST_CASE(a_page_says_which_teacher_is_not_the_same_in_all_rows) {
  const auto page = [](std::vector<Score> scores) {
    const auto matrices = ByMatrix(std::move(scores));
    return Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  };
  auto scores = ReadScores(Fixtures() / "valid");
  BOOST_TEST(!Contains(page(scores), "not the same bits"));
  scores.front().provenance.artifacts.at("teacher") = std::string(64, '0');
  BOOST_TEST(Contains(page(scores),
                      "not the same bits in all rows, as several machines computed "
                      "them: teacher (4 scores)"));
}

// --- what changed

BOOST_AUTO_TEST_CASE(a_site_says_what_changed_since_the_one_before) {
  const auto scores = ToyCopy("changes");
  const auto first = SiteOf(scores, "changes_first");
  BOOST_TEST(Contains(ReadBytes(first / "changes.html"), "No change is recorded yet"));
  const auto again = [&](const fs::path& previous, const fs::path& out) {
    fs::remove_all(out);
    WriteSite({scores}, out, {.previous = previous});
    return out;
  };
  const auto same = again(first, "changes_same");
  BOOST_TEST(ReadBytes(same / "changes.json") == ReadBytes(first / "changes.json"));
  fs::remove(scores / "toy/toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  for (const char* cell :
       {"badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0",
        "badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t1-s0",
        "blend_0.1-wrn_16_2-wrn_16_1-zskt-abd-t0-s0", "none-wrn_16_2-wrn_16_1-zskt-abd-t0-s0"}) {
    const auto file = scores / fmt::format("toy/toy-{}.json", cell);
    Json json = ReadJson(file);
    json["track"] = "out_of_distribution";
    WriteFileAtomically(file, json.dump());
  }
  const auto changed = again(same, "changes_changed");
  const auto page = ReadBytes(changed / "changes.html");
  BOOST_TEST(Contains(page, "toy: 4 cells changed their numbers"), page);
  BOOST_TEST(Contains(page, "toy: 1 cell went: toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0<"));
  BOOST_TEST(Contains(page, "a new table with 1 defence"));
  const auto feed = ReadJson(changed / "changes.json");
  BOOST_TEST_REQUIRE(feed["items"].size() == 1U);
  BOOST_TEST(Contains(ReadBytes(changed / "changes.atom"),
                      "<id>" + feed["items"][0]["id"].get<std::string>() + "</id>"));
  // What was told once stays told, and is not told again.
  const auto later = again(changed, "changes_later");
  BOOST_TEST(ReadBytes(later / "changes.json") == ReadBytes(changed / "changes.json"));
  BOOST_TEST(Contains(MessageOf([&] { again("changes", "changes_none"); }), "state.json"));
}

BOOST_AUTO_TEST_CASE(a_site_may_be_compared_with_the_one_that_it_replaces) {
  const auto scores = ToyCopy("replaced");
  const auto site = SiteOf(scores, "replaced_site");
  fs::remove(scores / "toy/toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  WriteSite({scores}, site, {.previous = site});
  BOOST_TEST(Contains(ReadBytes(site / "changes.html"), "toy: 1 cell went"));
}

}  // namespace dfkd::site_data_test
