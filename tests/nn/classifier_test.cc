#include "bench/nn/classifier.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>

#include <boost/test/unit_test.hpp>

#include "bench/nn/losses.h"
#include "tests/nn/helpers.h"

namespace dfkd::classifier_test {

std::unique_ptr<Classifier> Initialized(const std::string& name, const ImageSpec& spec) {
  auto network = std::make_unique<Classifier>(name, spec);
  network->Initialize(Rng(1).Fork("init"));
  return network;
}

// As Initialized, with statistics and scales that differ from channel to channel.
std::unique_ptr<Classifier> Lively(const std::string& name, const ImageSpec& spec) {
  auto network = Initialized(name, spec);
  network->Logits(SomeImages(spec), Mode::kTrain, Grad::kNone);
  const c10::NoGradGuard no_grad;
  for (const auto& parameter : network->Parameters()) {
    if (parameter.value.dim() == 1) {
      parameter.value.add_(Normal(Rng(2).Fork(parameter.name), parameter.value.sizes()) * 0.2);
    }
  }
  return network;
}

at::Tensor Find(const std::vector<NamedTensor>& tensors, const std::string& name) {
  for (const auto& item : tensors) {
    if (item.name == name) {
      return item.value;
    }
  }
  throw MakeError("no tensor '{}'", name);
}

at::Tensor GlobalState() { return at::detail::getDefaultCPUGenerator().get_state(); }

bool EqualWeights(const Classifier& a, const Classifier& b) {
  const auto ours = a.Parameters(), theirs = b.Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!ours[i].value.equal(theirs[i].value)) {
      return false;
    }
  }
  return ours.size() == theirs.size();
}

