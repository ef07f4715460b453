#include "bench/store/manifest.h"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::manifest_test {

using namespace testing;  // NOLINT: the helpers of this folder
using store::SealOf;

struct Shelf {
  Shelf() : ref(Publish(1)) {}
  std::string Publish(int seed) {
    const Json description = {{"seed", seed}};
    const auto made = RefOf("fake", description);
    const auto staged = folder.path() / "staged";
    Write(staged / "weights", "heavy");
    Write(staged / "evaluation.json", "{}");
    store.Publish({.ref = made, .description = description, .staged = staged});
    return made;
  }
  fs::path FileOf(const std::string& name) const { return store.FolderOf(ref) / name; }

  ScratchFolder folder;
  Store store{folder.path() / "store"};
  const std::string ref;
};

BOOST_FIXTURE_TEST_SUITE(manifest, Shelf)

BOOST_AUTO_TEST_CASE(it_is_read_without_a_look_at_the_files_it_speaks_for) {
  Write(FileOf("weights"), "changed");
  const auto sealed = store.Manifest(ref).value();
  BOOST_TEST(sealed.at("kind") == "fake");
  BOOST_TEST(store.ReadFile(ref, sealed, "evaluation.json") == "{}");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_read_is_checked) {
  const auto sealed = store.Manifest(ref).value();
  Write(FileOf("weights"), "changed");
  const auto read = [&](const char* name) { store.ReadFile(ref, sealed, name); };
  BOOST_TEST(Contains(ErrorOf([&] { read("weights"); }), "damaged: expected SHA-256"));
  BOOST_TEST(ThrowsIo([&] { read("weights"); }));
  fs::remove(FileOf("weights"));
  BOOST_TEST(ThrowsIo([&] { read("weights"); }));
  BOOST_TEST(ThrowsIo([&] { read("another"); }));
}

BOOST_AUTO_TEST_CASE(a_manifest_that_was_changed_or_is_another_ones_is_damage) {
  auto changed = store.Manifest(ref).value();
  changed["facts"]["wall_seconds"] = 1;
  Write(FileOf("manifest.json"), changed.dump());
  BOOST_TEST(ThrowsIo([&] { store.Manifest(ref); }));
  const auto other = Publish(2);
  fs::copy_file(store.FolderOf(other) / "manifest.json", FileOf("manifest.json"),
                fs::copy_options::overwrite_existing);
  BOOST_TEST(Contains(ErrorOf([&] { store.Manifest(ref); }), "damaged"));
}

// The seal is of what the manifest says, not of how it is laid out.
BOOST_AUTO_TEST_CASE(a_manifest_of_any_layout_is_read_and_checked) {
  auto manifest = store.Manifest(ref).value();
  manifest["facts"]["note"] = "two  words, a \"quote\", \\ and \",\"seal\":\"";
  manifest["seal"] = SealOf(manifest);
  for (const int indent : {-1, 0, 1, 4}) {
    Write(FileOf("manifest.json"), manifest.dump(indent));
    BOOST_TEST(store.Manifest(ref).value() == manifest);
    auto changed = manifest;
    changed["facts"]["note"] = "two words";
    Write(FileOf("manifest.json"), changed.dump(indent));
    BOOST_TEST(ThrowsIo([&] { store.Manifest(ref); }));
  }
  const std::string seal = manifest["seal"];
  manifest.erase("seal");
  Write(FileOf("manifest.json"), "{\"seal\": \"" + seal + "\"," + manifest.dump().substr(1));
  BOOST_TEST(store.Manifest(ref).value().at("seal") == seal);
}

BOOST_AUTO_TEST_CASE(what_is_left_out_of_a_manifest_is_sealed_too) {
  constexpr std::array<std::string_view, 1> kNote = {"note"};
  auto manifest = store.Manifest(ref).value();
  manifest["facts"]["note"] = {{"costs", 1}};
  manifest["seal"] = SealOf(manifest);
  for (const int indent : {-1, 1}) {
    Write(FileOf("manifest.json"), manifest.dump(indent));
    BOOST_TEST(!store.Manifest(ref, kNote).value().at("facts").contains("note"));
    auto changed = manifest;
    changed["facts"]["note"]["costs"] = 2;
    Write(FileOf("manifest.json"), changed.dump(indent));
    BOOST_TEST(ThrowsIo([&] { store.Manifest(ref, kNote); }));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_there_has_none) {
  BOOST_TEST(!store.Manifest(RefOf("fake", {{"seed", 3}})).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::manifest_test
