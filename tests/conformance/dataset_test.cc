// Data sets whose images are here: generated ones, a user's own pictures (made here), and published
// ones found under $DFKD_TEST_DATA or where the system keeps them.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "bench/core/image.h"
#include "bench/io/file.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

struct Loaded {
  std::unique_ptr<Dataset> dataset;
  LabelledImages train, test;
};

namespace fs = std::filesystem;

// A user's pictures: train/ and test/ with ten classes each, of one picture.
fs::path OwnPictures() {
  const auto folder = fs::absolute("own_pictures");
  for (const std::string part : {"train", "test"}) {
    for (char label = '0'; label <= '9'; ++label) {
      WriteFileAtomically(folder / part / std::string(1, label) / "a.ppm",
                          "P6 2 2 255\n" + std::string(12, label));
    }
  }
  return folder;
}

// What a user's own pictures are named by.
std::map<std::string, std::string> PictureOptions() {
  return {{"path", OwnPictures().string()}, {"test", (OwnPictures() / "test").string()}};
}

bool HasText(const PluginCard& card, const std::string& name) {
  return std::any_of(card.options.begin(), card.options.end(), [&](const auto& option) {
    return option.name == name && option.type == OptionType::kText;
  });
}

std::unique_ptr<Dataset> MakeToy(const PluginCard& card) {
  Json options = ToyOptions(card, {{"train", 200}, {"test", 50}});
  for (const auto& [name, place] : PictureOptions()) {
    if (HasText(card, name)) options[name] = place;
  }
  return MakeChecked<Dataset>(card.name, options);
}

// Published, and not one of its files is here: said in one line by whoever loads it.
bool IsAbsent(const PluginCard& card, const Dataset& dataset, const fs::path& folder) {
  if (dataset.Files().empty() || !dataset.Sources(folder).empty()) return false;
  BOOST_TEST_MESSAGE("skipped: no images of " << card.name << " in " << folder.string());
  BOOST_CHECK_EXCEPTION(dataset.Load(Part::kTrain, folder), Error, [](const Error& e) {
    return std::string(e.what()).find('\n') == std::string::npos;
  });
  return true;
}

std::optional<Loaded> LoadIfThere(const PluginCard& card) {
  const char* root = std::getenv("DFKD_TEST_DATA");
  const fs::path folder = root != nullptr ? root : "no/data/here";
  Loaded loaded{MakeToy(card), {}, {}};
  if (IsAbsent(card, *loaded.dataset, folder)) return std::nullopt;
  loaded.train = loaded.dataset->Load(Part::kTrain, folder);
  loaded.test = loaded.dataset->Load(Part::kTest, folder);
  return loaded;
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
  const bool only_to_test = HasText(card, "test") && loaded->train.images.empty();
  if (!only_to_test) CheckPart(loaded->train, loaded->dataset->Spec());
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
