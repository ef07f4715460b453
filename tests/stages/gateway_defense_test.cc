// Defences and distillers that break the contract of their hooks: each mistake ends the stage with
// one line that names plugin, hook and round.
#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <c10/core/GradMode.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <limits>

#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::testing::gateway_defense_test {

namespace data = boost::unit_test::data;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Mode {
  std::string mode;
  static void Declare(OptionTable<Mode>& o) {
    o.Add("mode", &Mode::mode, {.initial = "none"}, "the mistake");
  }
};

// A mistake, and what the stage says of it.
struct Mistake {
  std::string mode, message;
};
std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.mode; }

void Zero(const Classifier& model) {
  const at::NoGradGuard no_grad;
  for (const auto& [name, value] : model.Parameters()) at::Tensor(value).zero_();
}

// --- Defences

class Wrong final : public Defense {
 public:
  explicit Wrong(const Mode& options) : mode_(options.mode) {
    if (Is("throw_constructor")) throw std::runtime_error("boom");
  }
  void Begin(DefenseContext& ctx) override {
    teacher_ = &ctx.teacher;
    rounds_ = ctx.distiller.rounds;
    if (Is("scalar_loss")) ctx.progress.Scalar("loss", 42, 0);
    if (Is("throw_begin")) throw std::runtime_error("boom");
    if (Is("threads")) at::set_num_threads(at::get_num_threads() + 1);
  }
  std::vector<std::string> Taps() const override {
    return Is("tap") ? std::vector<std::string>{"layer7"} : std::vector<std::string>();
  }
  std::optional<StudentPhase> LatePhase() const override {
    if (Is("late_negative")) return StudentPhase{-5, 0.001};
    if (Is("late_beyond")) return StudentPhase{rounds_, 0.001};
    if (Is("late_rate")) return StudentPhase{1, kNan};
    if (Is("late_hold")) return StudentPhase{.first_round = 1, .lr = 0.001, .hold = 0};
    return {};
  }
  void Observe(const TransferBatch& batch) override {
    if (Is("raw_images")) batch.images.data_ptr<float>()[0] += 1;
    if (Is("raw_teacher_once") && batch.round == 3 && batch.step == 0)
      teacher_->Parameters()[0].value.data_ptr<float>()[0] += 1;
    if (Is("raw_teacher")) teacher_->Parameters()[0].value.data_ptr<float>()[0] += 1;
    if (Is("requires_grad")) at::Tensor(batch.images).set_requires_grad(true);
    if (Is("grad_mode")) c10::GradMode::set_enabled(false);
  }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override;
  void AddStudentGradients(Classifier& student, const TransferBatch&) override;
  void RepairStudent(Classifier& student, DefenseContext& ctx) override {
    if (Is("repair_teacher")) Zero(ctx.teacher);
    if (Is("repair_nan")) at::Tensor(student.Parameters()[0].value).detach().fill_(kNan);
    if (Is("repair_throw")) throw std::out_of_range("vector::at");
  }
  void Visit(StateVisitor& visitor) override {
    if (Is("visit_nameless")) visitor.Number("", rounds_);
    if (Is("visit_twice")) visitor.Number("a", rounds_), visitor.Number("a", rounds_);
    if (Is("visit_throw")) throw std::runtime_error("boom");
  }

 private:
  bool Is(const char* mode) const { return mode_ == mode; }
  // Those that differ from the right ones in value, shape or dtype.
  at::Tensor Variant(const at::Tensor& right) const;

  const std::string mode_;
  const Classifier* teacher_ = nullptr;
  int64_t rounds_ = 0;
};

