// Defences that break the contract of their hooks: each mistake ends the stage with one line that
// names plugin, hook and round.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <c10/core/GradMode.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <clocale>
#include <csignal>
#include <filesystem>
#include <sstream>

#include "bench/nn/device.h"
#include "bench/nn/numerics.h"
#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "tests/stages/gateway_testing.h"

namespace dfkd::testing::gateway_defense_test {

using namespace gateway_testing;  // NOLINT: what the tests of the gateway share
namespace data = boost::unit_test::data;

class Wrong final : public Defense {
 public:
  explicit Wrong(const MistakeMode& options) : mode_(options.mode) {
    if (Is("throw_constructor")) throw std::runtime_error("boom");
  }
  void Begin(DefenseContext& ctx) override {
    teacher_ = &ctx.teacher;
    rounds_ = ctx.distiller.rounds;
    if (Is("scalar_loss")) ctx.progress.Scalar("loss", 42, 0);
    if (Is("throw_begin")) throw std::runtime_error("boom");
    if (Is("threads")) at::set_num_threads(at::get_num_threads() + 1);
    if (Is("flush")) at::globalContext().setFlushDenormal(true);
    if (Is("autocast")) SetAutocastDtype(at::kCUDA, at::kDouble);
    if (Is("folder")) std::filesystem::current_path("/");
    if (Is("locale")) std::setlocale(LC_ALL, "C.UTF-8");
  }
  std::vector<std::string> Taps() const override {
    if (Is("taps_rng")) at::rand({1});
    if (Is("taps_teacher")) Zero(*teacher_);
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
    if (Is("constant")) Constant({0.375}, at::kFloat, at::kCPU).view({1, 1}).add_(1);
  }
  at::Tensor SynthesisPenalty(const TransferBatch&) const override {
    if (Is("throw_penalty")) throw std::runtime_error("boom");
    return {};
  }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override;
  void AddStudentGradients(Classifier& student, const TransferBatch&) override;
  void RepairStudent(Classifier& student, DefenseContext& ctx) override {
    if (Is("repair_teacher")) Zero(ctx.teacher);
    if (Is("repair_nan")) at::Tensor(student.Parameters()[0].value).detach().fill_(kNan);
    for (const auto& [name, value] : student.Buffers()) {
      if (Is("repair_variance") && name.ends_with("running_var")) at::Tensor(value).fill_(-0.1);
    }
    if (Is("repair_throw")) throw std::out_of_range("vector::at");
  }
  bool Found() const override {
    if (Is("found_rng")) at::rand({1});
    if (Is("found_grad")) c10::GradMode::set_enabled(false);
    return false;
  }
  void Visit(StateVisitor& visitor) override {
    if (Is("visit_rng")) at::rand({1});
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
  if (Is("ones")) return at::ones_like(right);
  if (Is("doubled")) return right * 2;
  if (Is("zero")) return right * 0;
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
  if (Is("throw_lost")) throw Error("no fault of mine", FailureClass::kLost);
  if (Is("throw_full")) throw Error("No space left on device", FailureClass::kIo);
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

const bool kWrong = Register<Wrong>(
    DefenseCard<MistakeMode>{.name = "test_wrong",
                             .summary = "makes the mistake that it is told to make",
                             .active =
                                 [](const MistakeMode&, const DistillerTraits& d) {
                                   return Rounds{0, d.rounds};
                                 },
                             .repairs_student = [](const MistakeMode&) { return true; }});

Json Noise() { return {{"rounds", 6}, {"batch_size", 8}}; }

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
    {"constant", kWatches + "changed a constant in place"},
    {"grad_erased", kAdds + "erased gradients of the student"},
    {"grad_scalar", kAdds + "left a gradient float32 [1] on cpu of a parameter float32 ["},
    {"grad_alias", kAdds + "left a gradient in the memory of its parameter"},
    {"grad_zero", kAdds + "set gradients of the student to 0"},
    {"grad_nan", kAdds + "left gradients of the student that are not finite"},
    {"student", kAdds + "changed the student's parameters"},
    {"tap", "defence test_wrong: Taps: the teacher has no segment 'layer7'; it has "},
    {"taps_rng", "defence test_wrong: Taps: drew from the global random generator"},
    {"taps_teacher", "defence test_wrong: Taps: changed the teacher, which it may only read"},
    {"late_negative",
     "defence test_wrong: LatePhase: first_round = -5 must be a round of the "
     "distillation, in [0, 6)"},
    {"late_beyond", "defence test_wrong: LatePhase: first_round = 6 must be a round"},
    {"late_rate", "defence test_wrong: LatePhase: lr = nan must be a number >= 0"},
    {"late_hold", "defence test_wrong: LatePhase: hold = 0 must be at least 1"},
    {"throw_begin", "defence test_wrong: Begin: boom"},
    {"threads", "defence test_wrong: Begin: changed the number of threads"},
    {"autocast", "defence test_wrong: Begin: changed the dtype of autocast"},
    {"folder", "defence test_wrong: Begin: changed the working folder"},
    {"locale", "defence test_wrong: Begin: changed the locale"},
    {"throw_constructor", "defence test_wrong: its constructor: boom"},
    {"scalar_loss", "defence test_wrong: Progress::Scalar in round 0: 'loss' is no name for it"},
    {"visit_nameless", "defence test_wrong: Visit: what it keeps needs a name"},
    {"visit_twice", "defence test_wrong: Visit: state 'part.test_wrong.a' is named twice"},
    {"visit_throw", "defence test_wrong: Visit: boom"},
    {"visit_rng", "defence test_wrong: Visit: drew from the global random generator"},
};

BOOST_DATA_TEST_CASE(a_mistake_is_named_with_plugin_hook_and_round, data::make(kMistakes)) {
  RequireFault(Distilled("noise_kd", Noise(), sample.mode), sample.message);
}

BOOST_AUTO_TEST_CASE(a_mistake_in_an_answer_to_another_part_is_named) {
  const auto fault_of = [](const std::string& mode) -> std::string {
    const auto made = MakeCheckedDefense("test_wrong", {{"mode", mode}}, "test_wrong");
    try {
      made->Found();
    } catch (const HookError& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(fault_of("right") == "");
  BOOST_TEST(fault_of("found_rng").starts_with("defence test_wrong: Found: drew from the global"));
  BOOST_TEST(fault_of("found_grad").starts_with("defence test_wrong: Found: left gradients"));
  BOOST_TEST(c10::GradMode::is_enabled());
}

// What is logged while a student is distilled beside it.
std::string WarningsOf(const std::string& mode) {
  std::ostringstream told;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  const auto outcome = Distilled("noise_kd", Noise(), mode);
  spdlog::set_default_logger(before);
  BOOST_TEST((outcome.status == StageStatus::kDone), outcome.message);
  return told.str();
}

BOOST_AUTO_TEST_CASE(coefficients_that_forget_the_number_of_images_are_told_of_once) {
  const auto told = WarningsOf("ones");
  const std::string line =
      "defence test_wrong: SampleCoefficients in round 0: the coefficients of 8 images add up to 8";
  const auto at = told.find(line);
  BOOST_TEST_REQUIRE(at != std::string::npos, told);
  BOOST_TEST(told.find("add up to 8", at + line.size()) == std::string::npos, told);
  for (const char* mode : {"right", "doubled", "zero"})
    BOOST_TEST(WarningsOf(mode).find("add up to") == std::string::npos, mode);
}

BOOST_AUTO_TEST_CASE(a_defence_that_leaves_nothing_to_learn_is_blamed_for_a_student_as_it_was) {
  RequireFault(Distilled("noise_kd", Noise(), "zero", 6),
               "defence test_wrong: SampleCoefficients: after 6 rounds the student is as it was "
               "initialised: 0 for every image");
  BOOST_TEST((Distilled("noise_kd", Noise(), "right", 6).status == StageStatus::kDone));
}

// It would be tried for ever, or stop the run of everybody.
BOOST_DATA_TEST_CASE(what_a_plugin_throws_is_its_own_failure_whatever_it_says,
                     data::make({"throw_lost", "throw_full"})) {
  const auto outcome = Distilled("noise_kd", Noise(), sample);
  BOOST_TEST((outcome.failure == FailureClass::kError), outcome.message);
  BOOST_TEST(outcome.message.starts_with("defence test_wrong: SampleCoefficients"),
             outcome.message);
}

// What one cell left in it would be in all that come behind it.
BOOST_AUTO_TEST_CASE(a_constant_that_a_hook_changed_is_as_it_was_for_the_next_one) {
  Distilled("noise_kd", Noise(), "constant");
  BOOST_TEST(!ConstantsChanged());
  BOOST_TEST(Constant({0.375}, at::kFloat, at::kCPU).equal(at::tensor({0.375F})));
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
  const auto dtype = AutocastDtype(at::kCUDA);
  const auto folder = std::filesystem::current_path();
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  for (const char* mode : {"threads", "grad_mode", "autocast", "folder", "locale"})
    Distilled("noise_kd", Noise(), mode);
  BOOST_TEST(at::get_num_threads() == threads);
  BOOST_TEST(c10::GradMode::is_enabled());
  BOOST_TEST((AutocastDtype(at::kCUDA) == dtype));
  BOOST_TEST(std::filesystem::current_path() == folder);
  BOOST_TEST(std::setlocale(LC_ALL, nullptr) == locale);
}

#ifdef __SSE__  // elsewhere nobody can tell
BOOST_AUTO_TEST_CASE(a_processor_that_a_hook_told_to_flush_to_zero_is_as_it_was) {
  const auto control = FloatControl();
  RequireFault(Distilled("noise_kd", Noise(), "flush"),
               "defence test_wrong: Begin: changed how the processor rounds, traps or flushes");
  BOOST_TEST(FloatControl() == control);
}
#endif

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

BOOST_AUTO_TEST_CASE(a_repair_that_leaves_a_negative_variance_is_named) {
  RequireFault(Repaired("repair_variance"),
               "defence test_wrong: RepairStudent: left a negative variance in ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::gateway_defense_test
