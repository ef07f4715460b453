// What holds for every registered data set.
#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/datasets/datasets_testing.h"

namespace dfkd::every_dataset_test {

using testing::Contains;
using testing::MakeDataset;
using testing::MessageOf;
using testing::ScratchFolder;

BOOST_AUTO_TEST_CASE(the_shipped_data_sets_are_registered) {
  std::set<std::string> names;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDataset)) names.insert(card->name);
  for (const auto* name :
       {"cifar10", "cifar100", "fashion_mnist", "gtsrb", "image_folder", "shapes"}) {
    BOOST_TEST(names.count(name) == 1u, name);
  }
}

BOOST_AUTO_TEST_CASE(card_and_spec_agree_and_every_class_has_a_name) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDataset)) {
    const Json planned = card->image_spec(ResolveFor(*card, Json::object()));
    if (planned.at("classes").is_null()) continue;  // known from the data only
    const auto dataset = MakeDataset(card->name);
    const ImageSpec spec = dataset->Spec();
    BOOST_TEST_INFO(card->name);
    BOOST_TEST(planned == (Json{{"channels", spec.channels},
                                {"height", spec.height},
                                {"width", spec.width},
                                {"classes", spec.classes}}));
    const auto names = dataset->ClassNames();
    BOOST_TEST(names.size() == static_cast<size_t>(spec.classes));
    BOOST_TEST((std::set<std::string>(names.begin(), names.end()).size() == names.size()));
    BOOST_TEST(spec.mean.size() == static_cast<size_t>(spec.channels));
    BOOST_TEST(spec.stddev.size() == static_cast<size_t>(spec.channels));
  }
}

// Of one's own pictures only their owner knows.
BOOST_AUTO_TEST_CASE(signs_do_not_mirror_and_clothes_animals_and_shapes_do) {
  const auto mirrors = [](const char* name, const Json& options = Json::object()) {
    return MakeDataset(name, options)->Spec().mirrors;
  };
  BOOST_TEST(!mirrors("gtsrb"));
  for (const auto* name : {"cifar10", "cifar100", "fashion_mnist", "shapes", "described"})
    BOOST_TEST(mirrors(name), name);
  BOOST_TEST(!mirrors("described", {{"mirrors", false}}));
}

BOOST_AUTO_TEST_CASE(published_files_have_an_address_a_size_and_a_checksum) {
  for (const auto* name : {"cifar10", "cifar100", "fashion_mnist", "gtsrb"}) {
    const auto files = MakeDataset(name)->Files();
    BOOST_TEST(!files.empty());
    for (const DatasetFile& file : files) {
      BOOST_TEST_INFO(file.path);
      BOOST_TEST(file.url.starts_with("http"));
      BOOST_TEST(file.url.ends_with(std::filesystem::path(file.path).filename().string()));
      BOOST_TEST(file.bytes > 0u);
      BOOST_TEST(file.sha256.size() == 64u);
      BOOST_TEST((file.unpack == "" || file.unpack == "tar" || file.unpack == "zip"));
    }
  }
}

BOOST_AUTO_TEST_CASE(missing_data_is_one_line_with_file_place_and_remedy) {
  const ScratchFolder root("missing");
  for (const auto* name : {"cifar10", "cifar100", "gtsrb"}) {
    const auto dataset = MakeDataset(name);
    BOOST_TEST(dataset->Sources(root.path()).empty());
    for (const Part part : {Part::kTrain, Part::kTest}) {
      const auto message = MessageOf([&] { dataset->Load(part, root.path()); });
      BOOST_TEST_INFO(message);
      BOOST_TEST(Contains(message, "is missing; looked in " + root.path().string()));
      BOOST_TEST(Contains(message, std::string("`dfkd fetch ") + name + "` downloads it"));
      BOOST_TEST(!Contains(message, "\n"));
    }
  }
}

}  // namespace dfkd::every_dataset_test
