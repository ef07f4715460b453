#include "leaderboard/pages/site.h"

#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/templates.h"
#include "leaderboard/pages/values.h"
#include "tests/leaderboard/toy.h"
#include "tests/scores/fixtures.h"

namespace dfkd::site_test {

namespace fs = std::filesystem;

fs::path SiteOf(const fs::path& scores, const fs::path& out) {
  fs::remove_all(out);
  WriteSite({scores}, out);
  return out;
}

std::map<std::string, std::string> FilesBelow(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files[fs::relative(entry.path(), folder).string()] = ReadBytes(entry.path());
    }
  }
  return files;
}

// What href and src point at, without anchors.
std::vector<std::string> LinksOf(const std::string& html) {
  static const std::regex link("(?:href|src)=\"([^\"#]*)");
  std::vector<std::string> links;
  for (std::sregex_iterator it(html.begin(), html.end(), link), end; it != end; ++it) {
    if ((*it)[1].length() > 0) links.push_back((*it)[1]);
  }
  return links;
}

int64_t CountOf(const std::string& text, const std::string& part) {
  int64_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// Every element that is opened is closed, in order.
std::string Unbalanced(const std::string& html) {
  static const std::regex tag("<(/?)([a-z0-9]+)[^>]*?(/?)>");
  std::vector<std::string> open;
  for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    if (name == "meta" || name == "br" || name == "link" || name == "img" || (*it)[3].length() > 0)
      continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : "<" + open.back() + ">");
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

BOOST_AUTO_TEST_CASE(the_same_scores_give_the_same_bytes) {
  BOOST_TEST((FilesBelow(SiteOf(Fixtures() / "valid", "site")) ==
              FilesBelow(SiteOf(Fixtures() / "valid", "again"))));
}

// A copy of the toy scores beside a matrix of the same, to be spoilt.
fs::path ToyCopy(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::copy(Fixtures() / "valid/toy", folder / "toy", fs::copy_options::recursive);
  return folder;
}

// What a script of the site holds, by its path without ".js".
Json DataIn(const std::map<std::string, std::string>& files, const std::string& path) {
  const auto& script = files.at(path + ".js");
  const std::string start = "(window.dfkd = window.dfkd || {})[\"" + path + "\"] = ";
  BOOST_TEST_REQUIRE(script.rfind(start, 0) == 0u);
  return ParseJson(script.substr(start.size(), script.size() - start.size() - 2), path);
}

// Of a column that may be one value for all rows.
Json At(const Json& column, size_t row) { return column.is_array() ? column.at(row) : column; }

BOOST_AUTO_TEST_CASE(every_cell_has_a_row_and_every_link_leads_to_a_file_of_the_site) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  for (const auto& [name, content] : files) {
    if (fs::path(name).extension() != ".html") continue;
    for (const auto& link : LinksOf(content)) {
      if (link.starts_with("https://")) continue;
      const auto target = (fs::path(name).parent_path() / link).lexically_normal().string();
      BOOST_TEST(files.count(target) == 1u, name + " links " + link);
    }
  }
  // Planned ones without a score included: 2 data sets, 4 attacks, 6 defences, 2 seeds.
  BOOST_TEST(CountOf(files.at("matrices/toy.html"), "<tr id=\"toy/cell/") == 96);
}

BOOST_AUTO_TEST_CASE(pages_are_balanced_and_ask_for_nothing_outside_the_folder) {
  static const std::regex asks("(?:src|<link[^>]*href)=\"[^\"]*://");
  for (const auto& [name, content] : FilesBelow(SiteOf(Fixtures() / "valid", "site"))) {
    if (fs::path(name).extension() != ".html") continue;
    BOOST_TEST(Unbalanced(content) == "", name + ": " + Unbalanced(content));
    BOOST_TEST(!std::regex_search(content, asks), name);
    BOOST_TEST(CountOf(content, " style=") == 0, name);  // the policy forbids it
    BOOST_TEST(CountOf(content, "{{") == 0, name);
    BOOST_TEST(CountOf(content, "Content-Security-Policy") == 1, name);
  }
}

BOOST_AUTO_TEST_CASE(no_two_pages_have_one_title) {
  static const std::regex title("<title>([^<]*)</title>");
  std::set<std::string> titles;
  for (const auto& [name, content] : FilesBelow(SiteOf(Fixtures() / "valid", "site"))) {
    if (fs::path(name).extension() != ".html") continue;
    std::smatch found;
    BOOST_TEST_REQUIRE(std::regex_search(content, found, title));
    BOOST_TEST(titles.insert(found[1]).second, name + ": " + found[1].str());
  }
}

