// Data sets whose images are here: generated ones, and those found under $DFKD_TEST_DATA or where
// the system keeps them.
#include <cstdlib>
#include <optional>
#include <set>

#include "bench/core/image.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

struct Loaded {
  std::unique_ptr<Dataset> dataset;
  LabelledImages train, test;
};

// Nullopt where there are no images, which must then be said in one line.
std::optional<Loaded> LoadIfThere(const PluginCard& card) {
  const char* root = std::getenv("DFKD_TEST_DATA");
  const std::filesystem::path folder = root != nullptr ? root : "no/data/here";
  const Json options = ToyOptions(card, {{"train", 200}, {"test", 50}});
  try {
    Loaded loaded{Registry::Get().Make<Dataset>(card.name, options), {}, {}};
    loaded.train = loaded.dataset->Load(Part::kTrain, folder);
    loaded.test = loaded.dataset->Load(Part::kTest, folder);
    return loaded;
  } catch (const Error& e) {
    BOOST_TEST_MESSAGE("no images of " << card.name << ": " << e.what());
    BOOST_TEST(std::string(e.what()).find('\n') == std::string::npos);
    return std::nullopt;
  }
}

void CheckPart(const LabelledImages& part, const ImageSpec& spec) {
  BOOST_TEST(part.images.size() == part.labels.size());
  BOOST_TEST(!part.images.empty());
  int64_t wrong_labels = 0, wrong_images = 0;
  std::set<int64_t> labels;
  for (size_t i = 0; i < part.images.size(); ++i) {
    const auto& image = part.images[i];
    labels.insert(part.labels[i]);
    wrong_labels += part.labels[i] < 0 || part.labels[i] >= spec.classes;
    wrong_images += image.channels != 1 && image.channels != 3;
    wrong_images +=
        image.pixels.size() != static_cast<size_t>(image.height * image.width * image.channels);
  }
  BOOST_TEST(wrong_labels == 0);
  BOOST_TEST(wrong_images == 0);
  BOOST_TEST(labels.size() == static_cast<size_t>(spec.classes));
}

void ImagesFitTheSpec(const PluginCard& card) {
  const auto loaded = LoadIfThere(card);
  if (!loaded) return;
  CheckPart(loaded->train, loaded->dataset->Spec());
  CheckPart(loaded->test, loaded->dataset->Spec());
}

void TheFingerprintIsThePublishedOne(const PluginCard& card) {
  const auto loaded = LoadIfThere(card);
  if (!loaded) return;
  const auto fingerprint = Fingerprint(loaded->train, loaded->test);
  BOOST_TEST(fingerprint.size() == 64U);
  const auto official = loaded->dataset->OfficialFingerprint();
  if (!official.empty()) BOOST_TEST(fingerprint == official);
}

}  // namespace

void AddDatasetCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDataset)) {
    AddCase(*card, "images fit the spec", [card] { ImagesFitTheSpec(*card); });
    AddCase(*card, "the fingerprint is the published one",
            [card] { TheFingerprintIsThePublishedOne(*card); });
  }
}

}  // namespace dfkd::conformance
