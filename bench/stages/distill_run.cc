#include "bench/stages/distill_run.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "bench/core/error.h"
#include "bench/nn/device.h"
#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

// Half of what a runner grants a stage that it has asked to stop.
constexpr std::chrono::seconds kPatience{10};
// A shorter round is not looked into: it ends soon enough.
constexpr std::chrono::seconds kLongRound{1};
// Beyond what any normalised pixel is, by far: such images have diverged.
constexpr double kOrdinary = 1000;

std::unique_ptr<Classifier> FrozenTeacher(StageRun& run) {
  auto teacher = LoadModel(run.Input("teacher"), run.device(), run.profile());
  teacher->Freeze();
  return teacher;
}

std::unique_ptr<Classifier> NewStudent(StageRun& run, const ImageSpec& spec) {
  auto student =
      std::make_unique<Classifier>(run.description().at("student").get<std::string>(), spec);
  student->Initialize(run.rng().Fork("init"));
  student->Use(run.device(), run.profile());
  return student;
}

// The plan knows how many rounds there are; an epoch of real images is as long as they are many.
DistillerTraits TraitsHere(const StageRun& run) {
  auto traits = TraitsOf(run.description().at("distiller"));
  traits.rounds = run.description().at("rounds");
  return traits;
}

// After the backward pass of a loss.
void RequireReached(const Classifier& student) {
  const auto parameters = student.Parameters();
  const bool reached = std::any_of(parameters.begin(), parameters.end(), [](const auto& parameter) {
    return parameter.value.grad().defined();
  });
  if (!reached) throw Error("StepStudent: the loss depends on no parameter of the student");
}

}  // namespace

DistillRun::DistillRun(StageRun& run)
    : run_(run),
      traits_(TraitsHere(run)),
      rng_(run.rng()),
      teacher_(FrozenTeacher(run)),
      student_(NewStudent(run, teacher_->spec())),
      transfer_set_(TransferSet(run, run.device())),
      log_(traits_.rounds, [this](int64_t done, int64_t total) { run_.Report(done, total); }),
      clean_subset_(NeedsCleanData(run.description().at("parts")) ? CleanSubset(run) : Split{}),
      distiller_(MakeChecked<Distiller>(
          run.description().at("distiller").at("plugin"),
          WithPaths(run.description().at("distiller").at("options"), run.store().root()))),
      parts_(MakeParts(run.description().at("parts"))) {
  distiller_->Begin(*this);
}

void DistillRun::UseStudentOptimizer(const OptimizerSpec& spec) {
  base_ = spec;
  EnterPhase(kBasePhase);
}

void DistillRun::EnterPhase(int64_t first_round) {
  auto spec = base_;
  if (const auto* phase = PhaseAt(first_round)) {
    spec.lr = phase->lr;
    spec.schedule = {.kind = "cosine"};
    if (!phase->clip) spec.clip_norm = 0;
  }
  phase_first_ = first_round;
  optimizer_ = std::make_unique<Optimizer>(student_->Parameters(), spec);
}

const StudentPhase* DistillRun::PhaseAt(int64_t first_round) {
  const auto found = phases_.find(first_round);
  return found == phases_.end() ? nullptr : &found->second;
}

void DistillRun::Begin(ActivePart& part) {
  const auto* clean = clean_subset_.images.defined() ? &clean_subset_ : nullptr;
  auto context = ContextFor(run_, part, *teacher_, traits_, log_, clean);
  context.found = [this](const std::string& plugin) {
    return std::any_of(parts_.begin(), parts_.end(), [&](const ActivePart& other) {
      return other.plugin == plugin && other.begun && other.defense->Found();
    });
  };
  part.defense->Begin(context);
  part.begun = true;
  if (const auto phase = part.defense->LatePhase()) {
    if (phase->first_round < part.rounds.first) {
      throw MakeError("defence {}: LatePhase: first_round = {} lies before its first round {}",
                      part.label, phase->first_round, part.rounds.first);
    }
    if (!phases_.emplace(phase->first_round, *phase).second) {
      throw MakeError("{}: another part restarts the optimizer at round {} too", part.label,
                      phase->first_round);
    }
  }
}

void DistillRun::Round(int64_t round) {
  for (auto& part : parts_) {
    if (!part.begun && part.rounds.first <= round) Begin(part);
  }
  if (PhaseAt(round)) {
    EnterPhase(round);
    distiller_->EnterLatePhase(*this);
  }
  round_ = round;
  step_ = 0;
  round_began_ = Clock::now();
  stop_seen_.reset();
  try {
    distiller_->Round(*this, round);
  } catch (const Error& e) {
    if (e.failure() == FailureClass::kDiverged) BlameTeacher(round, e);
    throw;
  }
}

void DistillRun::BlameTeacher(int64_t round, const Error& why) const {
  if (!answer_.defined() || at::isfinite(answer_).all().item<bool>()) return;
  if (!asked_.abs().le(kOrdinary).all().item<bool>()) return;
  throw MakeError(FailureClass::kDiverged,
                  "teacher: its answer to ordinary images is not finite in round {}, and nothing "
                  "can be learned from it ({})",
                  round, why.what());
}

