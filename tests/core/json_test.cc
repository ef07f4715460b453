#include "bench/core/json.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <string>

#include "bench/core/error.h"

namespace dfkd::json_test {

// Of what ParseJson throws.
std::string MessageOf(const std::string& text) {
  try {
    ParseJson(text, "text");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string Nested(size_t depth, const std::string& inside) {
  return std::string(depth, '[') + inside + std::string(depth, ']');
}

// Of the text: the library takes 1 and 1.0 for equal.
BOOST_AUTO_TEST_CASE(json_is_read_as_the_library_reads_it) {
  for (const char* text : {"null", "true", " [ ] ", "{}",
                           R"({"b": [1, 1.0, -2, 3.5, 1e3, 18446744073709551615], "a": {"": []}})",
                           R"(["\u00e9\n", {"a": {"b": [[], {}, [null, false]]}}, "x"])"})
    BOOST_TEST(ParseJson(text, "text").dump() == Json::parse(text).dump(), text);
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused_in_the_words_of_the_library) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\" 1}", "[1] 2", "\"\xff\"", "1e999", "nul", "{1: 2}"}) {
    std::string words;
    try {
      const Json read = Json::parse(text);
    } catch (const Json::exception& e) {
      words = e.what();
    }
    BOOST_TEST(!words.empty(), text);
    BOOST_TEST(MessageOf(text) == "text: " + words, text);
  }
}

BOOST_AUTO_TEST_CASE(json_may_be_nested_so_deep_and_no_deeper) {
  BOOST_TEST(MessageOf(Nested(65, "")) == "no error");
  for (const auto& text :
       {Nested(65, "1"), Nested(66, ""), Nested(65, R"({"a": 1})"), Nested(64, R"({"a": 1})")})
    BOOST_TEST(MessageOf(text) == "text: JSON nested deeper than 64");
  // What is no JSON at all is told first.
  BOOST_TEST(MessageOf(Nested(70, "") + "]").find("deeper") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_key_that_comes_twice_is_named) {
  BOOST_TEST(MessageOf(R"({"a": [{"b": 1, "b": 2}], "a": 3})") ==
             "text: the key 'b' stands twice in one object");
}

BOOST_AUTO_TEST_CASE(members_that_are_left_out_are_read_over_wherever_they_stand) {
  constexpr std::array<std::string_view, 2> kLeftOut = {"a", "b"};
  const auto without = [&](const std::string& text) {
    return ParseJson(text, "text", kLeftOut).dump();
  };
  BOOST_TEST(without(R"({"a": 1, "c": 2, "d": {"b": "a", "c": [{"a": null}, "a", "b"]}})") ==
             R"({"c":2,"d":{"c":[{},"a","b"]}})");
  BOOST_TEST(without(R"({"a": {"x": [1, {"a": [[]]}], "y": {}}, "b": [], "c": {"x": 3}})") ==
             R"({"c":{"x":3}})");
  BOOST_TEST(without(R"([{"b": [[{"c": 1}], {}]}, 4])") == "[{},4]");
  BOOST_TEST(without("7") == "7");
  // Nothing is asked of what they hold but that it is JSON.
  BOOST_TEST(without(R"({"a": {"c": 1, "c": 2}, "a": )" + Nested(80, "1") + "}") == "{}");
  BOOST_CHECK_THROW(without(R"({"a": [1,], "c": 2})"), Error);
  BOOST_CHECK_THROW(without(R"({"c": 1, "a": 0, "c": 2})"), Error);
}

BOOST_AUTO_TEST_CASE(a_count_is_a_whole_number_from_zero_to_its_most) {
  BOOST_TEST(CountFrom(Json(0), "n") == 0);
  BOOST_TEST(CountFrom(Json(7), "n", 7) == 7);
  for (const Json& none : {Json(-1), Json(8), Json(1.0), Json(1e308), Json("1"), Json(),
                           Json::array(), Json(std::numeric_limits<uint64_t>::max())})
    BOOST_CHECK_THROW(CountFrom(none, "n", 7), Error);
  BOOST_CHECK_THROW(CountFrom(Json(std::numeric_limits<uint64_t>::max()), "n"), Error);
}

}  // namespace dfkd::json_test
