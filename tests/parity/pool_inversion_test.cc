// A round of Fast-Datafree, of NAYER and of CPNet against an implementation in PyTorch:
// case_pool_inversion.py.
#include "methods/distillation/cpnet/cpnet.h"
#include "methods/distillation/fast_meta/fast_meta.h"
#include "methods/distillation/nayer/nayer.h"
#include "tests/parity/rounds.h"

namespace dfkd::parity::pool_inversion_test {

template <class Method, class Options>
void CompareRound(const std::string& name, Json given) {
  Fixture expected(name);
  const auto teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  given.update({{"rounds", 4},
                {"synthesis_batch", 12},
                {"synthesis_steps", 3},
                {"student_steps", 4},
                {"batch_size", 5},
                {"latent", 10},
                {"lr", 0.1}});
  Method distiller(Read<Options>(given));
  ScheduledContext context(*teacher, *student, 4);
  distiller.Begin(context);
  FillGenerator(distiller);
  distiller.Round(context, 0);
  MemoryState state;
  distiller.Visit(state);
  expected.Expect("means", state.tensors.at("norms.means"));
  expected.Expect("vars", state.tensors.at("norms.vars"));
  expected.Expect("pool", state.tensors.at("pool"));
  expected.Expect("losses", at::tensor(context.losses, at::kDouble));
  ExpectGenerator(expected, "", distiller);
  expected.ExpectAll("student.", student->Parameters());
  expected.ExpectAll("student.", student->Buffers());
}

BOOST_AUTO_TEST_CASE(a_round_of_fast_meta_agrees) {
  CompareRound<fast_meta::FastMeta, fast_meta::Options>("fast_meta",
                                                        {{"warmup", 2}, {"generator_width", 16}});
}
BOOST_AUTO_TEST_CASE(a_round_of_fast_meta_by_reptile_agrees) {
  CompareRound<fast_meta::FastMeta, fast_meta::Options>(
      "fast_meta_reptile", {{"warmup", 2}, {"meta", "reptile"}, {"generator_width", 16}});
}
BOOST_AUTO_TEST_CASE(a_round_of_nayer_agrees) {
  CompareRound<nayer::Nayer, nayer::Options>(
      "nayer", {{"warmup", 1}, {"warmup_searches", 2}, {"generator_width", 16}});
}
BOOST_AUTO_TEST_CASE(a_round_of_cpnet_agrees) {
  CompareRound<cpnet::CpNet, cpnet::Options>("cpnet", {{"warmup", 1}, {"warmup_searches", 2}});
}

}  // namespace dfkd::parity::pool_inversion_test
