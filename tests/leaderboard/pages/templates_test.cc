#include "leaderboard/pages/templates.h"

#include <boost/test/unit_test.hpp>

#include "bench/io/file.h"
#include "tests/scores/fixtures.h"

namespace dfkd {
namespace {

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

}  // namespace
}  // namespace dfkd
