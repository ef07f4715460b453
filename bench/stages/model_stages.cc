// The stages that change a finished model: a defence may sanitise the teacher before distillation,
// or repair the student after it.
#include "bench/stages/parts.h"
#include "bench/stages/state.h"

namespace dfkd {
namespace {

const Split* IfAny(const Split& split) { return split.images.defined() ? &split : nullptr; }

// Runs one hook of every part on `model`, in order, and saves what comes out. Stopped where a part
// ticks; there are no checkpoints, it starts again.
template <class Hook>
void Change(StageRun& run, Classifier& model, const Classifier& teacher, Hook hook) {
  const auto& list = run.description().at("parts");
  const Split clean = NeedsCleanData(list) ? CleanSubset(run) : Split{};
  const Split synthetic = SyntheticData(run, teacher);
  ScalarLog log(1000, [&](int64_t done, int64_t total) {
    if (run.MustStop()) throw Interrupted("a defence");
    run.Report(done, total);
  });
  for (auto& part : MakeParts(list)) {
    auto context = ContextFor(run, part, teacher, {}, log, IfAny(clean));
    if (part.needs_synthetic_data) context.synthetic = IfAny(synthetic);
    hook(*part.defense, model, context);
  }
  RequireFinite(model, "after the defence");
  SaveModel(run.out(), model);
  log.Save(run.out() / "log.json");
}

}  // namespace

bool RunSanitize(StageRun& run) {
  const auto model = LoadModel(run.Input("teacher"), run.device(), run.profile());
  const auto teacher = model->Clone();
  teacher->Freeze();
  Change(run, *model, *teacher, [](Defense& defense, Classifier& m, DefenseContext& context) {
    defense.SanitizeTeacher(m, context);
  });
  return true;
}

bool RunRepair(StageRun& run) {
  const auto model = LoadModel(run.Input("student"), run.device(), run.profile());
  const auto teacher = LoadModel(run.Input("teacher"), run.device(), run.profile());
  teacher->Freeze();
  Change(run, *model, *teacher, [](Defense& defense, Classifier& m, DefenseContext& context) {
    defense.RepairStudent(m, context);
  });
  return true;
}

}  // namespace dfkd