void DistillRun::Visit(StateVisitor& visitor, int64_t round) {
  for (auto& part : parts_) {
    if (!part.begun && part.rounds.first < round) Begin(part);
  }
  student_->Visit(visitor, "student.");
  int64_t phase_first = phase_first_;
  visitor.Number("phase_first", phase_first);
  if (phase_first != phase_first_) EnterPhase(phase_first);
  optimizer_->Visit(visitor, "optimizer.");
  PrefixVisitor of_distiller(visitor, "distiller.");
  distiller_->Visit(of_distiller);
  for (auto& part : parts_) {
    if (!part.begun) continue;
    PrefixVisitor of_part(visitor, "part." + part.label + ".");
    part.defense->Visit(of_part);
  }
}

void DistillRun::RequireTaught() {
  if (base_.lr <= 0) return;
  const auto fresh = NewStudent(run_, spec());
  const auto before = fresh->Parameters(), now = student_->Parameters();
  for (size_t i = 0; i < now.size(); ++i) {
    if (!now[i].value.equal(before[i].value)) return;
  }
  if (coefficients_.defined() && coefficients_.eq(0).all().item<bool>()) {
    throw MakeError(
        "defence {}: SampleCoefficients: after {} rounds the student is as it was initialised: 0 "
        "for every image, so that no step has moved it",
        weighted_by_, traits_.rounds);
  }
  throw MakeError(
      "distiller {}: after {} rounds the student is as it was initialised: no round has "
      "trained it by StepStudent",
      run_.description().at("distiller").at("plugin").get<std::string>(), traits_.rounds);
}

// uint8 [N,C,H,W] on the CPU. Normalised images are rounded and clipped to what a file can hold.
at::Tensor DistillRun::Samples(int64_t count) {
  const auto images = distiller_->Samples(*this, count);
  if (!images.defined()) throw Error("distiller: its traits promise samples, but it has none");
  return (images.scalar_type() == at::kByte ? images : ToPixels(images, spec())).to(at::kCPU);
}

TransferBatch DistillRun::Teach(const at::Tensor& images, const KdLoss& kd, int64_t round,
                                Grad grad, const std::vector<std::string>& taps) {
  StopInside();
  auto batch = Taught(*teacher_, parts_, images, kd, round, grad, taps);
  asked_ = images.detach();
  answer_ = batch.teacher_logits.detach();
  return batch;
}

void DistillRun::StopInside() {
  const auto now = Clock::now();
  if (now - round_began_ < kLongRound || !run_.MustStop()) return;
  if (!stop_seen_) stop_seen_ = now;
  if (now - *stop_seen_ > kPatience) throw Interrupted(fmt::format("round {}", round_));
}

at::Tensor DistillRun::SynthesisPenalty(const TransferBatch& batch) {
  return SumOfPenalties(parts_, batch);
}

// loss = sum_i c_i l_i with the coefficients of the one part that gives some, else the mean.
at::Tensor DistillRun::Weighted(const TransferBatch& batch, const at::Tensor& per_sample_loss) {
  coefficients_.reset();
  for (const auto& part : parts_) {
    if (!part.ActsIn(batch.round)) continue;
    const auto given = part.defense->SampleCoefficients(batch);
    if (!given.defined()) continue;
    if (coefficients_.defined())
      throw MakeError("{}: another part gave sample coefficients too", part.label);
    coefficients_ = given;
    weighted_by_ = part.label;
  }
  return coefficients_.defined() ? (coefficients_ * per_sample_loss).sum() : per_sample_loss.mean();
}

void DistillRun::LookAt(const at::Tensor& loss, const TransferBatch& batch) {
  const bool wanted = batch.step == 0 && log_.Wants(batch.round);
  if (!wanted && !MayRead(loss.device(), batch.round, batch.step)) return;
  const double value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw HookError(fmt::format("student: loss is {} in round {}", value, batch.round),
                    FailureClass::kDiverged);
  }
  if (wanted) log_.Scalar("loss", value, batch.round);
}

// A phase's rate moves once in `hold` rounds.
double DistillRun::RateFactor(int64_t round) {
  const auto* phase = PhaseAt(phase_first_);
  const int64_t first = std::max<int64_t>(phase_first_, 0), hold = phase ? phase->hold : 1;
  return ScheduleFactor(optimizer_->spec().schedule, (round - first) / hold,
                        (traits_.rounds - first + hold - 1) / hold);
}

void DistillRun::StepStudent(const TransferBatch& given, const at::Tensor& per_sample_loss) {
  StopInside();
  auto batch = given;
  batch.step = step_++;
  batch.use = BatchUse::kStudent;
  if (batch.student_logits.defined()) batch.student_logits = batch.student_logits.detach();
  last_images_ = batch.images.detach();
  Observe(parts_, batch);
  const auto loss = Weighted(batch, per_sample_loss);
  LookAt(loss, batch);
  optimizer_->ZeroGrad();
  loss.backward();
  RequireReached(*student_);
  for (auto& part : parts_) {
    if (part.ActsIn(batch.round)) part.defense->AddStudentGradients(*student_, batch);
  }
  optimizer_->ClipGradients();
  optimizer_->Step(RateFactor(batch.round));
}

}  // namespace dfkd