BOOST_AUTO_TEST_CASE(the_page_of_a_matrix_is_complete_without_a_script) {
  const auto page = FilesBelow(SiteOf(Fixtures() / "valid", "site")).at("matrices/toy.html");
  BOOST_TEST(Contains(page, "3.4 <span class=\"ci\">2.4–4.8</span>"));  // 31 of 900, Wilson
  BOOST_TEST(Contains(page, "the teacher&#39;s ASR of 46.3 % is below 90 %"));
  BOOST_TEST(Contains(page, "title=\"diverged: the student&#39;s loss was not finite"));
  BOOST_TEST(Contains(page, "What did not end in a number"));
  BOOST_TEST(Contains(page, "76 of those planned without a score"));
  BOOST_TEST(Contains(page, "Demonstration."));
  BOOST_TEST(CountOf(page, "<th>") == 0);  // every head has a scope
}

BOOST_AUTO_TEST_CASE(the_home_page_answers_for_each_group_and_says_on_what_that_rests) {
  const auto index = FilesBelow(SiteOf(Fixtures() / "valid", "site")).at("index.html");
  BOOST_TEST(CountOf(index, "class=\"headline\"") == 1);
  BOOST_TEST(Contains(index, "Rests on 3 attacks × "));
  BOOST_TEST(
      Contains(index, "href=\"matrices/toy.html#toy/toy/wrn_16_2~wrn_16_1/zskt/synthesized"));
  BOOST_TEST(Contains(index, "<span class=\"tag\">demonstration</span>"));
  BOOST_TEST(Contains(index, "href=\"defenses/abd.html\""));
}

BOOST_AUTO_TEST_CASE(what_a_page_cannot_show_without_a_script_it_names) {
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    for (int64_t seed = 0; seed < 30; ++seed) {
      score.cell.student_seed = seed;
      scores.push_back(score);
    }
  }
  const auto matrices = ByMatrix(scores);
  const auto page = Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0))));
  BOOST_TEST(Contains(page, "600 cells: more than a page without JavaScript can show"));
  BOOST_TEST(!Contains(page, "<table class=\"cells\">"));
}

// --- data

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
  const auto columns = static_cast<int64_t>(site::CsvColumns().size());
  BOOST_TEST(CountOf(csv, "\n") == 21);
  const auto head = csv.substr(0, csv.find('\n'));
  BOOST_TEST(CountOf(head, ",") == columns - 1);
  for (const char* name : {"flags", "reason", "teacher_seed", "student_network", "asr_of", "track"})
    BOOST_TEST(Contains(head, std::string(",") + name + ","), name);
  BOOST_TEST(CountOf(files.at("dictionary.csv"), "\n") == columns + 1);
  BOOST_TEST(CountOf(files.at("data.html"), "<th scope=\"row\"><code>") == columns);
  BOOST_TEST(Contains(csv, "\"the student's loss was not finite"));
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

BOOST_AUTO_TEST_CASE(strings_of_scores_reach_pages_only_as_text) {
  const std::string attack = "<script>alert(1)</script>", evil = "\"><img src=x onerror=alert(2)>";
  Score score = ReadScore(FixtureScoreFile());
  score.cell.attack = attack;
  score.cell.dataset = evil;
  score.cell.distiller = "{{body}}";
  score.matrix = "../../" + evil;
  score.status = Status::kFailed;
  score.reason = evil;
  score.validity = {};
  score.student.reset();
  score.counts.erase("student");
  score.numerics.device = evil;
  score.provenance.commit = evil;
  score.provenance.stages[evil] = std::string(64, 'a');
  score.entries["attack"].options[evil] = evil;
  score.media = {{"clean", "../../../core/core_test.cc"}, {"trigger", "trigger.json"}};
  fs::remove_all("evil");
  WriteFileAtomically("evil/trigger.json", "{}");
  WriteFileAtomically("evil/" + CellId(score.cell) + ".json", ToJson(score).dump());
  const auto files = FilesBelow(SiteOf("evil", "evil_site"));
  for (const auto& [name, content] : files) {
    if (fs::path(name).extension() != ".html") continue;
    BOOST_TEST(CountOf(content, "<script>") == 0, name);
    BOOST_TEST(CountOf(content, "<img") == 0, name);
    BOOST_TEST(Unbalanced(content) == "", name + ": " + Unbalanced(content));
  }
  const auto page = site::MatrixPage(score.matrix);
  BOOST_TEST(Contains(files.at(page), "&lt;script&gt;alert(1)&lt;/script&gt;"));
  const auto path = "data/" + site::FileOf(score.matrix);
  BOOST_TEST(DataIn(files, path)["ids"]["attack"][0]["id"] == attack);
  for (const auto& [name, content] : files)  // no picture was taken from elsewhere
    BOOST_TEST(!name.starts_with("media/"), name);
}

