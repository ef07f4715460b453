#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "bench/core/log.h"
#include "bench/nn/device.h"
#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "bench/stages/hook_services.h"
#include "bench/stages/state.h"

namespace dfkd {
namespace {

constexpr double kLoud = 2;  // a sum of coefficients, be the batch as small as it may

void Lend(Lent& lent, const char* what, const Split* split) {
  if (!split) return;
  lent.Add(what, split->images);
  lent.Add(what, split->labels);
}

void Lend(Lent& lent, const TransferBatch& batch) {
  lent.Add("the images of the batch", batch.images);
  lent.Add("the teacher's logits of the batch", batch.teacher_logits);
  lent.Add("the student's logits of the batch", batch.student_logits);
  for (const auto& [name, tap] : batch.teacher_taps) lent.Add("the taps of the batch", tap);
}

// The same context with another Progress.
DefenseContext WithProgress(const DefenseContext& ctx, Progress& progress) {
  return {.teacher = ctx.teacher,
          .spec = ctx.spec,
          .distiller = ctx.distiller,
          .rng = ctx.rng,
          .progress = progress,
          .clean_subset = ctx.clean_subset,
          .synthetic = ctx.synthetic,
          .found = ctx.found,
          .device = ctx.device};
}

// Where the teacher's own answer is not finite the images have diverged: no defence's fault.
void RequireFiniteOn(const TransferBatch& batch, const Hook& hook, const char* what,
                     const at::Tensor& got) {
  if (at::isfinite(got).all().item<bool>()) return;
  if (at::isfinite(batch.teacher_logits).all().item<bool>()) hook.RequireFinite(what, got);
  throw MakeError(FailureClass::kDiverged,
                  "the teacher's answer to the images is not finite in round {}", batch.round);
}

// The import stage takes no such model from strangers, and its answers are not finite.
void RequireVariances(const Hook& hook, const Classifier& model) {
  for (const auto& [name, value] : model.Buffers()) {
    if (name.ends_with("running_var") && value.lt(0).any().item<bool>())
      hook.Fail(fmt::format("left a negative variance in {}", name));
  }
}

// The gradients of a student, before a defence adds to them.
class Gradients {
 public:
  explicit Gradients(const std::vector<at::Tensor>& parameters) : parameters_(parameters) {
    for (const auto& parameter : parameters) {
      const auto& grad = parameter.grad();
      before_.push_back({grad, grad.defined() ? static_cast<int64_t>(grad._version()) : 0});
    }
  }

  bool Changed() const {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      const auto& grad = parameters_[i].grad();
      const auto& [tensor, version] = before_[i];
      if (!grad.is_same(tensor)) return true;
      if (grad.defined() && static_cast<int64_t>(grad._version()) != version) return true;
    }
    return false;
  }

  // One that was there is no longer.
  bool Lost() const {
    for (size_t i = 0; i < parameters_.size(); ++i) {
      if (before_[i].first.defined() && !parameters_[i].grad().defined()) return true;
    }
    return false;
  }

  // What an optimizer would broadcast, or change while it reads it; "" if nothing.
  std::string Misfit() const {
    for (const auto& parameter : parameters_) {
      const auto& grad = parameter.grad();
      if (!grad.defined()) continue;
      const bool fits = grad.sizes() == parameter.sizes() && grad.layout() == parameter.layout() &&
                        grad.scalar_type() == parameter.scalar_type() &&
                        grad.device() == parameter.device();
      if (!fits) {
        return fmt::format("left a gradient {} of a parameter {}", Describe(grad),
                           Describe(parameter));
      }
      if (grad.is_alias_of(parameter)) return "left a gradient in the memory of its parameter";
    }
    return "";
  }

  // Of the absolute values: 0 where all are 0, not finite where one is not.
  double Size() const {
    std::vector<at::Tensor> sizes;
    for (const auto& parameter : parameters_) {
      if (parameter.grad().defined()) sizes.push_back(parameter.grad().abs().sum());
    }
    return sizes.empty() ? 0 : at::stack(sizes).sum(at::kDouble).item<double>();
  }

 private:
  const std::vector<at::Tensor>& parameters_;
  std::vector<std::pair<at::Tensor, int64_t>> before_;
};

class CheckedDefense final : public Defense {
 public:
  CheckedDefense(const std::string& name, std::unique_ptr<Defense> plugin)
      : who_("defence " + name), plugin_(std::move(plugin)) {}

