// docs/matrices.md lists in what each of ABD's matrices is not the paper's experiment, and its list
// is what `dfkd compare --reference` would say of a run of each.
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "bench/io/file.h"
#include "tests/cli/repeated_matrix.h"

namespace dfkd::cli::reference_docs_test {

using testing::Repeated;
using testing::ThereAreMethods;

const std::string kBegin = "<!-- differences: written by DFKD_WRITE_DOCS=1 test_cli -->\n";
const std::string kEnd = "<!-- end of differences -->";

std::vector<std::string> MatricesOfAbd() {
  auto names = MatrixFiles().Stems();
  std::erase_if(names, [](const std::string& name) { return !name.starts_with("abd_"); });
  std::sort(names.begin(), names.end());
  return names;
}

std::string Listed(const std::vector<std::string>& matrices, size_t all) {
  if (matrices.empty()) return "–";
  if (matrices.size() == all) return "all";
  return fmt::format("`{}`", fmt::join(matrices, "`, `"));
}

std::string Table() {
  const auto names = MatricesOfAbd();
  struct Places {
    std::vector<std::string> fixed, faithful;
  };
  std::map<std::string, Places> places;  // by difference
  for (const auto& name : names) {
    for (const auto& text : Repeated(name, "fixed").OfAll()) places[text].fixed.push_back(name);
    for (const auto& text : Repeated(name, "faithful").OfAll())
      places[text].faithful.push_back(name);
  }
  std::string text =
      "| not the paper's | under `fixed`, in | under `faithful`, in |\n|---|---|---|\n";
  for (const auto& [difference, in] : places) {
    text += fmt::format("| {} | {} | {} |\n", difference, Listed(in.fixed, names.size()),
                        Listed(in.faithful, names.size()));
  }
  return text;
}

BOOST_AUTO_TEST_CASE(the_docs_list_every_difference_of_every_matrix_from_the_paper,
                     *boost::unit_test::precondition(ThereAreMethods)) {
  const auto file = std::filesystem::path(DFKD_SOURCE_DIR) / "docs/matrices.md";
  const auto text = ReadBytes(file);
  const auto begin = text.find(kBegin), end = text.find(kEnd);
  BOOST_TEST_REQUIRE((begin != text.npos && end != text.npos && begin < end));
  const auto block = begin + kBegin.size();
  const auto table = Table();
  if (std::getenv("DFKD_WRITE_DOCS") != nullptr) {
    std::ofstream(file, std::ios::binary) << text.substr(0, block) << table << text.substr(end);
    return;
  }
  BOOST_TEST(text.substr(block, end - block) == table,
             "docs/matrices.md is not what the options say; run: DFKD_WRITE_DOCS=1 "
             "build-ci/tests/test_cli --run_test=the_docs_list_every_difference*\n"
                 << table);
}

// The summaries name no differences of their own, which would be forgotten.
BOOST_AUTO_TEST_CASE(summaries_of_the_papers_matrices_point_to_that_list) {
  for (const auto& name : MatricesOfAbd()) {
    const auto matrix = ParseJson(MatrixFiles().At(name + ".json"), name);
    const auto summary = matrix.at("summary").get<std::string>();
    BOOST_TEST(summary.ends_with("Every difference from the paper: docs/matrices.md."), name);
  }
}

}  // namespace dfkd::cli::reference_docs_test
