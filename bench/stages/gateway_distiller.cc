#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "bench/stages/hook_services.h"

namespace dfkd {
namespace {

// A student's parameters as they were: their versions move with whatever operation changes them.
class Versions {
 public:
  explicit Versions(const Classifier& model) {
    for (const auto& [name, value] : model.Parameters()) parameters_.push_back(value);
    Note(/*bytes=*/false);
  }
  // `bytes`: those on the CPU are compared, too, for data_ptr() and set_data() move no version.
  void Note(bool bytes) {
    versions_.clear();
    for (const auto& value : parameters_)
      versions_.push_back(static_cast<int64_t>(value._version()));
    sum_ = bytes ? std::optional(SumOf(parameters_)) : std::nullopt;
  }
  bool Moved() const {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      if (static_cast<int64_t>(parameters_[i]._version()) != versions_[i]) return true;
    }
    return sum_ && SumOf(parameters_) != *sum_;
  }

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<int64_t> versions_;
  std::optional<uint64_t> sum_;
};

void RequireKnown(const Hook& hook, const KdLoss& kd) {
  if (kd.temperature > 0) return;
  hook.Fail(fmt::format("Teach: the temperature {} must be above 0", kd.temperature));
}

// Images of [0, 255] where normalised ones are meant are all white to a teacher. Leaves a GPU
// alone, which would be waited for.
void RequireNormalised(const Hook& hook, const char* what, const at::Tensor& images,
                       const ImageSpec& spec) {
  if (!images.is_cpu()) return;
  const auto x = images.detach();
  const auto pixels = x * PerChannel(spec.stddev, x) + PerChannel(spec.mean, x);
  const double beyond = (pixels.lt(-1) | pixels.gt(2)).to(at::kDouble).mean().item<double>();
  if (beyond <= 0.5) return;
  hook.Fail(
      fmt::format("{} must be normalised, and {:.0f} % of their values are far from what "
                  "any pixel becomes",
                  what, 100 * beyond));
}

void RequireBatch(const Hook& hook, const TransferBatch& batch, const ImageSpec& spec) {
  hook.RequireImages("batch.images", batch.images, spec, /*stored=*/false);
  const std::vector<int64_t> sizes = {batch.images.size(0), spec.classes};
  const auto& given = batch.teacher_logits;
  const bool fp64 = given.defined() && given.scalar_type() == at::kDouble;
  hook.Require("batch.teacher_logits", given, fp64 ? at::kDouble : at::kFloat, sizes,
               batch.images.device());
}

// What the teacher was shown last, and what it said: both stay as they are until the student has
// seen them.
class ShownBatch {
 public:
  void Note(const TransferBatch& batch) {
    images_ = batch.images.detach();
    logits_ = batch.teacher_logits.detach();
    versions_ = VersionsNow();
  }
  bool IsSet() const { return images_.defined(); }
  // "the images" if those of `batch` are the ones and were changed; "" if nothing was.
  const char* ChangedIn(const TransferBatch& batch) const {
    if (!images_.defined()) return "";
    const auto now = VersionsNow();
    if (now.first != versions_.first && batch.images.is_alias_of(images_)) return "the images";
    const bool same = batch.teacher_logits.is_alias_of(logits_);
    return same && now.second != versions_.second ? "the teacher's logits" : "";
  }

 private:
  std::pair<int64_t, int64_t> VersionsNow() const {
    return {static_cast<int64_t>(images_._version()), static_cast<int64_t>(logits_._version())};
  }
  // Detached: they share storage and version with what was taught, and keep no graph.
  at::Tensor images_, logits_;
  std::pair<int64_t, int64_t> versions_;
};

// The images of the student's last step. Whoever keeps what a batch has shown (a vaccine its
// answer) knows images by their tensor (is_same): one that is filled anew would pass for the old
// ones.
class SteppedImages {
 public:
  bool IsFilledAnew(const at::Tensor& images) const {
    return images.is_same(images_) && static_cast<int64_t>(images._version()) != version_;
  }
  void Note(const at::Tensor& images) {
    images_ = images;
    version_ = static_cast<int64_t>(images._version());
  }

