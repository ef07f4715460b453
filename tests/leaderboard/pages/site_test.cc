#include "leaderboard/pages/site.h"

#include <boost/test/unit_test.hpp>
#include <regex>

#include "bench/io/file.h"
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

BOOST_AUTO_TEST_CASE(every_cell_has_a_page_and_every_link_leads_to_a_file_of_the_site) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  int64_t pages = 0;
  for (const auto& [name, content] : files) {
    if (fs::path(name).extension() != ".html") continue;
    pages += fs::path(name).string().rfind("cells/toy/", 0) == 0;
    for (const auto& link : LinksOf(content)) {
      const auto target = (fs::path(name).parent_path() / link).lexically_normal().string();
      BOOST_TEST(files.count(target) == 1u, name + " links " + link);
    }
  }
  BOOST_TEST(pages == 20);
}

BOOST_AUTO_TEST_CASE(pages_are_balanced_and_ask_for_nothing_outside_the_folder) {
  for (const auto& [name, content] : FilesBelow(SiteOf(Fixtures() / "valid", "site"))) {
    if (fs::path(name).extension() != ".html") continue;
    BOOST_TEST(Unbalanced(content) == "", name + ": " + Unbalanced(content));
    BOOST_TEST(CountOf(content, "://") == 0, name);
    BOOST_TEST(CountOf(content, " style=") == 0, name);  // the policy forbids it
    BOOST_TEST(CountOf(content, "{{") == 0, name);
    BOOST_TEST(CountOf(content, "Content-Security-Policy") == 1, name);
  }
}

BOOST_AUTO_TEST_CASE(the_table_is_complete_without_a_script) {
  const auto index = FilesBelow(SiteOf(Fixtures() / "valid", "site")).at("index.html");
  const auto cells = index.substr(index.find("<table class=\"cells\""));
  BOOST_TEST(CountOf(cells.substr(0, cells.find("</table>")), "<tr>") == 21);  // with the head
  BOOST_TEST(Contains(index, "3.4 <span class=\"ci\">2.4–4.8</span>"));        // 31 of 900, Wilson
  BOOST_TEST(Contains(index, "the teacher&#39;s ASR of 46.3 % is below 90 %"));
  BOOST_TEST(Contains(index, "title=\"diverged: the student&#39;s loss was not finite"));
  BOOST_TEST(Contains(index, "Demonstration."));
  BOOST_TEST(CountOf(index, "<th>") == 0);  // every head has a scope
}

BOOST_AUTO_TEST_CASE(the_data_has_one_row_for_every_row_of_the_table) {
  const auto files = FilesBelow(SiteOf(Fixtures() / "valid", "site"));
  const auto& script = files.at("data.js");
  const std::string start = "window.dfkdData = ";
  BOOST_TEST_REQUIRE(script.rfind(start, 0) == 0u);
  const Json data =
      ParseJson(script.substr(start.size(), script.size() - start.size() - 2), "data");
  BOOST_TEST(data["matrices"][0]["rows"].size() == 20u);
  BOOST_TEST(data["matrices"][0]["rows"][0].size() == data["columns"].size());
  BOOST_TEST(ParseJson(files.at("data.json"), "data.json").size() == 20u);
  BOOST_TEST(CountOf(files.at("scores.csv"), "\n") == 21);
}

BOOST_AUTO_TEST_CASE(a_cell_tells_what_the_defender_pays_and_what_all_took) {
  Score score = ReadScore(FixtureScoreFile());
  score.media.clear();
  score.cost.cpu_seconds = 523;
  const auto page = [&] {
    fs::remove_all("cost");
    WriteFileAtomically("cost/" + CellId(score.cell) + ".json", ToJson(score).dump());
    return FilesBelow(SiteOf("cost", "cost_site")).at(site::PagePath(score));
  };
  BOOST_TEST(Contains(page(), "CPU time</dt><dd><span class=\"big\">8 min 43 s"));
  BOOST_TEST(Contains(page(), "what the defender pays, on cpu; wall 15 min 41 s<"), page());
  score.cost.total_seconds = 11100;
  BOOST_TEST(Contains(page(), ", with teacher and evaluation 3 h"));
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
  BOOST_TEST(Contains(files.at("index.html"), "&lt;script&gt;alert(1)&lt;/script&gt;"));
  BOOST_TEST(files.size() == 11u);  // no picture was taken from elsewhere, nothing but a page and
                                    // its JSON (a paper, and the list of files) was added
}

