#include "methods/distillation/deepinversion/deepinversion.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/nn/norm_statistics.h"
#include "tests/methods/fakes.h"

namespace dfkd::deepinversion::deepinversion_test {

const Json kSmall = {{"images", 12}, {"synthesis_batch", 8}, {"synthesis_steps", 20},
                     {"rounds", 4},  {"batch_size", 8},      {"start", "noise"}};

Json With(const Json& given) {
  Json options = kSmall;
  options.update(given);
  return options;
}

class FakeSynthesis : public SynthesisContext {
 public:
  const Classifier& teacher() const override { return *teacher_; }
  const ImageSpec& spec() const override { return spec_; }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return progress_; }
  const Split& start() const override { return start_; }
  TransferBatch Teach(const at::Tensor& images, const KdLoss&, int64_t) override {
    return TaughtBatch(*teacher_, images, {}, Grad::kInputs);
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return batch.images.square().mean() * penalty;
  }
  const std::vector<double>& Curve(const std::string& name) {
    return progress_.scalars.at("deepinversion/" + name);
  }
  void StartFrom(const at::Tensor& images) { start_.images = images; }
  double penalty = 0;

 private:
  const ImageSpec spec_ = SmallSpec();
  const std::unique_ptr<Classifier> teacher_ = MakeTeacher("vgg-s-8", 1);
  const Rng rng_{3};
  FakeProgress progress_;
  Split start_;
};

BOOST_AUTO_TEST_CASE(the_norm_distance_is_zero_where_batch_and_running_statistics_agree) {
  const auto x = Normal(Rng(1), {16, 3, 4, 4});
  const NormInput same{x, x.mean({0, 2, 3}), x.var({0, 2, 3}, /*unbiased=*/false)};
  BOOST_TEST(NormDistance({same}).item<double>() < 1e-5);
  const NormInput shifted{x, same.running_mean + 2, same.running_var};
  BOOST_TEST(NormDistance({same, shifted}).item<double>() == 2 * std::sqrt(3.0),
             boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(watched_norms_are_the_inputs_of_every_batch_normalisation) {
  const auto net = MakeTeacher("wrn-16-2", 1);
  std::vector<NormInput> seen;
  net->WatchNorms(&seen);
  net->Logits(Normal(Rng(1), {4, 3, 8, 8}));
  net->WatchNorms(nullptr);
  net->Logits(Normal(Rng(1), {4, 3, 8, 8}));
  int64_t channels = 0;
  for (const auto& norm : seen) {
    BOOST_TEST(norm.input.size(1) == norm.running_mean.numel());
    channels += norm.input.size(1);
  }
  BOOST_TEST(seen.size() == 13u);
  BOOST_TEST(channels == 912);
}

BOOST_AUTO_TEST_CASE(synthesis_makes_as_many_byte_images_as_told) {
  FakeSynthesis ctx;
  DeepInversion distiller(Read<Options>(kSmall));
  const auto split = distiller.Synthesize(ctx);
  BOOST_TEST(split.images.sizes() == at::IntArrayRef({12, 3, 8, 8}));
  BOOST_TEST((split.images.scalar_type() == at::kByte));
  BOOST_TEST(!split.labels.defined());
}

BOOST_AUTO_TEST_CASE(synthesis_lowers_each_loss_that_has_a_weight) {
  const auto falls = [](const Json& given, const std::string& name) {
    FakeSynthesis ctx;
    DeepInversion(Read<Options>(With(given))).Synthesize(ctx);
    BOOST_TEST(ctx.Curve(name).at(19) < ctx.Curve(name).at(0), name);
  };
  falls({{"norm_weight", 0.0}, {"tv_weight", 0.0}}, "cross_entropy");
  falls({{"one_hot_weight", 0.0}, {"tv_weight", 0.0}}, "norm_distance");
  falls({{"one_hot_weight", 0.0}, {"norm_weight", 0.0}}, "total_variation");
}

BOOST_AUTO_TEST_CASE(without_weights_the_starting_images_come_back) {
  FakeSynthesis ctx;
  const auto bank = Integers(Rng(9), 256, {12, 3, 8, 8}).to(at::kByte);
  ctx.StartFrom(bank);
  const auto options = Read<Options>(
      With({{"start", "bank"}, {"one_hot_weight", 0.0}, {"norm_weight", 0.0}, {"tv_weight", 0.0}}));
  BOOST_TEST(DeepInversion(options).Synthesize(ctx).images.equal(bank));
  ctx.StartFrom(bank.narrow(0, 0, 5));
  BOOST_CHECK_THROW(DeepInversion(options).Synthesize(ctx), Error);
}

BOOST_AUTO_TEST_CASE(a_penalty_of_a_defence_takes_part_in_synthesis) {
  FakeSynthesis plain, penalised;
  penalised.penalty = 100;
  DeepInversion distiller(Read<Options>(kSmall));
  BOOST_TEST(!distiller.Synthesize(plain).images.equal(distiller.Synthesize(penalised).images));
}

BOOST_AUTO_TEST_CASE(synthesis_repeats_bit_by_bit) {
  FakeSynthesis first, second;
  DeepInversion distiller(Read<Options>(kSmall));
  BOOST_TEST(distiller.Synthesize(first).images.equal(distiller.Synthesize(second).images));
}

BOOST_AUTO_TEST_CASE(a_round_steps_the_student_once_on_the_images_made) {
  const auto teacher = MakeTeacher("vgg-s-8", 1);
  const auto student = MakeNet("vgg-s-4", 2);
  FakeDistillContext ctx(*teacher, *student, 4);
  ctx.UseTransferSet({Integers(Rng(9), 256, {12, 3, 8, 8}).to(at::kByte), {}});
  DeepInversion distiller(Read<Options>(kSmall));
  distiller.Begin(ctx);
  for (int64_t round = 0; round < 4; ++round) distiller.Round(ctx, round);
  BOOST_TEST(ctx.losses.size() == 4u);
  BOOST_TEST(ctx.taught == 4);
}

BOOST_AUTO_TEST_CASE(the_card_names_the_bank_it_starts_from) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "deepinversion");
  BOOST_TEST(card.transfer_set(ResolveFor(card, {{"start", "noise"}})).is_null());
  BOOST_TEST(card.transfer_set(ResolveFor(card, nullptr)).at("recipe") == "bank");
  BOOST_TEST(card.traits(ResolveFor(card, nullptr)).synthesizes);
}

}  // namespace dfkd::deepinversion::deepinversion_test