at::Tensor Wrong::Variant(const at::Tensor& right) const {
  if (Is("column")) return right.unsqueeze(1);
  if (Is("row")) return right.unsqueeze(0);
  if (Is("scalar")) return right[0];
  if (Is("one")) return right.narrow(0, 0, 1);
  if (Is("double")) return right.to(at::kDouble);
  if (Is("long")) return at::ones_like(right, at::kLong);
  if (Is("bool")) return at::ones_like(right, at::kBool);
  if (Is("meta")) return right.to(at::kMeta);
  if (Is("sparse")) return right.to_sparse();
  if (Is("nan")) return right * kNan;
  if (Is("zero_over_zero")) return right * 0 / (right * 0).sum();
  if (Is("graph")) return right.clone().set_requires_grad(true);
  if (Is("global_rng")) return at::rand_like(right);
  return right;
}

at::Tensor Wrong::SampleCoefficients(const TransferBatch& batch) const {
  if (Is("zero_teacher")) Zero(*teacher_);
  if (Is("zero_logits")) at::Tensor(batch.teacher_logits).zero_();
  if (Is("throw")) throw std::runtime_error("boom\nand a stack");
  if (Is("throw_int")) throw 7;
  return Variant(at::full({batch.images.size(0)}, 1.0 / batch.images.size(0)));
}

void Wrong::AddStudentGradients(Classifier& student, const TransferBatch&) {
  const at::NoGradGuard no_grad;
  if (Is("grad_erased")) student.ZeroGrad();
  if (Is("student")) at::Tensor(student.Parameters()[0].value).add_(1);
  for (const auto& [name, value] : student.Parameters()) {
    if (Is("grad_nan")) value.grad().fill_(kNan);
    if (Is("grad_zero")) value.grad().zero_();
    if (Is("grad_scalar")) at::Tensor(value).mutable_grad() = at::zeros({1});
    if (Is("grad_alias")) at::Tensor(value).mutable_grad() = value.detach();
  }
}

const bool kWrong =
    Register<Wrong>(DefenseCard<Mode>{.name = "test_wrong",
                                      .summary = "makes the mistake that it is told to make",
                                      .active = [](const Mode&, const DistillerTraits& d) {
                                        return Rounds{0, d.rounds};
                                      }});

Json Noise() { return {{"rounds", 6}, {"batch_size", 8}}; }

StageOutcome Distilled(const std::string& distiller, const Json& options,
                       const std::string& mode = "", int64_t round = 3) {
  static Laboratory laboratory(ToyTeachers().laboratory);
  Distillation run{.teacher = ToyTeachers().poisoned};
  run.distiller = PluginJson(PluginKind::kDistiller, distiller, options);
  if (!mode.empty()) run.parts = {PluginJson(PluginKind::kDefense, "test_wrong", {{"mode", mode}})};
  return laboratory.Run(run.To(round));
}

