#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "bench/stages/hook_services.h"

namespace dfkd {
namespace {

// Images that are triggered once more, to see that they come out alike.
constexpr int64_t kAgain = 4;

void Lend(Lent& lent, const Split& train) {
  lent.Add("the training images", train.images);
  lent.Add("the training labels", train.labels);
}

// For calls so frequent that nobody can read all images in each.
void LendUnread(Lent& lent, const Split& train) {
  lent.AddLarge("the training images", train.images);
  lent.AddLarge("the training labels", train.labels);
}

uint64_t SumOfBoth(const Split& train) {
  return SumOf(std::vector<at::Tensor>{train.images, train.labels});
}

void LendTeacher(Lent& lent, const Classifier* clean) {
  if (clean) lent.Add("the clean teacher", ValuesOf(*clean));
}

// A cover teaches that the trigger alone is not enough: its label is the true one.
void RequireCovers(const Hook& hook, const Poisoned& poisoned, const Split& clean) {
  for (const int64_t row : poisoned.covers) {
    if (std::binary_search(poisoned.indices.begin(), poisoned.indices.end(), row))
      hook.Fail(fmt::format("image {} cannot be poisoned and a cover", row));
    if (!poisoned.data.labels[row].equal(clean.labels[row]))
      hook.Fail(fmt::format("the label of the cover {} was changed", row));
  }
}

void RequireRows(const Hook& hook, const std::vector<int64_t>& indices, int64_t count) {
  for (size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= count)
      hook.Fail(fmt::format("index {} must lie in [0, {})", indices[i], count));
    if (i > 0 && indices[i] <= indices[i - 1]) {
      hook.Fail(fmt::format("indices must ascend, but {} follows {}", indices[i], indices[i - 1]));
    }
  }
}

// What differs from the clean set is in the list of what was poisoned. Wherever the images are, the
// list is the host's.
void RequireListed(const Hook& hook, const Poisoned& poisoned, const Split& clean) {
  auto listed = at::zeros({clean.labels.size(0)}, at::kBool);
  for (const auto& rows : {poisoned.indices, poisoned.covers}) {
    if (!rows.empty()) listed.index_fill_(0, at::tensor(rows, at::kLong), 1);
  }
  const auto images = (poisoned.data.images != clean.images).flatten(1).any(1).to(at::kCPU);
  const auto labels = (poisoned.data.labels != clean.labels).to(at::kCPU);
  const auto left_out = ((images | labels) & listed.logical_not()).nonzero();
  if (left_out.size(0) == 0) return;
  hook.Fail(
      fmt::format("{} images or labels were changed that its indices do not list, the first "
                  "at {}",
                  left_out.size(0), left_out[0][0].item<int64_t>()));
}

// ASR asks for TargetLabel: what is poisoned must teach it, or (clean-label) leave the label alone.
void RequireTargets(const Hook& hook, const Poisoned& poisoned, const Split& clean,
                    const Attack& attack) {
  const auto on_host = [](const at::Tensor& labels) { return labels.to(at::kCPU).contiguous(); };
  const auto own = on_host(clean.labels), given = on_host(poisoned.data.labels);
  for (const int64_t row : poisoned.indices) {
    const int64_t label = own.data_ptr<int64_t>()[row], taught = given.data_ptr<int64_t>()[row];
    if (taught == label) continue;
    const int64_t target = attack.TargetLabel(label);
    if (taught == target) continue;
    hook.Fail(
        fmt::format("the label of the poisoned image {} must be {}, which is TargetLabel of "
                    "{}, or stay {}, not be {}",
                    row, target, label, label, taught));
  }
}

class CheckedAttack final : public Attack {
 public:
  CheckedAttack(const std::string& name, std::unique_ptr<Attack> plugin)
      : who_("attack " + name), plugin_(std::move(plugin)) {}

