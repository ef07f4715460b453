// A round of DAFL, DFAD and DFQ against an implementation in PyTorch: case_minmax.py.
#include "bench/nn/synthesis_losses.h"
#include "methods/distillation/dafl/dafl.h"
#include "methods/distillation/dfad/dfad.h"
#include "methods/distillation/dfq/dfq.h"
#include "tests/parity/rounds.h"

namespace dfkd::parity::minmax_test {

template <class Method, class Options>
void CompareRound(const std::string& name, Json given) {
  Fixture expected("minmax_" + name);
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  given.update({{"batch_size", 16}, {"latent", 10}, {"generator_width", 16}});
  const auto options = Read<Options>(given);
  Method distiller(options);
  ScheduledContext context(*teacher, *student, options.rounds);
  distiller.Begin(context);
  FillGenerator(distiller);
  distiller.Round(context, 0);
  expected.Expect("losses", at::tensor(context.losses, at::kDouble));
  ExpectGenerator(expected, "", distiller);
  expected.ExpectAll("student.", student->Parameters());
  expected.ExpectAll("student.", student->Buffers());
}

Json Preset(const char* distiller, const char* name) {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller)) {
    if (card->name == distiller) return card->presets.at(name);
  }
  throw MakeError("no distiller {}", distiller);
}

BOOST_AUTO_TEST_CASE(losses_of_generators_agree) {
  Fixture expected("losses_minmax");
  const Logits x;
  ExpectLoss(expected, "js", JsPerSample(x.teacher, x.student, 3), x.both());
  const std::vector<NamedTensor> teacher = {{"teacher", x.teacher}};
  ExpectLoss(expected, "one_hot", OneHotLoss(x.teacher), teacher);
  ExpectLoss(expected, "entropy", EntropyLoss(x.teacher), teacher);
  ExpectLoss(expected, "balance", BalanceLoss(x.teacher), teacher);
  const auto pooled = Values("pooled", {6, 16}).requires_grad_(true);
  ExpectLoss(expected, "activation", ActivationLoss(pooled), {{"pooled", pooled}});
}

BOOST_AUTO_TEST_CASE(a_round_of_dafl_as_published_agrees) {
  CompareRound<dafl::Dafl, dafl::Options>("dafl", Preset("dafl", "original"));
}
BOOST_AUTO_TEST_CASE(a_round_of_dafl_as_in_datafree_agrees) {
  CompareRound<dafl::Dafl, dafl::Options>("dafl_datafree", Json::object());
}
BOOST_AUTO_TEST_CASE(a_round_of_dfad_agrees) {
  CompareRound<dfad::Dfad, dfad::Options>("dfad", Json::object());
}
BOOST_AUTO_TEST_CASE(a_round_of_dfq_agrees) {
  CompareRound<dfq::Dfq, dfq::Options>("dfq", {{"student_lr", 1e-3}});
}
BOOST_AUTO_TEST_CASE(a_round_of_dfq_as_in_datafree_agrees) {
  auto options = Preset("dfq", "datafree");
  options.update({{"student_steps", 2}, {"student_lr", 1e-3}});
  CompareRound<dfq::Dfq, dfq::Options>("dfq_datafree", options);
}

}  // namespace dfkd::parity::minmax_test
