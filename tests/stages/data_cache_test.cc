// Decoded data sets: what is held out, and that the images are those that were planned with.
#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <set>
#include <vector>

#include "tests/stages/stages_testing.h"

namespace dfkd::data_cache_test {

using namespace testing;  // NOLINT: the helpers of this folder

std::set<std::string> ImagesOf(const Split& split) {
  std::set<std::string> images;
  const int64_t size = split.images[0].numel();
  const auto* bytes = static_cast<const char*>(split.images.data_ptr());
  for (int64_t i = 0; i < split.images.size(0); ++i) images.emplace(bytes + i * size, size);
  return images;
}

Json WithHoldout(double share) {
  auto json = ShapesJson();
  json["holdout"] = share;
  return json;
}

BOOST_AUTO_TEST_CASE(what_is_held_out_is_cut_from_the_training_part_and_nothing_is_lost) {
  DataCache cache;
  const auto whole = cache.Load(WithHoldout(0), ""), cut = cache.Load(WithHoldout(0.1), "");
  BOOST_TEST(cut->test.images.size(0) == kTrainImages / 10);
  BOOST_TEST(cut->train.images.size(0) == kTrainImages - kTrainImages / 10);
  auto all = ImagesOf(cut->train);
  BOOST_TEST(all.size() == size_t{kTrainImages - kTrainImages / 10});
  all.merge(ImagesOf(cut->test));
  BOOST_TEST((all == ImagesOf(whole->train)));
}

BOOST_AUTO_TEST_CASE(the_same_images_are_held_out_every_time) {
  const auto a = DataCache().Load(WithHoldout(0.1), ""), b = DataCache().Load(WithHoldout(0.1), "");
  BOOST_TEST(a->test.images.equal(b->test.images));
  BOOST_TEST(a->test.labels.equal(b->test.labels));
  BOOST_TEST(a->train.images.equal(b->train.images));
}

BOOST_AUTO_TEST_CASE(a_holdout_of_no_image_is_an_error) {
  BOOST_TEST(Contains(ErrorOf([] { DataCache().Load(WithHoldout(1e-6), ""); }), "holdout"));
}

BOOST_AUTO_TEST_CASE(images_that_are_not_those_of_the_fingerprint_are_refused) {
  const auto plugin = Registry::Get().Make<Dataset>("shapes", ShapesJson().at("options"));
  auto json = ShapesJson();
  json["fingerprint"] = Fingerprint(plugin->Load(Part::kTrain, ""), plugin->Load(Part::kTest, ""));
  BOOST_TEST(DataCache().Load(json, "")->train.images.size(0) == kTrainImages);
  json["fingerprint"] = std::string(64, '0');
  const auto message = ErrorOf([&] { DataCache().Load(json, "/some/where"); });
  BOOST_TEST(Contains(message, "shapes"), message);
  BOOST_TEST(Contains(message, "/some/where"), message);
  BOOST_TEST(Contains(message, "fingerprint differs"), message);
}

BOOST_AUTO_TEST_CASE(a_data_set_is_decoded_once_and_options_tell_them_apart) {
  DataCache cache;
  const auto first = cache.Load(ShapesJson(), "");
  BOOST_TEST(cache.Load(ShapesJson(), "").get() == first.get());
  auto colour = ShapesJson();
  colour["options"]["channels"] = 3;
  BOOST_TEST(cache.Load(colour, "")->spec.channels == 3);
  BOOST_TEST(cache.Load(ShapesJson(), "")->spec.channels == 1);
}

Json WithTestImages(int64_t images) {
  auto json = ShapesJson();
  json["options"]["train"] = 20, json["options"]["test"] = images;
  return json;
}

BOOST_AUTO_TEST_CASE(where_room_is_short_the_data_set_that_was_used_longest_ago_goes) {
  DataCache cache(/*most_bytes=*/0);
  const auto first = cache.Load(WithTestImages(11), "");
  const auto second = cache.Load(WithTestImages(12), "");
  BOOST_TEST(cache.Load(WithTestImages(11), "").get() == first.get());
  const auto third = cache.Load(WithTestImages(13), "");
  BOOST_TEST(cache.Load(WithTestImages(11), "").get() == first.get());
  BOOST_TEST(cache.Load(WithTestImages(13), "").get() == third.get());
  BOOST_TEST(cache.Load(WithTestImages(12), "").get() != second.get());
}

BOOST_AUTO_TEST_CASE(small_data_sets_stay_decoded_side_by_side) {
  DataCache cache;
  std::vector<std::shared_ptr<const LoadedData>> loaded;
  for (const int64_t images : {11, 12, 13, 14})
    loaded.push_back(cache.Load(WithTestImages(images), ""));
  for (const auto& data : loaded)
    BOOST_TEST(cache.Load(WithTestImages(data->test.images.size(0)), "").get() == data.get());
}

BOOST_AUTO_TEST_CASE(planes_follow_each_other_and_labels_their_images) {
  auto colour = ShapesJson();
  colour["options"]["channels"] = 3;
  const auto data = DataCache().Load(colour, "");
  const auto plugin = Registry::Get().Make<Dataset>("shapes", colour.at("options"));
  const auto plain = plugin->Load(Part::kTest, "");
  for (const int64_t i : {0, 17, 99}) {
    for (const auto& [y, x, c] : {std::tuple{3, 5, 0}, {3, 5, 2}, {15, 0, 1}}) {
      const int expected = plain.images[i].pixels[(y * 16 + x) * 3 + c];
      BOOST_TEST(data->test.images[i][c][y][x].item<int>() == expected);
    }
    BOOST_TEST(data->test.labels[i].item<int64_t>() == plain.labels[i]);
  }
}

}  // namespace dfkd::data_cache_test
