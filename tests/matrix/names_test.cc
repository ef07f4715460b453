// How entries of a matrix are called, and what comes twice: told before anything runs.
#include <boost/test/unit_test.hpp>

#include "bench/matrix/check_matrix.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::names_test {

using namespace testing;  // NOLINT: the helpers of this folder

const std::string kFirst = "/blocks/0";

// The first problem that is found where `value` is put at `pointer`: "path: reason", "" if none is.
std::string NameProblem(const std::string& pointer, const Json& value) {
  auto json = SmallMatrix();
  json[Json::json_pointer(kFirst + pointer)] = value;
  const auto problems = CheckMatrix(json);
  const auto required = MessageOf([&] { RequireNames(Parse(json), "file"); });
  if (problems.empty()) {
    BOOST_TEST(required == "");
    return "";
  }
  const auto told = problems.front().path + ": " + problems.front().reason;
  BOOST_TEST(required == "file: " + told);
  return told;
}

// Scores of them would be refused when everything has run.
BOOST_AUTO_TEST_CASE(nothing_but_none_is_called_none_and_none_nothing_else) {
  const Json blend = {{"id", "none"}, {"plugin", "blend"}},
             other = {{"id", "x"}, {"plugin", "none"}};
  BOOST_TEST(NameProblem("/attacks/0", blend) ==
             kFirst +
                 "/attacks/0: 'blend' under the id 'none': none is always called none, and "
                 "nothing else is");
  BOOST_TEST(
      NameProblem("/attacks/0", other).starts_with(kFirst + "/attacks/0: 'none' under the id"));
  for (const Json& defense : {Json{{"id", "none"}, {"plugin", "clp"}}, other}) {
    const auto told = NameProblem("/defenses/0", defense);
    BOOST_TEST(told.starts_with(kFirst + "/defenses/0: "), told);
  }
  const auto list = NameProblem("/defenses/0", {{"id", "none"}, {"parts", {"clp", "abd"}}});
  BOOST_TEST(Contains(list, "a list of parts under the id 'none'"), list);
  BOOST_TEST(NameProblem("/datasets/0", {{"id", "none"}, {"plugin", "shapes"}}) != "");
  BOOST_TEST(NameProblem("/distillers/0", {{"id", "none"}, {"plugin", "noise_kd"}}) != "");
  BOOST_TEST(NameProblem("/attacks/0", {{"plugin", "none"}}) == "");
}

BOOST_AUTO_TEST_CASE(parts_that_do_nothing_or_are_named_twice_are_told) {
  for (const Json& list : {Json::array({"none", "clp"}), Json::array({"none", "abd"})}) {
    BOOST_TEST(NameProblem("/defenses/3", list) ==
               kFirst + "/defenses/3/0: none does nothing as a part: leave it out");
  }
  const auto twice = NameProblem("/defenses/3", Json::array({"clp", "clp"}));
  BOOST_TEST(twice.starts_with(kFirst + "/defenses/3/1: the id 'clp' comes twice"), twice);
  BOOST_TEST(NameProblem("/defenses/3", {"clp", {{"id", "again"}, {"plugin", "clp"}}}) == "");
}

BOOST_AUTO_TEST_CASE(an_id_that_no_flag_could_name_is_told) {
  const auto told = NameProblem("/attacks/1", {{"id", "blend,0.1"}, {"plugin", "blend"}});
  BOOST_TEST(told.starts_with(kFirst + "/attacks/1: the id 'blend,0.1' must not hold a comma"),
             told);
  const auto part = NameProblem("/defenses/3", {{{"id", "a,b"}, {"plugin", "clp"}}, "abd"});
  BOOST_TEST(part.starts_with(kFirst + "/defenses/3/0: the id 'a,b'"), part);
}

BOOST_AUTO_TEST_CASE(an_id_that_nobody_could_read_or_type_is_told) {
  const auto told = [](const std::string& id) {
    return NameProblem("/attacks/1", {{"id", id}, {"plugin", "blend"}});
  };
  const auto of = [](const std::string& shown, const std::string& why) {
    return kFirst + "/attacks/1: the id '" + shown + "' " + why;
  };
  const std::string invisible = "must be visible text without blanks at its ends";
  BOOST_TEST(told(" sr") == of(" sr", invisible));
  BOOST_TEST(told("sr ") == of("sr ", invisible));
  BOOST_TEST(told("a\nb") == of("a\\nb", invisible));
  BOOST_TEST(told("\xe2\x80\xae"
                  "a") == of("\\u202ea", invisible));
  for (const std::string folder : {".", ".."})
    BOOST_TEST(told(folder) == of(folder, "is that of a folder"));
  for (const char* right : {"a b", "blend_0.1", "..a", "\xc3\xbc"})
    BOOST_TEST(told(right) == "", right);
  const auto part = NameProblem("/defenses/3", {{{"id", "clp\t"}, {"plugin", "clp"}}, "abd"});
  BOOST_TEST(part.starts_with(kFirst + "/defenses/3/0: the id 'clp\\t'"), part);
}

BOOST_AUTO_TEST_CASE(a_matrix_is_not_called_like_a_folder_nor_by_what_nobody_sees) {
  for (const std::string name : {"..", ".", " mine", "a\nb"}) {
    auto json = SmallMatrix();
    json["name"] = name;
    const auto problems = CheckMatrix(json);
    BOOST_TEST_REQUIRE(!problems.empty(), name);
    BOOST_TEST(problems.front().path == "/name");
  }
}

BOOST_AUTO_TEST_CASE(networks_that_come_twice_in_an_axis_are_told) {
  const Json pair = {{"teacher", "vgg-s-4"}, {"student", "vgg-s-2"}};
  BOOST_TEST(NameProblem("/networks", Json::array({pair, pair})) ==
             kFirst + "/networks/1: teacher vgg-s-4 with student vgg-s-2 comes twice in this axis");
  const Json other = {{"teacher", "vgg-s-4"}, {"student", "vgg-s-4"}};
  BOOST_TEST(NameProblem("/networks", Json::array({pair, other})) == "");
}

}  // namespace dfkd::names_test
