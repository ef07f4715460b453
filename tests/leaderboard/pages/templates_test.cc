#include "leaderboard/pages/templates.h"

#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>

#include "bench/io/file.h"
#include "leaderboard/pages/changes.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/left_out.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/shown_pictures.h"
#include "leaderboard/pages/site.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "tests/leaderboard/moved.h"
#include "tests/leaderboard/rerun.h"
#include "tests/leaderboard/toy.h"
#include "tests/scores/fixtures.h"

namespace dfkd::templates_test {

namespace fs = std::filesystem;

// A folder with one template more than the program has.
fs::path FolderWith(const std::string& text) {
  fs::remove_all("templates");
  WriteFileAtomically("templates/probe.tpl", text);
  return "templates";
}

std::string Rendered(const std::string& text, const Json& data) {
  return Templates(FolderWith(text)).Render("probe", data);
}

std::string ErrorOf(const std::string& text, const Json& data = Json::object()) {
  return MessageOf([&] { Rendered(text, data); });
}

// --- what a template may say

BOOST_AUTO_TEST_CASE(sections_repeat_for_a_list_and_show_what_is_there) {
  const Json data = {{"rows", {{{"name", "a"}}, {{"name", "b"}}}},
                     {"none", Json::array()},
                     {"one", {{"name", "c"}}},
                     {"yes", true},
                     {"no", false},
                     {"empty", ""},
                     {"null", nullptr},
                     {"count", 3},
                     {"name", "outer"}};
  BOOST_TEST(Rendered("{{#rows}}[{{name}}]{{/rows}}{{name}}", data) == "[a][b]outer");
  BOOST_TEST(Rendered("{{#one}}[{{name}} of {{count}}]{{/one}}", data) == "[c of 3]");
  BOOST_TEST(Rendered("{{#none}}x{{/none}}{{#no_none}}nothing{{/no_none}}", data) == "nothing");
  BOOST_TEST(Rendered("{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{#no_no}}3{{/no_no}}", data) == "13");
  BOOST_TEST(Rendered("{{#empty}}1{{/empty}}{{#null}}2{{/null}}-{{null}}-", data) == "--");
  BOOST_TEST(Rendered("a{{! not {{shown}}b", data) == "ab");
  BOOST_TEST(Rendered("{{#rows}}{{>number}}{{/rows}}", {{"rows", {site::Shown("1")}}}) == "1");
}

BOOST_AUTO_TEST_CASE(a_mistake_is_told_with_template_and_line) {
  BOOST_TEST(ErrorOf("a\n{{#rows}}") == "probe.tpl, line 2: #rows is not closed");
  BOOST_TEST(ErrorOf("{{#a}}{{#b}}{{/a}}{{/b}}") == "probe.tpl, line 1: /a closes 'b'");
  BOOST_TEST(ErrorOf("\n\n{{/a}}") == "probe.tpl, line 3: /a closes ''");
  BOOST_TEST(ErrorOf("\n{{name") == "probe.tpl, line 2: {{ without }}");
  BOOST_TEST(ErrorOf("{{>nowhere}}") == "probe.tpl, line 1: there is no nowhere.tpl");
  BOOST_TEST(ErrorOf("{{name}}") == "probe.tpl: there is no variable 'name' here");
  BOOST_TEST(ErrorOf("{{#name}}{{/name}}") == "probe.tpl: there is no variable 'name' here");
  BOOST_TEST(ErrorOf("{{#no_name}}{{/no_name}}") == "probe.tpl: there is no variable 'name' here");
  BOOST_TEST(ErrorOf("{{a}}", {{"a", Json::array()}}) == "probe.tpl: variable 'a' is not a text");
  BOOST_TEST(ErrorOf("{{>probe}}") == "probe.tpl: it includes itself");
  BOOST_TEST(MessageOf([] { Templates().Render("nowhere", {}); }) == "there is no nowhere.tpl");
  BOOST_TEST(Contains(MessageOf([] { Templates templates("no_such_folder"); }), "no templates"));
}

BOOST_AUTO_TEST_CASE(no_template_can_switch_escaping_off) {
  for (const char* tag :
       {"{{a:none}}", "{{a:x-raw}}", "{{{a}}}", "{{&a}}", "{{=<% %>=}}", "{{ a }}",
        "{{%AUTOESCAPE context=\"TEXT\"}}", "{{A}}", "{{}}", "{{#a:none}}{{/a}}"}) {
    BOOST_TEST(Contains(ErrorOf(tag, {{"a", "<b>"}}), "is none of {{name}}"), tag);
  }
}

// --- what data may do

BOOST_AUTO_TEST_CASE(text_is_escaped_for_the_place_where_it_stands) {
  const Json data = {{"t", "<b a='1' c=\"2\">&{{t}}"}, {"u", "javascript:alert(1)"}};
  const std::string escaped = "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;{{t}}";
  BOOST_TEST(Rendered("{{t}}", data) == escaped);
  BOOST_TEST(Rendered("<p title=\"{{t}}\">", data) == "<p title=\"" + escaped + "\">");
  BOOST_TEST(!Contains(Rendered("<p title={{t}}>", data), " c="));
  BOOST_TEST(!Contains(Rendered("<script>f('{{t}}')</script>", data), "f('<b"));
  BOOST_TEST(Rendered("{{t}}", {{"t", std::string("a\0b\x1b", 4)}}) ==
             "a\xEF\xBF\xBD"
             "b\xEF\xBF\xBD");
}

BOOST_AUTO_TEST_CASE(an_address_from_data_runs_nothing) {
  const auto link = [](const std::string& address) {
    return Rendered("<a href=\"{{u}}\">", {{"u", address}});
  };
  for (const char* address :
       {"javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<script>", "vbscript:x"}) {
    BOOST_TEST(link(address) == "<a href=\"#\">", address);
  }
  BOOST_TEST(link("cells/toy/a-b_c.html") == "<a href=\"cells/toy/a-b_c.html\">");
  BOOST_TEST(Contains(link("\" onclick=\"x"), "&quot;"));
}

BOOST_AUTO_TEST_CASE(only_a_drawing_is_markup) {
  const Json bar = svg::Bar(0.5);
  BOOST_TEST(Rendered("{{a_svg}}", {{"a_svg", bar}}).rfind("<svg", 0) == 0u);
  BOOST_TEST(Rendered("{{#a_svg}}x{{/a_svg}}-{{a_svg}}", {{"a_svg", svg::Drawing()}}) == "-");
  BOOST_TEST(ErrorOf("{{a_svg}}", {{"a_svg", "<svg>"}}) ==
             "probe.tpl: variable 'a_svg' is not a drawing");
  BOOST_TEST(ErrorOf("{{a_svg}}", {{"a_svg", {{"bytes", {60, 62}}, {"subtype", nullptr}}}}) ==
             "probe.tpl: variable 'a_svg' is not a drawing");
  BOOST_TEST(ErrorOf("{{a}}", {{"a", bar}}) == "probe.tpl: variable 'a' is not a text");
}

// --- the templates of the program

// Names after {{, {{# and {{/; without the "no_" of opposites.
std::set<std::string> NamesIn(const std::string& name) {
  static const std::regex tag("\\{\\{[#/]?(?:no_)?([a-z0-9_]+)\\}\\}");
  const std::string text(TemplateFiles().At(name + ".tpl"));
  std::set<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), tag), end; it != end; ++it) {
    names.insert((*it)[1]);
  }
  return names;
}

