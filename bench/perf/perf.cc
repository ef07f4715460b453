#include "bench/perf/perf.h"

#include <torch/cuda.h>

#include "bench/core/registry.h"
#include "bench/stages/gateway.h"

namespace dfkd::perf {
namespace {

at::Device& Chosen() {
  static at::Device device = at::kCPU;
  return device;
}

Json Resolved(PluginKind kind, const std::string& name, const Json& given) {
  return ResolveFor(Registry::Get().Card(kind, name), given);
}

template <class Interface>
std::unique_ptr<Interface> Make(const std::string& plugin, const Json& options, Plugins plugins) {
  return plugins == Plugins::kChecked ? MakeChecked<Interface>(plugin, options)
                                      : Registry::Get().Make<Interface>(plugin, options);
}

}  // namespace

const at::Device& Target() { return Chosen(); }

void UseTarget(const at::Device& device) { Chosen() = device; }

void AwaitTarget() {
  if (Target().is_cuda()) torch::cuda::synchronize(Target().index());
}

Classifier Network(const std::string& name, bool frozen, Profile profile) {
  Classifier net(name, kSpec);
  net.Initialize(Rng(1));
  net.Use(Target(), profile);
  if (frozen) net.Freeze();
  return net;
}

Split Pictures(int64_t n) {
  return {Integers(Rng(3), 256, {n, 3, 32, 32}, Target()).to(at::kByte),
          Integers(Rng(4), 10, {n}, Target())};
}

Distillation::Distillation(const std::string& distiller, const Json& options, const Json& parts,
                           Profile profile, Split transfer_set, Plugins plugins)
    : teacher_(Network("wrn-16-2", true, profile)),
      student_(Network("wrn-16-1", false, profile)),
      transfer_set_(std::move(transfer_set)) {
  const auto resolved = Resolved(PluginKind::kDistiller, distiller, options);
  traits_ = TraitsOf({{"plugin", distiller}, {"options", resolved}});
  distiller_ = Make<Distiller>(distiller, resolved, plugins);
  Json list = Json::array();
  for (const auto& part : parts) {
    const std::string plugin = part.at("plugin");
    list.push_back(
        {{"plugin", plugin},
         {"options", Resolved(PluginKind::kDefense, plugin, part.value("options", Json()))},
         {"rounds", {0, traits_.rounds}}});
  }
  parts_ = MakeParts(list);
  for (size_t i = 0; i < parts_.size(); ++i) {
    auto& part = parts_[i];
    if (plugins == Plugins::kPlain)
      part.defense = Make<Defense>(part.plugin, list[i].at("options"), plugins);
    DefenseContext context{.teacher = teacher_,
                           .spec = kSpec,
                           .distiller = traits_,
                           .rng = rng_.Fork(part.label),
                           .progress = silent_};
    context.device = Target();
    part.defense->Begin(context);
  }
  distiller_->Begin(*this);
}

void Distillation::Round(int64_t round) { distiller_->Round(*this, round); }

void Distillation::UseStudentOptimizer(const OptimizerSpec& spec) {
  optimizer_ = std::make_unique<Optimizer>(student_.Parameters(), spec);
}

TransferBatch Distillation::Teach(const at::Tensor& images, const KdLoss& kd, int64_t round,
                                  Grad grad, const std::vector<std::string>& taps) {
  return Taught(teacher_, parts_, images, kd, round, grad, taps);
}

at::Tensor Distillation::SynthesisPenalty(const TransferBatch& batch) {
  return SumOfPenalties(parts_, batch);
}

void Distillation::StepStudent(const TransferBatch& given, const at::Tensor& per_sample_loss) {
  auto batch = given;
  batch.use = BatchUse::kStudent;
  if (batch.student_logits.defined()) batch.student_logits = batch.student_logits.detach();
  Observe(parts_, batch);
  at::Tensor coefficients;
  for (const auto& part : parts_) {
    if (const auto c = part.defense->SampleCoefficients(batch); c.defined()) coefficients = c;
  }
  const auto loss =
      coefficients.defined() ? (coefficients * per_sample_loss).sum() : per_sample_loss.mean();
  optimizer_->ZeroGrad();
  loss.backward();
  for (auto& part : parts_) part.defense->AddStudentGradients(student_, batch);
  optimizer_->ClipGradients();
  optimizer_->Step(1);
}

}  // namespace dfkd::perf
