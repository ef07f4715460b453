// Scores, matrices, references, manifests and the like under cut and mutated seeds.
#include "tests/fuzz/documents.h"

#include "tests/fuzz/replay.h"

namespace dfkd::documents_test {

BOOST_AUTO_TEST_CASE(every_reader_of_documents_takes_its_seeds) {
  fuzz::RequireSeedsAreTaken(fuzz::Documents());
}

BOOST_AUTO_TEST_CASE(no_reader_of_documents_does_worse_than_an_error_on_cut_seeds) {
  fuzz::ReplayCutSeeds(fuzz::Documents(), 37);
}

BOOST_AUTO_TEST_CASE(no_reader_of_documents_does_worse_than_an_error_on_mutated_seeds) {
  fuzz::ReplayMutatedSeeds(fuzz::Documents(), 150);
}

BOOST_AUTO_TEST_CASE(a_set_of_pictures_is_taken_as_long_as_its_pictures_are_there) {
  for (const auto& seed : fuzz::PictureSetSeeds())
    BOOST_TEST(MessageOf([&] { fuzz::ReadPictureSetText(seed); }) == "no error");
  auto set = fuzz::SetOfDonor();
  set.pictures["trigger"] = "0123456789abcdef.png";
  const auto text = PictureSetText(set);
  BOOST_TEST(MessageOf([&] { fuzz::ReadPictureSetText(text); }) != "no error");
}

BOOST_AUTO_TEST_CASE(a_sealed_manifest_that_lacks_what_a_manifest_says_is_damage) {
  for (const char* member : {"files", "facts", "numerics", "digest", "created"}) {
    Json manifest = Json::parse(fuzz::ManifestSeed());
    manifest.erase(member);
    BOOST_TEST_INFO(member);
    BOOST_CHECK_NO_THROW(fuzz::ReadSealedManifest(manifest.dump()));
  }
}

}  // namespace dfkd::documents_test