void AddKeys(const Json& data, std::set<std::string>& keys) {
  if (!data.is_structured()) return;
  for (const auto& [key, value] : data.items()) {
    if (data.is_object()) keys.insert(key);
    AddKeys(value, keys);
  }
}

std::vector<site::ChangeEntry> Changes() { return {{"urn:x", "2026-01-01", "1 change", {"more"}}}; }

// The toy scores, and the same again beside another distiller: two groups.
std::vector<Score> OfTwoDistillers() {
  auto scores = ReadScores(Fixtures() / "valid");
  for (auto score : ReadScores(Fixtures() / "valid")) {
    score.cell.distiller = "another";
    scores.push_back(score);
  }
  return scores;
}

void AddAs(const char* name, std::vector<Score> scores, std::vector<ScoredMatrix>& matrices) {
  for (auto& matrix : ByMatrix(std::move(scores))) {
    matrix.name = name;
    matrices.push_back(matrix);
  }
}

// Of some of its cells; the links are those of a matrix with more.
Json CellPageOf(const site::Board& board) {
  const auto& scores = board.matrix->scores;
  auto page = site::CellPageData(board, {.path = "cells/toy/zskt-2.html",
                                         .distiller = "zskt",
                                         .number = 2,
                                         .of = 2,
                                         .scores = {&scores.front(), &scores.back()}});
  const Json link = {{"page", "../../cells/toy/zskt-1.html"},
                     {"distiller", "zskt"},
                     {"part", "1 of 2"},
                     {"cells", "500 cells"}};
  page["cell_page"]["cell_pages"] = {{"items", Json::array({link})}};
  return page;
}

