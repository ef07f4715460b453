// DeepInversion as published and its adaptive form.
#include "methods/distillation/adi/adi.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <utility>

#include "bench/nn/norm_statistics.h"
#include "tests/methods/fakes.h"

namespace dfkd::adi::adi_test {

const Json kSmall = {{"rounds", 4},        {"synthesis_batch", 6}, {"synthesis_steps", 3},
                     {"student_steps", 2}, {"batch_size", 4},      {"crop", 2}};

Json With(const Json& given) {
  Json options = kSmall;
  options.update(given);
  return options;
}

class FakeSynthesis final : public SynthesisContext {
 public:
  const Classifier& teacher() const override { return *teacher_; }
  const ImageSpec& spec() const override { return teacher_->spec(); }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return progress_; }
  const Split& start() const override { return start_; }
  TransferBatch Teach(const at::Tensor& images, const KdLoss&, int64_t step) override {
    steps.push_back(step);
    return TaughtBatch(*teacher_, images, {}, Grad::kInputs);
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return batch.images.square().mean() * penalty;
  }
  std::vector<int64_t> steps;
  double penalty = 0;

 private:
  const std::unique_ptr<Classifier> teacher_ = MakeTeacher("vgg-s-4", 1);
  const Rng rng_{3};
  FakeProgress progress_;
  const Split start_;
};

struct Setup {
  explicit Setup(const Json& given = kSmall)
      : teacher(MakeTeacher("vgg-s-4", 1)),
        student(MakeNet("vgg-s-4", 2)),
        context(*teacher, *student, given.at("rounds")),
        adi(Read<Options>(given)) {
    adi.Begin(context);
  }
  void Rounds(int64_t first, int64_t last) {
    for (int64_t round = first; round < last; ++round) adi.Round(context, round);
  }
  MemoryState Save() {
    MemoryState state;
    student->Visit(state, "student");
    context.optimizer().Visit(state, "optimizer");
    adi.Visit(state);
    return state;
  }
  double Last(const std::string& name) {
    return static_cast<FakeProgress&>(context.progress()).scalars.at("adi/" + name).back();
  }

  std::unique_ptr<Classifier> teacher, student;
  FakeDistillContext context;
  Adi adi;
};

bool Equal(const MemoryState& a, const MemoryState& b) {
  if (a.tensors.size() != b.tensors.size() || a.numbers != b.numbers) return false;
  for (const auto& [name, tensor] : a.tensors) {
    if (!tensor.equal(b.tensors.at(name))) return false;
  }
  return true;
}

// Of [[1, 2, 0], [4, 8, 3]]: right sqrt(46), down sqrt(54), and the two diagonals.
BOOST_AUTO_TEST_CASE(the_neighbour_distance_is_that_computed_by_hand) {
  const auto image = at::tensor({1., 2., 0., 4., 8., 3.}).view({1, 1, 2, 3});
  BOOST_TEST(NeighbourDistance(image).item<double>() == 29.448078,
             boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(the_card_says_when_images_are_made) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "adi");
  const auto adaptive = card.traits(ResolveFor(card, nullptr));
  const auto ahead = card.traits(ResolveFor(card, {{"adaptive", false}}));
  BOOST_TEST((adaptive.trains_generator && !adaptive.synthesizes));
  BOOST_TEST((!ahead.trains_generator && ahead.synthesizes));
}