// A copy of the toy scores beside a matrix of the same, to be spoilt.
fs::path ToyCopy(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::copy(Fixtures() / "valid/toy", folder / "toy", fs::copy_options::recursive);
  return folder;
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
  const auto index = ReadBytes("bad_site/index.html");
  BOOST_TEST(!Contains(index, "750.0"));
  BOOST_TEST(!Contains(index, "<bdi>abd</bdi>"));
  BOOST_TEST(Contains(index, "no score"));
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
  const auto site = SiteOf(scores, "retracted_site");
  const std::string cell = "toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0";
  BOOST_TEST(fs::exists(site / "cells/toy" / (cell + ".html")));
  WriteFileAtomically(site / "CNAME", "example.org");
  WriteFileAtomically("outside.txt", "mine");
  WriteFileAtomically(site / "site-files.txt",
                      ReadBytes(site / "site-files.txt") + "../outside.txt\n/etc/hostname\n");
  fs::remove(scores / "toy" / (cell + ".json"));
  WriteSite({scores}, site);
  BOOST_TEST(!fs::exists(site / "cells/toy" / (cell + ".html")));
  BOOST_TEST(!fs::exists(site / "cells/toy" / (cell + ".json")));
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

BOOST_AUTO_TEST_CASE(a_cell_says_how_to_make_it_again_only_where_its_matrix_is_known) {
  const auto scores = ToyCopy("again_scores");
  const auto page = "cells/toy/" + FixtureScoreFile().stem().string() + ".html";
  const auto files = FilesBelow(SiteOf(scores, "again_site"));
  BOOST_TEST(
      Contains(files.at(page), "dfkd run matrix.json --datasets toy --attacks badnets_grid"));
  BOOST_TEST(ParseJson(files.at("cells/toy/matrix.json"), "") ==
             ReadJson(scores / "toy/matrix.json"));
  fs::remove(scores / "toy/matrix.json");
  BOOST_TEST(!Contains(FilesBelow(SiteOf(scores, "again_site")).at(page), "dfkd run"));
}

// --- what the pages show ---

BOOST_AUTO_TEST_CASE(a_heat_map_says_how_many_seeds_a_mean_is_over) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    const auto& cell = score.cell;
    if (cell.defense != "abd" || cell.attack != "badnets_grid" || cell.teacher_seed != 1) continue;
    score.status = Status::kDiverged;
    score.reason = "the loss was not finite";
  }
  const auto page = Templates().Render("page", site::IndexData(ByMatrix(scores)));
  BOOST_TEST(Contains(page, "1 of 2 seeds: 1 diverged"));
  BOOST_TEST(Contains(page, "ASR 3.4"));  // of the seed that ended
}

std::string SectionOf(std::vector<Score> scores) {
  const auto matrices = ByMatrix(std::move(scores));
  const auto groups = ByGroup(matrices.at(0));
  const auto& [group, cells] = *groups.begin();
  return Templates().Render("standings", site::StandingsData(group, StandingsOf(cells), "id"));
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
  BOOST_TEST(Contains(files.at("index.html"), "href=\"standings.json\""));
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
  BOOST_TEST(svg::LineChart(text, {{"l", "plain", {{0, nan}}}}, false).empty());
  const auto chart =
      svg::LineChart(text, {{"l", "plain", {{0, nan}, {1, 2}, {2, 3}}}}, false).text();
  BOOST_TEST(!Contains(chart, "nan"));
  BOOST_TEST(Contains(chart, "t&lt;"));
}

// The smallest step that such a range asks for is below what a double resolves there.
BOOST_AUTO_TEST_CASE(a_chart_of_nearly_equal_or_huge_numbers_ends) {
  const svg::ChartText text{"id", "t", "d", "x", "y"};
  const std::vector<std::pair<double, double>> ranges[] = {
      {{0, 0.3}, {1, std::nextafter(0.3, 1)}},
      {{0, 1e17}, {1, std::nextafter(1e17, 2e17)}},
      {{0, -1e308}, {1, 1e308}},
      {{0, 5e-324}, {1, 0}},
      {{1e15, 0}, {1e15 + 0.125, 1}},
      {{0, -0.7}, {1, std::nextafter(-0.7, 0)}}};
  for (const auto& points : ranges) {
    const auto chart = svg::LineChart(text, {{"l", "plain", points}}, false).text();
    BOOST_TEST(CountOf(chart, "<line") <= 42);
    BOOST_TEST(!Contains(chart, "nan"));
    BOOST_TEST(!Contains(chart, "inf"));
  }
}

BOOST_AUTO_TEST_CASE(no_name_turns_the_direction_of_writing_around) {
  const std::string turned = "\xE2\x80\xAEgnp.exe", shown = "\xEF\xBF\xBDgnp.exe";
  BOOST_TEST(site::Shielded(turned) == shown);
  BOOST_TEST(site::Shielded("\xE2\x81\xA9 \xC3\xA9 \x01") == "\xEF\xBF\xBD \xC3\xA9 \xEF\xBF\xBD");
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    if (score.cell.defense == "abd") score.cell.defense = turned;
  }
  const auto page = Templates().Render("page", site::IndexData(ByMatrix(scores)));
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
    return Templates().Render("page", site::IndexData(ByMatrix(scores), {}, now));
  };
  BOOST_TEST(Contains(page(std::string(64, 'a')),
                      "<strong>Changed code.</strong> attack none, revision 1: 1 of 1 scores"));
  BOOST_TEST(!Contains(page(std::string(64, 'b')), "Changed code"));
}

}  // namespace dfkd::site_test