// The data of every kind of page, from scores in which everything occurs.
std::vector<Json> EveryPage() {
  auto matrices = ByMatrix(ToyCollapsed());
  for (auto& matrix : ByMatrix(Rerun2())) matrices.push_back(matrix);
  std::vector<Score> useless;
  for (auto score : ReadScores(Fixtures() / "valid")) {
    score.matrix = "useless";
    if (score.student && score.student->asr) score.student->asr = 0.5;
    if (score.cell.teacher_seed != 0 || score.cell.attack != "badnets_grid") continue;
    for (const int64_t seed : {0, 1, 2}) {  // what a rank takes
      score.cell.teacher_seed = seed;
      useless.push_back(score);
    }
  }
  for (auto& matrix : ByMatrix(useless)) matrices.push_back(matrix);
  auto partial = ReadScores(Fixtures() / "valid");
  for (auto& score : partial) score.matrix = "partial";
  std::vector<Cell> planned;
  for (const auto& score : partial) planned.push_back(score.cell);
  for (const char* defense : {"nobodys", "nobodys_too"}) {
    planned.push_back(partial.front().cell);
    planned.back().defense = defense;
  }
  std::erase_if(partial, [](const Score& score) { return score.cell.attack == "blend_0.1"; });
  for (auto& matrix : ByMatrix(partial)) {
    matrix.planned = planned;
    matrices.push_back(matrix);
  }
  AddAs("groups", OfTwoDistillers(), matrices);
  AddAs("asked", ToyAsked(), matrices);
  AddAs("moved", ToyMoved(), matrices);
  const auto reference = LoadReference("abd_2023");
  const auto boards = site::BoardsOf(matrices);
  const auto changes = Changes();
  const std::vector<Problem> left_out(site::kMostLeftOut + 1, {"a.json", "", "not valid"});
  std::vector<Json> pages = {
      site::HomePage(boards, {reference}, left_out),
      site::ProtocolPage(boards),
      site::DownloadsPage(site::CsvColumns(boards), "1", "2026-01-01"),
      site::ChangesPage(changes),
      CellPageOf(boards.front()),
      site::ReferenceData(reference, CompareWithReference(reference, Rerun2()))};
  for (const auto& board : boards) pages.push_back(site::MatrixPageData(board));
  std::map<std::string, site::ShownPictures> pictures;
  for (const auto& matrix : matrices) {
    const auto& score = matrix.scores.front();
    pictures[matrix.name][SubjectOf(score.cell)] = {
        &score, {{"trigger", "media/0.png"}, {"synthetic", "media/1.png"}}};
  }
  for (const auto& plugin : site::PluginsIn(boards)) {
    pages.push_back(site::PluginPageData(plugin, boards));
    site::AddPicturesTo(pages.back(), plugin, boards, pictures);
  }
  return pages;
}

// The names of `all` that `others` lacks, each followed by a blank.
std::string Without(const std::set<std::string>& all, const std::set<std::string>& others) {
  std::string lacking;
  for (const auto& name : all) {
    if (!others.contains(name)) lacking += name + " ";
  }
  return lacking;
}