BOOST_AUTO_TEST_CASE(the_small_network_of_the_quick_matrix_has_26394_parameters) {
  BOOST_TEST(Classifier("vgg-s-16", Fashion()).CountParameters() == 26'394);
}

BOOST_AUTO_TEST_CASE(an_unknown_network_is_an_error_that_lists_the_patterns) {
  BOOST_TEST(MessageOf([] { Classifier("wrn-17-1", Cifar()); }) ==
             "network 'wrn-17-1' is unknown; known: wrn-<depth>-<width>[-s2] with depth = 6n+4, "
             "resnet-18, resnet-34, vgg-8-bn, vgg-11-bn, mobilenetv2-half, vgg-s-<width>");
  for (const std::string name :
       {"", "wrn", "wrn-4-1", "wrn-16-0", "wrn-016-1", "wrn-16-1-s3", "WRN-16-1", "wrn-16-1 ",
        "vgg-s-0", "vgg-s-16-s2", "vgg-16", "resnet-50", "resnet18", "resnet-18-s2", "vgg-11"}) {
    BOOST_CHECK_THROW(Classifier(name, Cifar()), Error);
  }
}

BOOST_AUTO_TEST_CASE(segments_are_the_stem_the_blocks_and_the_head) {
  const std::vector<std::string> wide = {"stem",   "group1.0", "group1", "group2.0",
                                         "group2", "group3.0", "group3", "head"};
  BOOST_TEST(Classifier("wrn-16-1", Cifar()).Segments() == wide, boost::test_tools::per_element());
  const std::vector<std::string> vgg = {"conv1", "conv2", "conv3", "conv4", "head"};
  BOOST_TEST(Classifier("vgg-s-16", Fashion()).Segments() == vgg, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(taps_give_what_was_asked_for_in_the_published_shapes) {
  const auto network = Initialized("wrn-16-2", Cifar());
  Taps taps = {{"group1", {}}, {"group2", {}}, {"group3", {}}, {"nobody", {}}};
  network->Logits(SomeImages(Cifar()), Mode::kEval, Grad::kNone, &taps);
  BOOST_TEST(taps["group1"].sizes() == at::IntArrayRef({4, 32, 32, 32}));
  BOOST_TEST(taps["group2"].sizes() == at::IntArrayRef({4, 64, 16, 16}));
  BOOST_TEST(taps["group3"].sizes() == at::IntArrayRef({4, 128, 8, 8}));
  for (const auto& [group, pixels] : {std::pair{"group1", 1024}, {"group2", 256}, {"group3", 64}}) {
    BOOST_TEST(AttentionMap(taps[group]).sizes() == at::IntArrayRef({4, pixels}), group);
  }
  BOOST_TEST(!taps["nobody"].defined());
  BOOST_TEST(taps.size() == 4);
}

BOOST_AUTO_TEST_CASE(a_stem_of_stride_two_halves_every_activation) {
  const auto network = Initialized("wrn-10-1-s2", Cifar());
  Taps taps = {{"stem", {}}, {"group3", {}}};
  network->Logits(SomeImages(Cifar()), Mode::kEval, Grad::kNone, &taps);
  BOOST_TEST(taps["stem"].sizes() == at::IntArrayRef({4, 16, 16, 16}));
  BOOST_TEST(taps["group3"].sizes() == at::IntArrayRef({4, 64, 4, 4}));
}

BOOST_AUTO_TEST_CASE(convolutions_come_in_the_order_stem_conv1_conv2_shortcut) {
  const auto network = Initialized("wrn-16-1", Cifar());
  std::vector<std::string> names;
  for (const auto& convolution : network->Convolutions()) {
    names.push_back(convolution.name);
    BOOST_TEST(
        convolution.weight.is_same(Find(network->Parameters(), convolution.name + ".weight")));
  }
  const std::vector<std::string> expected = {
      "stem",           "group1.0.conv1", "group1.0.conv2",    "group1.1.conv1", "group1.1.conv2",
      "group2.0.conv1", "group2.0.conv2", "group2.0.shortcut", "group2.1.conv1", "group2.1.conv2",
      "group3.0.conv1", "group3.0.conv2", "group3.0.shortcut", "group3.1.conv1", "group3.1.conv2"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());
  BOOST_TEST(network->Convolutions()[7].segment == 3);
  const std::map<std::string, size_t> published = {
      {"wrn-16-1", 15}, {"wrn-16-2", 16}, {"wrn-40-1", 39}, {"wrn-40-2", 40}};
  for (const auto& [name, count] : published) {  // abd.md (d)
    BOOST_TEST(Classifier(name, Cifar()).Convolutions().size() == count, name);
  }
}

BOOST_AUTO_TEST_CASE(convolutions_still_share_storage_after_a_change_of_layout) {
  auto network = Initialized("vgg-s-16", Fashion());
  const auto before = network->Convolutions();
  if (RefusesBf16()) return;
  network->Use(at::kCPU, Profile::kBf16);
  network->Use(at::kCPU, Profile::kFp32);
  before[0].weight.detach().zero_();
  BOOST_TEST(Find(network->Parameters(), "conv1.weight").abs().sum().item<float>() == 0);
}

bool IsChannelsLast(const at::Tensor& x) { return x.is_contiguous(at::MemoryFormat::ChannelsLast); }

BOOST_AUTO_TEST_CASE(activations_lie_channels_last) {
  for (const auto& spec : {Cifar(), Fashion()}) {
    for (const char* name : {"wrn-16-1", "vgg-s-16"}) {
      const auto network = Lively(name, spec);
      for (const bool second_order : {false, true}) {
        if (second_order) network->UseForSecondOrder(at::kCPU, Profile::kBf16);
        auto taps = WantedTaps(network->Segments());
        taps.erase("head");
        network->Logits(SomeImages(spec), Mode::kEval, Grad::kNone, &taps);
        for (const auto& [segment, value] : taps) {
          BOOST_TEST(IsChannelsLast(value), name << " " << segment);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(answers_and_derivatives_do_not_depend_on_how_activations_lie) {
  for (const char* name : {"wrn-16-1", "vgg-s-16"}) {
    const auto plain = Lively(name, Cifar());
    const auto twice = plain->Clone();
    twice->UseForSecondOrder(at::kCPU, Profile::kFp32);
    const auto again = twice->Clone();
    const auto images = SomeImages(Cifar()).requires_grad_(true);
    const auto of = [&](Classifier& network) {
      const auto logits = network.Logits(images, Mode::kTrain, Grad::kAll);
      return std::pair(logits, Gradients(logits.square().sum(), {images})[0]);
    };
    const auto [logits, gradient] = of(*plain);
    const auto [other_logits, other_gradient] = of(*twice);
    BOOST_TEST(((logits - other_logits).norm() / logits.norm()).item<double>() < 1e-4);
    // A value beside 0 is on the other side of a ReLU now and then.
    BOOST_TEST(((gradient - other_gradient).norm() / gradient.norm()).item<double>() < 1e-2);
    BOOST_TEST(other_logits.equal(of(*again).first));
  }
}

BOOST_AUTO_TEST_CASE(second_derivatives_of_a_whole_network_are_those_of_plain_operations) {
  const auto plain = Lively("wrn-16-1", Cifar());
  plain->Use(at::kCPU, Profile::kFp64);
  const auto twice = plain->Clone();
  twice->UseForSecondOrder(at::kCPU, Profile::kFp64);
  const auto images = SomeImages(Cifar()).to(at::kDouble).requires_grad_(true);
  const auto product = [&](Classifier& network) {
    const auto loss = network.Logits(images, Mode::kTrain, Grad::kAll).square().sum();
    const auto first = Gradients(loss, {images}, /*create_graph=*/true)[0];
    const auto v = Normal(Rng(8), first.sizes(), at::kCPU, at::kDouble);
    return VectorJacobian(first, v, {images}, /*retain_graph=*/false)[0];
  };
  const auto expected = product(*plain);
  BOOST_TEST(((product(*twice) - expected).norm() / expected.norm()).item<double>() < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_pass_resumed_at_any_segment_ends_in_the_same_bits) {
  for (const auto profile : RunningProfiles()) {
    const auto network = Lively("wrn-16-1", Cifar());
    network->Use(at::kCPU, profile);
    Taps taps;
    for (const auto& segment : network->Segments()) {
      taps.emplace(segment, at::Tensor());
    }
    const auto images = SomeImages(Cifar());
    const auto logits = std::as_const(*network).Logits(images, Grad::kNone, &taps);
    BOOST_TEST(network->LogitsFrom(0, images, Grad::kNone).equal(logits));
    for (size_t k = 1; k < network->Segments().size(); ++k) {
      const auto resumed = network->LogitsFrom(k, taps[network->Segments()[k - 1]], Grad::kNone);
      BOOST_TEST(resumed.equal(logits), "segment " << k);
    }
  }
}

BOOST_AUTO_TEST_CASE(permuting_a_whole_block_changes_nothing_permuting_conv2_alone_does) {
  const auto network = Lively("wrn-16-1", Cifar());
  const auto images = SomeImages(Cifar());
  const auto before = std::as_const(*network).Logits(images);
  const auto order = Permutation(Rng(3).Fork("order"), 32);
  const auto permute = [&](const std::vector<NamedTensor>& tensors, const std::string& name,
                           int64_t dimension) {
    const c10::NoGradGuard no_grad;
    const auto tensor = Find(tensors, "group2.0." + name);
    tensor.copy_(tensor.index_select(dimension, order));
  };
  permute(network->Parameters(), "conv2.weight", 1);
  const auto shuffled = std::as_const(*network).Logits(images);
  BOOST_TEST((shuffled - before).abs().max().item<float>() > 1e-2);
  permute(network->Parameters(), "conv1.weight", 0);
  permute(network->Parameters(), "bn2.weight", 0);
  permute(network->Parameters(), "bn2.bias", 0);
  permute(network->Buffers(), "bn2.running_mean", 0);
  permute(network->Buffers(), "bn2.running_var", 0);
  const auto after = std::as_const(*network).Logits(images);
  BOOST_TEST((after - before).abs().max().item<float>() < 1e-4);
}

BOOST_AUTO_TEST_CASE(no_gradient_reaches_the_parameters_of_a_frozen_network) {
  auto network = Initialized("vgg-s-16", Fashion());
  network->Freeze();
  const auto images = SomeImages(Fashion()).requires_grad_();
  std::as_const(*network).Logits(images, Grad::kInputs).sum().backward();
  BOOST_TEST(images.grad().abs().sum().item<float>() > 0);
  for (const auto& parameter : network->Parameters()) {
    BOOST_TEST(!parameter.value.grad().defined());
    BOOST_TEST(!parameter.value.requires_grad());
  }
}

BOOST_AUTO_TEST_CASE(a_pass_without_gradients_has_no_graph) {
  auto network = Initialized("vgg-s-16", Fashion());
  const auto images = SomeImages(Fashion()).requires_grad_();
  BOOST_TEST(!network->Logits(images, Mode::kTrain, Grad::kNone).requires_grad());
}

BOOST_AUTO_TEST_CASE(gradients_of_inputs_alone_equal_the_full_ones_and_restore_the_flags) {
  auto network = Initialized("vgg-s-16", Fashion());
  const auto first = network->Parameters()[0].value;
  first.set_requires_grad(false);  // what a caller has switched off stays off
  const auto images = SomeImages(Fashion()).requires_grad_();
  const auto all = network->Logits(images, Mode::kEval, Grad::kAll).square().sum();
  const auto inputs = network->Logits(images, Mode::kEval, Grad::kInputs).square().sum();
  BOOST_TEST(Gradients(inputs, {images})[0].equal(Gradients(all, {images})[0]));
  for (const auto& parameter : network->Parameters()) {
    BOOST_TEST(parameter.value.requires_grad() == !parameter.value.is_same(first));
    BOOST_TEST(!parameter.value.grad().defined());
  }
}

BOOST_AUTO_TEST_CASE(a_frozen_pass_may_not_ask_for_parameter_gradients) {
  const auto network = Initialized("vgg-s-16", Fashion());
  BOOST_CHECK_THROW(std::as_const(*network).Logits(SomeImages(Fashion()), Grad::kAll), Error);
}

BOOST_AUTO_TEST_CASE(train_mode_moves_running_statistics_by_a_tenth_and_eval_mode_does_not) {
  auto network = Initialized("vgg-s-16", Fashion());
  const auto images = SomeImages(Fashion());
  const auto mean = Find(network->Buffers(), "bn1.running_mean");
  network->Logits(images, Mode::kEval, Grad::kNone);
  BOOST_TEST(mean.abs().max().item<float>() == 0);
  network->Logits(images, Mode::kTrain, Grad::kNone);
  const auto weight = Find(network->Parameters(), "conv1.weight").detach();
  const auto batch_mean = at::conv2d(images, weight, {}, 2, 1).mean({0, 2, 3});
  BOOST_TEST((mean - 0.1 * batch_mean).abs().max().item<float>() < 1e-6);
  const auto kept = mean.clone();
  network->Logits(images, Mode::kEval, Grad::kNone);
  BOOST_TEST(mean.equal(kept));
}

BOOST_AUTO_TEST_CASE(watched_norms_show_every_input_in_order_until_nobody_watches) {
  const auto network = Initialized("wrn-16-1", Cifar());
  const auto images = SomeImages(Cifar());
  std::vector<NormInput> seen;
  network->WatchNorms(&seen);
  Taps taps = {{"stem", {}}, {"group3", {}}};
  network->Logits(images, Mode::kEval, Grad::kNone, &taps);
  network->WatchNorms(nullptr);
  network->Logits(images, Mode::kEval, Grad::kNone);
  BOOST_TEST(seen.size() == 13);
  BOOST_TEST(seen.front().input.equal(taps["stem"]));
  BOOST_TEST(seen.back().input.equal(taps["group3"]));
  BOOST_TEST(seen.back().running_var.is_same(Find(network->Buffers(), "bn.running_var")));
}

BOOST_AUTO_TEST_CASE(initial_weights_have_the_published_spread) {
  const auto network = Initialized("wrn-16-2", Cifar());
  const auto convolution = Find(network->Parameters(), "group3.1.conv2.weight").detach();
  const double expected = std::sqrt(2.0 / (9 * 128));
  BOOST_TEST(convolution.std().item<double>() == expected, boost::test_tools::tolerance(0.02));
  const auto linear = Find(network->Parameters(), "fc.weight").detach();
  BOOST_TEST(linear.abs().max().item<double>() <= 1 / std::sqrt(128.0));
  BOOST_TEST(linear.abs().max().item<double>() > 0.95 / std::sqrt(128.0));
  BOOST_TEST(Find(network->Parameters(), "fc.bias").abs().max().item<float>() == 0);
  BOOST_TEST(Find(network->Parameters(), "bn.weight").min().item<float>() == 1);
}

BOOST_AUTO_TEST_CASE(equal_streams_give_equal_weights_whatever_the_network_was_before) {
  auto used = Lively("vgg-s-16", Fashion());
  used->Initialize(Rng(1).Fork("init"));
  const auto fresh = Initialized("vgg-s-16", Fashion());
  BOOST_TEST(EqualWeights(*used, *fresh));
  const auto images = SomeImages(Fashion());
  BOOST_TEST(std::as_const(*used).Logits(images).equal(std::as_const(*fresh).Logits(images)));
  used->Initialize(Rng(2).Fork("init"));
  BOOST_TEST(!EqualWeights(*used, *fresh));
}

BOOST_AUTO_TEST_CASE(no_network_touches_the_global_generator) {
  const auto before = GlobalState();
  auto network = Initialized("wrn-16-1", Cifar());
  const auto copy = network->Clone();
  network->Logits(SomeImages(Cifar()), Mode::kTrain, Grad::kAll);
  BOOST_TEST(GlobalState().equal(before));
}

BOOST_AUTO_TEST_CASE(a_clone_is_equal_and_independent) {
  auto network = Lively("wrn-16-1", Cifar());
  network->Use(at::kCPU, RunningProfiles().back());
  network->Freeze();
  const auto images = SomeImages(Cifar());
  const auto copy = network->Clone();
  const auto logits = std::as_const(*network).Logits(images);
  BOOST_TEST(std::as_const(*copy).Logits(images).equal(logits));
  BOOST_TEST(!copy->Parameters()[0].value.requires_grad());
  for (const auto& parameter : copy->Parameters()) {
    parameter.value.zero_();
  }
  copy->Logits(images, Mode::kTrain, Grad::kNone);
  BOOST_TEST(std::as_const(*network).Logits(images).equal(logits));
}

BOOST_AUTO_TEST_CASE(what_is_copied_from_another_network_answers_as_it_does) {
  const auto network = Lively("vgg-s-16", Fashion());
  const auto whole = Initialized("vgg-s-16", Fashion()), part = whole->Clone();
  const auto images = SomeImages(Fashion());
  const auto logits = [&](const Classifier& net) { return net.Logits(images); };
  whole->CopyFrom(*network);
  BOOST_TEST(logits(*whole).equal(logits(*network)));
  const auto before = part->Parameters()[0].value.clone();
  part->CopyBuffersFrom(*network);
  BOOST_TEST(part->Parameters()[0].value.equal(before));
  BOOST_TEST(part->Buffers()[0].value.equal(network->Buffers()[0].value));
}

BOOST_AUTO_TEST_CASE(a_value_for_each_channel_has_the_type_of_what_it_meets) {
  const auto pixels = at::zeros({2, 3, 4, 4}, at::kDouble);
  const auto values = PerChannel({0.1, 0.2, 0.3}, pixels);
  BOOST_TEST((values.sizes() == at::IntArrayRef({1, 3, 1, 1})));
  BOOST_TEST((values.scalar_type() == at::kDouble));
  BOOST_TEST(values[0][1][0][0].item<double>() == 0.2);
  BOOST_TEST((PerChannel({0.1}, pixels.to(at::kFloat)).scalar_type() == at::kFloat));
}

BOOST_AUTO_TEST_CASE(visiting_saves_and_restores_parameters_and_statistics) {
  auto network = Lively("vgg-s-16", Fashion());
  MemoryVisitor visitor;
  network->Visit(visitor, "student");
  BOOST_TEST(visitor.tensors.count("student.conv1.weight") == 1);
  BOOST_TEST(visitor.tensors.count("student.bn1.running_mean") == 1);
  auto other = Initialized("vgg-s-16", Fashion());
  visitor.loading = true;
  other->Visit(visitor, "student");
  const auto images = SomeImages(Fashion());
  BOOST_TEST(std::as_const(*other).Logits(images).equal(std::as_const(*network).Logits(images)));
}

BOOST_AUTO_TEST_CASE(a_tensor_of_another_shape_is_refused_by_name) {
  auto network = Initialized("vgg-s-16", Fashion());
  MemoryVisitor visitor;
  network->Visit(visitor, "");
  visitor.tensors["fc.bias"] = at::zeros({11});
  visitor.loading = true;
  BOOST_TEST(MessageOf([&] { network->Visit(visitor, ""); }) ==
             "tensor 'fc.bias' has shape [11], expected [10]");
}

BOOST_AUTO_TEST_CASE(bytes_are_normalised_to_the_same_bits_as_other_numbers) {
  const auto bytes = Integers(Rng(3), 256, {5, 3, 7, 9}).to(at::kByte);
  const ImageSpec spec{3, 7, 9, 10, {0.1, 0.45, 0.7}, {0.2, 0.25, 0.31}};
  BOOST_TEST(Normalize(bytes, spec).equal(Normalize(bytes.to(at::kInt), spec)));
  const auto turned = bytes.transpose(2, 3).contiguous().transpose(2, 3);
  BOOST_TEST(Normalize(turned, spec).equal(Normalize(bytes, spec)));
}

BOOST_AUTO_TEST_CASE(pixels_survive_normalisation_and_back) {
  auto spec = Cifar();
  const auto ramp = at::arange(256, at::kByte).view({1, 1, 16, 16}).expand({2, 3, 16, 16});
  BOOST_TEST(ToPixels(Normalize(ramp, spec), spec).equal(ramp));
  const auto wild = at::tensor({-100.0F, 100.0F}).view({1, 1, 1, 2}).expand({1, 3, 1, 2});
  const auto pixels = ToPixels(wild, spec);
  BOOST_TEST(pixels.min().item<int>() == 0);
  BOOST_TEST(pixels.max().item<int>() == 255);
  spec.mean = {0, 0, 0};
  spec.stddev = {1, 1, 1};
  const auto half = at::full({1, 3, 1, 1}, 2.5 / 255);
  BOOST_TEST(ToPixels(half, spec)[0][0][0][0].item<int>() == 3);
}

}  // namespace dfkd::classifier_test
