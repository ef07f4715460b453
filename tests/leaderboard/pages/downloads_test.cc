#include "leaderboard/pages/downloads.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <iterator>
#include <regex>
#include <set>
#include <utility>

#include "bench/core/hash.h"
#include "leaderboard/pages/papers.h"
#include "leaderboard/pages/site_folder.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/toy.h"
#include "tests/scores/fixtures.h"
#if DFKD_WITH_FETCH
#include "bench/io/archive.h"
#endif

namespace dfkd::downloads_test {

#if DFKD_WITH_FETCH
BOOST_AUTO_TEST_CASE(the_packed_site_is_the_site_with_a_manifest_of_its_own) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  fs::remove_all("unpacked");
  Unpack("site/site.zip", "unpacked");
  auto packed = FilesBelow("unpacked/site");
  BOOST_TEST(packed.size() == files.size() - 1);
  for (const auto& [name, content] : packed) {
    if (name == "manifest.sha256") continue;
    BOOST_TEST((content == files.at(name)), name);
    BOOST_TEST(Contains(packed.at("manifest.sha256"), Sha256Hex(content) + "  " + name + "\n"),
               name);
  }
  BOOST_TEST(!Contains(packed.at("manifest.sha256"), "site.zip"));
  BOOST_TEST(Contains(files.at("data.html"), "href=\"site.zip\""));
}
#endif

BOOST_AUTO_TEST_CASE(control_characters_of_a_score_break_no_line_of_the_table) {
  auto scores = ReadScores(Fixtures() / "valid");
  scores.front().reason = std::string("a\r\nb\x1b[31m\0c", 11);
  const auto matrices = ByMatrix(scores);
  const auto csv = site::ScoresCsv(site::BoardsOf(matrices));
  BOOST_TEST(Contains(csv, ",\"a\\r\\nb\\x1b[31m\\x00c\","), csv.substr(0, 3000));
  for (const char c : {'\r', '\x1b', '\0'}) BOOST_TEST((csv.find(c) == csv.npos));
}

BOOST_AUTO_TEST_CASE(a_line_of_the_table_says_what_its_plugins_are_where_the_program_knows_them) {
  const auto columns = site::CsvColumns({});
  auto score = ReadScore(FixtureScoreFile());
  const auto said = [&](const char* name) {
    for (const auto& column : columns) {
      if (column.name == name) return column.value({score});
    }
    return Json("no column");
  };
  // Of plugin_info_test.cc.
  score.entries.at("attack").plugin = "blend";
  score.entries.at("defense").plugin = "shuffling_vaccine";
  BOOST_TEST(said("attack_family") == "clean label");
  BOOST_TEST(said("access") == "clean images");
  score.entries.at("attack").plugin = score.entries.at("defense").plugin = "of_somebody";
  BOOST_TEST(said("attack_family").is_null());
  BOOST_TEST(said("access").is_null());
}

// The first column of the first row that a query finds.
std::string Answer(sqlite3* database, const std::string& query) {
  std::string answer;
  const auto first = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] ? values[0] : "NULL";
    return 0;
  };
  BOOST_TEST_REQUIRE(sqlite3_exec(database, query.c_str(), first, &answer, nullptr) == SQLITE_OK,
                     query);
  return answer;
}

BOOST_AUTO_TEST_CASE(the_database_answers_as_the_scores_do) {
  SiteOf(Fixtures() / "valid", "site");
  sqlite3* database = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open("site/scores.sqlite", &database) == SQLITE_OK);
  const auto answer = [&](const std::string& query) { return Answer(database, query); };
  BOOST_TEST(answer("PRAGMA integrity_check") == "ok");
  BOOST_TEST(answer("SELECT count(*) FROM scores WHERE status <> 'absent'") == "20");
  BOOST_TEST(answer("SELECT count(*) FROM scores WHERE status = 'absent' AND asr IS NULL") == "76");
  BOOST_TEST(answer("SELECT typeof(teacher_seed) FROM scores WHERE status = 'absent'") ==
             "integer");
  // The key that croissant.json names.
  BOOST_TEST(answer("SELECT count(*) FROM scores GROUP BY matrix, cell ORDER BY count(*) DESC "
                    "LIMIT 1") == "1");
  BOOST_TEST(answer("SELECT count(*) FROM dictionary") ==
             std::to_string(site::CsvColumns({}).size()));
  const auto score = ReadScore(FixtureScoreFile());
  const auto where = " FROM scores WHERE cell = '" + CellId(score.cell) + "'";
  BOOST_TEST(std::abs(std::stod(answer("SELECT asr" + where)) - *score.student->asr) < 1e-12);
  BOOST_TEST(answer("SELECT typeof(acc_of)" + where) == "integer");
  BOOST_TEST(answer("SELECT typeof(trigger_ssim) FROM scores WHERE trigger_ssim NOT NULL") !=
             "text");
  BOOST_TEST(answer("SELECT demonstration" + where) == "1");
  BOOST_TEST(answer("SELECT count(*) FROM scores WHERE status <> 'ok' AND asr NOT NULL") == "0");
  sqlite3_close(database);
}

