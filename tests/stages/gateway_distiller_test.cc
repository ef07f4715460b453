// Distillers that break the contract of their hooks: each mistake ends the stage with one line that
// names plugin, hook and round. test_wrong is the defence of gateway_defense_test.cc.
#include <ATen/ops/rand.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/stages/gateway_testing.h"

namespace dfkd::testing::gateway_distiller_test {

using namespace gateway_testing;  // NOLINT: what the tests of the gateway share
namespace data = boost::unit_test::data;

class WrongDistiller final : public Distiller {
 public:
  explicit WrongDistiller(const MistakeMode& options) : mode_(options.mode) {}
  void Begin(DistillContext& ctx) override {
    if (!Is("no_optimizer")) ctx.UseStudentOptimizer({.lr = 0.01});
    if (Is("moves_in_begin")) Zero(ctx.student());
  }
  void Round(DistillContext& ctx, int64_t round) override;
  Split Synthesize(SynthesisContext& ctx) override;

 private:
  bool Is(const char* mode) const { return mode_ == mode; }
  // Whoever is told to swallow goes on as if nothing had been thrown.
  template <class Call>
  void Try(Call call) const {
    if (!mode_.starts_with("swallows")) return call();
    try {
      call();
    } catch (const std::exception&) {
    }
  }
  at::Tensor Images(DistillContext& ctx) const;
  at::Tensor Loss(DistillContext& ctx, const TransferBatch& batch) const;
  void Misbehave(DistillContext& ctx, int64_t round) const;
  void StepTwiceOnOneTensor(DistillContext& ctx, int64_t round) const;