 private:
  at::Tensor images_;  // kept: no other tensor takes its place
  int64_t version_ = 0;
};

// What a distiller sees of its context: the stage's, and a look at what the distiller gives to it.
class CheckedContext final : public DistillContext {
 public:
  CheckedContext(const std::string& who, DistillContext& stage)
      : who_(who),
        stage_(stage),
        progress_(who, stage.progress()),
        taps_(TapNames(stage.teacher())),
        student_(stage.student()) {}

  // The hook that runs from now on.
  void Enter(const char* name, int64_t round = Hook::kNoRound) {
    name_ = name;
    round_ = round;
    looks_ = round == Hook::kNoRound || IsThorough(round) || round + 1 == total_rounds() ||
             stage_.progress().Wants(round);
    student_.Note(looks_);
  }
  // Calls `body`, the hook, which may not outlive what the stage throws at it.
  template <class Body>
  auto Outlast(Body&& body) {
    return thrown_.Outlast(body);
  }
  void RequireStudentUnmoved() const {
    if (student_.Moved()) Here().Fail("changed the student's parameters other than by StepStudent");
  }
  void RequireOptimizer() const {
    if (!has_optimizer_) Here().Fail("must call UseStudentOptimizer");
  }

  const Classifier& teacher() const override { return stage_.teacher(); }
  Classifier& student() override { return stage_.student(); }
  const ImageSpec& spec() const override { return stage_.spec(); }
  at::Device device() const override { return stage_.device(); }
  const Rng& rng() const override { return stage_.rng(); }
  Progress& progress() override { return progress_; }
  int64_t total_rounds() const override { return stage_.total_rounds(); }
  const Split& transfer_set() const override { return stage_.transfer_set(); }

  void UseStudentOptimizer(const OptimizerSpec& spec) override {
    if (has_optimizer_) Here().Fail("UseStudentOptimizer may be called once, in Begin");
    has_optimizer_ = true;
    stage_.UseStudentOptimizer(spec);
  }
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override {
    return thrown_.Keep([&] { return Taught(images, kd, round, grad, taps); });
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return thrown_.Keep([&] { return Penalty(batch); });
  }
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    thrown_.Keep([&] { Step(batch, per_sample_loss); });
  }

 private:
  Hook Here() const { return Hook(who_, name_, round_); }
  TransferBatch Taught(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                       const std::vector<std::string>& taps);
  at::Tensor Penalty(const TransferBatch& batch);
  void Step(const TransferBatch& batch, const at::Tensor& per_sample_loss);
  void RequireStepFits(const Hook& here, const TransferBatch& batch,
                       const at::Tensor& per_sample_loss) const;
  void RequireAsTaught(const Hook& here, const TransferBatch& batch) const {
    const std::string what = taught_.ChangedIn(batch);
    if (!what.empty()) here.Fail("changed " + what + " of a batch after Teach returned it");
  }
  void RequireThisRound(const char* what, int64_t round) const {
    if (round_ == Hook::kNoRound || round == round_) return;
    Here().Fail(fmt::format("{} must be of this round, not of round {}", what, round));
  }

  const std::string& who_;
  DistillContext& stage_;
  CheckedProgress progress_;
  const std::vector<std::string> taps_;
  Versions student_;
  ShownBatch taught_;
  SteppedImages stepped_;
  Thrown thrown_;
  const char* name_ = "Begin";
  int64_t round_ = Hook::kNoRound;
  bool looks_ = true;  // at the bytes of the student
  bool has_optimizer_ = false;
};

TransferBatch CheckedContext::Taught(const at::Tensor& images, const KdLoss& kd, int64_t round,
                                     Grad grad, const std::vector<std::string>& taps) {
  const auto here = Here();
  here.RequireConstants();
  here.RequireImages("Teach: the images", images, spec(), /*stored=*/false);
  RequireKnown(here, kd);
  RequireThisRound("Teach: the round", round);
  RequireTaps(here, taps, taps_);
  // Later they may have diverged, which is no mistake.
  if (round == 0 && !taught_.IsSet()) RequireNormalised(here, "Teach: the images", images, spec());
  auto batch = stage_.Teach(images, kd, round, grad, taps);
  taught_.Note(batch);
  return batch;
}