BOOST_AUTO_TEST_CASE(images_made_ahead_are_a_batch_for_every_round) {
  FakeSynthesis ctx;
  Adi distiller(Read<Options>(With({{"adaptive", false}})));
  const auto split = distiller.Synthesize(ctx);
  BOOST_TEST(split.images.sizes() == at::IntArrayRef({24, 3, 8, 8}));
  BOOST_TEST((split.images.scalar_type() == at::kByte));
  BOOST_TEST((ctx.steps == std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

BOOST_AUTO_TEST_CASE(a_penalty_of_a_defence_takes_part_in_images_made_ahead) {
  FakeSynthesis plain, penalised;
  penalised.penalty = 1000;
  const auto options = Read<Options>(With({{"adaptive", false}}));
  BOOST_TEST(
      !Adi(options).Synthesize(plain).images.equal(Adi(options).Synthesize(penalised).images));
}

BOOST_AUTO_TEST_CASE(rounds_after_images_made_ahead_make_none) {
  Setup setup(With({{"adaptive", false}}));
  setup.context.UseTransferSet({Integers(Rng(9), 256, {12, 3, 8, 8}).to(at::kByte), {}});
  setup.Rounds(0, 2);
  BOOST_TEST(setup.context.losses.size() == 4U);
  BOOST_TEST(setup.context.taught == 4);
  BOOST_TEST(!setup.Save().tensors.at("pool").defined());
}

BOOST_AUTO_TEST_CASE(an_adaptive_round_merges_a_batch_into_the_pool) {
  Setup setup;
  setup.Rounds(0, 2);
  BOOST_TEST(setup.Save().tensors.at("pool").size(0) == 12);
  BOOST_TEST(setup.context.taught == 2 * (3 + 2));
  BOOST_TEST(setup.context.losses.size() == 4U);
}

// One long synthesis against a student that was not trained.
BOOST_AUTO_TEST_CASE(the_adversarial_term_finds_images_on_which_the_student_disagrees) {
  const auto divergence = [](double weight) {
    Setup setup(With({{"adversarial_weight", weight}, {"synthesis_steps", 60}}));
    setup.Rounds(0, 1);
    return setup.Last("jensen_shannon");
  };
  BOOST_TEST(divergence(1000) > divergence(0));
}

// Keeps the images that the teacher was last asked to judge.
struct Recorder final : FakeDistillContext {
  using FakeDistillContext::FakeDistillContext;
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override {
    if (grad == Grad::kInputs) judged = images.detach();
    return FakeDistillContext::Teach(images, kd, round, grad, taps);
  }
  at::Tensor judged;
};

// 1 - JS at temperature 3, its probabilities clamped to [0.01, 0.99], summed over classes.
at::Tensor Agreement(const at::Tensor& teacher, const at::Tensor& student) {
  const auto soft = [](const at::Tensor& logits) { return (logits / 3).softmax(1); };
  const auto m = ((soft(teacher) + soft(student)) / 2).clamp(0.01, 0.99);
  const auto from = [&](const at::Tensor& logits) {
    return (m * (m / soft(logits).clamp(0.01, 0.99)).log()).sum(1);
  };
  return 1 - ((from(teacher) + from(student)) / 2).mean();
}

// Equations 3 to 5 and 8 of the paper, worked out on the images of the last step. Each weight makes
// its term a visible part of the sum.
BOOST_AUTO_TEST_CASE(the_loss_is_the_sum_of_cross_entropy_statistics_priors_and_agreement) {
  const auto teacher = MakeTeacher("vgg-s-4", 1);
  const auto student = MakeNet("vgg-s-4", 2);
  teacher->Use(at::kCPU, Profile::kFp64);
  student->Use(at::kCPU, Profile::kFp64);
  Recorder context(*teacher, *student, 4);
  Adi distiller(Read<Options>(With({{"norm_weight", 2.0},
                                    {"tv_weight", 0.03},
                                    {"l2_weight", 0.05},
                                    {"adversarial_weight", 4.0},
                                    {"student_steps", 1}})));
  const auto before = student->Clone();
  distiller.Begin(context);
  distiller.Round(context, 0);
  const auto x = context.judged.to(at::kDouble);
  NormWatch watch(*teacher);
  const auto answers = std::as_const(*teacher).Logits(x);
  const auto labels = at::arange(6).remainder(4);
  const auto expected = -answers.log_softmax(1).gather(1, labels.view({-1, 1})).mean() +
                        2 * NormDistance(watch.seen) + 0.03 * NeighbourDistance(x) +
                        0.05 * x.square().sum().sqrt() +
                        4 * Agreement(answers, before->Logits(x, Mode::kEval, Grad::kNone));
  const auto& scalars = static_cast<FakeProgress&>(context.progress()).scalars;
  BOOST_TEST(scalars.at("adi/loss").back() == expected.item<double>(),
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(synthesis_lowers_its_losses) {
  const auto loss = [](int64_t steps, const std::string& name) {
    Setup setup(With({{"synthesis_steps", steps}}));
    setup.Rounds(0, 1);
    return setup.Last(name);
  };
  for (const std::string name : {"loss", "norm_distance"}) {
    BOOST_TEST(loss(60, name) < loss(1, name), name);
  }
}

BOOST_AUTO_TEST_CASE(stopped_and_resumed_it_ends_in_the_same_bits_pool_included) {
  Setup whole, first, second;
  whole.Rounds(0, 4), first.Rounds(0, 2);
  auto state = first.Save();
  state.loading = true;
  second.student->Visit(state, "student");
  second.context.optimizer().Visit(state, "optimizer");
  second.adi.Visit(state);
  second.Rounds(2, 4);
  BOOST_TEST(Equal(whole.Save(), second.Save()));
}

}  // namespace dfkd::adi::adi_test
