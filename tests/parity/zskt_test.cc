// Rounds of ZSKT against an implementation in PyTorch: case_zskt.py.
#include "methods/distillation/zskt/zskt.h"

#include "tests/parity/rounds.h"

namespace dfkd::parity::zskt_test {

constexpr int64_t kRounds = 4;

void CompareRounds(const std::string& name, const Json& given, int64_t rounds) {
  Fixture expected("zskt_" + name);
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  Json options = {{"rounds", kRounds}, {"batch_size", 16}, {"latent", 10}, {"generator_width", 16}};
  options.update(given);
  zskt::Zskt distiller(Read<zskt::Options>(options));
  ScheduledContext context(*teacher, *student, kRounds);
  distiller.Begin(context);
  FillGenerator(distiller);

  const auto latent =
      Normal(Rng(7).Fork("latent").Fork("round", 0), {16, 10}, at::kCPU, at::kDouble);
  expected.Expect("latent", latent);
  Generator generator({.latent = 10, .width = 16}, TinySpec());
  generator.Use(at::kCPU, Profile::kFp64);
  Fill(generator.Parameters(), "generator");
  expected.Expect("images", generator.Images(latent, Grad::kNone));

  for (int64_t round = 0; round < rounds; ++round) {
    const auto prefix = fmt::format("round{}.", round);
    context.losses.clear();
    distiller.Round(context, round);
    expected.Expect(prefix + "losses", at::tensor(context.losses, at::kDouble));
    ExpectGenerator(expected, prefix, distiller);
    expected.ExpectAll(prefix + "student.", student->Parameters());
    expected.ExpectAll(prefix + "student.", student->Buffers());
  }
}

BOOST_AUTO_TEST_CASE(two_rounds_at_the_settings_for_cifar_10_agree) {
  CompareRounds("cifar", Json::object(), 2);
}

BOOST_AUTO_TEST_CASE(a_round_at_the_settings_for_gtsrb_agrees) {
  CompareRounds("gtsrb", {{"temperature", 0.5}, {"at_weight", 0}, {"clip_norm", 1e-3}}, 1);
}

}  // namespace dfkd::parity::zskt_test