at::Tensor CheckedContext::Penalty(const TransferBatch& batch) {
  const auto here = Here();
  here.RequireConstants();
  RequireBatch(here, batch, spec());
  RequireThisRound("SynthesisPenalty: the batch", batch.round);
  RequireAsTaught(here, batch);
  return stage_.SynthesisPenalty(batch);
}

void CheckedContext::RequireStepFits(const Hook& here, const TransferBatch& batch,
                                     const at::Tensor& per_sample_loss) const {
  const auto& logits = batch.teacher_logits;
  if (batch.student_logits.defined()) {
    here.Require("batch.student_logits", batch.student_logits, logits.scalar_type(), logits.sizes(),
                 logits.device());
  }
  if (!std::isfinite(batch.weight) || batch.weight <= 0)
    here.Fail(fmt::format("batch.weight = {} must be finite and above 0", batch.weight));
  here.Require("StepStudent: the loss of each image", per_sample_loss, logits.scalar_type(),
               {batch.images.size(0)}, logits.device());
  if (!per_sample_loss.requires_grad())
    here.Fail("StepStudent: the loss carries no graph, so the student cannot learn from it");
}

void CheckedContext::Step(const TransferBatch& batch, const at::Tensor& per_sample_loss) {
  const auto here = Here();
  here.RequireConstants();
  RequireBatch(here, batch, spec());
  RequireThisRound("StepStudent: the batch", batch.round);
  RequireAsTaught(here, batch);
  if (stepped_.IsFilledAnew(batch.images)) {
    here.Fail(
        "StepStudent: batch.images is the tensor of the step before with other values: make a new "
        "one for each batch");
  }
  RequireStepFits(here, batch, per_sample_loss);
  RequireStudentUnmoved();
  stepped_.Note(batch.images);
  stage_.StepStudent(batch, per_sample_loss);
  student_.Note(looks_);
}

// The same, for what is synthesized before the rounds.
class CheckedSynthesis final : public SynthesisContext {
 public:
  CheckedSynthesis(const std::string& who, SynthesisContext& stage)
      : who_(who), stage_(stage), progress_(who, stage.progress()) {}

  const Classifier& teacher() const override { return stage_.teacher(); }
  const ImageSpec& spec() const override { return stage_.spec(); }
  at::Device device() const override { return stage_.device(); }
  const Rng& rng() const override { return stage_.rng(); }
  Progress& progress() override { return progress_; }
  const Split& start() const override { return stage_.start(); }

  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t step) override {
    return thrown_.Keep([&] {
      const Hook here(who_, kName, step, "step");
      here.RequireConstants();
      here.RequireImages("Teach: the images", images, spec(), /*stored=*/false);
      RequireKnown(here, kd);
      return stage_.Teach(images, kd, step);
    });
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return thrown_.Keep([&] {
      const Hook here(who_, kName, batch.round, "step");
      here.RequireConstants();
      RequireBatch(here, batch, spec());
      return stage_.SynthesisPenalty(batch);
    });
  }
  // As that of CheckedContext.
  template <class Body>
  auto Outlast(Body&& body) {
    return thrown_.Outlast(body);
  }

  static constexpr char kName[] = "Synthesize";

 private:
  const std::string& who_;
  SynthesisContext& stage_;
  CheckedProgress progress_;
  Thrown thrown_;
};

class CheckedDistiller final : public Distiller {
 public:
  CheckedDistiller(const std::string& name, std::unique_ptr<Distiller> plugin)
      : who_("distiller " + name), plugin_(std::move(plugin)) {}

