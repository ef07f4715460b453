// The craft stage: what an attack learns before any teacher is trained on its poison, once for all
// teachers that share it.
#include "bench/stages/attack_state.h"
#include "bench/stages/state.h"

namespace dfkd {

// Crafting has no checkpoints: one that is interrupted starts again.
bool RunCraft(StageRun& run) {
  const auto data = run.Data();
  const auto clean_teacher = LoadCleanTeacher(run);
  const auto attack = MakeAttack(run, data->spec);
  ScalarLog log(kScalars, ReportOrStop(run, "crafting"));
  CraftContext context{data->train,  clean_teacher.get(), data->spec,
                       run.device(), AttackStream(run),   log};
  attack->Craft(context);
  SaveAttack(run, *attack);
  RequireStateSuffices(run, *attack, data->train, data->spec, /*trained=*/false);
  log.Save(run.out() / "log.json");
  return true;
}

}  // namespace dfkd
