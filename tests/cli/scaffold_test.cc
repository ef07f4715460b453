// What `dfkd new` writes. That it compiles and runs is checked by tests/new_plugins.sh.
#include "bench/cli/scaffold.h"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/cli/toy_matrix.h"
#include "bench/core/error.h"

namespace dfkd::cli::scaffold_test {

const char* const kKinds[] = {"dataset", "attack", "distiller", "defense"};

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

BOOST_DATA_TEST_CASE(a_new_plugin_is_named_throughout, boost::unit_test::data::make(kKinds)) {
  const auto files = NewPluginFiles(sample, "my_own", false);
  const auto& header = files.at("my_own.h");
  BOOST_TEST(Contains(header, "namespace dfkd::my_own {"));
  BOOST_TEST(Contains(header, ".name = \"my_own\""));
  BOOST_TEST(Contains(header, "DFKD_REGISTER(MyOwn,"));
  BOOST_TEST(Contains(header, ".revision = 1"));
  BOOST_TEST(!Contains(header, ".control"));
  for (const auto& [name, text] : files) BOOST_TEST(!Contains(text, "@"), name);
  BOOST_TEST(Contains(files.at("README.md"), "# my_own"));
}

// The ids of an axis; an entry without options is its plugin's name.
std::vector<std::string> IdsOf(const Json& matrix, const std::string& axis) {
  std::vector<std::string> ids;
  for (const auto& entry : matrix.at("blocks").at(0).at(axis)) {
    ids.push_back((entry.is_string() ? entry : entry.at("id")).get<std::string>());
  }
  return ids;
}

// Only a defence may join a matrix that does not name it.
BOOST_DATA_TEST_CASE(all_but_a_defence_have_a_matrix_that_names_them,
                     boost::unit_test::data::make(kKinds)) {
  const std::string kind = sample;
  const auto files = NewPluginFiles(kind, "my_own", false);
  BOOST_TEST(files.contains("toy.json") == (kind != "defense"));
  const auto ids = IdsOf(ToyMatrix(kind, "my_own"), kind + "s");
  BOOST_TEST(std::count(ids.begin(), ids.end(), "my_own") == 1);
}

BOOST_AUTO_TEST_CASE(a_plugin_of_the_tree_has_the_options_of_smoke_in_its_toy_cells) {
  const Json zskt = ToyMatrix("distiller", "zskt").at("blocks").at(0).at("distillers").at(0);
  BOOST_TEST(zskt.at("options").at("rounds") == 12);
  const std::vector<std::string> once = {"none", "abd"};
  BOOST_TEST((IdsOf(ToyMatrix("defense", "abd"), "defenses") == once));
}

BOOST_AUTO_TEST_CASE(a_class_has_a_name_to_itself) {
  BOOST_TEST(ClassNameOf("attack", "badnets_3x3", false) == "Badnets3x3");
  BOOST_TEST(ClassNameOf("attack", "none", true) == "NoneAttack");
  BOOST_TEST(ClassNameOf("defense", "options", false) == "OptionsDefense");
  BOOST_TEST(ClassNameOf("distiller", "normal", false) == "NormalDistiller");  // a function, too
}

BOOST_AUTO_TEST_CASE(names_that_cannot_be_a_folder_and_a_namespace_are_refused) {
  for (const char* name :
       {"", "Mine", "my-own", "3d", "_mine", "mine_", "a__b", "../mine", "new"}) {
    BOOST_CHECK_THROW(CheckPluginName("attack", name), Error);
  }
  for (const char* name : {"mine", "badnets_3x3", "a"}) {
    BOOST_CHECK_NO_THROW(CheckPluginName("attack", name));
  }
}

}  // namespace dfkd::cli::scaffold_test