  Split Synthesize(SynthesisContext& ctx) override;
  void Begin(DistillContext& ctx) override;
  void Round(DistillContext& ctx, int64_t round) override {
    In("Round", ctx, round, [&] { plugin_->Round(*context_, round); });
  }
  void EnterLatePhase(DistillContext& ctx) override {
    In("EnterLatePhase", ctx, Hook::kNoRound, [&] { plugin_->EnterLatePhase(*context_); });
  }
  at::Tensor Samples(DistillContext& ctx, int64_t count) override;
  void Visit(StateVisitor& visitor) override {
    const Hook hook(who_, "Visit");
    if (SumOf(teacher_values_) != teacher_sum_)
      hook.Fail("the teacher is not as it was: this distiller, or a defence beside it, changed it");
    VisitChecked(hook, visitor, *plugin_, &Distiller::Visit);
  }

 private:
  template <class Body>
  std::invoke_result_t<Body> In(const char* name, DistillContext& ctx, int64_t round, Body&& body);

  const std::string who_;
  std::vector<at::Tensor> teacher_values_;  // since Begin
  uint64_t teacher_sum_ = 0;
  // Before the plugin, which may point to it.
  std::unique_ptr<CheckedContext> context_;
  const std::unique_ptr<Distiller> plugin_;
};

// A hook of one that has begun. What the defences do inside of it, too, leaves the teacher alone;
// theirs are looked at before.
template <class Body>
std::invoke_result_t<Body> CheckedDistiller::In(const char* name, DistillContext& ctx,
                                                int64_t round, Body&& body) {
  context_->Enter(name, round);
  Lent lent(round == Hook::kNoRound || IsThorough(round));
  lent.Add("the teacher", teacher_values_);
  lent.AddLarge("the transfer set", ctx.transfer_set().images);
  lent.AddLarge("the transfer set", ctx.transfer_set().labels);
  return Hook(who_, name, round).Call(lent, [&] {
    if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
      context_->Outlast(body);
      context_->RequireStudentUnmoved();
    } else {
      auto result = context_->Outlast(body);
      context_->RequireStudentUnmoved();
      return result;
    }
  });
}

Split CheckedDistiller::Synthesize(SynthesisContext& ctx) {
  const Hook hook(who_, CheckedSynthesis::kName);
  CheckedSynthesis context(who_, ctx);
  Lent lent(/*thorough=*/true);
  lent.Add("the teacher", ValuesOf(ctx.teacher()));
  lent.Add("the transfer set", ctx.start().images);
  auto made = hook.Call(
      lent, [&] { return context.Outlast([&] { return plugin_->Synthesize(context); }); });
  hook.RequireImages("the images", made.images, ctx.spec(), /*stored=*/true);
  if (made.labels.defined())
    hook.RequireLabels("the labels", made.labels, made.images.size(0), ctx.spec().classes);
  return made;
}

void CheckedDistiller::Begin(DistillContext& ctx) {
  teacher_values_ = ValuesOf(ctx.teacher());
  teacher_sum_ = SumOf(teacher_values_);
  context_ = std::make_unique<CheckedContext>(who_, ctx);
  In("Begin", ctx, Hook::kNoRound, [&] {
    plugin_->Begin(*context_);
    context_->RequireOptimizer();
  });
}

at::Tensor CheckedDistiller::Samples(DistillContext& ctx, int64_t count) {
  constexpr char kName[] = "Samples";
  const auto made =
      In(kName, ctx, Hook::kNoRound, [&] { return plugin_->Samples(*context_, count); });
  if (!made.defined()) return made;
  const Hook hook(who_, kName);
  const bool stored = made.scalar_type() == at::kByte;
  hook.RequireImages("the images", made, ctx.spec(), stored, count);
  if (stored) return made;
  hook.RequireFinite("the images", made);
  RequireNormalised(hook, "the images", made, ctx.spec());
  return made;
}

}  // namespace

std::unique_ptr<Distiller> Checked(const std::string& name, std::unique_ptr<Distiller> plugin) {
  return std::make_unique<CheckedDistiller>(name, std::move(plugin));
}

}  // namespace dfkd