BOOST_AUTO_TEST_CASE(of_scores_that_come_twice_the_first_are_shown_and_the_others_counted) {
  fs::remove_all("twice");
  const auto report = WriteSite({Fixtures() / "valid", ToyCopy("copy")}, "twice");
  BOOST_TEST(report.cells == 20);
  BOOST_TEST(report.left_out == 20);
  fs::remove_all("nothing");
  fs::create_directories("nothing");
  BOOST_TEST(Contains(MessageOf([] { WriteSite({"nothing"}, "twice"); }), "no scores"));
  WriteFileAtomically("nothing/bad.json", "{");
  BOOST_TEST(Contains(MessageOf([] { WriteSite({"nothing"}, "twice"); }), "1 file left out"));
}

BOOST_AUTO_TEST_CASE(a_bad_score_is_left_out_and_its_cell_is_not_finished) {
  const auto scores = ToyCopy("bad_scores");
  const auto file = scores / "toy/toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";
  Json json = ReadJson(file);
  json["student"]["asr"] = 7.5;
  WriteFileAtomically(file, json.dump());
  fs::remove_all("bad_site");
  const auto report = WriteSite({scores}, "bad_site");
  BOOST_TEST(report.left_out == 1);
  const auto page = ReadBytes("bad_site/matrices/toy.html");
  BOOST_TEST(!Contains(page, "750.0"));
  BOOST_TEST(!Contains(page, "<bdi>abd</bdi>"));
  BOOST_TEST(Contains(page, "no score"));
}

BOOST_AUTO_TEST_CASE(a_matrix_file_that_cannot_be_read_costs_the_site_nothing) {
  const auto scores = ToyCopy("torn");
  WriteFileAtomically(scores / "toy/matrix.json", "{\"schema\":");
  BOOST_TEST(WriteSite({scores}, "torn_site").cells == 20);
}

BOOST_AUTO_TEST_CASE(matrices_whose_names_are_alike_in_files_have_pages_of_their_own) {
  for (const char* name : {"a b", "a/b"}) {
    for (auto& score : ReadScores(Fixtures() / "valid")) {
      score.matrix = name;
      score.media.clear();
      const auto folder = fs::path("alike") / (name[1] == ' ' ? "one" : "two");
      WriteFileAtomically(folder / (CellId(score.cell) + ".json"), ToJson(score).dump());
    }
  }
  const auto report = WriteSite({"alike"}, "alike_site");
  BOOST_TEST(report.cells == 40);
  BOOST_TEST(report.left_out == 0);
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

// --- what changed

BOOST_AUTO_TEST_CASE(a_site_says_what_changed_since_the_one_before) {
  const auto scores = ToyCopy("changes");
  const auto first = SiteOf(scores, "changes_first");
  BOOST_TEST(Contains(ReadBytes(first / "changes.html"), "Nothing is known of an earlier site"));
  const auto again = [&](const fs::path& previous, const fs::path& out) {
    fs::remove_all(out);
    WriteSite({scores}, out, {.previous = previous});
    return out;
  };
  const auto same = again(first, "changes_same");
  BOOST_TEST(ReadBytes(same / "changes.json") == ReadBytes(first / "changes.json"));
  fs::remove(scores / "toy/toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto file = scores / "toy" / FixtureScoreFile().filename();
  Json json = ReadJson(file);
  json["track"] = "out_of_distribution";
  WriteFileAtomically(file, json.dump());
  const auto changed = again(same, "changes_changed");
  const auto page = ReadBytes(changed / "changes.html");
  BOOST_TEST(Contains(page, "toy: 1 cell changed its numbers"), page);
  BOOST_TEST(Contains(page, "toy: 1 cell went"));
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

// --- what the pages show ---

std::string PageOf(std::vector<Score> scores, const CurrentSources& now = {}) {
  const auto matrices = ByMatrix(std::move(scores));
  return Templates().Render("page", site::MatrixPageData(site::BoardOf(matrices.at(0)), now));
}

BOOST_AUTO_TEST_CASE(a_heat_map_says_how_many_seeds_a_mean_is_over) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense != "abd" || cell.attack != "badnets_grid" || cell.teacher_seed != 1) continue;
    score.status = Status::kDiverged;
    score.reason = "the loss was not finite";
  }
  const auto page = PageOf(scores);
  BOOST_TEST(Contains(page, "1 of 2 seeds: 1 diverged"));
  BOOST_TEST(Contains(page, "ASR 3.4"));  // of the seed that ended
}

