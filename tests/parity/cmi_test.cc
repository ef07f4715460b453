// A round of CMI against an implementation in PyTorch: case_cmi.py.
#include "methods/distillation/cmi/cmi.h"

#include "tests/parity/rounds.h"

namespace dfkd::parity::cmi_test {

const char* const kHead[] = {"hidden.weight", "hidden.bias", "out.weight", "out.bias"};

struct Setup {
  std::unique_ptr<Classifier> teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  std::unique_ptr<Classifier> student = MakeFilled("wrn-16-1", TinySpec(), "student");
  cmi::Cmi distiller{Read<cmi::Options>({{"rounds", 4},
                                         {"synthesis_batch", 8},
                                         {"synthesis_steps", 3},
                                         {"student_steps", 4},
                                         {"batch_size", 5},
                                         {"latent", 10},
                                         {"generator_width", 16},
                                         {"negatives", 5},
                                         {"bank_size", 64},
                                         {"head_width", 16}})};
  ScheduledContext context{*teacher, *student, 4};
  Setup() { distiller.Begin(context); }
};

// Before Adam: the loss, the features, the gradients by images and head.
BOOST_FIXTURE_TEST_CASE(an_iteration_of_cmi_agrees, Setup) {
  Fixture expected("cmi_iteration");
  const auto images = Values("inverted_images", {8, 3, 16, 16}, 0.5, 0.5).requires_grad_(true);
  const auto pass = distiller.Look(context, images, at::arange(8), 0, 0);
  auto inputs = distiller.head().Weights();
  inputs.push_back(images);
  const auto gradients = Gradients(pass.loss, inputs);
  expected.Expect("loss", pass.loss);
  expected.Expect("features", pass.features);
  for (size_t i = 0; i < 4; ++i) {
    expected.Expect(std::string("by_") + kHead[i], gradients[i]);
  }
  expected.Expect("by_images", gradients[4]);
}

BOOST_FIXTURE_TEST_CASE(a_round_of_cmi_agrees, Setup) {
  Fixture expected("cmi");
  distiller.Round(context, 0);
  MemoryState state;
  distiller.Visit(state);
  expected.Expect("round0.bank", state.tensors.at("bank"));
  expected.Expect("round0.pool", state.tensors.at("pool"));
  for (const char* name : kHead) {
    expected.Expect(fmt::format("round0.head.{}", name),
                    state.tensors.at(fmt::format("head.{}", name)));
  }
  expected.Expect("round0.losses", at::tensor(context.losses, at::kDouble));
  expected.ExpectAll("round0.student.", student->Parameters());
  expected.ExpectAll("round0.student.", student->Buffers());
}

}  // namespace dfkd::parity::cmi_test
