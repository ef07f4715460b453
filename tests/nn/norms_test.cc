// Which convolution each batch normalisation reads, and who reads it: written out by hand, and
// tried on the running network.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/nn/helpers.h"

namespace dfkd::norms_test {

using boost::test_tools::per_element;
using Names = std::vector<std::string>;

const Names kAll = {"wrn-10-1-s2", "wrn-16-2",         "resnet-18", "vgg-8-bn",
                    "vgg-11-bn",   "mobilenetv2-half", "vgg-s-8"};

ImageSpec Small() { return {3, 16, 16, 4, {0.5, 0.5, 0.5}, {0.2, 0.2, 0.2}}; }

std::unique_ptr<Classifier> Made(const std::string& name) {
  auto network = std::make_unique<Classifier>(name, Small());
  network->Initialize(Rng(1).Fork("init"));
  return network;
}

at::Tensor Weight(const Classifier& network, const std::string& layer) {
  for (const auto& item : network.Parameters()) {
    if (item.name == layer + ".weight") {
      return item.value.detach();
    }
  }
  throw MakeError("no layer '{}'", layer);
}

// "bn < input (previous) > readers"
Names Lines(const std::string& name) {
  Names lines;
  for (const auto& norm : Classifier(name, Small()).Norms()) {
    lines.push_back(fmt::format("{} < {} ({}) > {}", norm.name,
                                norm.input.empty() ? "sum" : norm.input, norm.previous,
                                fmt::join(norm.readers, " ")));
  }
  return lines;
}

BOOST_AUTO_TEST_CASE(pre_activation_networks_normalise_sums_but_for_bn2_and_the_stem) {
  const Names expected = {"group1.0.bn1 < stem (stem) > group1.0.conv1",
                          "group1.0.bn2 < group1.0.conv1 (group1.0.conv1) > group1.0.conv2",
                          "group1.1.bn1 < sum (group1.0.conv2) > group1.1.conv1",
                          "group1.1.bn2 < group1.1.conv1 (group1.1.conv1) > group1.1.conv2",
                          "group2.0.bn1 < sum (group1.1.conv2) > group2.0.conv1 group2.0.shortcut",
                          "group2.0.bn2 < group2.0.conv1 (group2.0.conv1) > group2.0.conv2",
                          "group2.1.bn1 < sum (group2.0.shortcut) > group2.1.conv1",
                          "group2.1.bn2 < group2.1.conv1 (group2.1.conv1) > group2.1.conv2",
                          "group3.0.bn1 < sum (group2.1.conv2) > group3.0.conv1 group3.0.shortcut",
                          "group3.0.bn2 < group3.0.conv1 (group3.0.conv1) > group3.0.conv2",
                          "group3.1.bn1 < sum (group3.0.shortcut) > group3.1.conv1",
                          "group3.1.bn2 < group3.1.conv1 (group3.1.conv1) > group3.1.conv2",
                          "bn < sum (group3.1.conv2) > fc"};
  BOOST_TEST(Lines("wrn-16-1") == expected, per_element());
}

BOOST_AUTO_TEST_CASE(the_normalisations_of_a_residual_network_follow_their_convolutions) {
  const Names expected = {"stem_bn < stem (stem) > group1.0.conv1",
                          "group1.0.bn1 < group1.0.conv1 (group1.0.conv1) > group1.0.conv2",
                          "group1.0.bn2 < group1.0.conv2 (group1.0.conv2) > ",
                          "group1.1.bn1 < group1.1.conv1 (group1.1.conv1) > group1.1.conv2",
                          "group1.1.bn2 < group1.1.conv2 (group1.1.conv2) > ",
                          "group2.0.bn1 < group2.0.conv1 (group2.0.conv1) > group2.0.conv2",
                          "group2.0.bn2 < group2.0.conv2 (group2.0.conv2) > ",
                          "group2.0.shortcut_bn < group2.0.shortcut (group2.0.shortcut) > ",
                          "group2.1.bn1 < group2.1.conv1 (group2.1.conv1) > group2.1.conv2",
                          "group2.1.bn2 < group2.1.conv2 (group2.1.conv2) > ",
                          "group3.0.bn1 < group3.0.conv1 (group3.0.conv1) > group3.0.conv2",
                          "group3.0.bn2 < group3.0.conv2 (group3.0.conv2) > ",
                          "group3.0.shortcut_bn < group3.0.shortcut (group3.0.shortcut) > ",
                          "group3.1.bn1 < group3.1.conv1 (group3.1.conv1) > group3.1.conv2",
                          "group3.1.bn2 < group3.1.conv2 (group3.1.conv2) > ",
                          "group4.0.bn1 < group4.0.conv1 (group4.0.conv1) > group4.0.conv2",
                          "group4.0.bn2 < group4.0.conv2 (group4.0.conv2) > ",
                          "group4.0.shortcut_bn < group4.0.shortcut (group4.0.shortcut) > ",
                          "group4.1.bn1 < group4.1.conv1 (group4.1.conv1) > group4.1.conv2",
                          "group4.1.bn2 < group4.1.conv2 (group4.1.conv2) > "};
  BOOST_TEST(Lines("resnet-18") == expected, per_element());
}

BOOST_AUTO_TEST_CASE(the_last_normalisation_of_a_mobilenets_block_is_read_without_a_relu) {
  const auto lines = Lines("mobilenetv2-half");
  const Names first(lines.begin(), lines.begin() + 5);
  const Names expected = {"stem_bn < stem (stem) > group1.0.conv1",
                          "group1.0.bn1 < group1.0.conv1 (group1.0.conv1) > group1.0.conv2",
                          "group1.0.bn2 < group1.0.conv2 (group1.0.conv2) > group1.0.conv3",
                          "group1.0.bn3 < group1.0.conv3 (group1.0.conv3) > ",
                          "group2.0.bn1 < group2.0.conv1 (group2.0.conv1) > group2.0.conv2"};
  BOOST_TEST(first == expected, per_element());
  BOOST_TEST(lines.back() == "last_bn < last (last) > fc");
}

BOOST_DATA_TEST_CASE(norms_are_watched_in_the_order_in_which_they_are_listed, kAll, name) {
  const auto network = Made(name);
  std::vector<NormInput> seen;
  network->WatchNorms(&seen);
  std::as_const(*network).Logits(SomeImages(Small(), 2));
  network->WatchNorms(nullptr);
  const auto norms = network->Norms();
  BOOST_REQUIRE(seen.size() == norms.size());
  for (size_t i = 0; i < norms.size(); ++i) {
    BOOST_TEST(norms[i].running_var.is_same(seen[i].running_var), norms[i].name);
    BOOST_TEST(norms[i].weight.detach().data_ptr() == Weight(*network, norms[i].name).data_ptr());
  }
}

// A filter that is emptied empties the channel that the normalisation reads, and no other.
BOOST_DATA_TEST_CASE(a_norm_reads_its_input_convolution_channel_by_channel, kAll, name) {
  const auto network = Made(name);
  const auto images = SomeImages(Small(), 2);
  const auto norms = network->Norms();
  for (size_t i = 0; i < norms.size(); ++i) {
    if (norms[i].input.empty()) {
      continue;
    }
    std::vector<NormInput> before, after;
    network->WatchNorms(&before);
    std::as_const(*network).Logits(images);
    const auto filter = Weight(*network, norms[i].input)[1];
    const auto kept = filter.clone();
    filter.zero_();
    network->WatchNorms(&after);
    std::as_const(*network).Logits(images);
    network->WatchNorms(nullptr);
    filter.copy_(kept);
    BOOST_TEST(after[i].input.select(1, 1).abs().max().item<float>() == 0, norms[i].name);
    BOOST_TEST(after[i].input.select(1, 0).equal(before[i].input.select(1, 0)), norms[i].name);
  }
}

// Where scale and shift of a channel are 0, nothing its readers do with that channel matters; where
// the shift is 1, all do.
BOOST_DATA_TEST_CASE(readers_read_the_activated_norm_channel_by_channel, kAll, name) {
  const auto network = Made(name);
  const auto images = SomeImages(Small(), 2);
  for (const auto& norm : network->Norms()) {
    for (const auto& reader : norm.readers) {
      const auto kept = norm.weight.detach().clone();
      norm.weight.detach()[1] = 0;  // the shift is 0 in a new network
      const auto before = std::as_const(*network).Logits(images);
      const auto weight = Weight(*network, reader);
      const bool depthwise = weight.size(1) == 1;  // the channel has a filter of its own
      const auto slice = weight.select(depthwise ? 0 : 1, 1);
      const auto slice_kept = slice.clone();
      slice.add_(1);
      BOOST_TEST(std::as_const(*network).Logits(images).equal(before), norm.name << reader);
      norm.bias.detach()[1] = 1;
      const auto changed = std::as_const(*network).Logits(images);
      slice.copy_(slice_kept);
      BOOST_TEST(!std::as_const(*network).Logits(images).equal(changed), norm.name << reader);
      norm.bias.detach()[1] = 0;
      norm.weight.detach().copy_(kept);
    }
  }
}

}  // namespace dfkd::norms_test
