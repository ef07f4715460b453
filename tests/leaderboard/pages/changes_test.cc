#include "leaderboard/pages/changes.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/leaderboard/pages/site_files.h"

namespace dfkd::changes_test {

const char* const kDay = "2026-11-28";

// As state.json has it: `cells` of the matrix m, and ranks by table and defence.
Json State(const std::vector<std::string>& cells, const Json& ranks) {
  Json digests = Json::object();
  for (const auto& cell : cells) digests[cell] = "d";
  return {{"cells", {{"m", digests}}}, {"ranks", ranks}};
}

BOOST_AUTO_TEST_CASE(changes_name_some_cells_and_whatever_tables_and_defences_went) {
  const auto before = State({"a", "b", "c", "d", "e"},
                            {{"t", {{"abd", 1}, {"sv", 2}}}, {"old", {{"abd", nullptr}}}});
  const auto now = State({"a", "f"}, {{"t", {{"abd", 1}}}});
  const auto entries = site::ChangesSince({before, {}}, now, kDay);
  BOOST_TEST_REQUIRE(entries.size() == 1U);
  const std::vector<std::string> expected = {
      "m: 1 cell came: f", "m: 4 cells went: b, c, d and 1 more", "t: sv is gone, it had rank 2",
      "old: the table is gone, it had 1 defence"};
  BOOST_TEST(entries.front().lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_table_without_a_defence_is_new_once) {
  const Json no_ranks = Json::object(), empty_table = {{"t", Json::object()}};
  const auto first = site::ChangesSince({State({}, no_ranks), {}}, State({}, empty_table), kDay);
  BOOST_TEST(first.size() == 1U);
  const auto same = State({}, empty_table);
  BOOST_TEST(site::ChangesSince({same, first}, same, kDay).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_torn_site_told_in_its_feed_is_not_told_twice) {
  const auto before = State({"a"}, Json::object()), now = State({}, Json::object());
  const auto told = site::ChangesSince({before, {}}, now, kDay);
  BOOST_TEST(told.size() == 1U);
  BOOST_TEST(site::ChangesSince({before, told}, now, kDay).size() == 1U);
}

BOOST_AUTO_TEST_CASE(only_a_folder_with_a_state_that_can_be_read_is_an_earlier_site) {
  const auto folder = SiteOf(Fixtures() / "valid", "earlier_site");
  BOOST_TEST(site::EarlierSiteIn(folder).string() == folder.string());
  WriteFileAtomically(folder / "state.json", R"({"schema": "site-state.v0"})");
  BOOST_TEST(site::EarlierSiteIn(folder).empty());
  fs::remove(folder / "state.json");
  BOOST_TEST(site::EarlierSiteIn(folder).empty());
}

// A machine that is made anew for every site keeps no more (.github/workflows/nightly.yml).
BOOST_AUTO_TEST_CASE(state_and_feed_alone_are_an_earlier_site_and_lose_no_history) {
  const auto scores = ToyCopy("state_alone");
  const auto first = SiteOf(scores, "state_alone_site");
  const auto next = [&](const fs::path& from, const fs::path& to, const char* removed) {
    fs::remove_all(to);
    fs::create_directories(to);
    for (const char* name : {"state.json", "changes.json"}) fs::copy(from / name, to / name);
    fs::remove(scores / "toy" / removed);
    WriteSite({scores}, to, {.previous = site::EarlierSiteIn(to)});
    return ReadJson(to / "changes.json")["items"].size();
  };
  BOOST_TEST(next(first, "state_alone_second", "toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json") ==
             1U);
  BOOST_TEST(next("state_alone_second", "state_alone_third",
                  "toy-sine-wrn_16_2-wrn_16_1-zskt-sv-t0-s0.json") == 2U);
}

BOOST_AUTO_TEST_CASE(a_site_that_is_written_over_itself_keeps_its_history_and_its_bytes) {
  const auto scores = ToyCopy("over_itself");
  const auto folder = SiteOf(scores, "over_itself_site");
  const auto again = [&] {
    WriteSite({scores}, folder, {.previous = site::EarlierSiteIn(folder)});
    return FilesBelow(folder);
  };
  fs::remove(scores / "toy/toy-sine-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json");
  const auto changed = again();
  BOOST_TEST(ParseJson(changed.at("changes.json"), "")["items"].size() == 1U);
  BOOST_TEST((again() == changed));
}

}  // namespace dfkd::changes_test
