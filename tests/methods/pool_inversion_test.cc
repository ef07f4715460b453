// fast_meta, nayer and cpnet: few-step inversion with a pool.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <concepts>

#include "bench/core/error.h"
#include "bench/io/safetensors.h"
#include "bench/recipes/noisy_layers.h"
#include "methods/distillation/cpnet/cpnet.h"
#include "methods/distillation/fast_meta/fast_meta.h"
#include "methods/distillation/nayer/nayer.h"
#include "tests/io/scratch_folder.h"
#include "tests/methods/fakes.h"

namespace dfkd::pool_inversion_test {

const Json kSmall = {{"rounds", 4},          {"warmup", 2}, {"synthesis_batch", 6},
                     {"synthesis_steps", 3}, {"latent", 8}, {"student_steps", 2},
                     {"batch_size", 4},      {"crop", 2}};

Json With(const Json& more) {
  auto given = kSmall;
  given.update(more);
  return given;
}

template <class Method, class Options>
struct Setup {
  explicit Setup(Json given = kSmall)
      : teacher(MakeTeacher("vgg-s-4", 1)), student(MakeNet("vgg-s-2", 2)) {
    if constexpr (!std::same_as<Method, cpnet::CpNet>) given["generator_width"] = 8;
    context = std::make_unique<FakeDistillContext>(*teacher, *student, given.at("rounds"));
    method = std::make_unique<Method>(Read<Options>(given));
    method->Begin(*context);
  }
  const std::vector<double>& Scalars(const std::string& name) {
    return static_cast<FakeProgress&>(context->progress()).scalars.at(name);
  }
  std::unique_ptr<Classifier> teacher, student;
  std::unique_ptr<FakeDistillContext> context;
  std::unique_ptr<Method> method;
};
using Fast = Setup<fast_meta::FastMeta, fast_meta::Options>;
using Noisy = Setup<nayer::Nayer, nayer::Options>;
using Coupled = Setup<cpnet::CpNet, cpnet::Options>;

std::vector<at::Tensor> WeightsOf(const Generator& generator) {
  std::vector<at::Tensor> weights;
  for (const auto& [name, value] : generator.Parameters())
    weights.push_back(value.detach().clone());
  return weights;
}

BOOST_AUTO_TEST_SUITE(pool_inversion)

BOOST_AUTO_TEST_CASE(the_first_round_begins_with_the_warm_up_and_every_round_adds_a_synthesis) {
  Fast fast;
  fast.method->Round(*fast.context, 0);
  BOOST_TEST(fast.method->pool().size() == 3 * 6);
  BOOST_TEST(fast.context->losses.size() == 2U);
  fast.method->Round(*fast.context, 1);
  BOOST_TEST(fast.method->pool().size() == 4 * 6);
  Noisy noisy(With({{"searches", 3}, {"warmup_searches", 5}}));
  noisy.method->Round(*noisy.context, 0);
  BOOST_TEST(noisy.method->pool().size() == (2 * 5 + 3) * 6);
  noisy.method->Round(*noisy.context, 1);
  BOOST_TEST(noisy.method->pool().size() == (2 * 5 + 2 * 3) * 6);
}

BOOST_AUTO_TEST_CASE(the_student_has_no_say_until_the_warm_up_is_over_or_nearly_so) {
  Fast fast(With({{"warmup", 3}}));
  fast.method->Round(*fast.context, 0);
  BOOST_TEST_REQUIRE(fast.Scalars("fast_meta/adversarial").size() == 4U);
  for (size_t i = 0; i < 2; ++i) BOOST_TEST(fast.Scalars("fast_meta/adversarial")[i] == 0);
  Fast other(With({{"warmup", 3}, {"adversarial_weight", 0}}));
  other.method->Round(*other.context, 0);
  const auto first = [](Fast& one) { return one.method->pool().images().narrow(0, 0, 12); };
  BOOST_TEST(first(fast).equal(first(other)));
  Noisy noisy(With({{"warmup", 2}, {"warmup_searches", 2}}));
  noisy.method->Round(*noisy.context, 0);
  for (size_t i = 0; i < 4; ++i) BOOST_TEST(noisy.Scalars("nayer/adversarial")[i] == 0);
}

// Adam's first step is its rate, whatever the gradient: n times generator_lr.
BOOST_AUTO_TEST_CASE(the_meta_generator_takes_one_step_for_a_whole_search) {
  for (const char* meta : {"fomaml", "reptile"}) {
    Fast fast(With({{"warmup", 0}, {"meta", meta}, {"generator_lr", 1e-3}}));
    const auto before = WeightsOf(fast.method->generator());
    fast.method->Round(*fast.context, 0);
    const auto after = WeightsOf(fast.method->generator());
    double largest = 0;
    for (size_t i = 0; i < before.size(); ++i)
      largest = std::max(largest, MaxDifference(before[i], after[i]));
    BOOST_TEST(largest == 3e-3, boost::test_tools::tolerance(1e-3));
  }
}

// After one step of a search, theta - theta_1 points along Adam's sign of the gradient.
BOOST_AUTO_TEST_CASE(of_a_search_of_one_step_reptile_and_fomaml_make_the_same) {
  const auto moved = [](const char* meta) {
    Fast fast(
        With({{"warmup", 0}, {"meta", meta}, {"synthesis_steps", 1}, {"generator_lr", 1e-3}}));
    const auto before = WeightsOf(fast.method->generator());
    fast.method->Round(*fast.context, 0);
    const auto after = WeightsOf(fast.method->generator());
    std::vector<at::Tensor> signs;
    for (size_t i = 0; i < before.size(); ++i)
      signs.push_back((after[i] - before[i]).sign().flatten());
    return at::cat(signs);
  };
  const auto agree = moved("fomaml").eq(moved("reptile")).to(at::kFloat).mean();
  BOOST_TEST(agree.item<double>() > 0.99);  // gradients of rounding errors have any sign
}

BOOST_AUTO_TEST_CASE(the_first_layers_start_anew_once) {
  Fast fast(With({{"warmup", 1}, {"reset_at", 2}, {"generator_lr", 0}}));
  const auto weight = [&](const std::string& wanted) {
    for (const auto& [name, value] : fast.method->generator().Parameters()) {
      if (name == wanted) return value.detach().clone();
    }
    throw Error("no " + wanted);
  };
  fast.method->Round(*fast.context, 0);
  BOOST_TEST(weight("bn0.weight").eq(1).all().item<bool>());
  const auto later = weight("conv1.weight");
  fast.method->Round(*fast.context, 1);
  BOOST_TEST(weight("bn0.weight").abs().max().item<double>() < 0.2);
  BOOST_TEST(weight("fc.bias").eq(0).all().item<bool>());
  BOOST_TEST(weight("fc.weight").std().item<double>() == 0.02, boost::test_tools::tolerance(0.2));
  BOOST_TEST(weight("conv1.weight").equal(later));
}

BOOST_AUTO_TEST_CASE(labels_come_in_blocks_of_all_classes_and_the_rest_is_drawn) {
  const auto labels = LabelsInBlocks(Rng(1), 11, 4, at::kCPU);
  BOOST_TEST(labels.narrow(0, 0, 8).equal(at::arange(8).remainder(4)));
  BOOST_TEST(labels.size(0) == 11);
  BOOST_TEST((labels.ge(0) & labels.lt(4)).all().item<bool>());
}

// 5 images of 2 classes: blocks {0, 1}, {2, 3}, {4}.
BOOST_AUTO_TEST_CASE(every_block_has_a_linear_layer_of_its_own) {
  NoisyLayers layers(5, 2, 3, 4);
  layers.Draw(Rng(1), at::kFloat);
  const auto weight = layers.Parameters()[0].value, bias = layers.Parameters()[1].value;
  BOOST_TEST((weight.sizes() == at::IntArrayRef({3, 3, 4})));
  BOOST_TEST(bias.eq(0).all().item<bool>());
  const auto embeddings = Normal(Rng(2), {5, 3}), latent = layers.Latent(embeddings);
  for (int64_t i = 0; i < 5; ++i) {
    const auto expected = at::mv(weight[i / 2].t(), embeddings[i]);
    BOOST_TEST(MaxDifference(latent[i], expected) < 1e-6, i);
  }
  layers.Draw(Rng(3), at::kFloat);
  BOOST_TEST(!layers.Latent(embeddings).equal(latent));
}

BOOST_AUTO_TEST_CASE(embeddings_of_a_file_are_read_and_must_be_of_every_class) {
  const testing::ScratchFolder folder("embeddings");
  const auto file = [&](int64_t classes) {
    const auto values = Normal(Rng(4), {classes, 5});
    const auto path = folder.path() / (std::to_string(classes) + ".safetensors");
    const std::string bytes(static_cast<const char*>(values.data_ptr()), values.nbytes());
    WriteSafetensors(path, {{"embeddings", {"F32", {classes, 5}, bytes}}});
    return path.string();
  };
  Noisy own(With({{"embeddings", file(4)}})), random;
  for (auto* one : {&own, &random}) one->method->Round(*one->context, 0);
  BOOST_TEST(!own.method->pool().images().equal(random.method->pool().images()));
  BOOST_CHECK_EXCEPTION(Noisy(With({{"embeddings", file(3)}})), Error, [](const Error& e) {
    return std::string(e.what()).find("F32 [3, 5]; they must be F32 [4, width]") !=
           std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(who_brings_embeddings_says_where_they_are_from) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "nayer");
  Json given = {{"embeddings", "clip.safetensors"}, {"extra_data", "class names"}};
  BOOST_CHECK_THROW(card.traits(ResolveFor(card, given)), Error);
  given["pretrained"] = "CLIP ViT-B/32, text encoder";
  BOOST_TEST(card.traits(ResolveFor(card, given)).rounds == 300);
  BOOST_TEST(card.traits(ResolveFor(card, Json::object())).rounds == 300);
}

// The nodes of the authors' table. A ResNet's block has two; a WRN's first of a group reads what
// the group before it made; VGG-11 halves its maps three times at 32x32, four times at 64x64.
BOOST_AUTO_TEST_CASE(the_nodes_of_published_networks_are_those_of_the_authors) {
  const auto repeated = [](const std::vector<std::pair<int64_t, size_t>>& sides) {
    std::vector<int64_t> pixels;
    for (const auto& [side, count] : sides) pixels.insert(pixels.end(), count, side * side);
    return pixels;
  };
  const auto resnet_34 = repeated({{32, 1 + 6}, {16, 1 + 8}, {8, 1 + 12}, {4, 1 + 6}});
  const std::vector<size_t> last_of_groups = {6, 15, 28, 35};
  BOOST_TEST(cpnet::ChooseNodes(resnet_34, 4) == last_of_groups, boost::test_tools::per_element());
  const auto wrn_40_2 = repeated({{32, 13}, {16, 12}, {8, 12}});
  const std::vector<size_t> first_of_groups_and_last = {0, 12, 24, 36};
  BOOST_TEST(cpnet::ChooseNodes(wrn_40_2, 4) == first_of_groups_and_last,
             boost::test_tools::per_element());
  const auto vgg_11 = repeated({{32, 1}, {16, 1}, {8, 2}, {4, 4}});
  const auto vgg_11_at_64 = repeated({{64, 1}, {32, 1}, {16, 2}, {8, 2}, {4, 2}});
  const std::vector<size_t> of_vgg = {0, 1, 3, 7};  // at 64x64 without the smallest size but one
  for (const auto& pixels : {vgg_11, vgg_11_at_64})
    BOOST_TEST(cpnet::ChooseNodes(pixels, 4) == of_vgg, boost::test_tools::per_element());
  BOOST_TEST(cpnet::ChooseNodes({64, 16}, 4).size() == 2U);
  BOOST_TEST(cpnet::ChooseNodes({64, 16}, 1) == std::vector<size_t>{1},
             boost::test_tools::per_element());
}

// Features for which the layer answers delta onehot(y) are off by nothing, and what is added along
// W+ 1 is all off.
BOOST_AUTO_TEST_CASE(alignment_is_measured_across_the_direction_of_all_logits) {
  const auto weight = Normal(Rng(5), {4, 6}, at::kCPU, at::kDouble);
  const auto bias = Normal(Rng(6), {4}, at::kCPU, at::kDouble);
  const auto inverse = cpnet::InverseOf(weight, bias);
  BOOST_TEST(inverse.delta == std::log(0.9 * 3 / 0.1), boost::test_tools::tolerance(1e-12));
  const auto labels = at::tensor({2, 0}, at::kLong);
  const auto wanted = at::one_hot(labels, 4).to(at::kDouble) * inverse.delta - bias;
  const auto features = at::matmul(wanted, inverse.weight);
  BOOST_TEST(MaxDifference(at::linear(features, weight, bias), wanted + bias) < 1e-9);
  const auto ones = inverse.weight.sum(0, true);
  const auto of = [&](const at::Tensor& f) {
    return cpnet::Alignment(inverse, f, labels).item<double>();
  };
  BOOST_TEST(of(features - 3 * ones) == 1, boost::test_tools::tolerance(1e-9));
  const auto other = Normal(Rng(7), {1, 6}, at::kCPU, at::kDouble);
  const auto across = other - ones * (other * ones).sum() / (ones * ones).sum();
  BOOST_TEST(std::abs(of(features + across)) < 1e-9);
}

// Of diag(2, 0.01): 1 / 2 and 1 / 0.1.
BOOST_AUTO_TEST_CASE(small_singular_values_of_the_linear_layer_are_not_blown_up) {
  const auto weight = at::diag(at::tensor({2.0, 0.01}, at::kDouble));
  const auto inverse = cpnet::InverseOf(weight, at::zeros({2}, at::kDouble)).weight;
  BOOST_TEST(MaxDifference(inverse, at::diag(at::tensor({0.5, 10.0}, at::kDouble))) < 1e-12);
}

BOOST_AUTO_TEST_CASE(the_blocks_of_cpnet_are_pulled_towards_what_the_teacher_reads) {
  Coupled plain, pulled(With({{"node_weight", 50}})), alone(With({{"nodes", 1}}));
  for (auto* one : {&plain, &pulled, &alone}) one->method->Round(*one->context, 0);
  const auto images = [](Coupled& one) { return one.method->pool().images(); };
  BOOST_TEST(!images(plain).equal(images(pulled)));
  BOOST_TEST(!images(plain).equal(images(alone)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::pool_inversion_test