  void Begin(const ImageSpec& spec) override {
    spec_ = spec;
    Hook(who_, "Begin").Call(Lent(), [&] { plugin_->Begin(spec); });
  }
  void Craft(CraftContext& ctx) override {
    Lent lent(/*thorough=*/true);
    Lend(lent, ctx.train);
    LendTeacher(lent, ctx.clean_teacher);
    CheckedProgress progress(who_, ctx.progress);
    CraftContext context{ctx.train, ctx.clean_teacher, ctx.spec, ctx.device, ctx.rng, progress};
    Hook(who_, "Craft").Call(lent, [&] { plugin_->Craft(context); });
  }
  int64_t TargetLabel(int64_t true_label) const override;
  at::Tensor Trigger(const at::Tensor& images) const override;
  Poisoned Poison(const Split& train, const Rng& rng) const override;
  at::Tensor PoisonTransfer(TransferPoisonContext& ctx) const override;
  void Visit(StateVisitor& visitor) override;

  void PlanTraining(TrainingPlan& plan) const override;
  void BeginTraining(TeacherContext& ctx) override {
    Lent lent(/*thorough=*/true);
    Lend(lent, train_);
    LendTeacher(lent, ctx.clean_teacher());
    Hook(who_, "BeginTraining").Call(lent, [&] { plugin_->BeginTraining(For(ctx)); });
  }
  at::Tensor TeacherLoss(TeacherContext& ctx, const LabelledBatch& batch) override;
  void AfterStep(TeacherContext& ctx, const LabelledBatch& batch) override {
    InStep("AfterStep", ctx, batch, [&] { plugin_->AfterStep(For(ctx), batch); });
  }
  void VisitTraining(StateVisitor& visitor) override {
    VisitChecked(Hook(who_, "VisitTraining"), visitor, *plugin_, &Attack::VisitTraining);
  }

 private:
  // What was `returned` before must stay as it was; undefined if nothing was.
  at::Tensor CallTrigger(const at::Tensor& images, const at::Tensor& returned = {}) const;
  // One for a whole training: a plugin may keep it.
  TeacherContext& For(TeacherContext& stage) {
    if (!training_ || !training_->IsOf(stage)) training_.emplace(who_, stage);
    return *training_;
  }
  template <class Body>
  std::invoke_result_t<Body> InStep(const char* name, TeacherContext& ctx,
                                    const LabelledBatch& batch, Body&& body) {
    Lent lent(IsThorough(batch.step));
    LendUnread(lent, train_);
    LendTeacher(lent, ctx.clean_teacher());
    lent.Add("the images of the batch", batch.pixels);
    lent.Add("the labels of the batch", batch.labels);
    return Hook(who_, name, batch.step, "step").Call(lent, body);
  }

