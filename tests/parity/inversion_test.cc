// DeepInversion and its adaptive form against an implementation in PyTorch: case_inversion.py.
#include "methods/distillation/adi/adi.h"
#include "methods/distillation/deepinversion/deepinversion.h"
#include "tests/parity/rounds.h"

namespace dfkd::parity::inversion_test {

constexpr int64_t kCount = 6;

Json Small(const Json& given) {
  Json options = {{"synthesis_batch", kCount}, {"synthesis_steps", 3}, {"rounds", 2}};
  options.update(given);
  return options;
}

double LastOf(const FakeProgress& progress, const std::string& scalar) {
  return progress.scalars.at(scalar).back();
}

BOOST_AUTO_TEST_CASE(a_round_of_adaptive_deepinversion_as_published_agrees) {
  Fixture expected("adi");
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  adi::Adi distiller(Read<adi::Options>(Small({{"student_steps", 3}, {"batch_size", 4}})));
  ScheduledContext context(*teacher, *student, 2);
  distiller.Begin(context);
  distiller.Round(context, 0);
  expected.Expect("loss", LastOf(static_cast<FakeProgress&>(context.progress()), "adi/loss"));
  expected.Expect("pool", distiller.Samples(context, kCount));
  expected.Expect("losses", at::tensor(context.losses, at::kDouble));
  expected.ExpectAll("student.", student->Parameters());
  expected.ExpectAll("student.", student->Buffers());
}

BOOST_AUTO_TEST_CASE(deepinversion_as_published_makes_the_same_images) {
  Fixture expected("adi_ahead");
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  adi::Adi distiller(Read<adi::Options>(
      Small({{"adaptive", false}, {"norm_weight", 1.0}, {"tv_weight", 0.05}, {"l2_weight", 0.5}})));
  GivenSynthesis context(*teacher, {});
  expected.Expect("images", distiller.Synthesize(context).images);
  expected.Expect("loss", LastOf(context.progress(), "adi/loss"));
}

BOOST_AUTO_TEST_CASE(the_light_deepinversion_makes_the_same_images) {
  Fixture expected("deepinversion");
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  deepinversion::DeepInversion distiller(
      Read<deepinversion::Options>(Small({{"images", kCount}, {"tv_weight", 30.0}})));
  const auto start = (Values("start_images", {kCount, 3, 16, 16}, 0.5, 0.5) * 255).to(at::kByte);
  GivenSynthesis context(*teacher, {start, {}});
  expected.Expect("images", distiller.Synthesize(context).images);
  for (const char* term : {"cross_entropy", "norm_distance", "total_variation"}) {
    const auto& seen = context.progress().scalars.at(std::string("deepinversion/") + term);
    for (size_t i = 0; i < seen.size(); ++i) expected.Expect(fmt::format("{}{}", term, i), seen[i]);
  }
}

}  // namespace dfkd::parity::inversion_test
