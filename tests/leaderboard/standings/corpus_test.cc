// Scores, matrices, manifests and the like that long runs of the fuzz targets have found.
#include <set>

#include "tests/fuzz/documents.h"
#include "tests/fuzz/replay.h"

namespace dfkd::corpus_test {

namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(no_reader_of_documents_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::Documents(), fuzz::ShippedCorpora());
}

// A corpus of another name would be fed to nobody.
BOOST_AUTO_TEST_CASE(every_parser_has_a_fuzz_target_and_every_corpus_a_parser) {
  const auto corpora = fuzz::ShippedCorpora();
  std::set<std::string> fed;
  for (const auto& parsers : {fuzz::Parsers(), fuzz::Documents()}) {
    for (const auto& parser : parsers) {
      BOOST_TEST(fed.insert(parser.name).second, parser.name);
      BOOST_TEST(fs::exists(corpora.parent_path() / (parser.name + "_fuzz.cc")), parser.name);
    }
  }
  if (!fs::is_directory(corpora)) return;
  for (const auto& folder : fs::directory_iterator(corpora))
    BOOST_TEST(fed.contains(folder.path().filename().string()), folder.path().string());
}

}  // namespace dfkd::corpus_test
