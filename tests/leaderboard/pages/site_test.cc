#include "leaderboard/pages/site.h"

#include <spdlog/sinks/ostream_sink.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/templates.h"
#include "leaderboard/pages/values.h"
#include "tests/leaderboard/pages/sections.h"
#include "tests/leaderboard/pages/site_files.h"
#include "tests/leaderboard/toy.h"
#include "tests/scores/fixtures.h"

namespace dfkd::site_test {

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

BOOST_AUTO_TEST_CASE(every_anchor_that_a_page_links_to_is_there) {
  const std::vector<std::string> none;
  BOOST_TEST(LostAnchors(FilesBelow(SiteOf(Fixtures() / "valid", "site"))) == none,
             boost::test_tools::per_element());
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
  BOOST_TEST(Contains(page, "76 of those planned without a valid score"));
  BOOST_TEST(Contains(page, "Demonstration."));
  BOOST_TEST(CountOf(page, "<th>") == 0);  // every head has a scope
}

BOOST_AUTO_TEST_CASE(the_home_page_answers_for_each_group_and_says_on_what_that_rests) {
  const auto index = FilesBelow(SiteOf(Fixtures() / "valid", "site")).at("index.html");
  BOOST_TEST(CountOf(index, "class=\"headline\"") == 1);
  // sine failed its gate, and blend_0.1 has one teacher seed.
  BOOST_TEST(Contains(index,
                      "Rests on 3 cells in which the ASR counts: 2 attacks, 2 teacher "
                      "seeds, 1 student seed; 3 of 5 "),
             index);
  BOOST_TEST(
      Contains(index, "href=\"matrices/toy.html#toy/toy/wrn_16_2~wrn_16_1/zskt/synthesized"));
  BOOST_TEST(Contains(index, "<span class=\"tag\">demonstration</span>"));
  BOOST_TEST(Contains(index, "href=\"defenses/abd.html\""));
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
  const auto row = page.find("<tr id=\"toy/cell/toy-blend_0.1-wrn_16_2-wrn_16_1-zskt-abd-t0-s0\"");
  BOOST_REQUIRE(row != std::string::npos);
  BOOST_TEST(Contains(page.substr(row, page.find("</tr>", row) - row), "no score"));
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

BOOST_AUTO_TEST_CASE(a_collapsed_student_is_told_and_never_the_headline) {
  const auto section = SectionOf(ToyCollapsed());
  BOOST_TEST(Contains(section, "The lowest mean ASR so far is that of <bdi>sv</bdi>"));
  BOOST_TEST(Contains(section, "no rank: utility collapse in 1 cell<"));
  BOOST_TEST(Contains(section, "utility collapse in 1 of 3 finished cells"));
  const auto all = SectionOf(ToyFlagged("utility_collapse", [](const Cell&) { return true; }));
  BOOST_TEST(!Contains(all, "class=\"headline\""));
}

// Of them, those chosen did not end.
std::vector<Score> WithFailures(std::vector<Score> scores,
                                const std::function<bool(const Cell&)>& failed) {
  for (auto& score : scores) {
    if (!failed(score.cell)) continue;
    score.status = Status::kDiverged, score.reason = "the loss was not finite";
    score.student.reset();
  }
  return scores;
}

bool Last(const Cell& cell) { return cell.attack == "badnets_grid" && cell.teacher_seed == 2; }

BOOST_AUTO_TEST_CASE(an_unfinished_board_has_its_answer_so_far_and_why_it_is_no_more) {
  const auto section = SectionOf(WithFailures(WithThreeTeachers(), [](const Cell& cell) {
    return Last(cell) || (cell.defense != "none" && cell.attack == "blend_0.1");
  }));
  BOOST_TEST(Contains(section, "Not ranked with 2 teacher seeds"), section);
  BOOST_TEST(Contains(section, "so far, over 2 of 6 planned cells, is that of <bdi>abd</bdi>"));
  BOOST_TEST(Contains(section,
                      "Not finished: of the 6 planned cells, the most that a defence has "
                      "finished are 2."));
  const auto ranked = SectionOf(WithFailures(WithThreeTeachers(), [](const Cell& cell) {
    return cell.defense != "none" && cell.attack == "blend_0.1";
  }));
  BOOST_TEST(Contains(ranked, "So far, over 3 of 6 planned cells, <strong><bdi>abd</bdi></strong>"),
             ranked);
  BOOST_TEST(Contains(ranked, "% without a defence, a proven difference"));
}

BOOST_AUTO_TEST_CASE(a_sentence_without_an_undefended_student_says_so) {
  auto scores = WithThreeTeachers();
  std::erase_if(scores, [](const Score& score) { return score.cell.defense == "none"; });
  BOOST_TEST(Contains(SectionOf(scores), "There is no undefended student here to compare with."));
  BOOST_TEST(!Contains(SectionOf(WithThreeTeachers()), "undefended student here"));
}

BOOST_AUTO_TEST_CASE(no_mean_is_set_against_one_of_an_undefended_student_over_other_cells) {
  const auto section = SectionOf(WithFailures(WithFourStudents(), [](const Cell& cell) {
    return Last(cell) && cell.student_seed == 3 && cell.defense == "none";
  }));
  BOOST_TEST(Contains(section, "; over the 23 cells that the undefended student finished too, −"),
             section);
  BOOST_TEST(!Contains(section, "% without a defence"));
  BOOST_TEST(Contains(section, "ACC is over other cells than without a defence"));
  BOOST_TEST(Contains(section, "over 23 of 24</span>"));  // DER
  BOOST_TEST(Contains(section, "what the student is distilled from; over 23 of 24 cells"));
}

BOOST_AUTO_TEST_CASE(rows_for_reference_are_over_the_cells_of_the_table) {
  const auto last = [](const Cell& cell) { return Last(cell) && cell.student_seed == 3; };
  auto scores = WithFourStudents();
  for (auto& score : scores) {
    if (last(score.cell)) score.teacher->asr = 0;
  }
  scores = WithFailures(std::move(scores),
                        [&](const Cell& cell) { return last(cell) && cell.defense != "none"; });
  const auto references = [](const std::string& section) {
    const auto begin = section.find("backdoored teacher");
    return section.substr(begin, section.find("</tfoot>") - begin);
  };
  BOOST_TEST(references(SectionOf(scores)) == references(SectionOf(WithFourStudents())));
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

// A step between them would be below what a double resolves there.
BOOST_AUTO_TEST_CASE(charts_of_values_that_differ_in_the_last_place_have_a_few_ticks) {
  const double low = 0.3, high = 0.30000000000000004;
  const svg::ChartText text{"id", "t", "d", "x", "y"};
  const svg::StepLine line{"m", {{0, low, true}, {1, high, true}}};
  for (const auto& chart :
       {svg::Dots(text, {{"m", low, dfkd::Interval{low, high}}}, high).text(),
        svg::Pareto(text, {{"m", low, high, {{low, low}, {high, high}}}}).text(),
        svg::Steps(text, {"2024-05-31", "2024-06-01"}, {line}).text()}) {
    const auto ticks = CountOf(chart, "class=\"grid\"");
    BOOST_TEST((ticks >= 2 && ticks <= 20), chart);
    BOOST_TEST((!Contains(chart, "nan") && !Contains(chart, "inf")), chart);
  }
}

BOOST_AUTO_TEST_CASE(cells_that_are_in_no_mean_are_hatched_with_the_reason) {
  const auto page = PageOf(ToyWithoutTransferOfBlend());
  BOOST_TEST(Contains(page, " hatch\">"));
  BOOST_TEST(Contains(page, "in no mean: "));
  BOOST_TEST(!Contains(PageOf(ReadScores(Fixtures() / "valid")), "in no mean: not_transferred"));
}

BOOST_AUTO_TEST_CASE(flags_are_said_to_keep_out_of_means_what_they_keep_out) {
  auto score = ReadScore(FixtureScoreFile());
  for (const auto& flag : site::Flags()) {
    score.validity = {flag};
    BOOST_TEST(CountsForAsr(score) != site::KeepsOutOfMeans(flag), flag);
  }
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
  BOOST_TEST(Contains(page, "matrices/toy.html?defense=abd#toy/cells\""));
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

BOOST_AUTO_TEST_CASE(what_a_distiller_has_beside_the_teacher_stands_behind_its_name) {
  auto score = ReadScore(FixtureScoreFile());
  auto& options = score.entries.at("distiller").options;
  options["extra_data"] = "class names", options["pretrained"] = "<b>CLIP</b>";
  fs::remove_all("side");
  WriteFileAtomically("side/" + CellId(score.cell) + ".json", ToJson(score).dump());
  const auto files = FilesBelow(SiteOf("side", "side_site"));
  for (const auto& page : {site::MatrixPage(score.matrix), std::string("index.html")}) {
    BOOST_TEST(Contains(files.at(page),
                        "extra data: class names; pretrained: &lt;b&gt;CLIP&lt;/b&gt;</span>"));
  }
  const auto data = DataIn(files, "data/" + site::FileOf(score.matrix));  // for a filter
  BOOST_TEST(data["ids"]["distiller"][0]["side"] ==
             "extra data: class names; pretrained: <b>CLIP</b>");
  options["extra_data"] = "none", options["pretrained"] = Json::array();
  BOOST_TEST(site::SideInformationText(score.entries.at("distiller")) == "");
}

BOOST_AUTO_TEST_CASE(what_detectors_say_and_what_wakes_again_stand_below_the_cells) {
  const auto detectors = site::DetectorRows(ToyAsked()).at("items");
  BOOST_TEST(detectors.size() == 3U);
  BOOST_TEST(detectors[0].at("attack") == "badnets_grid");
  BOOST_TEST(detectors[0].at("poisoned") == 2);
  BOOST_TEST(detectors[0].at("auroc").at("text") == "1.000");
  BOOST_TEST(detectors[0].at("refused").at("text") == "100.0");
  BOOST_TEST(detectors[0].at("refused_clean").at("text") == "0.0");
  const auto woken = site::ReactivationRows(ToyAsked()).at("items");
  BOOST_TEST(woken.size() == 4U);
  BOOST_TEST(woken[0].at("defense") == "abd");
  BOOST_TEST(woken[0].at("cells") == 3);
  BOOST_TEST(woken[0].at("kappa").at("text") == "2.00");
  const auto scores = ReadScores(Fixtures() / "valid");
  BOOST_TEST(site::DetectorRows(scores).is_null());
  BOOST_TEST(site::ReactivationRows(scores).is_null());
}

// What the log says of the site of a folder.
std::string ToldOf(const fs::path& scores) {
  std::ostringstream told;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  SiteOf(scores, "told_site");
  spdlog::set_default_logger(before);
  return told.str();
}

BOOST_AUTO_TEST_CASE(a_matrix_file_that_is_not_that_of_its_scores_is_told) {
  const auto folder = ToyCopy("strange");
  const auto file = folder / "toy/matrix.json";
  BOOST_TEST(!Contains(ToldOf(folder), "matrix.json"));
  Json matrix = ReadJson(file);
  matrix["name"] = "another";
  WriteFileAtomically(file, matrix.dump());
  BOOST_TEST(Contains(ToldOf(folder), "is of 'another' and says nothing of the scores of 'toy'"));
  fs::remove(file);
  fs::create_symlink(FixtureMatrixFile(), file);
  BOOST_TEST(Contains(ToldOf(folder), "matrix.json: is not read, for it is no plain file"));
}

// Such a score is refused; one in memory still takes down no table.
BOOST_AUTO_TEST_CASE(next_to_no_seconds_at_all_nothing_is_dear) {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto& score : scores) {
    score.cost.gpu_seconds.reset();
    score.cost.cpu_seconds = score.cell.defense == "none" ? 1e-300 : 30;
  }
  const auto standings = StandingsIn(std::move(scores));
  BOOST_TEST(RowOf(standings, "abd").seconds.value() == 30);
  BOOST_TEST(!RowOf(standings, "abd").relative_seconds.has_value());
}

BOOST_AUTO_TEST_CASE(changed_code_behind_numbers_is_said_above_them_and_explained_below) {
  auto scores = ReadScores(Fixtures() / "valid");
  const auto page = [&](const std::string& hash) {
    scores.front().provenance.sources["attack none"] = {hash};
    scores.front().entries.at("attack").plugin = "none";
    const CurrentSources now = {{"attack none", {1, std::string(64, 'b'), ""}}};
    return PageOf(scores, now);
  };
  const auto changed = page(std::string(64, 'a'));
  const auto answer = changed.find("class=\"headline\"");
  BOOST_TEST(changed.find("Changed code</strong> behind an entry: <a href=\"#toy/about\"") < answer,
             changed);
  const auto text =
      changed.find("<strong>Changed code.</strong> attack none, revision 1: 1 of 1 scores");
  BOOST_TEST_REQUIRE(text != changed.npos);
  BOOST_TEST(changed.find("id=\"toy/about\"") < text);
  BOOST_TEST(answer < text);
  BOOST_TEST(!Contains(page(std::string(64, 'b')), "Changed code"));
}

}  // namespace dfkd::site_test
