// Golden values by hand: attacks_defences_metrics.md Part 5, "CLP sigma on a hand-made 2-channel
// conv (diag weights)".
#include "methods/defenses/clp/clp.h"

#include <ATen/ATen.h>

#include <boost/test/unit_test.hpp>

#include "tests/methods/fakes.h"

namespace dfkd::clp::clp_test {

using boost::test_tools::per_element;

std::vector<double> Values(const at::Tensor& t) {
  const auto c = t.to(at::kDouble).contiguous();
  return {c.data_ptr<double>(), c.data_ptr<double>() + c.numel()};
}

// Two channels with scale -2 and 3 and variance 4 and 9: both factors are 1.
NormLayer TwoChannels() {
  return {.name = "bn",
          .weight = at::tensor({-2.0F, 3.0F}),
          .bias = at::tensor({0.5F, 0.5F}),
          .running_mean = at::zeros({2}),
          .running_var = at::tensor({4.0F, 9.0F}),
          .input = "conv",
          .readers = {"next", "shortcut"},
          .previous = "other"};
}

void CheckBounds(const NormLayer& norm, const Weights& weights, const std::string& pairing,
                 const std::vector<double>& expected) {
  const auto bounds = Values(ChannelBounds(norm, weights, Read<Options>({{"pairing", pairing}})));
  BOOST_REQUIRE(bounds.size() == expected.size());
  for (size_t i = 0; i < bounds.size(); ++i) {
    BOOST_TEST(bounds[i] == expected[i], boost::test_tools::tolerance(1e-9));
  }
}

BOOST_AUTO_TEST_CASE(the_bound_of_a_diagonal_filter_is_its_largest_entry) {
  // [out 2, in 2, 1, 2]: diag(3, -4) and diag(1, 2)
  const Weights weights = {
      {"conv", at::tensor({3.0F, 0.0F, 0.0F, -4.0F, 1.0F, 0.0F, 0.0F, 2.0F}).view({2, 2, 1, 2})}};
  auto norm = TwoChannels();
  CheckBounds(norm, weights, "graph", {4, 2});
  norm.running_var = at::tensor({16.0F, 1.0F});  // factors 1/2 and 3
  CheckBounds(norm, weights, "graph", {2, 6});
}

BOOST_AUTO_TEST_CASE(a_filter_is_reshaped_to_inputs_by_positions) {
  // One filter, in 2, kh kw 2: [[3, 0], [4, 0]] has rank one and norm 5; transposed it would too,
  // but cut as [[3, 0, 4, 0]] so would any; [[1, 1], [1, -1]] has two singular values sqrt(2), its
  // row of four norm 2.
  const Weights weights = {
      {"conv", at::tensor({3.0F, 0.0F, 4.0F, 0.0F, 1.0F, 1.0F, 1.0F, -1.0F}).view({2, 2, 1, 2})}};
  CheckBounds(TwoChannels(), weights, "graph", {5, std::sqrt(2.0)});
}

BOOST_AUTO_TEST_CASE(where_a_sum_is_read_the_larger_bound_of_the_readers_counts) {
  auto norm = TwoChannels();
  norm.input.clear();
  // Input slices of `next` [out 2, in 2, 1, 1]: columns (3, 4) and (0, 1); of `shortcut` (1, 0),
  // (0, 6).
  const Weights weights = {{"next", at::tensor({3.0F, 0.0F, 4.0F, 1.0F}).view({2, 2, 1, 1})},
                           {"shortcut", at::tensor({1.0F, 0.0F, 0.0F, 6.0F}).view({2, 2, 1, 1})},
                           {"other", at::tensor({7.0F, 8.0F}).view({2, 1, 1, 1})}};
  CheckBounds(norm, weights, "graph", {5, 6});
  CheckBounds(norm, weights, "official", {7, 8});
}

BOOST_AUTO_TEST_CASE(before_the_linear_layer_the_bound_is_the_norm_of_a_column) {
  auto norm = TwoChannels();
  norm.input.clear();
  norm.readers = {"fc"};  // [classes 3, 2]
  const Weights weights = {{"fc", at::tensor({1.0F, 0.0F, 2.0F, 3.0F, 2.0F, 4.0F}).view({3, 2})}};
  CheckBounds(norm, weights, "graph", {3, 5});
}

// n - 1 ones and one v: mean 1 + (v-1)/n, unbiased std (v-1)/sqrt(n). v is above mean + u std iff
// 1/n + u/sqrt(n) < 1.
at::Tensor OneOutlier(int64_t n) {
  auto bounds = at::ones({n}, at::kDouble);
  bounds[n - 1] = 100;
  return bounds;
}

BOOST_AUTO_TEST_CASE(the_threshold_is_mean_plus_u_unbiased_standard_deviations) {
  BOOST_TEST(Outliers(OneOutlier(11), 3, true).sum().item<int64_t>() == 1);  // 0.0909 + 0.9045
  BOOST_TEST(Outliers(OneOutlier(11), 3, true)[10].item<bool>());
  BOOST_TEST(Outliers(OneOutlier(10), 3, true).sum().item<int64_t>() == 0);  // 0.1 + 0.9487
  // 0.1 + 2.9 / sqrt(10) = 1.017; with the population's deviation it would be 0.97.
  BOOST_TEST(Outliers(OneOutlier(10), 2.9, true).sum().item<int64_t>() == 0);
  BOOST_TEST(Outliers(OneOutlier(10), 2.8, true).sum().item<int64_t>() == 1);
  BOOST_TEST(Outliers(at::ones({8}, at::kDouble), 0, true).sum().item<int64_t>() == 0);
}

BOOST_AUTO_TEST_CASE(one_dead_channel_protects_its_layer_only_without_the_guard) {
  auto bounds = OneOutlier(12);
  bounds[0] = std::nan("");
  BOOST_TEST(Outliers(bounds, 3, true).sum().item<int64_t>() == 1);
  BOOST_TEST(Outliers(bounds, 3, false).sum().item<int64_t>() == 0);
  bounds[0] = INFINITY;
  BOOST_TEST(Outliers(bounds, 3, true).sum().item<int64_t>() == 1);
  BOOST_TEST(!Outliers(bounds, 3, true)[0].item<bool>());
  BOOST_TEST(Outliers(bounds, 3, false).sum().item<int64_t>() == 0);
}

at::Tensor Parameter(const Classifier& net, const std::string& name) {
  for (const auto& item : net.Parameters()) {
    if (item.name == name) return item.value.detach();
  }
  throw MakeError("no parameter '{}'", name);
}

// The channels of `norm` that CLP prunes in a wide residual network after `plant` changed it.
std::vector<int64_t> PrunedOf(const std::string& norm, const Json& options,
                              const std::function<void(Classifier&)>& plant) {
  const auto net = MakeNet("wrn-16-1", 3);
  for (const auto& item : net->Parameters()) {
    if (item.name.ends_with(".bias") && item.name != "fc.bias") item.value.detach().fill_(0.5);
  }
  plant(*net);
  FakeProgress progress;
  const auto teacher = MakeTeacher("wrn-16-1", 3);
  DefenseContext context{*teacher, SmallSpec(), {}, Rng(1), progress};
  const auto resolved = Read<Options>(options);
  const auto before = Parameter(*net, norm + ".bias").clone();
  resolved.where == "teacher" ? Clp(resolved).SanitizeTeacher(*net, context)
                              : Clp(resolved).RepairStudent(*net, context);
  std::vector<int64_t> channels;
  const auto scale = Parameter(*net, norm + ".weight"), shift = Parameter(*net, norm + ".bias");
  for (int64_t c = 0; c < scale.size(0); ++c) {
    BOOST_TEST((scale[c].item<float>() == 0) == (shift[c].item<float>() == 0));
    if (scale[c].item<float>() == 0) channels.push_back(c);
  }
  BOOST_TEST(progress.scalars.at("clp/pruned/" + norm).at(0) == channels.size());
  BOOST_TEST(progress.scalars.at("clp/channels").at(0) == 464);
  return channels;
}

void Amplify(const at::Tensor& weights) { weights.mul_(50); }

const std::vector<int64_t> kNone = {}, kFifth = {5};

BOOST_AUTO_TEST_CASE(the_second_norm_of_a_block_is_bound_by_the_first_convolution) {
  const auto plant = [](Classifier& net) { Amplify(Parameter(net, "group2.1.conv1.weight")[5]); };
  for (const std::string pairing : {"graph", "official"}) {
    BOOST_TEST(PrunedOf("group2.1.bn2", {{"pairing", pairing}}, plant) == kFifth, per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_norm_of_a_sum_is_bound_by_what_reads_it_and_officially_by_another_branch) {
  const auto read = [](Classifier& net) {
    Amplify(Parameter(net, "group2.1.conv1.weight").select(1, 5));
  };
  BOOST_TEST(PrunedOf("group2.1.bn1", {{"pairing", "graph"}}, read) == kFifth, per_element());
  BOOST_TEST(PrunedOf("group2.1.bn1", {{"pairing", "official"}}, read) == kNone, per_element());
  const auto previous = [](Classifier& net) {
    Amplify(Parameter(net, "group2.0.shortcut.weight")[5]);
  };
  const auto as_drawn = PrunedOf("group2.1.bn1", {{"pairing", "graph"}}, [](Classifier&) {});
  BOOST_TEST((as_drawn != kFifth));
  BOOST_TEST(PrunedOf("group2.1.bn1", {{"pairing", "graph"}}, previous) == as_drawn, per_element());
  BOOST_TEST(PrunedOf("group2.1.bn1", {{"pairing", "official"}}, previous) == kFifth,
             per_element());
}

BOOST_AUTO_TEST_CASE(a_shortcut_reads_the_first_norm_of_its_block_too) {
  const auto plant = [](Classifier& net) {
    Amplify(Parameter(net, "group2.0.shortcut.weight").select(1, 5));
  };
  BOOST_TEST(PrunedOf("group2.0.bn1", {}, plant) == kFifth, per_element());
}

BOOST_AUTO_TEST_CASE(the_last_norm_is_bound_by_the_linear_layer_and_the_stems_by_the_stem) {
  const auto head = [](Classifier& net) { Amplify(Parameter(net, "fc.weight").select(1, 5)); };
  BOOST_TEST(PrunedOf("bn", {}, head) == kFifth, per_element());
  const auto stem = [](Classifier& net) { Amplify(Parameter(net, "stem.weight")[5]); };
  BOOST_TEST(PrunedOf("group1.0.bn1", {}, stem) == kFifth, per_element());
}

BOOST_AUTO_TEST_CASE(the_student_is_pruned_in_its_own_slot) {
  const auto stem = [](Classifier& net) { Amplify(Parameter(net, "stem.weight")[5]); };
  const Json options = {{"where", "student"}};
  BOOST_TEST(PrunedOf("group1.0.bn1", options, stem) == kFifth, per_element());
  const auto& card = Registry::Get().Card(PluginKind::kDefense, "clp");
  BOOST_TEST(card.sanitizes_teacher(ResolveFor(card, nullptr)));
  BOOST_TEST(!card.repairs_student(ResolveFor(card, nullptr)));
  BOOST_TEST(!card.sanitizes_teacher(ResolveFor(card, options)));
  BOOST_TEST(card.repairs_student(ResolveFor(card, options)));
}

BOOST_AUTO_TEST_CASE(a_part_that_prunes_students_leaves_the_teacher_alone) {
  const auto net = MakeNet("wrn-16-1", 3);
  Amplify(Parameter(*net, "stem.weight")[5]);
  FakeProgress progress;
  const auto teacher = MakeTeacher("wrn-16-1", 3);
  DefenseContext context{*teacher, SmallSpec(), {}, Rng(1), progress};
  Clp(Read<Options>({{"where", "student"}})).SanitizeTeacher(*net, context);
  Clp(Read<Options>({{"where", "teacher"}})).RepairStudent(*net, context);
  BOOST_TEST(Parameter(*net, "group1.0.bn1.weight").min().item<float>() == 1);
  BOOST_TEST(progress.scalars.empty());
}

BOOST_AUTO_TEST_CASE(every_network_can_be_pruned_with_either_pairing) {
  for (const std::string name :
       {"wrn-10-1-s2", "resnet-18", "vgg-11-bn", "mobilenetv2-half", "vgg-s-4"}) {
    const auto net = MakeNet(name, 3);
    FakeProgress progress;
    const auto teacher = MakeTeacher("vgg-s-4", 3);
    DefenseContext context{*teacher, SmallSpec(), {}, Rng(1), progress};
    for (const std::string pairing : {"graph", "official"}) {
      Clp(Read<Options>({{"pairing", pairing}, {"u", 1}})).SanitizeTeacher(*net, context);
    }
    BOOST_TEST(progress.scalars.at("clp/pruned").at(0) > 0, name);
  }
}

}  // namespace dfkd::clp::clp_test