std::string SectionOf(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  const auto board = site::BoardOf(matrices.at(0));
  const auto& group = board.groups.front();
  return Templates().Render("headline", site::HeadlineData(group.standings)) +
         Templates().Render("standings", site::StandingsData(group, "id"));
}

BOOST_AUTO_TEST_CASE(a_collapsed_student_is_told_and_never_the_headline) {
  const auto section = SectionOf(ToyCollapsed());
  BOOST_TEST(Contains(section, "The lowest mean ASR so far is that of <bdi>sv</bdi>"));
  BOOST_TEST(Contains(section, "no rank: utility collapse in 1 cell<"));
  BOOST_TEST(Contains(section, "utility collapse in 1 of 3 finished cells"));
  const auto all = SectionOf(ToyFlagged("utility_collapse", [](const Cell&) { return true; }));
  BOOST_TEST(!Contains(all, "class=\"headline\""));
}

// The toy scores with three teacher seeds each; the ASR moves by a tenth of a percent.
std::vector<Score> WithThreeTeachers() {
  std::vector<Score> scores;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    if (score.cell.teacher_seed != 0) continue;
    const auto asr = score.student ? score.student->asr : std::nullopt;
    for (const int64_t seed : {0, 1, 2}) {
      score.cell.teacher_seed = seed;
      if (asr) score.student->asr = *asr + 0.001 * static_cast<double>(seed);
      scores.push_back(score);
    }
  }
  return scores;
}

BOOST_AUTO_TEST_CASE(the_standings_are_written_with_all_that_is_known_of_them) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "standings_site"));
  const Json tables = ParseJson(files.at("standings.json"), "");
  BOOST_TEST_REQUIRE(tables.size() == 1U);
  BOOST_TEST(tables[0].at("matrix") == "toy");
  BOOST_TEST(tables[0].at("distiller") == "zskt");
  BOOST_TEST(tables[0].at("rows").at(0).at("defense") == "abd");
  BOOST_TEST(Contains(files.at("data.html"), "href=\"standings.json\""));
}

BOOST_AUTO_TEST_CASE(ranks_have_ranges_and_means_have_intervals) {
  const auto section = SectionOf(WithThreeTeachers());
  BOOST_TEST(Contains(section, "<strong><bdi>abd</bdi></strong> has the lowest mean ASR"), section);
  BOOST_TEST(Contains(section, "are found four times in five"));
  BOOST_TEST(Contains(section, "agree on the first place in 100 % of splits"));
  BOOST_TEST(std::regex_search(section, std::regex("<span class=\"ci\">[0-9.]+–[0-9.]+</span>")));
}

BOOST_AUTO_TEST_CASE(means_say_over_which_cells_they_are) {
  BOOST_TEST(
      Contains(SectionOf(ToyWithoutTransferOfBlend()),
               "over the 2 attacked cells in which the undefended student carries the backdoor"));
}

BOOST_AUTO_TEST_CASE(if_no_attack_transfers_missing_means_have_the_reason) {
  const auto section = SectionOf(ToyWithoutTransfer());
  const std::string why = "in no attacked cell does the undefended student carry the backdoor";
  BOOST_TEST(CountOf(section, "missing: " + why) == 8);  // ASR and DER; ranks of abd and sv
}

