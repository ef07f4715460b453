// Scores, matrices, manifests and the like that long runs of the fuzz targets have found.
#include "tests/fuzz/documents.h"
#include "tests/fuzz/replay.h"

namespace dfkd::corpus_test {

namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(no_reader_of_documents_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::Documents(), fuzz::ShippedCorpora());
}

BOOST_AUTO_TEST_CASE(every_reader_of_documents_has_a_fuzz_target) {
  fuzz::RequireTargets(fuzz::Documents(), "Documents");
}

// A corpus of another name would be fed to nobody, and a target of another list be replayed by
// nobody.
BOOST_AUTO_TEST_CASE(every_corpus_has_a_fuzz_target_and_every_fuzz_target_a_list_that_is_replayed) {
  const auto corpora = fuzz::ShippedCorpora();
  if (fs::is_directory(corpora)) {
    for (const auto& folder : fs::directory_iterator(corpora)) {
      const auto name = folder.path().filename().string();
      BOOST_TEST(fs::exists(corpora.parent_path() / (name + "_fuzz.cc")), name);
    }
  }
  const auto lists = {"Parsers", "Documents", "ClusterTexts", "SiteTexts", "Statements"};
  for (const auto& file : fs::directory_iterator(corpora.parent_path())) {
    if (!file.path().filename().string().ends_with("_fuzz.cc")) continue;
    const auto text = ReadBytes(file.path());
    BOOST_TEST(std::any_of(lists.begin(), lists.end(),
                           [&](const char* list) {
                             return text.find(fmt::format("DFKD_FUZZ_TARGET({}, ", list)) !=
                                    text.npos;
                           }),
               file.path().string());
  }
}

}  // namespace dfkd::corpus_test
