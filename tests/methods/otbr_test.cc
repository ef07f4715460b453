#include "methods/defenses/otbr/otbr.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "methods/defenses/otbr/transport.h"
#include "tests/methods/fakes.h"

namespace dfkd::otbr_test {

using otbr::Layer;

BOOST_AUTO_TEST_SUITE(otbr_suite)

at::Tensor Doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }

BOOST_AUTO_TEST_CASE(mass_stays_where_it_may_and_goes_the_cheapest_way_otherwise) {
  const auto plan = otbr::OptimalTransport(Doubles({0.5, 0.5}), Doubles({0.25, 0.75}),
                                           Doubles({0, 1, 1, 0}).view({2, 2}));
  BOOST_TEST(MaxDifference(plan, Doubles({0.25, 0.25, 0, 0.5}).view({2, 2})) < 1e-12);
}

// With equal masses some permutation is optimal.
BOOST_AUTO_TEST_CASE(no_permutation_is_cheaper) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    constexpr int64_t kCount = 6;
    const auto cost = Uniform(Rng(seed), {kCount, kCount}).to(at::kDouble);
    const auto mass = at::full({kCount}, 1.0 / kCount, at::kDouble);
    const auto plan = otbr::OptimalTransport(mass, mass, cost);
    BOOST_TEST(MaxDifference(plan.sum(0), mass) < 1e-12);
    BOOST_TEST(MaxDifference(plan.sum(1), mass) < 1e-12);
    std::vector<int64_t> order = {0, 1, 2, 3, 4, 5};
    double least = 1e9;
    do {
      double sum = 0;
      for (int64_t i = 0; i < kCount; ++i)
        sum += cost[i][order[static_cast<size_t>(i)]].item<double>();
      least = std::min(least, sum / kCount);
    } while (std::next_permutation(order.begin(), order.end()));
    BOOST_TEST(std::abs((plan * cost).sum().item<double>() - least) < 1e-12);
  }
}

BOOST_AUTO_TEST_CASE(uneven_masses_are_moved_whole) {
  const auto from = at::full({40}, 1.0 / 40, at::kDouble);
  auto to = Uniform(Rng(2), {40}).to(at::kDouble);
  to = to / to.sum();
  const auto plan = otbr::OptimalTransport(from, to, Uniform(Rng(3), {40, 40}).to(at::kDouble));
  BOOST_TEST(plan.min().item<double>() >= 0);
  BOOST_TEST(MaxDifference(plan.sum(0), to) < 1e-10);
  BOOST_TEST(MaxDifference(plan.sum(1), from) < 1e-10);
}

// In binary 0.29 * 100 is 28.999…
BOOST_AUTO_TEST_CASE(the_share_of_neurons_counts_as_it_is_written) {
  const std::vector<Layer> layers(1, Layer{{}, at::arange(100, at::kDouble)});
  BOOST_TEST(otbr::MostChanged(layers, 0.29)[0].numel() == 29);
}

BOOST_AUTO_TEST_CASE(the_neurons_that_changed_most_of_all_layers_are_pruned) {
  const std::vector<Layer> layers = {{{}, Doubles({1, 5, 2})}, {{}, Doubles({5, 0, 3})}};
  const auto chosen = otbr::MostChanged(layers, 0.5);
  BOOST_TEST((chosen[0].equal(at::tensor({int64_t{1}}))));
  BOOST_TEST((chosen[1].equal(at::tensor({int64_t{0}, int64_t{2}}))));
}

// A chain of two layers whose second neuron of the first is 0 already: what is pruned is the
// network itself, so that each neuron is matched with itself.
BOOST_AUTO_TEST_CASE(a_network_fused_with_itself_is_itself_and_layers_before_stay) {
  const auto random = [](uint64_t seed, int64_t out, int64_t in) {
    return Normal(Rng(seed), {out, in, 3, 3});
  };
  auto first = random(2, 4, 4);
  first[1].zero_();
  const auto even = at::ones({4}, at::kDouble);
  const std::vector<Layer> layers = {
      {random(1, 4, 3), even}, {first, even}, {random(3, 4, 4), even}};
  const auto none = at::empty({0}, at::kLong);
  const auto fused = otbr::Fused(layers, {none, at::tensor({int64_t{1}}), none}, 1);
  BOOST_TEST(fused[0].equal(layers[0].weight));
  for (size_t i = 1; i < 3; ++i) BOOST_TEST(MaxDifference(fused[i], layers[i].weight) < 1e-5);
}

// One input channel, 1x1. Neurons 1 and 3; the first is pruned. Masses 1/2 each go to shares 1/4
// and 3/4: the pruned neuron (0) is nearest to 1, the other stays; own 1 gets the pruned one's 1/4,
// own 3 the other's 1/2 and 1/4 of the pruned one.
BOOST_AUTO_TEST_CASE(outputs_are_means_of_what_is_carried_to_them) {
  const Layer layer = {at::tensor({1.0F, 3.0F}).view({2, 1, 1, 1}), Doubles({1, 3})};
  const auto fused = otbr::Fused({layer}, {at::tensor({int64_t{0}})}, 0.5)[0].flatten();
  // aligned: 0, (1/2 * 3 + 1/4 * 0) / (3/4) = 2
  BOOST_TEST(std::abs(fused[0].item<double>() - 0.5) < 1e-6);
  BOOST_TEST(std::abs(fused[1].item<double>() - 2.5) < 1e-6);
}

BOOST_AUTO_TEST_CASE(a_network_is_mended_in_its_slot_and_nothing_but_convolutions_changes) {
  for (const std::string name : {"wrn-10-1-s2", "vgg-s-4"}) {
    const auto net = MakeNet(name, 3), before = MakeNet(name, 3);
    const auto teacher = MakeTeacher("vgg-s-4", 3);
    FakeProgress progress;
    DefenseContext context{
        .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(1), .progress = progress};
    otbr::Otbr part(Read<otbr::Options>({{"steps", 2}, {"batch_size", 8}}));
    part.RepairStudent(*net, context);
    BOOST_TEST(net->Parameters()[0].value.equal(before->Parameters()[0].value));
    part.SanitizeTeacher(*net, context);
    BOOST_TEST(progress.scalars.at("otbr/pruned").at(0) > 0, name);
    const auto ours = net->Parameters(), theirs = before->Parameters();
    bool changed = false;
    for (size_t i = 0; i < ours.size(); ++i) {
      const bool same = ours[i].value.equal(theirs[i].value);
      changed = changed || !same;
      BOOST_TEST((same || ours[i].value.dim() == 4), ours[i].name);
    }
    BOOST_TEST(changed);
  }
}

BOOST_AUTO_TEST_CASE(a_network_with_depthwise_layers_is_refused_by_name) {
  const auto net = MakeNet("mobilenetv2-half", 3);
  const auto teacher = MakeTeacher("vgg-s-4", 3);
  FakeProgress progress;
  DefenseContext context{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(1), .progress = progress};
  otbr::Otbr part(Read<otbr::Options>({{"steps", 1}, {"batch_size", 8}}));
  BOOST_CHECK_EXCEPTION(part.SanitizeTeacher(*net, context), Error, [](const Error& e) {
    return std::string(e.what()).starts_with("otbr: 'group1.0.conv2' is depthwise");
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::otbr_test