BOOST_AUTO_TEST_CASE(the_front_holds_what_nothing_beats_in_both) {
  const std::vector<svg::Mark> marks = {{"good", 0.1, 0.9, {}},
                                        {"beaten", 0.2, 0.9, {}},
                                        {"exact", 0.3, 0.95, {}},
                                        {"twin", 0.1, 0.9, {}}};
  const std::vector<size_t> expected = {0, 3, 2};
  BOOST_TEST(svg::Front(marks) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(charts_leave_out_what_is_not_finite) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const svg::ChartText text{"id", "t<", "d", "x", "y"};
  BOOST_TEST(svg::Dots(text, {{"l", nan, {}}}, {}).empty());
  const auto chart =
      svg::Dots(text, {{"l", nan, {}}, {"m", 0.5, dfkd::Interval{0.4, 0.6}}}, 0.9).text();
  BOOST_TEST(!Contains(chart, "nan"));
  BOOST_TEST(Contains(chart, "t&lt;"));
  BOOST_TEST(Contains(chart, "class=\"line front\""));  // the control
}

BOOST_AUTO_TEST_CASE(cells_that_are_in_no_mean_are_hatched_with_the_reason) {
  const auto page = PageOf(ToyWithoutTransferOfBlend());
  BOOST_TEST(Contains(page, " hatch\">"));
  BOOST_TEST(Contains(page, "in no mean: "));
  BOOST_TEST(!Contains(PageOf(ReadScores(Fixtures() / "valid")), "in no mean: not_transferred"));
}

BOOST_AUTO_TEST_CASE(the_page_of_a_defence_says_whom_it_beats) {
  auto scores = WithThreeTeachers();
  const auto matrices = ByMatrix(scores);
  const auto boards = site::BoardsOf(matrices);
  const auto page =
      Templates().Render("page", site::PluginPageData({PluginKind::kDefense, "abd"}, boards));
  BOOST_TEST(Contains(page, "<h1>abd "));
  BOOST_TEST(Contains(page, "Proven better than</dt><dd>"));
  BOOST_TEST(!Contains(page, "Proven better than</dt><dd>nobody"));
  BOOST_TEST(Contains(page, "#toy/cells?defense=abd\""));
  const auto attack =
      Templates().Render("page", site::PluginPageData({PluginKind::kAttack, "blend"}, boards));
  BOOST_TEST(Contains(attack, "Defences against blend_0.1"));
}

BOOST_AUTO_TEST_CASE(what_a_value_may_do_in_an_address_it_does_not) {
  BOOST_TEST(site::Encoded("a-b_c.1~") == "a-b_c.1~");
  BOOST_TEST(site::Encoded("a&b=c #\xC3\xA9") == "a%26b%3Dc%20%23%C3%A9");
}

BOOST_AUTO_TEST_CASE(no_name_turns_the_direction_of_writing_around) {
  const std::string turned = "\xE2\x80\xAEgnp.exe", shown = "\xEF\xBF\xBDgnp.exe";
  BOOST_TEST(site::Shielded(turned) == shown);
  BOOST_TEST(site::Shielded("\xE2\x81\xA9 \xC3\xA9 \x01") == "\xEF\xBF\xBD \xC3\xA9 \xEF\xBF\xBD");
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.cell.defense = turned;
  }
  const auto page = PageOf(scores);
  BOOST_TEST(!Contains(page, "\xE2\x80\xAE"));
  BOOST_TEST(Contains(page, shown));
}

BOOST_AUTO_TEST_CASE(numbers_are_written_for_people) {
  BOOST_TEST(site::Percent(0.8584) == "85.8");
  BOOST_TEST(site::Points(-0.0161) == "−1.6");
  BOOST_TEST(site::Duration(523) == "8 min 43 s");
  BOOST_TEST(site::Duration(11100) == "3 h 05 min");
  BOOST_TEST(site::Interval(5, 10) == "23.7–76.3");
  BOOST_TEST(site::Plural(1, "cell") == "1 cell");
  BOOST_TEST(Templates().Render("number", site::Shown("3.4", "± 0.5")) ==
             "3.4 <span class=\"ci\">± 0.5</span>");
  BOOST_TEST(Contains(Templates().Render("number", site::Missing("a \"reason\"")),
                      "title=\"a &quot;reason&quot;\""));
}

BOOST_AUTO_TEST_CASE(changed_code_behind_numbers_is_said_above_them) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto page = [&](const std::string& hash) {
    scores.front().provenance.sources["attack none"] = {hash};
    scores.front().entries.at("attack").plugin = "none";
    const CurrentSources now = {{"attack none", {1, std::string(64, 'b'), ""}}};
    return PageOf(scores, now);
  };
  BOOST_TEST(Contains(page(std::string(64, 'a')),
                      "<strong>Changed code.</strong> attack none, revision 1: 1 of 1 scores"));
  BOOST_TEST(!Contains(page(std::string(64, 'b')), "Changed code"));
}

}  // namespace dfkd::site_test
