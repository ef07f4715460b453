// fp, anp and rnp: what each shares with its twin on synthetic images stands in bench/recipes.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/recipes/adversarial_pruning.h"
#include "bench/recipes/fine_pruning.h"
#include "bench/recipes/linear_head.h"
#include "bench/recipes/reconstructive_pruning.h"
#include "tests/methods/fakes.h"

namespace dfkd::pruning_repairs_test {

BOOST_AUTO_TEST_SUITE(pruning_repairs_suite)

struct Setup : RepairSetup {
  Setup() : RepairSetup(40) {}
  // A student that knows the images.
  void Train() {
    const Json options = {{"epochs", 30}, {"crop", 0}, {"lr", 0.05}, {"flip", "false"}};
    FineTune(*student, data, Read<FineTuneOptions>(options), context, "ft");
  }
  FineTuneBatch Batch() const { return {Normalize(data.images, SmallSpec()), data.labels}; }
};

// Two features, two classes. Without the first feature the second still answers 0 and 1 right;
// without the second nothing is told apart.
BOOST_AUTO_TEST_CASE(features_are_cut_off_as_long_as_the_answers_stay_right) {
  const auto weight = at::tensor({0.1, 1.0, 0.0, -1.0}).view({2, 2});
  const auto bias = at::zeros({2}, at::kDouble);
  const auto features = at::tensor({0.0, 1.0, 0.0, -1.0, 5.0, 2.0, 1.0, -3.0}).view({4, 2});
  const auto labels = at::tensor({int64_t{0}, int64_t{1}, int64_t{0}, int64_t{1}});
  const auto count = [&](double tolerance, std::vector<int64_t> order) {
    FinePruningOptions options{};
    options.tolerance = tolerance, options.prune_step = 0.01;
    return CountPrunable(at::tensor(order), features, labels, weight, bias, options);
  };
  BOOST_TEST(count(0.1, {0, 1}) == 1);
  BOOST_TEST(count(0, {0, 1}) == 0);  // strictly less than the tolerance, as in the code
  BOOST_TEST(count(0.1, {1, 0}) == 0);
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_stays_so_while_the_rest_is_fine_tuned) {
  Setup setup;
  setup.Train();
  const auto before = LinearHead(*setup.student).weight.detach().clone();
  const auto options = Read<FinePruningOptions>(
      {{"tolerance", 0.9}, {"prune_step", 0.1}, {"epochs", 2}, {"batch_size", 16}});
  FinePrune(*setup.student, setup.data, options, setup.context, "fp");
  const auto after = LinearHead(*setup.student).weight.detach();
  const auto pruned = static_cast<int64_t>(setup.progress.scalars.at("fp/pruned").at(0));
  BOOST_TEST(pruned > 0);
  BOOST_TEST(after.eq(0).all(0).sum().item<int64_t>() == pruned);
  BOOST_TEST(!after.equal(before));
  BOOST_TEST(setup.progress.scalars.at("fp/loss").size() == 2U);
}

// f(m + n) by finite differences: the scale of one channel, the shift of another.
BOOST_AUTO_TEST_CASE(the_gradient_of_a_mask_is_that_of_its_scale_times_the_scale) {
  Setup setup;
  auto& net = *setup.student;
  net.Use(at::kCPU, Profile::kFp64);
  for (const auto& norm : net.Norms()) norm.bias.detach().fill_(0.3), norm.weight.detach().mul_(2);
  NormMasks masks(net);
  const auto batch = setup.Batch();
  const auto loss = [&] {
    const auto logits = net.Logits(batch.images, Mode::kTrain, Grad::kAll);
    return CrossEntropyPerSample(logits, batch.labels).mean();
  };
  auto noise = masks.Draw(0.1, Rng(8));
  masks.Write(noise);
  const auto gradients = masks.NoiseGradients(loss());
  const auto slope = [&](const at::Tensor& changed) {
    constexpr double kStep = 1e-5;
    const auto at = [&](double step) {
      changed[1] += step;
      masks.Write(noise);
      const double value = loss().item<double>();
      changed[1] -= step;
      return value;
    };
    return (at(kStep) - at(-kStep)) / (2 * kStep);
  };
  BOOST_TEST(std::abs(gradients.scale[0][1].item<double>() - slope(noise.scale[0])) < 1e-6);
  BOOST_TEST(std::abs(gradients.shift[2][1].item<double>() - slope(noise.shift[2])) < 1e-6);
}

BOOST_AUTO_TEST_CASE(the_worst_noise_hurts_more_than_its_start_and_may_reach_twice_as_far) {
  Setup setup;
  auto& net = *setup.student;
  NormMasks masks(net);
  const auto options = Read<AdversarialPruningOptions>();
  const auto loss = [&](const NormNoise& noise) {
    masks.Write(noise);
    const auto logits = net.Logits(setup.Batch().images, Mode::kTrain, Grad::kNone);
    return CrossEntropyPerSample(logits, setup.data.labels).mean().item<double>();
  };
  const auto worst = WorstNoise(net, masks, setup.Batch(), options, Rng(8));
  const auto start = masks.Draw(options.reach, Rng(8));
  BOOST_TEST(loss(worst) > loss(start));
  // Shifts are 0 here and have no gradient; of the scales each went a whole step.
  const auto went = (worst.scale[0] - start.scale[0]).abs();
  BOOST_TEST(MaxDifference(went, at::full_like(went, options.reach)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(channels_with_a_low_mask_lose_their_scale_and_keep_their_shift) {
  Setup setup;
  auto& net = *setup.student;
  for (const auto& norm : net.Norms()) norm.bias.detach().fill_(0.3);
  std::vector<NamedTensor> masks;
  for (const auto& norm : net.Norms()) masks.push_back({norm.name, at::ones_like(norm.weight)});
  masks[1].value[2] = 0.2, masks[1].value[3] = 0.21;
  PruneByMasks(net, masks, 0.2, setup.progress, "anp");
  const auto norms = net.Norms();
  BOOST_TEST(norms[1].weight[2].item<double>() == 0);
  BOOST_TEST(norms[1].weight[3].item<double>() == 1);
  BOOST_TEST(norms[1].bias.min().item<float>() == 0.3F);
  BOOST_TEST(setup.progress.scalars.at("anp/pruned").at(0) == 1);
}

// Masks are learned on a copy: where none falls, the model is as it was, statistics included.
BOOST_AUTO_TEST_CASE(a_model_none_of_whose_channels_falls_is_left_as_it_is) {
  Setup setup;
  const auto before = setup.student->Clone();
  PruneAdversarially(*setup.student, setup.data,
                     Read<AdversarialPruningOptions>({{"steps", 2}, {"lr", 0}}), setup.context,
                     "anp");
  PruneReconstructively(
      *setup.student, setup.data,
      Read<ReconstructivePruningOptions>({{"recover_lr", 0}, {"recover_epochs", 1}}), setup.context,
      "rnp");
  const auto same = [](const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
    for (size_t i = 0; i < a.size(); ++i) BOOST_TEST(a[i].value.equal(b[i].value), a[i].name);
  };
  same(setup.student->Parameters(), before->Parameters());
  same(setup.student->Buffers(), before->Buffers());
}

BOOST_AUTO_TEST_CASE(unlearning_goes_up_the_loss_until_little_is_known) {
  Setup setup;
  setup.Train();
  const Json options = {
      {"unlearn_lr", 0.05}, {"batch_size", 8}, {"crop", 0}, {"flip", "false"}, {"unlearned", 0.3}};
  const double known = UnlearnImages(*setup.student, setup.data,
                                     Read<ReconstructivePruningOptions>(options), setup.context);
  BOOST_TEST(known <= 0.3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::pruning_repairs_test
