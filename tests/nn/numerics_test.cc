#include "bench/nn/numerics.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "bench/nn/generator.h"
#include "tests/nn/helpers.h"

namespace dfkd::numerics_test {

at::Tensor Latent(int64_t count = 4) { return Normal(Rng(4).Fork("latent"), {count, 100}); }

bool ProductsAreBf16() {
  return at::ones({2, 2}).mm(at::ones({2, 2})).scalar_type() == at::kBFloat16;
}

BOOST_AUTO_TEST_CASE(a_bf16_profile_taps_bfloat16_and_gives_float32_logits) {
  if (RefusesBf16()) return;
  Classifier network("wrn-16-1", Cifar());
  network.Initialize(Rng(1));
  const auto images = SomeImages(Cifar());
  const auto exact = network.Logits(images, Mode::kEval, Grad::kNone);
  network.Use(at::kCPU, Profile::kBf16);
  Taps taps = {{"group3", {}}, {"head", {}}};
  const auto logits = network.Logits(images, Mode::kEval, Grad::kNone, &taps);
  BOOST_TEST((taps["group3"].scalar_type() == at::kBFloat16));
  BOOST_TEST((taps["head"].scalar_type() == at::kFloat));
  BOOST_TEST(!logits.equal(logits.to(at::kBFloat16).to(at::kFloat)));  // more than 8 bits
  BOOST_TEST((logits.scalar_type() == at::kFloat));
  BOOST_TEST(((logits - exact).norm() / exact.norm()).item<float>() < 0.05);
  BOOST_TEST(!logits.equal(exact));
}

BOOST_AUTO_TEST_CASE(training_in_bf16_leaves_float32_gradients_for_every_parameter) {
  if (RefusesBf16()) return;
  for (const char* name : {"wrn-16-1", "vgg-s-16"}) {
    Classifier network(name, Cifar());
    network.Initialize(Rng(1));
    network.Use(at::kCPU, Profile::kBf16);
    network.Logits(SomeImages(Cifar()), Mode::kTrain, Grad::kNone);  // must leave nothing cached
    network.Logits(SomeImages(Cifar()), Mode::kTrain, Grad::kAll).square().sum().backward();
    for (const auto& parameter : network.Parameters()) {
      BOOST_TEST(parameter.value.grad().defined());
      BOOST_TEST((parameter.value.grad().scalar_type() == at::kFloat));
    }
  }
}

BOOST_AUTO_TEST_CASE(autocast_ends_with_its_scope_and_nests) {
  {
    const AutocastScope outer(Profile::kBf16, at::kCPU);
    {
      const AutocastScope inner(Profile::kBf16, at::kCPU);
      BOOST_TEST(ProductsAreBf16());
    }
    BOOST_TEST(ProductsAreBf16());
  }
  BOOST_TEST(!ProductsAreBf16());
  const AutocastScope none(Profile::kFp32, at::kCPU);
  BOOST_TEST(!ProductsAreBf16());
}

BOOST_AUTO_TEST_CASE(profiles_are_named_and_unknown_ones_refused) {
  for (const char* name : {"fp32", "bf16", "tf32", "deterministic"}) {
    BOOST_TEST(Name(ProfileFrom(name)) == name);
  }
  BOOST_TEST(MessageOf([] { ProfileFrom("fp16"); }) ==
             "profile 'fp16' must be one of fp32, bf16, tf32, deterministic");
}

BOOST_AUTO_TEST_CASE(devices_that_are_not_there_are_refused_with_those_that_are) {
  BOOST_TEST(DeviceFrom("cpu").is_cpu());
  BOOST_TEST(AvailableDevices().front() == "cpu");
  const auto message = MessageOf([] { DeviceFrom("cuda:99"); });
  BOOST_TEST(message.starts_with("device 'cuda:99' is not available; available: cpu"));
  BOOST_CHECK_THROW(DeviceFrom("tpu"), Error);
}

BOOST_AUTO_TEST_CASE(numerics_can_be_configured_twice_and_say_what_decides_the_bits) {
  ConfigureNumerics(Profile::kDeterministic, 1);
  BOOST_TEST(NumericsFacts(at::kCPU)["deterministic"].get<bool>());
  ConfigureNumerics(Profile::kFp32, 1);
  const auto facts = NumericsFacts(at::kCPU);
  BOOST_TEST(facts["device"] == "cpu");
  BOOST_TEST(facts["threads"] == 1);
  BOOST_TEST(!facts["deterministic"].get<bool>());
  for (const char* key : {"device_name", "cpu_capability", "libtorch", "libtorch_config"}) {
    BOOST_TEST(facts[key].get<std::string>() != "", key);
  }
  BOOST_CHECK_THROW(ConfigureNumerics(Profile::kFp32, 0), Error);
}

BOOST_AUTO_TEST_CASE(tiny_numbers_are_computed_with_and_not_flushed_whatever_was_set) {
  at::globalContext().setFlushDenormal(true);
  ConfigureNumerics(Profile::kFp32, 1);
  const auto small = at::full({1}, 1e-39);
  BOOST_TEST(small.mul(0.5).item<float>() > 0);
}

// Of a GPU, which need not be there: LibTorch 1.13 knows one such dtype for the CPU.
BOOST_AUTO_TEST_CASE(autocast_leaves_the_dtype_that_it_found) {
  SetAutocastDtype(at::kCUDA, at::kHalf);
  { const AutocastScope scope(Profile::kBf16, at::kCUDA); }
  BOOST_TEST((AutocastDtype(at::kCUDA) == at::kHalf));
}

BOOST_AUTO_TEST_CASE(a_deterministic_training_step_runs_and_repeats) {
  ConfigureNumerics(Profile::kDeterministic, 1);
  std::vector<at::Tensor> gradients;
  for (int i = 0; i < 2; ++i) {
    Classifier network("vgg-s-16", Fashion());
    network.Initialize(Rng(1));
    Generator generator({}, Fashion());
    generator.Initialize(Rng(2));
    const auto images = generator.Images(Latent(), Grad::kAll);
    network.Logits(images, Mode::kTrain, Grad::kAll).square().sum().backward();
    gradients.push_back(generator.Parameters()[0].value.grad());
  }
  ConfigureNumerics(Profile::kFp32, 1);
  BOOST_TEST(gradients[0].equal(gradients[1]));
}

BOOST_AUTO_TEST_CASE(a_worker_that_was_not_deterministic_before_can_be_so_later) {
  ConfigureNumerics(Profile::kFp32, 1);  // cuBLAS may start now, and reads this then
  const char* const workspace = std::getenv("CUBLAS_WORKSPACE_CONFIG");
  BOOST_TEST_REQUIRE(workspace != nullptr);
  BOOST_TEST(std::string(workspace) == ":4096:8");
}

BOOST_AUTO_TEST_CASE(counters_stay_on_the_host_and_integers) {
  Classifier network("wrn-16-1", Cifar());
  network.Use(at::kCPU, Profile::kFp64);
  int64_t counters = 0;
  for (const auto& [name, value] : network.Buffers()) {
    if (!name.ends_with("num_batches_tracked")) continue;
    BOOST_TEST(value.is_cpu());
    BOOST_TEST((value.scalar_type() == at::kLong));
    ++counters;
  }
  BOOST_TEST(counters == 13);
}

BOOST_AUTO_TEST_CASE(the_generator_has_the_published_number_of_parameters) {
  BOOST_TEST(Generator({}, Cifar()).CountParameters() == 1'051'145);
}

BOOST_AUTO_TEST_CASE(the_generator_follows_the_size_of_the_images) {
  for (const auto& spec : {Cifar(), Fashion()}) {
    Generator generator({.width = 16}, spec);
    generator.Initialize(Rng(2));
    const auto images = generator.Images(Latent(), Grad::kNone);
    BOOST_TEST(images.sizes() == at::IntArrayRef({4, spec.channels, spec.height, spec.width}));
    BOOST_TEST(!images.requires_grad());
    // The last batch normalisation standardises every channel.
    BOOST_TEST(images.mean({0, 2, 3}).abs().max().item<float>() < 1e-4);
    BOOST_TEST(images.square().mean().item<float>() == 1, boost::test_tools::tolerance(1e-2F));
  }
}

BOOST_AUTO_TEST_CASE(sizes_that_the_generator_cannot_make_are_refused) {
  auto spec = Cifar();
  spec.height = 30;
  BOOST_TEST(MessageOf([&] { Generator({}, spec); }) ==
             "image size 30x32: the generator needs multiples of 4");
  BOOST_CHECK_THROW(Generator({.width = 7}, Cifar()), Error);
}

BOOST_AUTO_TEST_CASE(a_visited_generator_makes_the_same_images_and_bf16_gives_float32) {
  const auto state = at::detail::getDefaultCPUGenerator().get_state();
  Generator one({.width = 16}, Fashion()), two({.width = 16}, Fashion());
  one.Initialize(Rng(2));
  two.Initialize(Rng(3));
  const auto images = one.Images(Latent(), Grad::kNone);
  BOOST_TEST(!two.Images(Latent(), Grad::kNone).equal(images));
  MemoryVisitor visitor;
  one.Visit(visitor, "generator");
  visitor.loading = true;
  two.Visit(visitor, "generator");
  BOOST_TEST(two.Images(Latent(), Grad::kNone).equal(images));
  if (RefusesBf16()) return;
  two.Use(at::kCPU, Profile::kBf16);
  const auto coarse = two.Images(Latent(), Grad::kNone);
  BOOST_TEST((coarse.scalar_type() == at::kFloat));
  BOOST_TEST(((coarse - images).norm() / images.norm()).item<float>() < 0.05);
  BOOST_TEST(at::detail::getDefaultCPUGenerator().get_state().equal(state));
}

BOOST_AUTO_TEST_CASE(equal_streams_draw_equal_tensors_and_forks_differ) {
  BOOST_TEST(Normal(Rng(1), {50}).equal(Normal(Rng(1), {50})));
  BOOST_TEST(!Normal(Rng(1).Fork("a"), {50}).equal(Normal(Rng(1).Fork("b"), {50})));
  const auto sorted = std::get<0>(Permutation(Rng(1), 20).sort());
  BOOST_TEST(sorted.equal(at::arange(20)));
  const auto integers = Integers(Rng(1), 3, {200});
  BOOST_TEST(integers.min().item<int64_t>() == 0);
  BOOST_TEST(integers.max().item<int64_t>() == 2);
}

}  // namespace dfkd::numerics_test