// Of ToyAsked's scores with the counts behind the numbers.
std::vector<Score> AskedWithCounts() {
  auto scores = ToyAsked();
  for (auto& score : scores) {
    for (auto& tried : score.reactivation) {
      tried.student = {.clean = Count{80, 100}, .target = Count{54, 90}};
      tried.floor = {.clean = Count{70, 100}, .target = Count{27, 90}};
    }
  }
  return scores;
}

// What a column of scores.csv has of a score, as JSON text; "no column" where there is none.
std::string ValueOf(const std::vector<site::CsvColumn>& columns, const std::string& name,
                    const Score& score) {
  for (const auto& column : columns) {
    if (column.name == name) return column.value({score}).dump();
  }
  return "no column";
}

BOOST_AUTO_TEST_CASE(what_detectors_and_reactivation_say_has_columns_of_its_own) {
  auto scores = AskedWithCounts();
  auto& first = *std::find_if(scores.begin(), scores.end(),
                              [](const Score& score) { return !score.reactivation.empty(); });
  first.detectors["mm_bd"].clean_teacher.reset();
  const auto cell = first.cell;
  const auto matrices = ByMatrix(scores);
  const auto columns = site::CsvColumns(site::BoardsOf(matrices));
  const auto& all = matrices.front().scores;
  const auto& score = *std::find_if(all.begin(), all.end(), [&](const Score& other) {
    return CellId(other.cell) == CellId(cell);
  });
  const std::pair<const char*, const char*> values[] = {{"detector_mm_bd_statistic", "2.0"},
                                                        {"detector_mm_bd_suspicious", "true"},
                                                        {"detector_mm_bd_target", "0"},
                                                        {"detector_mm_bd_statistic_clean", "null"},
                                                        {"detector_mm_bd_suspicious_clean", "null"},
                                                        {"detector_mm_bd_target_clean", "null"},
                                                        {"reactivation_10_acc", "0.8"},
                                                        {"reactivation_10_acc_hits", "80"},
                                                        {"reactivation_10_acc_of", "100"},
                                                        {"reactivation_10_asr", "0.6"},
                                                        {"reactivation_10_asr_hits", "54"},
                                                        {"reactivation_10_asr_of", "90"},
                                                        {"reactivation_10_floor_acc_hits", "70"},
                                                        {"reactivation_10_floor_acc_of", "100"},
                                                        {"reactivation_10_floor_asr", "0.3"},
                                                        {"reactivation_10_floor_asr_hits", "27"},
                                                        {"reactivation_10_floor_asr_of", "90"},
                                                        {"reactivation_10_kappa", "2.0"}};
  for (const auto& [name, value] : values) BOOST_TEST(ValueOf(columns, name, score) == value, name);
  BOOST_TEST(columns.size() == site::CsvColumns({}).size() + std::size(values));
  const auto dictionary = site::DictionaryCsv(columns);
  for (const auto& [name, unused] : values)
    BOOST_TEST(Contains(dictionary, fmt::format("\n\"{}\",", name)), name);
  BOOST_TEST(Contains(site::DownloadsPage(columns, "1", "2026-11-28").dump(),
                      "after fine-tuning on 10 triggered images and as many clean ones: asr"));
  const auto metadata = site::Croissant(columns, "1", "2026-11-28", "abc").dump();
  BOOST_TEST(Contains(metadata, "\"scores/detector_mm_bd_target_clean\""));
}

