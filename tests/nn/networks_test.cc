// Each network against its published description: abd.md (d), (f) and (l), dfkd_methods.md 4.1 and
// 9.3 (parameter, normalisation and tap counts).
#include <c10/core/GradMode.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/core/network_name.h"
#include "bench/nn/losses.h"
#include "tests/nn/helpers.h"

namespace dfkd::networks_test {

using boost::test_tools::per_element;
using Names = std::vector<std::string>;

const Names kNew = {"resnet-18", "vgg-8-bn", "vgg-11-bn", "mobilenetv2-half"};
const Names kAll = {"wrn-10-1-s2", "wrn-16-2",  "resnet-18",        "resnet-34",
                    "vgg-8-bn",    "vgg-11-bn", "mobilenetv2-half", "vgg-s-8"};

ImageSpec Small(int64_t size = 16) { return {3, size, size, 4, {0.5, 0.5, 0.5}, {0.2, 0.2, 0.2}}; }

// With statistics and scales that differ from channel to channel.
std::unique_ptr<Classifier> Lively(const std::string& name, const ImageSpec& spec) {
  auto network = std::make_unique<Classifier>(name, spec);
  network->Initialize(Rng(1).Fork("init"));
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

double Difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Multiplications of one image: every convolution of a segment gives maps of the segment's size.
double Multiplications(const Classifier& network) {
  const auto segments = network.Segments();
  Taps taps;
  for (const auto& segment : segments) {
    taps.emplace(segment, at::Tensor());
  }
  network.Logits(at::zeros({1, 3, 32, 32}), Grad::kNone, &taps);
  auto count = static_cast<double>(Find(network.Parameters(), "fc.weight").numel());
  for (const auto& convolution : network.Convolutions()) {
    const auto& map = taps.at(segments[convolution.segment]);
    count += static_cast<double>(convolution.weight.numel() * map.size(2) * map.size(3));
  }
  return count;
}

struct Published {
  std::string name;
  int64_t parameters_10, parameters_100;
  double millions;  // of multiplications, 10 classes, 32x32
  size_t norms;
  int64_t norm_channels;
};

std::ostream& operator<<(std::ostream& out, const Published& p) { return out << p.name; }

const std::vector<Published> kPublished = {
    {"wrn-16-1", 175'066, 180'916, 26.7, 13, 464},
    {"wrn-16-2", 691'674, 703'284, 101.1, 13, 912},
    {"wrn-40-1", 563'930, 569'780, 83.3, 37, 1360},
    {"wrn-40-2", 2'243'546, 2'255'156, 327.6, 37, 2704},
    {"wrn-16-4", 2'748'890, 2'772'020, 392.6, 13, 1808},
    {"wrn-40-4", 8'949'210, 8'972'340, 1298.6, 37, 5392},
    {"resnet-18", 11'173'962, 11'220'132, 555.4, 20, 4800},
    {"resnet-34", 21'282'122, 21'328'292, 1159.4, 36, 8512},
    {"vgg-8-bn", 3'918'858, 3'965'028, 96.1, 5, 1472},
    {"vgg-11-bn", 9'231'114, 9'277'284, 209.4, 8, 2752},
};

BOOST_DATA_TEST_CASE(counts_are_those_published, kPublished, published) {
  const Classifier network(published.name, Cifar());
  BOOST_TEST(network.CountParameters() == published.parameters_10);
  BOOST_TEST(Classifier(published.name, Cifar(100)).CountParameters() == published.parameters_100);
  BOOST_TEST(std::abs(Multiplications(network) / 1e6 - published.millions) <= 0.0501);
  int64_t channels = 0;
  for (const auto& norm : network.Norms()) {
    channels += norm.weight.numel();
  }
  BOOST_TEST(network.Norms().size() == published.norms);
  BOOST_TEST(channels == published.norm_channels);
}

// A group's first block halves the maps between its convolutions: multiplications are not counted.
BOOST_AUTO_TEST_CASE(half_a_mobilenet_has_the_published_parameters) {
  const Classifier network("mobilenetv2-half", Cifar(100));
  BOOST_TEST(network.CountParameters() == 812'836);
  BOOST_TEST(network.Norms().size() == 53u);
  BOOST_TEST(network.Convolutions().size() == 53u);
}

// "wrn-<depth>-<width>[-s2] with …" -> "wrn-16-2"
std::string ExampleOf(std::string pattern) {
  pattern = pattern.substr(0, pattern.find_first_of("[ "));
  for (const auto& [place, number] : {std::pair{"<depth>", "16"}, {"<width>", "2"}}) {
    if (const auto at = pattern.find(place); at != pattern.npos)
      pattern.replace(at, std::string(place).size(), number);
  }
  return pattern;
}

void CheckLearning(const std::string& name, const ImageSpec& spec) {
  const auto network = Lively(name, spec);
  const auto images = SomeImages(spec, 2);
  const auto logits = network->Logits(images, Mode::kTrain, Grad::kAll);
  BOOST_TEST(logits.sizes() == at::IntArrayRef({2, spec.classes}));
  logits.square().sum().backward();
  for (const auto& parameter : network->Parameters()) {
    BOOST_TEST(parameter.value.grad().isfinite().all().item<bool>(), name << parameter.name);
  }
  const auto last = network->Segments()[network->Segments().size() - 2];
  Taps taps = {{last, {}}};
  const auto answer = std::as_const(*network).Logits(images, Grad::kNone, &taps);
  BOOST_TEST(answer.isfinite().all().item<bool>());
  BOOST_TEST(taps[last].size(2) == taps[last].size(3));
  BOOST_TEST(taps[last].size(2) > 1);
}

BOOST_DATA_TEST_CASE(every_network_learns_from_images_of_64_by_64, NetworkPatterns(), pattern) {
  CheckLearning(ExampleOf(pattern), Small(64));
}

BOOST_AUTO_TEST_CASE(traffic_signs_have_43_classes) {
  BOOST_TEST(Classifier("wrn-16-1", Cifar(43)).CountParameters() == 177'211);
  BOOST_TEST(Classifier("wrn-16-2", Cifar(43)).CountParameters() == 695'931);
}

void CheckTap(const Classifier& network, const std::string& name, const at::IntArrayRef& shape) {
  Taps taps = {{name, {}}};
  const auto& spec = network.spec();
  network.Logits(at::zeros({2, spec.channels, spec.height, spec.width}), Grad::kNone, &taps);
  BOOST_TEST(taps[name].sizes() == shape, network.name() << " " << name << taps[name].sizes());
}

BOOST_AUTO_TEST_CASE(group_outputs_have_the_published_shapes) {
  const Classifier resnet("resnet-18", Cifar()), vgg("vgg-11-bn", Cifar());
  for (const int64_t group : {1, 2, 3, 4}) {
    const int64_t width = 32 << group, size = 64 >> group;
    CheckTap(resnet, "group" + std::to_string(group), {2, width, size, size});
    CheckTap(vgg, "group" + std::to_string(group), {2, width, size, size});
  }
  CheckTap(vgg, "group5", {2, 512, 4, 4});
  auto tiny = Cifar();
  tiny.height = tiny.width = 64;  // a fourth pool
  CheckTap(Classifier("vgg-11-bn", tiny), "group4", {2, 512, 8, 8});
  CheckTap(Classifier("vgg-11-bn", tiny), "group5", {2, 512, 4, 4});
  CheckTap(Classifier("vgg-8-bn", Cifar()), "group5", {2, 512, 4, 4});
  CheckTap(Classifier("vgg-8-bn", tiny), "group5", {2, 512, 4, 4});
  const Classifier mobile("mobilenetv2-half", Cifar());
  CheckTap(mobile, "group2", {2, 12, 16, 16});
  CheckTap(mobile, "group3", {2, 16, 8, 8});
  CheckTap(mobile, "group5", {2, 48, 4, 4});
  CheckTap(mobile, "group7", {2, 160, 2, 2});
  CheckTap(mobile, "last", {2, 1280, 2, 2});
}

BOOST_AUTO_TEST_CASE(segments_of_residual_networks_and_of_vgg_end_in_groups) {
  const Names resnet = {"stem",     "group1.0", "group1",   "group2.0", "group2",
                        "group3.0", "group3",   "group4.0", "group4",   "head"};
  BOOST_TEST(Classifier("resnet-18", Cifar()).Segments() == resnet, per_element());
  const Names vgg = {"group1", "group2",   "group3.0", "group3", "group4.0",
                     "group4", "group5.0", "group5",   "head"};
  BOOST_TEST(Classifier("vgg-11-bn", Cifar()).Segments() == vgg, per_element());
  const Names small = {"group1", "group2", "group3", "group4", "group5", "head"};
  BOOST_TEST(Classifier("vgg-8-bn", Cifar()).Segments() == small, per_element());
  const Names mobile = {"stem",     "group1",   "group2.0", "group2",   "group3.0",
                        "group3.1", "group3",   "group4.0", "group4.1", "group4.2",
                        "group4",   "group5.0", "group5.1", "group5",   "group6.0",
                        "group6.1", "group6",   "group7",   "last",     "head"};
  BOOST_TEST(Classifier("mobilenetv2-half", Cifar()).Segments() == mobile, per_element());
}

BOOST_DATA_TEST_CASE(the_features_are_what_the_linear_layer_reads, kAll, name) {
  const auto network = Lively(name, Small());
  Taps taps = {{"features", {}}};
  const auto logits = std::as_const(*network).Logits(SomeImages(Small()), Grad::kNone, &taps);
  const auto weight = Find(network->Parameters(), "fc.weight");
  const auto& features = taps["features"];  // [N,F]
  BOOST_TEST(features.sizes() == at::IntArrayRef({4, weight.size(1)}));
  const auto bias = Find(network->Parameters(), "fc.bias");
  BOOST_TEST(Difference(at::mm(features, weight.t()) + bias, logits) < 1e-5);
}

Names LastFive(const std::string& name) {
  const auto all = Classifier(name, Cifar()).Convolutions();
  Names last;
  for (size_t i = all.size() - 5; i < all.size(); ++i) {
    last.push_back(all[i].name);
  }
  return last;
}

BOOST_AUTO_TEST_CASE(the_last_five_convolutions_are_those_that_the_vaccine_shuffles) {
  const Names narrow = {"group3.0.conv1", "group3.0.conv2", "group3.0.shortcut", "group3.1.conv1",
                        "group3.1.conv2"};
  BOOST_TEST(LastFive("wrn-16-2") == narrow, per_element());
  const Names deep = {"group3.3.conv2", "group3.4.conv1", "group3.4.conv2", "group3.5.conv1",
                      "group3.5.conv2"};
  BOOST_TEST(LastFive("wrn-40-2") == deep, per_element());
  const Names resnet = {"group4.0.conv1", "group4.0.conv2", "group4.0.shortcut", "group4.1.conv1",
                        "group4.1.conv2"};
  BOOST_TEST(LastFive("resnet-18") == resnet, per_element());
  const Names resnet34 = {"group4.0.shortcut", "group4.1.conv1", "group4.1.conv2", "group4.2.conv1",
                          "group4.2.conv2"};
  BOOST_TEST(LastFive("resnet-34") == resnet34, per_element());
  const Names vgg = {"conv4", "conv5", "conv6", "conv7", "conv8"};
  BOOST_TEST(LastFive("vgg-11-bn") == vgg, per_element());
  const Names mobile = {"group6.2.conv3", "group7.0.conv1", "group7.0.conv2", "group7.0.conv3",
                        "last"};
  BOOST_TEST(LastFive("mobilenetv2-half") == mobile, per_element());
}

BOOST_DATA_TEST_CASE(a_pass_of_the_large_networks_resumed_anywhere_ends_in_the_same_bits, kNew,
                     name) {
  const auto network = Lively(name, Small());
  const auto images = SomeImages(Small(), 2);
  for (const auto profile : RunningProfiles()) {
    network->Use(at::kCPU, profile);
    const auto segments = network->Segments();
    Taps taps;
    for (const auto& segment : segments) {
      taps.emplace(segment, at::Tensor());
    }
    const auto logits = std::as_const(*network).Logits(images, Grad::kNone, &taps);
    BOOST_TEST(logits.scalar_type() == at::kFloat);
    for (size_t k = 1; k < segments.size(); ++k) {
      const auto resumed = network->LogitsFrom(k, taps[segments[k - 1]], Grad::kNone);
      BOOST_TEST(resumed.equal(logits), name << " segment " << k);
    }
  }
}

void CheckReducedPrecision(const std::string& name) {
  if (RefusesBf16()) return;
  const auto network = Lively(name, Small());
  const auto images = SomeImages(Small());
  const auto exact = std::as_const(*network).Logits(images);
  network->Use(at::kCPU, Profile::kBf16);
  const auto rounded = std::as_const(*network).Logits(images);
  BOOST_TEST(!rounded.equal(exact));
  BOOST_TEST(Difference(rounded, exact) < 0.05 * exact.abs().max().item<double>());
  network->Logits(images, Mode::kTrain, Grad::kAll).square().sum().backward();
  for (const auto& parameter : network->Parameters()) {
    BOOST_TEST(parameter.value.grad().isfinite().all().item<bool>(), name << parameter.name);
  }
}

BOOST_DATA_TEST_CASE(bfloat16_logits_of_the_large_networks_are_close_to_those_of_fp32, kNew, name) {
  CheckReducedPrecision(name);
}

BOOST_AUTO_TEST_CASE(the_pool_of_vgg_is_the_maximum_of_two_by_two_and_drops_an_odd_edge) {
  const auto spec = Small(14);  // 14, 7, 3, 1
  const auto network = Lively("vgg-11-bn", spec);
  std::vector<NormInput> seen;
  network->WatchNorms(&seen);
  Taps taps = {{"group1", {}}, {"group2", {}}};
  std::as_const(*network).Logits(SomeImages(spec), Grad::kNone, &taps);
  network->WatchNorms(nullptr);
  const auto convolved = [&](const std::string& name, const at::Tensor& x) {
    return at::conv2d(x, Find(network->Parameters(), name + ".weight"),
                      Find(network->Parameters(), name + ".bias"), 1, 1);
  };
  const c10::NoGradGuard no_grad;
  BOOST_TEST(taps["group2"].size(3) == 7);
  const auto second = convolved("conv2", at::max_pool2d(taps["group1"], 2));
  const auto third = convolved("conv3", at::max_pool2d(taps["group2"], 2));
  BOOST_TEST(Difference(seen[1].input, second) < 1e-5);
  BOOST_TEST(Difference(seen[2].input, third) < 1e-5);
}

// The depthwise filters of a channel stay with it; the input comes back where the shape stays.
BOOST_AUTO_TEST_CASE(a_block_of_mobilenet_is_the_formula_of_its_paper) {
  const auto network = Lively("mobilenetv2-half", Small());
  Taps taps = {{"group3.0", {}}, {"group3.1", {}}, {"group4.0", {}}, {"group3", {}}};
  std::as_const(*network).Logits(SomeImages(Small()), Grad::kNone, &taps);
  const c10::NoGradGuard no_grad;
  const auto normalised = [&](const at::Tensor& x, const std::string& name) {
    return at::batch_norm(x, Find(network->Parameters(), name + ".weight"),
                          Find(network->Parameters(), name + ".bias"),
                          Find(network->Buffers(), name + ".running_mean"),
                          Find(network->Buffers(), name + ".running_var"), false, 0.1, 1e-5, false);
  };
  const auto block = [&](const at::Tensor& x, const std::string& name, int64_t stride) {
    const auto weight = [&](int64_t i) {
      return Find(network->Parameters(), name + ".conv" + std::to_string(i) + ".weight");
    };
    const auto wide = at::relu(normalised(at::conv2d(x, weight(1)), name + ".bn1"));
    const auto filtered =
        at::conv2d(wide, weight(2), {}, stride, 1, /*dilation=*/1, /*groups=*/wide.size(1));
    const auto relu = at::relu(normalised(filtered, name + ".bn2"));
    return normalised(at::conv2d(relu, weight(3)), name + ".bn3");
  };
  const auto same = taps["group3.0"] + block(taps["group3.0"], "group3.1", 1);
  BOOST_TEST(Difference(taps["group3.1"], same) < 1e-4);
  BOOST_TEST(Difference(taps["group4.0"], block(taps["group3"], "group4.0", 2)) < 1e-4);
}

BOOST_AUTO_TEST_CASE(permuting_a_whole_residual_block_changes_nothing_conv2_alone_does) {
  const auto network = Lively("resnet-18", Small());
  const auto images = SomeImages(Small());
  const auto before = std::as_const(*network).Logits(images);
  const auto order = Permutation(Rng(3).Fork("order"), 128);
  const auto permute = [&](const std::vector<NamedTensor>& tensors, const std::string& name,
                           int64_t dimension) {
    const c10::NoGradGuard no_grad;
    const auto tensor = Find(tensors, "group2.0." + name);
    tensor.copy_(tensor.index_select(dimension, order));
  };
  permute(network->Parameters(), "conv2.weight", 1);
  BOOST_TEST(Difference(std::as_const(*network).Logits(images), before) > 1e-3);
  permute(network->Parameters(), "conv1.weight", 0);
  permute(network->Parameters(), "bn1.weight", 0);
  permute(network->Parameters(), "bn1.bias", 0);
  permute(network->Buffers(), "bn1.running_mean", 0);
  permute(network->Buffers(), "bn1.running_var", 0);
  BOOST_TEST(Difference(std::as_const(*network).Logits(images), before) < 1e-4);
}

BOOST_AUTO_TEST_CASE(initial_weights_are_those_of_each_networks_own_code) {
  Classifier resnet("resnet-18", Cifar()), vgg("vgg-11-bn", Cifar());
  resnet.Initialize(Rng(1).Fork("init"));
  vgg.Initialize(Rng(1).Fork("init"));
  const auto uniform = Find(resnet.Parameters(), "group4.1.conv2.weight").detach();
  const double bound = 1 / std::sqrt(9 * 512.0);
  BOOST_TEST(uniform.abs().max().item<double>() <= bound * (1 + 1e-6));
  BOOST_TEST(uniform.std().item<double>() == bound / std::sqrt(3),
             boost::test_tools::tolerance(0.01));
  const auto bias = Find(resnet.Parameters(), "fc.bias").detach();
  BOOST_TEST(bias.abs().max().item<double>() <= 1 / std::sqrt(512.0));
  BOOST_TEST(bias.abs().min().item<double>() > 0);
  const auto normal = Find(vgg.Parameters(), "conv8.weight").detach();
  BOOST_TEST(normal.std().item<double>() == std::sqrt(2 / (9 * 512.0)),
             boost::test_tools::tolerance(0.01));
  BOOST_TEST(Find(vgg.Parameters(), "conv8.bias").abs().max().item<float>() == 0);
  const auto linear = Find(vgg.Parameters(), "fc.weight").detach();
  BOOST_TEST(linear.std().item<double>() == 0.01, boost::test_tools::tolerance(0.05));
  BOOST_TEST(Find(vgg.Parameters(), "fc.bias").abs().max().item<float>() == 0);
  for (const auto& norm : resnet.Norms()) {
    BOOST_TEST(norm.weight.min().item<float>() == 1);
    BOOST_TEST(norm.running_var.min().item<float>() == 1);
    BOOST_TEST(norm.running_mean.abs().max().item<float>() == 0);
  }
}

}  // namespace dfkd::networks_test