void RequireFault(const StageOutcome& outcome, const std::string& message) {
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kError));
  BOOST_TEST(outcome.message.starts_with(message), outcome.message);
  BOOST_TEST(outcome.message.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE(gateway_of_defences)

const std::string kWeights = "defence test_wrong: SampleCoefficients in round 0: ";
const std::string kShape = kWeights + "the coefficients must be float32 [8] on cpu, not ";
const std::string kAdds = "defence test_wrong: AddStudentGradients in round 0: ";
const std::string kWatches = "defence test_wrong: Observe in round 0: ";

const Mistake kMistakes[] = {
    {"column", kShape + "float32 [8,1] on cpu"},
    {"row", kShape + "float32 [1,8] on cpu"},
    {"scalar", kShape + "float32 [] on cpu"},
    {"one", kShape + "float32 [1] on cpu"},
    {"double", kShape + "float64 [8] on cpu"},
    {"long", kShape + "int64 [8] on cpu"},
    {"bool", kShape + "bool [8] on cpu"},
    {"meta", kShape + "float32 [8] on meta"},
    {"sparse", kShape + "sparse float32 [8] on cpu"},
    {"nan", kWeights + "the coefficients must be finite: 8 of 8 are not, the first (nan) at 0"},
    {"zero_over_zero", kWeights + "the coefficients must be finite"},
    {"graph", kWeights + "the coefficients must carry no graph"},
    {"global_rng", kWeights + "drew from the global random generator"},
    {"zero_teacher", kWeights + "changed the teacher, which it may only read"},
    {"zero_logits", kWeights + "changed the teacher's logits of the batch"},
    {"throw", kWeights + "boom"},
    {"throw_int", kWeights + "threw what is no std::exception"},
    {"raw_images", kWatches + "changed the images of the batch"},
    {"raw_teacher", kWatches + "changed the teacher"},
    {"requires_grad", kWatches + "switched requires_grad of the images of the batch"},
    {"grad_mode", kWatches + "left gradients switched on or off"},
    {"grad_erased", kAdds + "erased gradients of the student"},
    {"grad_scalar", kAdds + "left a gradient float32 [1] on cpu of a parameter float32 ["},
    {"grad_alias", kAdds + "left a gradient in the memory of its parameter"},
    {"grad_zero", kAdds + "set gradients of the student to 0"},
    {"grad_nan", kAdds + "left gradients of the student that are not finite"},
    {"student", kAdds + "changed the student's parameters"},
    {"tap", "defence test_wrong: Taps: the teacher has no segment 'layer7'; it has "},
    {"late_negative",
     "defence test_wrong: LatePhase: first_round = -5 must be a round of the "
     "distillation, in [0, 6)"},
    {"late_beyond", "defence test_wrong: LatePhase: first_round = 6 must be a round"},
    {"late_rate", "defence test_wrong: LatePhase: lr = nan must be a number >= 0"},
    {"late_hold", "defence test_wrong: LatePhase: hold = 0 must be at least 1"},
    {"throw_begin", "defence test_wrong: Begin: boom"},
    {"threads", "defence test_wrong: Begin: changed the number of threads"},
    {"throw_constructor", "defence test_wrong: its constructor: boom"},
    {"scalar_loss", "defence test_wrong: Progress::Scalar in round 0: 'loss' is no name for it"},
    {"visit_nameless", "defence test_wrong: Visit: what it keeps needs a name"},
    {"visit_twice", "defence test_wrong: Visit: state 'part.test_wrong.a' is named twice"},
    {"visit_throw", "defence test_wrong: Visit: boom"},
};

BOOST_DATA_TEST_CASE(a_mistake_is_named_with_plugin_hook_and_round, data::make(kMistakes)) {
  RequireFault(Distilled("noise_kd", Noise(), sample.mode), sample.message);
}

// In a round whose bytes nobody compares: seen when the state is saved.
BOOST_AUTO_TEST_CASE(a_teacher_that_was_written_to_once_is_not_distilled_to_the_end) {
  RequireFault(Distilled("noise_kd", Noise(), "raw_teacher_once", 6),
               "distiller noise_kd: Visit: the teacher is not as it was");
}

BOOST_AUTO_TEST_CASE(a_defence_that_keeps_to_the_contract_is_let_alone) {
  BOOST_TEST((Distilled("noise_kd", Noise(), "right").status == StageStatus::kDone));
}

BOOST_AUTO_TEST_CASE(settings_that_a_hook_changed_are_put_back) {
  const int threads = at::get_num_threads();
  Distilled("noise_kd", Noise(), "threads");
  Distilled("noise_kd", Noise(), "grad_mode");
  BOOST_TEST(at::get_num_threads() == threads);
  BOOST_TEST(c10::GradMode::is_enabled());
}

// What a process writes to standard error before it dies of a signal in a hook.
std::string LastWordsOf(void (*die)()) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDERR_FILENO);
    for (const int signal : {SIGSEGV, SIGABRT}) ::signal(signal, SIG_DFL);
    Hook::NameInCrashes();
    const std::string who = "defence test_wrong";
    Hook(who, "Observe").Named([&] { die(); });
    ::_exit(0);
  }
  ::close(ends[1]);
  std::string words;
  char part[256];  // they come in several
  for (ssize_t size; (size = ::read(ends[0], part, sizeof(part))) > 0;) words.append(part, size);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFSIGNALED(status));
  return words;
}

