// fast_meta and nayer: few-step inversion with a pool.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "bench/io/safetensors.h"
#include "methods/distillation/fast_meta/fast_meta.h"
#include "methods/distillation/nayer/nayer.h"
#include "tests/io/scratch_folder.h"
#include "tests/methods/fakes.h"

namespace dfkd::pool_inversion_test {

const Json kSmall = {{"rounds", 4},          {"warmup", 2}, {"synthesis_batch", 6},
                     {"synthesis_steps", 3}, {"latent", 8}, {"student_steps", 2},
                     {"batch_size", 4},      {"crop", 2},   {"generator_width", 8}};

Json With(const Json& more) {
  auto given = kSmall;
  given.update(more);
  return given;
}

template <class Method, class Options>
struct Setup {
  explicit Setup(const Json& given = kSmall)
      : teacher(MakeTeacher("vgg-s-4", 1)), student(MakeNet("vgg-s-2", 2)) {
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::pool_inversion_test
