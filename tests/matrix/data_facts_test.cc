// What is looked up of data before planning: whether they are the published ones, and whether a
// data set's card and code agree.
#include "bench/matrix/data_facts.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/hash.h"
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/matrix/official_data.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::data_facts_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Settings {
  int64_t classes, grey;
  bool learned;
  static void Declare(OptionTable<Settings>& o) {
    o.Add("classes", &Settings::classes, {.initial = 2, .lowest = 1}, "what the code says");
    o.Add("grey", &Settings::grey, {.initial = 7, .lowest = 0, .highest = 254},
          "of all pixels of training images; that of test images is one more");
    o.Add("learned", &Settings::learned, {.initial = false}, "test images are training images");
  }
};

// Of an archive that is published with a checksum, but without a fingerprint.
class Published final : public Dataset {
 public:
  explicit Published(const Settings& settings) : settings_(settings) {}
  ImageSpec Spec() const override { return {1, 2, 2, settings_.classes, {0.5}, {0.5}}; }
  std::vector<std::string> ClassNames() const override { return {"one", "two"}; }
  LabelledImages Load(Part part, const std::filesystem::path&) const override {
    const bool other = part == Part::kTest && !settings_.learned;
    const auto grey = static_cast<uint8_t>(settings_.grey + (other ? 1 : 0));
    return {{{2, 2, 1, std::vector<uint8_t>(4, grey)}}, {0}};
  }
  std::vector<DatasetFile> Files() const override {
    return {{.path = "p.tar", .url = "", .sha256 = std::string(64, 'a'), .unpack = "tar"}};
  }

 private:
  const Settings settings_;
};

const bool kPublished = Register<Published>(DatasetCard<Settings>{
    .name = "test_published", .summary = "for this test", .image_spec = [](const Settings&) {
      return Json{{"channels", 1}, {"height", 2}, {"width", 2}, {"classes", 2}};
    }});

const bool kUnplanned = Register<Published>(
    DatasetCard<Settings>{.name = "test_unplanned", .summary = "its card has no image_spec"});

struct Folder {
  Folder() {
    std::filesystem::remove_all("data_facts");
    std::filesystem::create_directories("data_facts");
  }
  DataFacts Facts(const Json& options = Json::object(),
                  const std::string& plugin = "test_published", double holdout = 0) const {
    const auto& card = Registry::Get().Card(PluginKind::kDataset, plugin);
    ResolvedEntry entry;
    entry.id = entry.plugin = card.name;
    entry.options = ResolveFor(card, options);
    entry.holdout = holdout;
    return LookUpData({{"d", entry}}, "data_facts", "data_facts/store").at("d");
  }
  std::vector<DatasetFile> files = Published({2, 7, false}).Files();
};

BOOST_FIXTURE_TEST_SUITE(data_facts, Folder)

BOOST_AUTO_TEST_CASE(without_a_fingerprint_nobody_knows_whether_data_are_the_published_ones) {
  BOOST_TEST(!Facts().official.has_value());
}

BOOST_AUTO_TEST_CASE(data_that_were_noted_when_they_were_unpacked_are_the_published_ones) {
  RememberOfficial("test_published", files, "data_facts", Facts().fingerprint);
  BOOST_TEST(Facts().official.value_or(false));
}

BOOST_AUTO_TEST_CASE(data_that_changed_since_are_not_the_published_ones) {
  RememberOfficial("test_published", files, "data_facts", std::string(64, 'b'));
  BOOST_TEST((Facts().official == std::optional(false)));
}

// Another archive, options that change images, a note that is damaged.
BOOST_AUTO_TEST_CASE(a_note_speaks_of_its_own_files_and_of_the_data_as_they_come) {
  auto others = files;
  others[0].sha256 = std::string(64, 'c');
  RememberOfficial("test_published", others, "data_facts", Facts().fingerprint);
  BOOST_TEST(!Facts().official.has_value());
  RememberOfficial("test_published", files, "data_facts", Facts().fingerprint);
  BOOST_TEST(!Facts({{"grey", 8}}).official.has_value());
  WriteFileAtomically("data_facts/test_published.official.json", "{");
  BOOST_TEST(!Facts().official.has_value());
}

BOOST_AUTO_TEST_CASE(files_without_a_checksum_leave_no_note) {
  auto unknown = files;
  unknown[0].sha256 = "";
  RememberOfficial("test_published", unknown, "data_facts", "x");
  RememberOfficial("test_published", {}, "data_facts", "x");
  BOOST_TEST(!std::filesystem::exists("data_facts/test_published.official.json"));
}

BOOST_AUTO_TEST_CASE(a_card_that_plans_other_images_than_the_code_has_is_an_error) {
  const auto told = MessageOf([&] { Facts({{"classes", 3}}); });
  BOOST_TEST(told == "data set test_published: its Spec has classes = 3, its card's image_spec 2");
  BOOST_TEST(MessageOf([&] { Facts(Json::object(), "test_unplanned"); }) ==
             "data set test_unplanned: its Spec has channels = 1, its card's image_spec null");
}

BOOST_AUTO_TEST_CASE(test_images_that_were_learned_by_heart_are_refused_before_anything_runs) {
  BOOST_TEST(MessageOf([&] {
               Facts({{"learned", true}});
             }) ==
             "data set test_published: 1 of 1 test images are training images, too: at most half "
             "may be");
  BOOST_TEST(MessageOf([&] { Facts(); }) == "");
}

// By the store as well, which remembers them.
BOOST_AUTO_TEST_CASE(how_many_training_images_a_class_has_is_known) {
  const std::vector<int64_t> one_and_none = {1, 0};
  for (int time = 0; time < 2; ++time)
    BOOST_TEST(Facts().class_images == one_and_none, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_holdout_of_no_image_is_refused_before_anything_runs) {
  const auto held = [&](double share) {
    return MessageOf([&] { Facts(Json::object(), "test_published", share); });
  };
  BOOST_TEST(held(0.5) ==
             "data set test_published: holdout = 0.5 of 1 training images is none; it must be one "
             "at least");
  BOOST_TEST(held(0) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::data_facts_test