  const std::string who_;
  std::optional<CheckedTeacherContext> training_;  // outlives the plugin
  const std::unique_ptr<Attack> plugin_;
  ImageSpec spec_;
  mutable std::set<int64_t> asked_;  // for the target of these labels
  // What Poison was given last, and the sum of its bytes: the worker's own, of which a plugin may
  // keep a copy of the handle, and return it.
  mutable Split train_;
  mutable uint64_t train_sum_ = 0;
};

int64_t CheckedAttack::TargetLabel(int64_t true_label) const {
  const Hook hook(who_, "TargetLabel");
  const auto ask = [&] { return plugin_->TargetLabel(true_label); };
  // It is asked for every image: what it may not do is looked for once for each label.
  const bool first = asked_.insert(true_label).second;
  const int64_t target = first ? hook.Call(Lent(), ask) : hook.Named(ask);
  if (target != hook.Named(ask))
    hook.Fail(fmt::format("the target of label {} must be the same every time", true_label));
  if (target >= 0 && target < spec_.classes) return target;
  hook.Fail(fmt::format("the target of label {} must lie in [0, {}), not be {}", true_label,
                        spec_.classes, target));
}

at::Tensor CheckedAttack::CallTrigger(const at::Tensor& images, const at::Tensor& returned) const {
  const Hook hook(who_, "Trigger");
  Lent lent(/*thorough=*/true);
  LendUnread(lent, train_);
  lent.Add("the images it is given", images);
  lent.Add("the images that it returned before", returned);
  auto triggered = hook.Call(lent, [&] { return plugin_->Trigger(images); });
  hook.Require("the triggered images", triggered, at::kByte, images.sizes(), images.device());
  return triggered;
}

// Pure: an image comes out the same again, wherever it stands and whatever stands beside it.
at::Tensor CheckedAttack::Trigger(const at::Tensor& images) const {
  auto triggered = CallTrigger(images);
  const auto last = [&](const at::Tensor& all) {
    return all.slice(0, std::max<int64_t>(0, all.size(0) - kAgain)).flip(0);
  };
  if (!CallTrigger(last(images), triggered).equal(last(triggered))) {
    Hook(who_, "Trigger")
        .Fail(
            "the same image must come out the same every time, in every batch and at every place");
  }
  return triggered;
}

Poisoned CheckedAttack::Poison(const Split& train, const Rng& rng) const {
  const Hook hook(who_, "Poison");
  Lent lent(/*thorough=*/true);
  Lend(lent, train);
  auto poisoned = hook.Call(lent, [&] { return plugin_->Poison(train, rng); });
  const auto& [data, indices, covers] = poisoned;
  hook.Require("the poisoned images", data.images, at::kByte, train.images.sizes(),
               train.images.device());
  hook.RequireLabels("the poisoned labels", data.labels, train.labels.size(0), spec_.classes);
  RequireRows(hook, indices, train.labels.size(0));
  RequireRows(hook, covers, train.labels.size(0));
  RequireCovers(hook, poisoned, train);
  RequireListed(hook, poisoned, train);
  RequireTargets(hook, poisoned, train, *this);
  train_ = train;
  train_sum_ = SumOfBoth(train);
  return poisoned;
}

void CheckedAttack::Visit(StateVisitor& visitor) {
  const Hook hook(who_, "Visit");
  VisitChecked(hook, visitor, *plugin_, &Attack::Visit);
  if (!train_.images.defined() || SumOfBoth(train_) == train_sum_) return;
  hook.Fail(
      "the training images or labels are not as Poison was given them: this attack changed them, "
      "which it may only read");
}

at::Tensor CheckedAttack::PoisonTransfer(TransferPoisonContext& ctx) const {
  const Hook hook(who_, "PoisonTransfer");
  const auto& given = ctx.transfer_set;
  Lent lent(/*thorough=*/true);
  lent.Add("the transfer set", given.images);
  lent.Add("the labels of the transfer set", given.labels);
  lent.Add("the teacher", ValuesOf(ctx.teacher));
  CheckedProgress progress(who_, ctx.progress);
  TransferPoisonContext context{given, ctx.teacher, ctx.spec, ctx.device, ctx.rng, progress};
  auto poisoned = hook.Call(lent, [&] { return plugin_->PoisonTransfer(context); });
  hook.Require("the poisoned transfer set", poisoned, at::kByte, given.images.sizes(),
               given.images.device());
  return poisoned;
}

void CheckedAttack::PlanTraining(TrainingPlan& plan) const {
  const Hook hook(who_, "PlanTraining");
  hook.Call(Lent(), [&] { plugin_->PlanTraining(plan); });
  if (plan.epochs < 1) hook.Fail(fmt::format("epochs = {} must be at least 1", plan.epochs));
  if (plan.batch_size < 1)
    hook.Fail(fmt::format("batch_size = {} must be at least 1", plan.batch_size));
}

at::Tensor CheckedAttack::TeacherLoss(TeacherContext& ctx, const LabelledBatch& batch) {
  constexpr char kName[] = "TeacherLoss";
  const auto loss =
      InStep(kName, ctx, batch, [&] { return plugin_->TeacherLoss(For(ctx), batch); });
  if (!loss.defined()) return loss;
  const Hook hook(who_, kName, batch.step, "step");
  hook.RequireScalar("the loss", loss, ctx.device());
  if (!loss.requires_grad()) hook.Fail("the loss carries no graph, so nothing can learn from it");
  return loss;
}

}  // namespace

std::unique_ptr<Attack> Checked(const std::string& name, std::unique_ptr<Attack> plugin) {
  return std::make_unique<CheckedAttack>(name, std::move(plugin));
}

}  // namespace dfkd
