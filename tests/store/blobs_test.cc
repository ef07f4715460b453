#include "bench/store/blobs.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"
#include "tests/store/store_testing.h"

namespace dfkd::blobs_test {

using namespace testing;  // NOLINT: the helpers of this folder

BOOST_AUTO_TEST_CASE(what_was_kept_is_read_by_its_hash_and_kept_once) {
  const ScratchFolder folder;
  const auto sha256 = Sha256Hex("weights");
  KeepBlob(folder.path(), sha256, "weights");
  const auto written = fs::last_write_time(BlobFile(folder.path(), sha256));
  KeepBlob(folder.path(), sha256, "weights");
  BOOST_TEST(ReadBlob(folder.path(), sha256) == "weights");
  BOOST_TEST((fs::last_write_time(BlobFile(folder.path(), sha256)) == written));
}

BOOST_AUTO_TEST_CASE(a_damaged_or_missing_file_is_an_error_with_its_path) {
  const ScratchFolder folder;
  const auto sha256 = Sha256Hex("weights");
  BOOST_TEST(Contains(ErrorOf([&] { ReadBlob(folder.path(), sha256); }), sha256));
  KeepBlob(folder.path(), sha256, "others");
  const auto message = ErrorOf([&] { ReadBlob(folder.path(), sha256); });
  BOOST_TEST(Contains(message, "expected " + sha256), message);
}

}  // namespace dfkd::blobs_test