  const std::string mode_;
};

at::Tensor WrongDistiller::Images(DistillContext& ctx) const {
  const auto& spec = ctx.spec();
  if (Is("size")) return at::zeros({4, spec.channels, spec.height + 2, spec.width});
  if (Is("empty")) return at::zeros({0, spec.channels, spec.height, spec.width});
  const auto images = at::full({4, spec.channels, spec.height, spec.width}, 0.5);
  if (Is("pixels")) return images * 510;
  return Is("stored") ? images.to(at::kByte) : images;
}

at::Tensor WrongDistiller::Loss(DistillContext& ctx, const TransferBatch& batch) const {
  auto loss = ctx.student().Logits(batch.images, Mode::kTrain, Grad::kAll).square().mean(1);
  if (Is("mean")) return loss.mean();
  if (Is("no_graph")) return loss.detach();
  if (Is("swallows_nan")) return loss * kNan;
  if (Is("no_student")) return at::ones({4}).set_requires_grad(true) * 2;
  return Is("column") ? loss.unsqueeze(1) : loss;
}

void WrongDistiller::StepTwiceOnOneTensor(DistillContext& ctx, int64_t round) const {
  const auto images = Images(ctx);
  for (int step = 0; step < 2; ++step) {
    images.mul_(0.5);
    const auto batch = ctx.Teach(images, {}, round);
    ctx.StepStudent(batch, Loss(ctx, batch));
  }
}

void WrongDistiller::Misbehave(DistillContext& ctx, int64_t round) const {
  if (Is("moves")) Zero(ctx.student());
  if (Is("raw_student") && round == 5)
    ctx.student().Parameters()[0].value.data_ptr<float>()[0] += 1;
  if (Is("zero_teacher")) Zero(ctx.teacher());
  if (Is("global_rng")) at::rand({1});
  if (Is("twice")) ctx.UseStudentOptimizer({});
  if (Is("constant")) PerChannel(ctx.spec().mean, at::zeros({1})).add_(1);
  if (Is("refills")) StepTwiceOnOneTensor(ctx, round);
}

void WrongDistiller::Round(DistillContext& ctx, int64_t round) {
  Misbehave(ctx, round);
  const std::vector<std::string> taps(Is("tap") ? 1 : 0, "layer7");
  auto batch = ctx.Teach(Images(ctx), {}, Is("round") ? round + 1 : round, Grad::kNone, taps);
  if (Is("old_batch")) batch.round = round + 1;
  if (Is("images_after")) at::Tensor(batch.images).neg_();
  if (Is("logits_after")) batch.teacher_logits.mul_(2);
  if (Is("no_steps")) return;
  if (Is("logits")) batch.teacher_logits = batch.teacher_logits.narrow(1, 0, 2);
  do Try([&] { ctx.StepStudent(batch, Loss(ctx, batch)); });
  while (Is("endless"));
}

Split WrongDistiller::Synthesize(SynthesisContext& ctx) {
  const auto& spec = ctx.spec();
  const auto images = at::zeros({2, spec.channels, spec.height, spec.width});
  const auto batch = ctx.Teach(images, {}, 0);
  Try([&] { ctx.SynthesisPenalty(batch); });
  return {images.to(at::kByte), {}};
}

const bool kWrongDistiller = Register<WrongDistiller>(DistillerCard<MistakeMode>{
    .name = "test_wrong_distiller",
    .summary = "makes the mistake that it is told to make",
    .traits = [](const MistakeMode&) { return DistillerTraits{.rounds = 6}; }});

BOOST_AUTO_TEST_SUITE(gateway_of_distillers)

const std::string kRound = "distiller test_wrong_distiller: Round in round 0: ";
const Mistake kMistakes[] = {
    {"no_optimizer", "distiller test_wrong_distiller: Begin: must call UseStudentOptimizer"},
    {"moves_in_begin", "distiller test_wrong_distiller: Begin: changed the student's parameters"},
    {"moves", kRound + "changed the student's parameters other than by StepStudent"},
    {"zero_teacher", kRound + "changed the teacher"},
    {"global_rng", kRound + "drew from the global random generator"},
    {"twice", kRound + "UseStudentOptimizer may be called once, in Begin"},
    {"size", kRound + "Teach: the images must be float32 [N,1,16,16] with N > 0, not float32 "
                      "[4,1,18,16] on cpu"},
    {"empty", kRound + "Teach: the images must be float32 [N,1,16,16] with N > 0"},
    {"stored", kRound + "Teach: the images must be float32"},
    {"pixels", kRound + "Teach: the images must be normalised, and 100 % of their values"},
    {"tap", kRound + "the teacher has no segment 'layer7'"},
    {"round", kRound + "Teach: the round must be of this round, not of round 1"},
    {"old_batch", kRound + "StepStudent: the batch must be of this round, not of round 1"},
    {"logits", kRound + "batch.teacher_logits must be float32 [4,10] on cpu"},
    {"mean", kRound + "StepStudent: the loss of each image must be float32 [4] on cpu, not "},
    {"column", kRound + "StepStudent: the loss of each image must be float32 [4] on cpu"},
    {"no_graph", kRound + "StepStudent: the loss carries no graph"},
    {"no_student", kRound + "StepStudent: the loss depends on no parameter of the student"},
    {"images_after", kRound + "changed the images of a batch after Teach returned it"},
    {"logits_after", kRound + "changed the teacher's logits of a batch after Teach returned it"},
    {"constant", kRound + "changed a constant in place"},
    {"refills", kRound + "StepStudent: batch.images is the tensor of the step before with other"},
};

BOOST_DATA_TEST_CASE(a_mistake_is_named_with_plugin_hook_and_round, data::make(kMistakes)) {
  RequireFault(Distilled("test_wrong_distiller", {{"mode", sample.mode}}), sample.message);
}

BOOST_AUTO_TEST_CASE(a_student_that_no_round_has_trained_is_not_the_end_of_a_distillation) {
  const Json options = {{"mode", "no_steps"}};
  BOOST_TEST((Distilled("test_wrong_distiller", options).status == StageStatus::kDone));
  RequireFault(Distilled("test_wrong_distiller", options, "", 6),
               "distiller test_wrong_distiller: after 6 rounds the student is as it was");
}

BOOST_AUTO_TEST_CASE(a_distiller_that_keeps_to_the_contract_is_let_alone) {
  const auto outcome = Distilled("test_wrong_distiller", {{"mode", "right"}});
  BOOST_TEST((outcome.status == StageStatus::kDone), outcome.message);
}

BOOST_AUTO_TEST_CASE(a_fault_of_a_defence_is_not_laid_on_the_distiller) {
  RequireFault(Distilled("test_wrong_distiller", {{"mode", "right"}}, "throw"),
               "defence test_wrong: SampleCoefficients in round 0: boom");
}

// In the last round, which is no power of two: no operation writes, so that no counter moves.
BOOST_AUTO_TEST_CASE(a_student_that_is_written_to_through_a_pointer_is_noticed) {
  RequireFault(
      Distilled("test_wrong_distiller", {{"mode", "raw_student"}}, "", 6),
      "distiller test_wrong_distiller: Round in round 5: changed the student's parameters");
}

BOOST_AUTO_TEST_CASE(what_a_distiller_swallows_ends_its_stage_nevertheless) {
  RequireFault(Distilled("test_wrong_distiller", {{"mode", "swallows"}}, "throw"),
               "defence test_wrong: SampleCoefficients in round 0: boom");
  const auto diverged = Distilled("test_wrong_distiller", {{"mode", "swallows_nan"}});
  BOOST_TEST((diverged.status == StageStatus::kFailed));
  BOOST_TEST((diverged.failure == FailureClass::kDiverged), diverged.message);
}

BOOST_AUTO_TEST_CASE(what_a_synthesis_swallows_ends_its_stage_nevertheless) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto synthesized_with = [&](const std::string& mode) {
    return laboratory.Run(MakeStage(
        "synthesis",
        {{"distiller",
          PluginJson(PluginKind::kDistiller, "test_wrong_distiller", {{"mode", "swallows"}})},
         {"parts", Json::array({PluginJson(PluginKind::kDefense, "test_wrong", {{"mode", mode}})})},
         {"seed", 0},
         {"profile", "fp32"},
         {"inputs", {{"teacher", ToyTeachers().poisoned}, {"transfer_set", nullptr}}}}));
  };
  BOOST_TEST((synthesized_with("right").status == StageStatus::kDone));
  RequireFault(synthesized_with("throw_penalty"),
               "defence test_wrong: SynthesisPenalty in round 0: boom");
}

Stage EndlessRound() {
  Distillation run{.teacher = ToyTeachers().poisoned};
  run.distiller = PluginJson(PluginKind::kDistiller, "test_wrong_distiller", {{"mode", "endless"}});
  return run.To(1);
}

BOOST_AUTO_TEST_CASE(a_round_that_does_not_end_is_stopped_at_the_limit) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto outcome = laboratory.Run(
      EndlessRound(), {}, [] { return false; }, 0.2);
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kTimeout), outcome.message);
}

BOOST_AUTO_TEST_CASE(a_round_that_does_not_end_is_left_when_somebody_stops_the_stage) {
  Laboratory laboratory(ToyTeachers().laboratory);
  int asked = 0;
  const auto outcome = laboratory.Run(EndlessRound(), {}, [&] { return ++asked > 3; });
  BOOST_TEST((outcome.status == StageStatus::kInterrupted), outcome.message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::gateway_distiller_test
