// Counts that were made by hand.
#include "bench/stages/metrics.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/classifier.h"

namespace dfkd::metrics_test {

// Adds one to every pixel, so that what was triggered is visible.
class Stub : public Attack {
 public:
  explicit Stub(bool all_to_all) : all_to_all_(all_to_all) {}
  void Begin(const ImageSpec&) override {}
  int64_t TargetLabel(int64_t label) const override { return all_to_all_ ? (label + 1) % 3 : 2; }
  at::Tensor Trigger(const at::Tensor& images) const override { return images + 1; }
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }

 private:
  const bool all_to_all_;
};

Split Test() {  // the label of an image is its pixel
  const auto labels = at::tensor({0, 2, 1, 2, 0}, at::kLong);
  return {labels.to(at::kByte).view({5, 1, 1, 1}), labels};
}

BOOST_AUTO_TEST_CASE(images_of_the_target_class_do_not_count_for_the_success_of_an_attack) {
  const auto triggered = MakeTriggered(Stub(false), Test());
  BOOST_TEST(triggered.labels.equal(at::tensor({0, 1, 0}, at::kLong)));
  BOOST_TEST(triggered.targets.equal(at::tensor({2, 2, 2}, at::kLong)));
  BOOST_TEST(triggered.images.flatten().equal(at::tensor({1, 2, 1}, at::kByte)));
  BOOST_TEST((triggered.images.scalar_type() == at::kByte));
}

// abd.md (l) self-test 4: CIFAR-10 and GTSRB, whose target class has 720 of 12,630 test images.
BOOST_AUTO_TEST_CASE(the_papers_test_sets_leave_9000_and_11910_images) {
  const auto size = [](const at::Tensor& labels) {
    const auto images = at::zeros({labels.size(0), 1, 1, 1}, at::kByte);
    return MakeTriggered(Stub(false), {images, labels}).images.size(0);
  };
  BOOST_TEST(size(at::arange(10000, at::kLong).remainder(10)) == 9000);
  BOOST_TEST(size(at::arange(12630, at::kLong).lt(720).to(at::kLong).mul(2)) == 11910);
}

BOOST_AUTO_TEST_CASE(where_every_class_has_a_target_of_its_own_all_images_count) {
  const auto triggered = MakeTriggered(Stub(true), Test());
  BOOST_TEST(triggered.targets.equal(at::tensor({1, 0, 2, 0, 1}, at::kLong)));
  BOOST_TEST(triggered.labels.equal(Test().labels));
}

BOOST_AUTO_TEST_CASE(a_test_set_of_the_target_class_alone_leaves_nothing_to_count) {
  const auto labels = at::full({4}, 2, at::kLong);
  const auto triggered = MakeTriggered(Stub(false), {at::zeros({4, 1, 1, 1}, at::kByte), labels});
  BOOST_TEST(triggered.images.size(0) == 0);
  BOOST_TEST(CountEqual(triggered.targets, triggered.targets) == (Json{0, 0}));
}

// One pixel of 16 by 51 (0.2), in one image of two the other way; and 255 everywhere in the third.
BOOST_AUTO_TEST_CASE(visibility_is_the_largest_change_its_norm_and_its_noise_ratio) {
  const auto clean = at::full({2, 1, 4, 4}, 100, at::kByte);
  auto stamped = clean.clone();
  stamped[0][0][0][0] = 151, stamped[1][0][3][3] = 49;
  const Json dot = Visibility(clean, stamped);
  BOOST_TEST(dot.at("linf") == 0.2);
  BOOST_TEST(dot.at("l2") == 0.2);
  BOOST_TEST(dot.at("psnr").get<double>() == 10 * std::log10(16 / 0.04),
             boost::test_tools::tolerance(1e-6));
  const auto black = at::zeros({1, 1, 4, 4}, at::kByte);
  const Json all = Visibility(black, black + 255);
  BOOST_TEST(all.at("linf") == 1);
  BOOST_TEST(all.at("l2") == 4);
  BOOST_TEST(all.at("psnr") == 0);
  BOOST_TEST(Visibility(clean, clean).at("psnr").is_null());
  BOOST_TEST(all.at("ssim").is_null());  // 4x4 pixels
  const auto large = at::full({1, 1, 11, 11}, 100, at::kByte);
  BOOST_TEST(Visibility(large, large).at("ssim") == 1);
  // (2 * 100 * 150 + 2.55^2) / (100^2 + 150^2 + 2.55^2), to six digits.
  BOOST_TEST(Visibility(large, large + 50).at("ssim") == 0.923092);
  BOOST_TEST(Visibility(clean.narrow(0, 0, 0), clean.narrow(0, 0, 0)).is_null());
}

BOOST_AUTO_TEST_CASE(equal_labels_are_counted_whole_and_per_class) {
  const auto labels = Test().labels, predicted = at::tensor({0, 2, 0, 1, 1}, at::kLong);
  BOOST_TEST(CountEqual(predicted, labels) == (Json{2, 5}));
  BOOST_TEST(CountEqualPerClass(predicted, labels, 4) == (Json{{1, 2}, {0, 1}, {1, 2}, {0, 0}}));
}

BOOST_AUTO_TEST_CASE(predictions_do_not_depend_on_the_batch_and_move_no_statistics) {
  const ImageSpec spec{1, 16, 16, 10, {0.5}, {0.25}};
  Classifier model("vgg-s-4", spec);
  model.Initialize(Rng(1));
  const auto images = at::randint(256, {515, 1, 16, 16}).to(at::kByte);  // more than one batch
  std::vector<at::Tensor> before;
  for (const auto& [name, value] : model.Buffers()) before.push_back(value.clone());
  const auto all = Predict(model, images, at::kCPU);
  BOOST_TEST(all.sizes().vec() == (std::vector<int64_t>{515}), boost::test_tools::per_element());
  BOOST_TEST(all.narrow(0, 510, 5).equal(Predict(model, images.narrow(0, 510, 5), at::kCPU)));
  const auto buffers = model.Buffers();
  for (size_t i = 0; i < buffers.size(); ++i) BOOST_TEST(buffers[i].value.equal(before[i]));
  BOOST_TEST(Predict(model, images.narrow(0, 0, 0), at::kCPU).numel() == 0);
}

}  // namespace dfkd::metrics_test