BOOST_AUTO_TEST_CASE(templates_use_what_the_pages_provide_and_all_of_it) {
  std::set<std::string> provided, used;
  for (const auto& page : EveryPage()) AddKeys(page, provided);
  AddKeys(site::AtomFeed(Changes(), "2026-01-01T00:00:00Z"), provided);
  for (const auto& name : TemplateFiles().Stems()) used.merge(NamesIn(name));
  const auto unknown = Without(used, provided), unused = Without(provided, used);
  BOOST_TEST(unknown.empty(), "no page provides " << unknown);
  BOOST_TEST(unused.empty(), "no template uses " << unused);
}

BOOST_AUTO_TEST_CASE(the_readme_of_the_templates_knows_each_template_and_variable) {
  const auto readme = ReadBytes(fs::path(DFKD_SOURCE_DIR) / "leaderboard/pages/README.md");
  for (const auto& name : TemplateFiles().Stems()) {
    BOOST_TEST(Contains(readme, "`" + name + ".tpl`"), name);
    for (const auto& variable : NamesIn(name)) {
      BOOST_TEST(Contains(readme, "`" + variable + "`"), name + ".tpl: " + variable);
    }
  }
}

BOOST_AUTO_TEST_CASE(no_source_holds_markup_but_that_of_the_charts) {
  static const std::regex text("\"(?:[^\"\\\\]|\\\\.)*\""), markup("</?[a-z]+[^<>]*>");
  const auto folder = fs::path(DFKD_SOURCE_DIR) / "leaderboard/pages";
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (entry.path().extension() != ".cc" || name == "svg.cc") continue;
    const auto source = ReadBytes(entry.path());
    for (std::sregex_iterator it(source.begin(), source.end(), text), end; it != end; ++it) {
      BOOST_TEST(!std::regex_search(it->str(), markup), name + ": " + it->str());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_folder_of_templates_replaces_those_of_the_same_name) {
  fs::remove_all("templates");
  WriteFileAtomically("templates/glossary.tpl", "<p>other words</p>\n");
  WriteSite({Fixtures() / "valid"}, "templates_site", {.templates = "templates"});
  const auto index = ReadBytes("templates_site/index.html");
  BOOST_TEST(Contains(index, "<p>other words</p>"));
  BOOST_TEST(Contains(ReadBytes("templates_site/matrices/toy.html"), "<h2>All cells</h2>"));
  WriteFileAtomically("templates/glossary.tpl", "<p>\n{{colour}}</p>\n");
  BOOST_TEST(Contains(MessageOf([] {
                        WriteSite({Fixtures() / "valid"}, "templates_site",
                                  {.templates = "templates"});
                      }),
                      "glossary.tpl: there is no variable 'colour' here"));
  BOOST_TEST(ReadBytes("templates_site/index.html") == index);
}

// --- hostile scores

void Poison(Json& value, const std::string& text) {
  if (value.is_string()) value = text;
  if (!value.is_structured()) return;
  for (auto& item : value) Poison(item, text);
}

// Every text of every page replaced: markup, attributes and addresses stay those of the templates.
BOOST_AUTO_TEST_CASE(no_text_of_any_page_becomes_markup) {
  const Templates templates;
  static const std::regex tag("<[^>]*>");
  const auto tags = [](const std::string& html) {
    std::vector<std::string> found;
    for (std::sregex_iterator it(html.begin(), html.end(), tag), end; it != end; ++it) {
      found.push_back(std::regex_replace(it->str(), std::regex("\"[^\"]*\""), "\"\""));
    }
    return found;
  };
  for (auto& page : EveryPage()) {
    auto harmless = page;
    Poison(harmless, "x");
    const auto expected = tags(templates.Render("page", harmless));
    for (const std::string evil :
         {"<script>alert(1)</script>", "\"><img src=x onerror=alert(2)>", "' onclick='alert(3)",
          "javascript:alert(4)", "{{>page}}", "--></title><svg onload=alert(5)>"}) {
      Poison(page, evil);
      const auto html = templates.Render("page", page);
      BOOST_TEST(tags(html) == expected, evil);
      BOOST_TEST(!Contains(html, "href=\"javascript:"), evil);
      BOOST_TEST(!Contains(html, "src=\"javascript:"), evil);
    }
  }
}

}  // namespace dfkd::templates_test
