// temperature, hard_labels, early_stop, random_prune, cmp_like and skt_like: what they share stands
// in bench/recipes/replaced_loss.h.
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/core/error.h"
#include "methods/defenses/cmp_like/cmp_like.h"
#include "methods/defenses/early_stop/early_stop.h"
#include "methods/defenses/hard_labels/hard_labels.h"
#include "methods/defenses/random_prune/random_prune.h"
#include "methods/defenses/skt_like/skt_like.h"
#include "methods/defenses/temperature/temperature.h"
#include "tests/methods/fakes.h"

namespace dfkd::free_baselines_test {

BOOST_AUTO_TEST_SUITE(free_baselines_suite)

// A student at a distiller's step: the distiller's loss of KD at 4 and something of its own.
struct Step {
  FakeProgress progress;
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-4", 1);
  std::unique_ptr<Classifier> student = MakeNet("vgg-s-4", 2);
  DefenseContext context{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(5), .progress = progress};
  at::Tensor images = Normal(Rng(3), {6, 3, 8, 8});

  Step() {
    teacher->Use(at::kCPU, Profile::kFp64);
    student->Use(at::kCPU, Profile::kFp64);
    context.distiller.rounds = 10;
  }

  void With(Defense& defense) {
    FakeDistillContext distillation(*teacher, *student, 10);
    distillation.UseStudentOptimizer({.kind = "sgd", .lr = 1});
    defense.Begin(context);
    distillation.defense = &defense;
    auto batch = distillation.Teach(images, {.temperature = 4}, 0, Grad::kNone);
    batch.student_logits = student->Logits(images, Mode::kTrain, Grad::kAll);
    distillation.StepStudent(batch, KdPerSample(batch) + batch.student_logits.square().sum(1));
  }
};

// The student after a step of size 1 down `loss` of its own, and nothing else.
template <class LossOf>
void CheckStep(Defense& defense, LossOf loss) {
  Step step;
  const auto expected = step.student->Clone();
  loss(step.teacher->Logits(step.images), expected->Logits(step.images, Mode::kTrain, Grad::kAll))
      .backward();
  step.With(defense);
  const auto ours = step.student->Parameters(), theirs = expected->Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto wanted = theirs[i].value.detach() - theirs[i].value.grad();
    BOOST_TEST(MaxDifference(ours[i].value.detach(), wanted) < 1e-12, ours[i].name);
  }
  const auto buffers = step.student->Buffers(), once = expected->Buffers();
  for (size_t i = 0; i < buffers.size(); ++i)
    BOOST_TEST(buffers[i].value.equal(once[i].value), buffers[i].name);
}

BOOST_AUTO_TEST_CASE(the_temperature_of_the_kd_loss_is_replaced_and_images_are_seen_once) {
  temperature::Temperature defense(Read<temperature::Options>({{"temperature", 2}}));
  CheckStep(defense, [](const at::Tensor& teacher, const at::Tensor& student) {
    return 4 * KlPerSample(teacher, student, 2).mean();
  });
}

BOOST_AUTO_TEST_CASE(the_teachers_answers_are_the_labels) {
  hard_labels::HardLabels defense({});
  CheckStep(defense, [](const at::Tensor& teacher, const at::Tensor& student) {
    return at::nll_loss(at::log_softmax(student, 1), teacher.argmax(1));
  });
}

BOOST_AUTO_TEST_CASE(images_the_teacher_keeps_its_mind_on_teach_all_classes_but_its_second) {
  cmp_like::CmpLike defense(Read<cmp_like::Options>({{"crop", 0}, {"flip", "false"}}));
  CheckStep(defense, [](const at::Tensor& teacher, const at::Tensor& student) {
    return 16 * cmp_like::KlWithoutSecond(teacher, student, 4).mean();
  });
}

// By hand: without the second class (2) the teacher has p = e/(e + 1), 1/(e + 1) of the other two,
// the student 1/2 each.
BOOST_AUTO_TEST_CASE(the_second_class_is_left_out_of_both_sides) {
  const auto teacher = at::tensor({2.0, 1.0, 1.5}).view({1, 3});
  const auto student = at::tensor({0.3, 0.3, 9.0}).view({1, 3});
  const double p = std::exp(1) / (std::exp(1) + 1);
  const double expected = p * std::log(2 * p) + (1 - p) * std::log(2 * (1 - p));
  const auto divergence = cmp_like::KlWithoutSecond(teacher, student, 1);
  BOOST_TEST(std::abs(divergence.item<double>() - expected) < 1e-6);
}