BOOST_AUTO_TEST_CASE(a_crash_is_named_with_plugin_and_hook) {
  BOOST_TEST(LastWordsOf([] { ::raise(SIGSEGV); }) == "\nin defence test_wrong: Observe\n");
  BOOST_TEST(LastWordsOf([] { std::abort(); }) == "\nin defence test_wrong: Observe\n");
}

StageOutcome Repaired(const std::string& mode) {
  static Laboratory laboratory(ToyTeachers().laboratory);
  return laboratory.Run(MakeStage(
      "repair",
      {{"parts", Json::array({PluginJson(PluginKind::kDefense, "test_wrong", {{"mode", mode}})})},
       {"seed", 0},
       {"profile", "fp32"},
       {"inputs", {{"student", ToyTeachers().poisoned}, {"teacher", ToyTeachers().poisoned}}}}));
}

BOOST_AUTO_TEST_CASE(a_repair_leaves_the_teacher_alone) {
  RequireFault(Repaired("repair_teacher"),
               "defence test_wrong: RepairStudent: changed the teacher of its context");
  RequireFault(Repaired("repair_throw"), "defence test_wrong: RepairStudent: vector::at");
}

BOOST_AUTO_TEST_CASE(a_repair_that_leaves_a_broken_model_is_named) {
  const auto outcome = Repaired("repair_nan");
  BOOST_TEST((outcome.failure == FailureClass::kDiverged));
  BOOST_TEST(outcome.message.starts_with("defence test_wrong: RepairStudent: "), outcome.message);
}

BOOST_AUTO_TEST_SUITE_END()

// --- Distillers

class WrongDistiller final : public Distiller {
 public:
  explicit WrongDistiller(const Mode& options) : mode_(options.mode) {}
  void Begin(DistillContext& ctx) override {
    if (!Is("no_optimizer")) ctx.UseStudentOptimizer({.lr = 0.01});
    if (Is("moves_in_begin")) Zero(ctx.student());
  }
  void Round(DistillContext& ctx, int64_t round) override;

 private:
  bool Is(const char* mode) const { return mode_ == mode; }
  at::Tensor Images(DistillContext& ctx) const;
  at::Tensor Loss(DistillContext& ctx, const TransferBatch& batch) const;

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
  auto loss = ctx.student().Logits(batch.images, dfkd::Mode::kTrain, Grad::kAll).square().mean(1);
  if (Is("mean")) return loss.mean();
  if (Is("no_graph")) return loss.detach();
  if (Is("no_student")) return at::ones({4}).set_requires_grad(true) * 2;
  return Is("column") ? loss.unsqueeze(1) : loss;
}

void WrongDistiller::Round(DistillContext& ctx, int64_t round) {
  if (Is("moves")) Zero(ctx.student());
  if (Is("zero_teacher")) Zero(ctx.teacher());
  if (Is("global_rng")) at::rand({1});
  if (Is("twice")) ctx.UseStudentOptimizer({});
  const std::vector<std::string> taps(Is("tap") ? 1 : 0, "layer7");
  auto batch = ctx.Teach(Images(ctx), {}, Is("round") ? round + 1 : round, Grad::kNone, taps);
  if (Is("old_batch")) batch.round = round + 1;
  if (Is("images_after")) at::Tensor(batch.images).neg_();
  if (Is("logits_after")) batch.teacher_logits.mul_(2);
  if (Is("no_steps")) return;
  if (Is("logits")) batch.teacher_logits = batch.teacher_logits.narrow(1, 0, 2);
  do ctx.StepStudent(batch, Loss(ctx, batch));
  while (Is("endless"));
}

const bool kWrongDistiller = Register<WrongDistiller>(
    DistillerCard<Mode>{.name = "test_wrong_distiller",
                        .summary = "makes the mistake that it is told to make",
                        .traits = [](const Mode&) { return DistillerTraits{.rounds = 6}; }});

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

}  // namespace dfkd::testing::gateway_defense_test
