// The Shuffling Vaccine with given permutations against an implementation in PyTorch:
// case_vaccine.py.
#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::vaccine_test {

using shuffling_vaccine::Options;
using shuffling_vaccine::ShufflingVaccine;
using shuffling_vaccine::TailRatio;

constexpr int64_t kBatch = 24;

// Puts the formula's permutations in place of those that were drawn.
class PermutationFiller final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (name.starts_with("permutation.")) value = PermutationOf(name, value.size(0));
  }
  void Number(const std::string&, int64_t&) override {}
};

struct Setup {
  explicit Setup(const DistillerTraits& traits, const Json& given = nullptr)
      : context{*teacher, TinySpec(), traits, Rng(5), progress}, defense(Read<Options>(given)) {
    progress.wants = false;
    defense.Begin(context);
    PermutationFiller filler;
    defense.Visit(filler);
    images = Images("vaccine_images", TinySpec(), kBatch).requires_grad_(true);
    batch = TaughtBatch(*teacher, images, defense.Taps(), Grad::kInputs);
  }
  at::Tensor PenaltyGradient() {
    return Gradients(PenaltyOf(defense, batch), {images}, false, true)[0];
  }

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher = MakeFrozen("wrn-16-2", TinySpec(), "teacher");
  DefenseContext context;
  ShufflingVaccine defense;
  at::Tensor images;
  TransferBatch batch;
};

constexpr DistillerTraits kGenerative{.rounds = 100, .trains_generator = true};

BOOST_AUTO_TEST_CASE(the_vaccine_of_the_synthesis_agrees) {
  Fixture expected("vaccine");
  Setup setup(kGenerative), frozen(kGenerative, {{"vaccine_gradient", false}});
  expected.Expect("teacher_logits", setup.batch.teacher_logits);
  const auto vaccine = setup.defense.VaccineLogits(setup.batch, Grad::kNone);
  expected.Expect("vaccine_logits", vaccine);
  const auto mask = setup.batch.teacher_logits.argmax(1).eq(vaccine.argmax(1));
  expected.Expect("mask", mask, 0);
  expected.Expect("divergence", KlPerSample(setup.batch.teacher_logits, vaccine, 1) / 10);
  expected.Expect("penalty", PenaltyOf(setup.defense, setup.batch));
  expected.Expect("penalty.grad", setup.PenaltyGradient());
  expected.Expect("penalty_no_shuffle_grad.grad", frozen.PenaltyGradient());

  Setup student({.rounds = 100});
  const auto coefficients = CoefficientsOf(student.defense, student.batch);
  expected.Expect("student_loss", (coefficients * Values("row_losses", {kBatch}, 1, 2)).sum());
}

BOOST_AUTO_TEST_CASE(tail_ratios_agree) {
  Fixture expected("tail");
  auto scores = Values("scores", {500});
  scores.slice(0, 0, 17).sub_(6);
  expected.Expect("skewed", TailRatio(scores), 1e-6);
  expected.Expect("mirrored", TailRatio(-scores), 1e-6);
  expected.Expect("flat", TailRatio(scores.slice(0, 17)), 1e-6);
}

}  // namespace dfkd::parity::vaccine_test