BOOST_AUTO_TEST_CASE(without_its_second_class_two_are_too_few) {
  Step step;
  cmp_like::CmpLike defense(Read<cmp_like::Options>());
  auto context = step.context;
  context.spec.classes = 2;
  BOOST_CHECK_EXCEPTION(defense.Begin(context), Error, [](const Error& e) {
    return std::string(e.what()) == "cmp_like: 2 classes; it needs at least 3";
  });
}

BOOST_AUTO_TEST_CASE(images_on_which_the_teacher_changes_its_mind_teach_nothing) {
  Step step;
  cmp_like::CmpLike defense(Read<cmp_like::Options>({{"crop", 8}}));
  step.With(defense);
  BOOST_TEST(step.progress.scalars.at("cmp_like/kept_share").at(0) < 1);
}

// The batch's values lie far outside of what a picture can show: clipping would change them.
BOOST_AUTO_TEST_CASE(a_perturbation_is_added_to_what_the_student_sees_and_nothing_is_clipped) {
  Step step;
  const auto expected = step.student->Clone();
  skt_like::SktLike defense(Read<skt_like::Options>({{"share", 1}, {"pool", 1}, {"images", 1}}));
  step.With(defense);
  MemoryState state;
  defense.Visit(state);
  const auto perturbation = state.tensors.at("perturbation.0");
  BOOST_TEST(perturbation.ne(0).any().item<bool>());
  const auto seen = step.images + perturbation / PerChannel(SmallSpec().stddev, step.images);
  KlPerSample(step.teacher->Logits(step.images), expected->Logits(seen, Mode::kTrain, Grad::kAll),
              1)
      .mean()
      .backward();
  const auto ours = step.student->Parameters(), theirs = expected->Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto wanted = theirs[i].value.detach() - theirs[i].value.grad();
    BOOST_TEST(MaxDifference(ours[i].value.detach(), wanted) < 1e-12, ours[i].name);
  }
}

BOOST_AUTO_TEST_CASE(the_student_stops_after_its_share_of_the_rounds) {
  const auto stopped = [](double share, int64_t rounds) {
    return early_stop::Stopped({share}, {.rounds = rounds});
  };
  BOOST_TEST(stopped(0.5, 9).first == 5);
  BOOST_TEST(stopped(0, 9).first == 1);
  BOOST_TEST(stopped(0.07, 100).first == 7);  // 7.000…1 in binary
  BOOST_TEST(stopped(1, 9).empty());
  Step step;
  early_stop::EarlyStop defense(Read<early_stop::Options>({{"share", 0.3}}));
  defense.Begin(step.context);
  const auto phase = defense.LatePhase();
  BOOST_TEST_REQUIRE(phase.has_value());
  BOOST_TEST(phase->first_round == 3);
  BOOST_TEST(phase->lr == 0);
}

BOOST_AUTO_TEST_CASE(an_optimizer_without_a_rate_leaves_every_weight_as_it_is) {
  for (const std::string kind : {"sgd", "adam", "radam"}) {
    const auto net = MakeNet("vgg-s-4", 2);
    const auto before = net->Clone();
    Optimizer optimizer(net->Parameters(), {.kind = kind, .lr = 0, .weight_decay = 0.1});
    const auto loss = net->Logits(Normal(Rng(3), {6, 3, 8, 8}), Mode::kTrain, Grad::kAll).sum();
    optimizer.Descend(loss);
    const auto ours = net->Parameters(), theirs = before->Parameters();
    for (size_t i = 0; i < ours.size(); ++i) BOOST_TEST(ours[i].value.equal(theirs[i].value), kind);
  }
}

BOOST_AUTO_TEST_CASE(a_share_of_each_layers_channels_is_pruned) {
  Step step;
  random_prune::RandomPrune defense(Read<random_prune::Options>({{"rate", 0.3}}));
  const auto net = MakeNet("wrn-10-1", 4);
  defense.RepairStudent(*net, step.context);
  BOOST_TEST(step.progress.scalars.empty());
  defense.SanitizeTeacher(*net, step.context);
  for (const auto& norm : net->Norms()) {
    const auto wanted = std::llround(0.3 * static_cast<double>(norm.weight.numel()));
    BOOST_TEST(norm.weight.eq(0).sum().item<int64_t>() == wanted, norm.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::free_baselines_test
