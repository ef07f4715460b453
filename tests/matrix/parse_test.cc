// What a matrix file may say.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/matrix/matrix_testing.h"

namespace dfkd::parse_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_DATA_TEST_CASE(what_must_be_there_is_missed_by_name,
                     boost::unit_test::data::make({"schema", "name", "blocks"}), key) {
  auto json = SmallMatrix();
  json.erase(key);
  BOOST_TEST(Contains(MessageOf([&] { Parse(json); }), fmt::format("'{}' is missing", key)));
}

BOOST_AUTO_TEST_CASE(an_override_without_when_or_set_is_a_plain_error) {
  for (const char* lost : {"when", "set"}) {
    auto json = SmallMatrix();
    json["overrides"] = {{{"when", Json::object()}, {"set", {{"noise.lr", 1}}}}};
    json["overrides"][0].erase(lost);
    BOOST_TEST(Contains(MessageOf([&] { Parse(json); }), fmt::format("'{}' is missing", lost)));
  }
}

BOOST_AUTO_TEST_CASE(a_list_in_when_stands_for_any_of_its_names) {
  auto json = SmallMatrix();
  json["overrides"] = {{{"when", {{"attack", {"blend", "none"}}, {"student_network", "vgg-s-2"}}},
                        {"set", {{"distiller.rounds", 3}}}}};
  const auto overrides = Parse(json).overrides;
  BOOST_REQUIRE(overrides.size() == 1U);  // as many as combinations would be too many
  BOOST_TEST((overrides[0].when.at("attack") == std::set<std::string>{"blend", "none"}));
  BOOST_TEST((overrides[0].when.at("student") == std::set<std::string>{"vgg-s-2"}));
}

BOOST_AUTO_TEST_CASE(an_id_means_one_thing_in_all_blocks) {
  auto json = SmallMatrix();
  json["blocks"].push_back(BlockOf(json));
  BOOST_TEST(Parse(json).blocks.size() == 2U);
  json["blocks"][1]["distillers"][0]["options"] = {{"rounds", 50}};
  const auto message = MessageOf([&] { Parse(json); });
  BOOST_TEST(Contains(message, "/blocks/1/distillers/0: id 'noise' means different things"),
             message);
}

BOOST_AUTO_TEST_CASE(an_entry_is_a_name_an_object_or_for_defences_a_list_of_parts) {
  auto json = SmallMatrix();
  BlockOf(json)["defenses"] = {"none",
                               {{"id", "mine"}, {"plugin", "abd"}},
                               {"shuffling_vaccine", "self_retrospection"},
                               {{"id", "both"}, {"parts", {"shuffling_vaccine", "abd"}}}};
  const auto defenses = Parse(json).blocks[0].defenses;
  BOOST_TEST(defenses[0].id == "none");
  BOOST_TEST(defenses[1].id == "mine");
  BOOST_TEST(defenses[1].plugin == "abd");
  BOOST_TEST(defenses[2].id == "shuffling_vaccine+self_retrospection");
  BOOST_TEST(defenses[2].parts.size() == 2U);
  BOOST_TEST(defenses[3].id == "both");
  BlockOf(json)["attacks"] = {{"none", "blend"}};  // attacks have no parts
  BOOST_CHECK_THROW(Parse(json), Error);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_has_its_default) {
  const auto matrix = Parse(SmallMatrix());
  BOOST_TEST(matrix.profile == "fp32");
  BOOST_TEST(matrix.preset == "fixed");
  BOOST_TEST(matrix.stage_seconds == 0);
  BOOST_TEST(matrix.blocks[0].teacher_seeds == std::vector<int64_t>{0});
  BOOST_TEST(matrix.teacher_recipe.at("epochs") == 200);
}

BOOST_AUTO_TEST_CASE(seeds_are_ranges_and_lists) {
  BOOST_TEST(ParseSeeds("0-2,5") == (std::vector<int64_t>{0, 1, 2, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(ParseSeeds("7") == std::vector<int64_t>{7}, boost::test_tools::per_element());
  for (const char* bad : {"", "a", "1,", "3-1", "-1", "1-", "1 2", "1234567890"}) {
    const auto message = MessageOf([&] { ParseSeeds(bad); });
    BOOST_TEST(Contains(message, fmt::format("'{}'", bad)), bad << ": " << message);
  }
  for (const char* bad : {"-1", "1234567890"})
    BOOST_TEST(Contains(MessageOf([&] { ParseSeeds(bad); }), "each from 0 to 999999999"), bad);
  for (const char* bad : {"3-1", "0-10001"})
    BOOST_TEST(Contains(MessageOf([&] { ParseSeeds(bad); }), "must rise and be of at most 10001"),
               bad);
  BOOST_TEST(ParseSeeds("0-10000").size() == 10001U);
}

BOOST_AUTO_TEST_CASE(settings_are_json_or_text) {
  Json settings = Json::object();
  for (const char* text :
       {"a.n=40", "a.t=bank", "a.b=true", "a.x=1e-3", "a.p=/x=y", "defence.u=3"}) {
    AddSetting(text, settings);
  }
  const Json expected = {{"a.n", 40},   {"a.t", "bank"}, {"a.b", true},
                         {"a.x", 1e-3}, {"a.p", "/x=y"}, {"defense.u", 3}};
  BOOST_TEST(settings == expected);
  for (const char* bad : {"rounds", "rounds=4", "=4", "rounds=4.5"}) {
    BOOST_TEST(Contains(MessageOf([&] { AddSetting(bad, settings); }), "plugin.option=value"), bad);
  }
}

}  // namespace dfkd::parse_test
