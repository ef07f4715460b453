// docs/protocol.md says what the cards of the attacks say.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "bench/core/registry.h"

namespace dfkd::protocol_test {

using Names = std::set<std::string>;

std::string Protocol() {
  std::ifstream file(DFKD_SOURCE_DIR "/docs/protocol.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// What stands in backquotes between `before` and the next closing bracket.
Names NamedAfter(const std::string& before) {
  const auto text = Protocol();
  const auto start = text.find(before);
  BOOST_TEST_REQUIRE(start != std::string::npos, before);
  std::stringstream list(text.substr(start, text.find(')', start) - start));
  Names names;
  std::string outside, inside;
  while (std::getline(list, outside, '`') && std::getline(list, inside, '`')) names.insert(inside);
  return names;
}

// Of the attacks in the tree: one in a folder of one's own is not in our docs.
BOOST_AUTO_TEST_CASE(attacks_that_are_made_with_the_clean_teacher_are_named_with_the_floor) {
  Names expected;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const bool ours = std::filesystem::exists(DFKD_SOURCE_DIR "/attacks/" + card->name);
    if (ours && card->needs_clean_teacher(ResolveFor(*card, Json::object())))
      expected.insert(card->name);
  }
  BOOST_TEST(expected.size() > 1U);
  const auto named = NamedAfter("with the help of the clean teacher (");
  BOOST_TEST(!named.empty());
  for (const auto& name : named) BOOST_TEST(expected.contains(name), name);
  // A pull request brings a folder alone; a maintainer names it.
  for (const auto& name : expected) {
    if (!named.contains(name)) BOOST_TEST_MESSAGE("docs/protocol.md does not name " << name);
  }
}

}  // namespace dfkd::protocol_test