BOOST_AUTO_TEST_CASE(the_database_has_what_was_asked_with_types_and_null_where_nothing_was) {
  auto scores = AskedWithCounts();
  scores.front().detectors.clear();
  const auto matrices = ByMatrix(scores);
  WriteFileAtomically("asked.sqlite", site::ScoresSqlite(site::BoardsOf(matrices)));
  sqlite3* database = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open("asked.sqlite", &database) == SQLITE_OK);
  const auto answer = [&](const std::string& query) { return Answer(database, query); };
  const auto type = [&](const std::string& column) {
    return answer(
        fmt::format("SELECT group_concat(DISTINCT typeof({0})) FROM scores WHERE {0} "
                    "NOT NULL",
                    column));
  };
  BOOST_TEST(type("detector_mm_bd_statistic") == "real");
  BOOST_TEST(type("detector_mm_bd_suspicious") == "integer");
  BOOST_TEST(type("detector_mm_bd_target_clean") == "integer");
  BOOST_TEST(type("reactivation_10_kappa") == "real");
  BOOST_TEST(type("reactivation_10_floor_asr_of") == "integer");
  BOOST_TEST(answer("SELECT count(*) FROM scores WHERE detector_mm_bd_statistic IS NULL") == "1");
  BOOST_TEST(answer("SELECT count(*) FROM scores WHERE reactivation_10_kappa NOT NULL AND asr IS "
                    "NULL") == "0");
  BOOST_TEST(answer("SELECT count(*) FROM dictionary WHERE name LIKE 'detector_%' OR name LIKE "
                    "'reactivation_%'") == "18");
  sqlite3_close(database);
}

// Ids come from strangers, and SQL takes names for one that differ in the case of letters.
BOOST_AUTO_TEST_CASE(no_ids_of_detectors_and_no_number_of_them_break_the_tables) {
  auto scores = ToyAsked();
  const DetectorScore said = {DetectionScore{1, false, 0}, std::nullopt};
  for (auto& score : scores) score.detectors["MM_bd"] = score.detectors["a \"b\", c"] = said;
  for (int i = 0; i < 400; ++i) {
    scores.front().detectors[fmt::format("rare{}", i)] = said;
    scores.front().reactivation.push_back({.images = 1000 + i});
  }
  const auto matrices = ByMatrix(scores);
  const auto boards = site::BoardsOf(matrices);
  BOOST_TEST(!site::ScoresSqlite(boards).empty());
  const auto csv = site::ScoresCsv(boards);
  const auto head = csv.substr(0, csv.find('\n')) + ",";
  for (const char* name : {",detector_MM_bd_target,", ",detector_mm_bd~_target,"})
    BOOST_TEST(CountOf(head, name) == 1, head);
  BOOST_TEST(CountOf(head, "detector__a__b___c_") == 6, head);
  BOOST_TEST(CountOf(head, "_statistic_clean,") == static_cast<int64_t>(site::kMostAsked));
  BOOST_TEST(CountOf(head, "_kappa,") == static_cast<int64_t>(site::kMostAsked));
  // What most scores have stays.
  BOOST_TEST(CountOf(head, ",reactivation_10_kappa,") == 1);
}

// As docs/scores.md has it: attacks weigh alike, in an attack its teachers, of a teacher its
// students.
BOOST_AUTO_TEST_CASE(the_query_of_the_documentation_gives_the_mean_asr_of_the_standings) {
  const auto document = ReadBytes(fs::path(DFKD_SOURCE_DIR) / "docs/scores.md");
  std::smatch query;
  BOOST_TEST_REQUIRE(std::regex_search(document, query, std::regex("(SELECT defense, [^;]*);")));
  auto text = std::regex_replace(query[1].str(), std::regex("'quick'"), "'toy'");
  text = std::regex_replace(text, std::regex("'deepinversion'"), "'zskt'");
  text = "SELECT asr FROM (" + text + ") WHERE defense = '";
  // An attack that does not transfer for enough teachers is in no mean, whatever its cells say.
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    if (score.cell.teacher_seed != 0) continue;
    for (const int64_t seed : {0, 1, 2}) {
      score.cell.teacher_seed = seed;
      scores.push_back(score);
      if (score.cell.attack == "blend_0.1" && seed == 2 && score.status == Status::kOk)
        scores.back().validity.push_back("not_transferred");
      if (score.student && score.student->asr && seed > 0) *scores.back().student->asr /= 2;
    }
  }
  const auto matrices = ByMatrix(scores);
  const auto boards = site::BoardsOf(matrices);
  WriteFileAtomically("means.sqlite", site::ScoresSqlite(boards));
  sqlite3* database = nullptr;
  BOOST_TEST_REQUIRE(sqlite3_open("means.sqlite", &database) == SQLITE_OK);
  int64_t compared = 0;
  for (const auto& row : boards.at(0).groups.at(0).standings.rows) {
    if (!row.asr) continue;
    ++compared;
    const auto answer = Answer(database, text + row.defense + "'");
    BOOST_TEST(std::abs(std::stod(answer) - row.asr->mean) < 1e-9, row.defense);
  }
  BOOST_TEST(compared > 1);
  BOOST_TEST(Answer(database,
                    "SELECT count(*) FROM scores WHERE counts AND NOT in_mean AND asr "
                    "NOT NULL AND attack = 'blend_0.1'") != "0");
  sqlite3_close(database);
}

