// Scores, matrices, manifests and the like that long runs of the fuzz targets have found.
#include "tests/fuzz/documents.h"
#include "tests/fuzz/replay.h"

namespace dfkd::corpus_test {

BOOST_AUTO_TEST_CASE(no_reader_of_documents_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::Documents(), fuzz::ShippedCorpora());
}

}  // namespace dfkd::corpus_test