  void SanitizeTeacher(Classifier& model, DefenseContext& ctx) override {
    Change("SanitizeTeacher", model, ctx, &Defense::SanitizeTeacher);
  }
  void RepairStudent(Classifier& model, DefenseContext& ctx) override {
    Change("RepairStudent", model, ctx, &Defense::RepairStudent);
  }
  void Begin(DefenseContext& ctx) override;
  std::vector<std::string> Taps() const override;
  std::optional<StudentPhase> LatePhase() const override;
  void Observe(const TransferBatch& batch) override {
    OnBatch("Observe", batch, [&] { plugin_->Observe(batch); });
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) const override;
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override;
  void AddStudentGradients(Classifier& student, const TransferBatch& batch) override;
  bool Found() const override {
    return Outright("Found", [&] { return plugin_->Found(); });
  }
  void Visit(StateVisitor& visitor) override {
    VisitChecked(Hook(who_, "Visit"), visitor, *plugin_, &Defense::Visit);
  }

 private:
  using Changing = void (Defense::*)(Classifier&, DefenseContext&);

  void Change(const char* name, Classifier& model, DefenseContext& ctx, Changing changing);
  // Of one that has begun, and is called with a batch.
  template <class Body>
  std::invoke_result_t<Body> OnBatch(const char* name, const TransferBatch& batch,
                                     Body&& body) const {
    Lent lent(IsThorough(batch.round));
    lent.Add("the teacher", teacher_values_);
    if (clean_) lent.AddLarge("the clean images", clean_->images);
    if (clean_) lent.AddLarge("the clean images", clean_->labels);
    lent.Add("the student's parameters", parameters_);
    Lend(lent, batch);
    return Hook(who_, name, batch.round).Call(lent, body);
  }
  // Of one that has begun, and is asked without a batch, perhaps at every batch.
  template <class Body>
  std::invoke_result_t<Body> Outright(const char* name, Body&& body) const {
    Lent lent;
    for (const auto& value : teacher_values_) lent.AddLarge("the teacher", value);
    return Hook(who_, name).Call(lent, body);
  }
  void WarnIfLoud(const Hook& hook, const at::Tensor& coefficients) const;
  bool Wants(int64_t round) const { return progress_ && progress_->Wants(round); }
  bool LooksAt(const at::Tensor& values, const TransferBatch& batch) const {
    return MayRead(values.device(), batch.round, batch.step) ||
           (batch.step == 0 && Wants(batch.round));
  }
  const std::vector<at::Tensor>& ParametersOf(Classifier& student);