// The schema allows nothing but texts there.
void CheckDetails(const Json& details) {
  for (const auto& [name, value] : details.items()) BOOST_TEST(value.is_string(), name);
}

void CheckMetric(const Json& metric) {
  for (const char* key : {"metric_id", "metric_name", "metric_kind"})
    BOOST_TEST(!metric.at(key).get<std::string>().empty(), key);
  BOOST_TEST(metric.at("metric_unit") == "proportion");
  // What is not of this benchmark alone has the name that all sources give it.
  const bool shared = metric.at("metric_kind") == "accuracy";
  BOOST_TEST(metric.at("metric_id") ==
             (shared ? "accuracy" : "dfkd_bench." + metric.at("metric_name").get<std::string>()));
  BOOST_TEST(metric.at("lower_is_better") == (metric.at("metric_kind") == "attack_success_rate"));
  BOOST_TEST(metric.at("score_type") == "continuous");
  BOOST_TEST(metric.at("min_score") == 0);
}

BOOST_AUTO_TEST_CASE(records_for_exchange_have_what_their_schema_asks_for) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  std::istringstream lines(files.at("every_eval_ever.jsonl"));
  std::set<std::string> ids;
  for (std::string line; std::getline(lines, line);) {
    const auto record = ParseJson(line, "record");
    BOOST_TEST(record.at("schema_version") == site::kEvalSchema);
    BOOST_TEST(ids.insert(record.at("evaluation_id")).second);
    BOOST_TEST(std::stoll(record.at("retrieved_timestamp").get<std::string>()) > 1700000000);
    for (const char* key : {"source_type", "source_organization_name", "evaluator_relationship"})
      BOOST_TEST(record.at("source_metadata").contains(key), key);
    for (const char* key : {"name", "version"}) BOOST_TEST(record.at("eval_library").contains(key));
    for (const char* key : {"name", "id"}) BOOST_TEST(record.at("model_info").contains(key));
    const auto& model = record.at("model_info").at("additional_details");
    CheckDetails(model);
    // Since 0.3.0, of three values each.
    BOOST_TEST(model.at("deployment_type") == "self_deployed");
    BOOST_TEST(model.at("model_availability") == "unknown");
    for (const auto& result : record.at("evaluation_results")) {
      BOOST_TEST(ids.insert(result.at("evaluation_result_id")).second);
      CheckMetric(result.at("metric_config"));
      BOOST_TEST(result.at("source_data").at("source_type") == "other");
      BOOST_TEST(result.at("metric_config").at("max_score") == 1);
      const double score = result.at("score_details").at("score");
      BOOST_TEST((score >= 0 && score <= 1));
      CheckDetails(result.at("score_details").at("details"));
    }
  }
  BOOST_TEST(ids.size() == 3 + 3 * 4u);  // of none, abd and sv ASR, worst attack, ACC, DER
}

BOOST_AUTO_TEST_CASE(records_for_exchange_tell_a_collapse_beside_each_number) {
  const auto told = [](std::vector<Score> scores) {
    const auto matrices = ByMatrix(std::move(scores));
    const auto lines = site::EvalRecords(site::BoardsOf(matrices), "1", "2026-11-28T05:59:48Z");
    return CountOf(lines, "\"utility_collapse\":\"in 1 of 3 finished cells: no rank, a low ASR");
  };
  BOOST_TEST(told(ReadScores(Fixtures() / "valid")) == 0);
  BOOST_TEST(told(ToyCollapsed()) == 4);  // of abd: ASR, worst attack, ACC, DER
}

