// Which hash of sources belongs to which header.
#include "bench/core/plugin_sources.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::plugin_sources_test {

const FolderHashes kHashes = {{"/home/me/bench/attacks/none", "a"},
                              {"/home/me/bench/methods/defenses/none", "d"},
                              {"/home/me/mine/none", "m"}};

inline std::string HashOf(const std::string& header) {
  const auto found = FindFolderOf(header, kHashes);
  return found == kHashes.end() ? "" : found->second;
}

BOOST_AUTO_TEST_CASE(a_plugins_folder_is_found_by_the_header_that_the_compiler_names) {
  BOOST_TEST(HashOf("/home/me/bench/attacks/none/none.h") == "a");
  BOOST_TEST(HashOf("/home/me/bench/attacks/other/other.h") == "");
}

BOOST_AUTO_TEST_CASE(a_header_named_from_the_folder_of_the_build_is_found_too) {
  BOOST_TEST(HashOf("../attacks/none/none.h") == "a");
  BOOST_TEST(HashOf("../../bench/methods/defenses/none/none.h") == "d");
  BOOST_TEST(HashOf("../defenses/non/non.h") == "");
  BOOST_TEST(HashOf("none.h") == "");
  BOOST_TEST(HashOf("../none.h") == "");
}

}  // namespace dfkd::plugin_sources_test