  const std::string who_;
  std::unique_ptr<CheckedProgress> progress_;  // since Begin; outlives the plugin
  const std::unique_ptr<Defense> plugin_;
  // Since Begin.
  std::vector<at::Tensor> teacher_values_;
  std::vector<std::string> taps_;
  const Split* clean_ = nullptr;
  int64_t rounds_ = 0;
  mutable bool warned_ = false;  // of loud coefficients
  // Of the student of the steps so far: there is one.
  const Classifier* student_ = nullptr;
  std::vector<at::Tensor> parameters_;
};

void CheckedDefense::Change(const char* name, Classifier& model, DefenseContext& ctx,
                            Changing changing) {
  const Hook hook(who_, name);
  Lent lent(/*thorough=*/true);
  CheckedProgress progress(who_, ctx.progress);
  auto context = WithProgress(ctx, progress);
  lent.Add("the teacher of its context", ValuesOf(ctx.teacher));
  Lend(lent, "the clean images", ctx.clean_subset);
  Lend(lent, "the synthetic images", ctx.synthetic);
  hook.Call(lent, [&] {
    (plugin_.get()->*changing)(model, context);
    RequireFinite(model, "when it returns");
    RequireVariances(hook, model);
  });
}

void CheckedDefense::Begin(DefenseContext& ctx) {
  teacher_values_ = ValuesOf(ctx.teacher);
  taps_ = TapNames(ctx.teacher);
  clean_ = ctx.clean_subset;
  progress_ = std::make_unique<CheckedProgress>(who_, ctx.progress);
  auto context = WithProgress(ctx, *progress_);
  rounds_ = ctx.distiller.rounds;
  Lent lent(/*thorough=*/true);
  lent.Add("the teacher", teacher_values_);
  Lend(lent, "the clean images", clean_);
  Hook(who_, "Begin").Call(lent, [&] { plugin_->Begin(context); });
}

std::vector<std::string> CheckedDefense::Taps() const {
  auto taps = Outright("Taps", [&] { return plugin_->Taps(); });
  RequireTaps(Hook(who_, "Taps"), taps, taps_);
  return taps;
}

std::optional<StudentPhase> CheckedDefense::LatePhase() const {
  const Hook hook(who_, "LatePhase");
  const auto phase = hook.Call(Lent(), [&] { return plugin_->LatePhase(); });
  if (!phase) return phase;
  if (phase->first_round < 0 || phase->first_round >= rounds_) {
    hook.Fail(fmt::format("first_round = {} must be a round of the distillation, in [0, {})",
                          phase->first_round, rounds_));
  }
  if (!std::isfinite(phase->lr) || phase->lr < 0)
    hook.Fail(fmt::format("lr = {} must be a number >= 0", phase->lr));
  if (phase->hold < 1) hook.Fail(fmt::format("hold = {} must be at least 1", phase->hold));
  return phase;
}

at::Tensor CheckedDefense::SynthesisPenalty(const TransferBatch& batch) const {
  constexpr char kName[] = "SynthesisPenalty";
  const Hook hook(who_, kName, batch.round);
  const auto penalty = OnBatch(kName, batch, [&] { return plugin_->SynthesisPenalty(batch); });
  if (!penalty.defined()) return penalty;
  hook.RequireScalar("the penalty", penalty, batch.teacher_logits.device());
  if (LooksAt(penalty, batch)) RequireFiniteOn(batch, hook, "the penalty", penalty);
  return penalty;
}

at::Tensor CheckedDefense::SampleCoefficients(const TransferBatch& batch) const {
  constexpr char kName[] = "SampleCoefficients";
  const Hook hook(who_, kName, batch.round);
  const auto given = OnBatch(kName, batch, [&] { return plugin_->SampleCoefficients(batch); });
  if (!given.defined()) return given;
  const auto& logits = batch.teacher_logits;
  hook.Require("the coefficients", given, logits.scalar_type(), {batch.images.size(0)},
               logits.device());
  if (given.requires_grad())
    hook.Fail("the coefficients must carry no graph, or the student learns to change them: detach");
  if (LooksAt(given, batch)) {
    RequireFiniteOn(batch, hook, "the coefficients", given);
    WarnIfLoud(hook, given);
  }
  return given;
}

// Any weights are legal. Those of a defence that forgot to divide by the number of images add up to
// about that number, and its student learns from a loss for which nobody chose the learning rate.
void CheckedDefense::WarnIfLoud(const Hook& hook, const at::Tensor& coefficients) const {
  if (warned_) return;
  const auto count = static_cast<double>(coefficients.size(0));
  const double sum = coefficients.sum(at::kDouble).item<double>();
  if (sum <= std::max(kLoud, count / 8)) return;
  warned_ = true;
  spdlog::warn("{}", hook.Says(fmt::format(
                         "the coefficients of {} images add up to {:.3g}; without any they are "
                         "1/N and add up to 1, so its loss is about {:.3g} times as large",
                         coefficients.size(0), sum, sum)));
}

const std::vector<at::Tensor>& CheckedDefense::ParametersOf(Classifier& student) {
  if (student_ != &student) {
    student_ = &student;
    parameters_.clear();
    for (const auto& [name, value] : student.Parameters()) parameters_.push_back(value);
  }
  return parameters_;
}

void CheckedDefense::AddStudentGradients(Classifier& student, const TransferBatch& batch) {
  constexpr char kName[] = "AddStudentGradients";
  const Hook hook(who_, kName, batch.round);
  const auto& parameters = ParametersOf(student);
  const Gradients gradients(parameters);
  const bool looks = LooksAt(parameters.front(), batch);
  const bool thorough = looks && IsThorough(batch.round);
  const double before = thorough ? gradients.Size() : 1;
  OnBatch(kName, batch, [&] { plugin_->AddStudentGradients(student, batch); });
  if (!gradients.Changed()) return;
  if (gradients.Lost()) hook.Fail("erased gradients of the student that it may only add to");
  if (const auto misfit = gradients.Misfit(); !misfit.empty()) hook.Fail(misfit);
  if (!looks) return;
  const double after = gradients.Size();
  if (!std::isfinite(after)) hook.Fail("left gradients of the student that are not finite");
  if (thorough && before > 0 && after == 0)
    hook.Fail("set gradients of the student to 0 that it may only add to");
}

}  // namespace

std::unique_ptr<Defense> Checked(const std::string& name, std::unique_ptr<Defense> plugin) {
  return std::make_unique<CheckedDefense>(name, std::move(plugin));
}

}  // namespace dfkd