// Of the properties that Croissant 1.1 requires all but the licence.
BOOST_AUTO_TEST_CASE(the_metadata_of_the_table_have_what_croissant_asks_for) {
  const auto metadata = site::Croissant(site::CsvColumns({}), "1", "2026-11-28", "abc");
  for (const char* key : {"@context", "@type", "conformsTo", "description", "name", "url",
                          "creator", "datePublished", "distribution"})
    BOOST_TEST(metadata.contains(key), key);
  BOOST_TEST(metadata.at("conformsTo") == "http://mlcommons.org/croissant/1.1");
  BOOST_TEST(metadata.at("@context").at("@vocab") == "http://schema.org/");
  BOOST_TEST(!metadata.contains("license"));
  BOOST_TEST(Contains(site::DownloadsPage(site::CsvColumns({}), "1", "2026-11-28").dump(),
                      "without a licence: a site may hold scores of anybody"));
  BOOST_TEST(metadata.at("url") == "data.html");
  BOOST_TEST(metadata.at("creator").at("@type") == "sc:Organization");
  // Without this they would be names of schema.org, which has none such.
  for (const char* term : {"citeAs", "recordSet", "field", "key"})
    BOOST_TEST(metadata.at("@context").at(term) == std::string("cr:") + term, term);
  const auto& records = metadata.at("recordSet").at(0);
  std::set<std::string> fields;
  for (const auto& field : records.at("field")) fields.insert(field.at("@id"));
  BOOST_TEST(records.at("key").size() == 2U);
  for (const auto& key : records.at("key")) BOOST_TEST(fields.contains(key.at("@id")));
}

BOOST_AUTO_TEST_CASE(a_paper_is_cited_with_title_authors_and_venue_where_they_are_known) {
  const auto known = site::BibtexOf("abd", "https://arxiv.org/abs/2306.02368");
  BOOST_TEST(known == site::BibtexOf("shuffling_vaccine", "https://arxiv.org/abs/2306.02368"));
  BOOST_TEST(
      known.starts_with("@inproceedings{hong2023revisiting,\n  author = {Junyuan Hong and "));
  BOOST_TEST(Contains(known, "  title = \"{Revisiting Data-Free Knowledge Distillation"));
  BOOST_TEST(Contains(known, "  booktitle = {ICML},\n  eprint = {2306.02368},"));
  const auto unknown = site::BibtexOf("mine", "https://doi.org/10.1145/1");
  BOOST_TEST(unknown ==
             "@misc{mine,\n  doi = {10.1145/1},\n  url = {https://doi.org/10.1145/1},\n}");
  BOOST_TEST(site::BibtexOf("none", "") == "");
}

BOOST_AUTO_TEST_CASE(a_paper_is_named_by_its_authors) {
  const auto by = [](const char* address) { return site::PaperBy(site::PaperAt(address)); };
  BOOST_TEST(by("https://arxiv.org/abs/2306.02368") == "Hong et al., ICML 2023");
  BOOST_TEST(by("https://arxiv.org/abs/1905.09768") == "Micaelli and Storkey, NeurIPS 2019");
  BOOST_TEST(by("https://arxiv.org/abs/2306.08009") == "Yan et al., AsiaCCS 2023");
  BOOST_TEST(by("https://arxiv.org/abs/2511.12046") == "2025");
  BOOST_TEST(by("https://example.org") == "");
}

// What the cards in a root name; a text in several pieces is one.
void AddPapers(const fs::path& root, std::set<std::string>& papers) {
  static const std::regex seam("\"\\s*\""), paper("\\.paper =\\s*\"([^\"]+)\"");
  for (const auto& [name, text] : FilesBelow(root)) {
    if (!name.ends_with(".h")) continue;
    const auto whole = std::regex_replace(text, seam, "");
    for (std::sregex_iterator it(whole.begin(), whole.end(), paper), end; it != end; ++it)
      papers.insert((*it)[1]);
  }
}

BOOST_AUTO_TEST_CASE(the_bibliography_knows_papers_of_plugins_each_under_a_key_of_its_own) {
  std::set<std::string> papers, keys;
  for (const char* root : {"attacks", "methods", "datasets"})
    AddPapers(fs::path(DFKD_SOURCE_DIR) / root, papers);
  for (const auto& address : site::KnownPapers()) {
    BOOST_TEST(papers.contains(address), address + " is the paper of no plugin");
    const auto entry = site::BibtexOf("", address);
    BOOST_TEST(keys.insert(entry.substr(0, entry.find(','))).second, address);
    BOOST_TEST(CountOf(entry, "{") == CountOf(entry, "}"), address);
    BOOST_TEST(site::PaperAt(address).year > 1980, address);
  }
}

}  // namespace dfkd::downloads_test
