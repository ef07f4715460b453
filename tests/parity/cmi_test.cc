// A synthesis of CMI against an implementation in PyTorch: case_cmi.py.
#include "methods/distillation/cmi/cmi.h"

#include "tests/parity/rounds.h"

namespace dfkd::parity {
namespace {

BOOST_AUTO_TEST_CASE(a_synthesis_of_cmi_agrees) {
  if (!RoundsAlike()) return;
  Fixture expected("cmi");
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  cmi::Cmi distiller(Read<cmi::Options>({{"rounds", 4},
                                         {"synthesis_batch", 8},
                                         {"synthesis_steps", 3},
                                         {"student_steps", 4},
                                         {"batch_size", 5},
                                         {"latent", 10},
                                         {"generator_width", 16},
                                         {"negatives", 5},
                                         {"bank_size", 64},
                                         {"head_width", 16}}));
  ScheduledContext context(*teacher, *student, 4);
  distiller.Begin(context);
  distiller.Round(context, 0);
  MemoryState state;
  distiller.Visit(state);
  expected.Expect("round0.bank", state.tensors.at("bank"));
  // A rounding error may be a step of a pixel, and Adam's first steps have the size of the rate
  // wherever a gradient is not exactly 0.
  constexpr double kAfterAdam = 2e-3;
  expected.Expect("round0.pool", state.tensors.at("pool"), kAfterAdam);
  for (const char* name : {"hidden.weight", "hidden.bias", "out.weight", "out.bias"}) {
    expected.Expect(fmt::format("round0.head.{}", name),
                    state.tensors.at(fmt::format("head.{}", name)), kAfterAdam);
  }
}

}  // namespace
}  // namespace dfkd::parity
