#include "bench/store/fingerprint_cache.h"

#include <boost/test/unit_test.hpp>
#include <thread>

#include "bench/core/hash.h"
#include "tests/store/store_testing.h"

namespace dfkd::fingerprint_cache_test {

using namespace testing;  // NOLINT: the helpers of this folder

const KnownData kF1{"f1", 60000, {59999, 0, 1}}, kF2{"f2", 50000}, kF3{"f3", 40000, {40000}};

struct WithSource {
  ScratchFolder scratch;
  FingerprintCache cache{scratch.path() / "store"};
  fs::path source = scratch.path() / "images.bin";
  WithSource() { Write(source, "images"); }
  Json Identity() const { return DatasetIdentity("cifar10", 1, {{"holdout", 0}}, {source}); }
};

BOOST_FIXTURE_TEST_SUITE(fingerprint_cache, WithSource)

BOOST_AUTO_TEST_CASE(a_fingerprint_is_found_again_while_nothing_changes) {
  BOOST_TEST(!cache.Find(Identity()).has_value());
  cache.Remember(Identity(), kF1);
  BOOST_TEST((cache.Find(Identity()) == kF1));
}

BOOST_AUTO_TEST_CASE(another_size_time_option_or_revision_is_another_identity) {
  const Json before = Identity();
  cache.Remember(before, kF1);
  BOOST_TEST(!cache.Find(DatasetIdentity("cifar10", 2, {{"holdout", 0}}, {source})).has_value());
  BOOST_TEST(!cache.Find(DatasetIdentity("cifar10", 1, {{"holdout", 1}}, {source})).has_value());
  BOOST_TEST(!cache.Find(DatasetIdentity("gtsrb", 1, {{"holdout", 0}}, {source})).has_value());
  const auto time = fs::last_write_time(source);
  // As far as the coarsest file systems tell times apart.
  fs::last_write_time(source, time + std::chrono::seconds(2));
  BOOST_TEST(!cache.Find(Identity()).has_value());
  Write(source, "more images");
  fs::last_write_time(source, time);
  BOOST_TEST(!cache.Find(Identity()).has_value());
}

// As cp -p, rsync -t and backups leave it.
BOOST_AUTO_TEST_CASE(other_content_of_the_same_size_and_time_is_another_identity) {
  const auto time = fs::last_write_time(source);
  const Json before = Identity();
  const auto other = scratch.path() / "other";
  Write(other, "IMAGES");
  fs::last_write_time(other, time);
  fs::rename(other, source);
  BOOST_TEST(Identity() != before);
  const Json moved = Identity();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // coarser than any kernel's clock
  Write(source, "images");
  fs::last_write_time(source, time);
  BOOST_TEST(Identity() != moved);
}

BOOST_AUTO_TEST_CASE(a_corrupted_cache_is_ignored_and_replaced) {
  const auto key = Sha256Hex(Canonical(Identity()));
  const std::string other_types = fmt::format("{{\"{}\": {{\"fingerprint\": 5}}}}", key);
  // As an older version left it.
  const auto no_count = fmt::format("{{\"{}\": {{\"fingerprint\": \"f1\", \"seal\": \"{}\"}}}}",
                                    key, Sha256Hex(key + "f1"));
  for (const auto& junk : {std::string(), std::string("{\"a\":"), std::string("[1]"),
                           std::string("\xff"), other_types, no_count}) {
    Write(scratch.path() / "store" / "fingerprints.json", junk);
    BOOST_TEST(!cache.Find(Identity()).has_value());
    cache.Remember(Identity(), kF2);
    BOOST_TEST((cache.Find(Identity()) == kF2));
  }
}

BOOST_AUTO_TEST_CASE(what_an_earlier_version_wrote_is_read_without_its_classes) {
  const auto key = Sha256Hex(Canonical(Identity()));
  const auto seal = Sha256Hex(key + "f2 50000");
  const Json earlier = {{key, {{"fingerprint", "f2"}, {"training_images", 50000}, {"seal", seal}}}};
  Write(scratch.path() / "store" / "fingerprints.json", earlier.dump());
  BOOST_TEST((cache.Find(Identity()) == kF2));
}

BOOST_AUTO_TEST_CASE(a_damaged_byte_anywhere_never_gives_another_fingerprint) {
  const auto file = scratch.path() / "store" / "fingerprints.json";
  cache.Remember(Identity(), kF1);
  const auto bytes = ReadBytes(file);
  for (size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] ^= 1;
    Write(file, damaged);
    BOOST_TEST((cache.Find(Identity()).value_or(kF1) == kF1));
  }
}

BOOST_AUTO_TEST_CASE(a_missing_source_is_an_error_of_class_io) {
  fs::remove(source);
  BOOST_TEST(ThrowsIo([&] { Identity(); }));
}

BOOST_AUTO_TEST_CASE(writers_at_once_leave_a_readable_cache) {
  const auto remember = [&] {
    for (int i = 0; i < 50; ++i) cache.Remember(Identity(), kF3);
    return 0;
  };
  const pid_t first = Fork(remember), second = Fork(remember);
  for (int i = 0; i < 50; ++i) BOOST_TEST((cache.Find(Identity()).value_or(kF3) == kF3));
  BOOST_TEST(Wait(first) == 0);
  BOOST_TEST(Wait(second) == 0);
  BOOST_TEST((cache.Find(Identity()) == kF3));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::fingerprint_cache_test
