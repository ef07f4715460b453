// The attack that a stage names, and its state in an artifact: what crafting, the teacher and
// evaluation hand on.
#pragma once
#include <functional>
#include <memory>

#include "bench/stages/stage_run.h"

namespace dfkd {

// Rounds of a log whose plugin knows how long it takes, while the stage does not.
inline constexpr int64_t kScalars = 1000;

// Reports progress; throws Error (lost), "<what> was interrupted", if the run must stop. For work
// without checkpoints. `run` must outlive it.
std::function<void(int64_t done, int64_t total)> ReportOrStop(StageRun& run, const char* what);

// Roles of inputs.
constexpr char kCraft[] = "craft", kCleanTeacher[] = "clean_teacher";

// description()["attack"], begun.
std::unique_ptr<Attack> MakeAttack(const StageRun& run, const ImageSpec& spec);
// One stream for the stages that craft and poison, so that both may choose the same images.
Rng AttackStream(const StageRun& run);
// The frozen clean teacher, or null if the description names none.
std::unique_ptr<Classifier> LoadCleanTeacher(const StageRun& run);

void SaveAttack(const StageRun& run, Attack& attack);
void LoadAttack(const Artifact& artifact, Attack& attack);

// After SaveAttack. Throws Error unless a new instance that is given what Visit names triggers,
// targets and poisons as this one does: the stages behind this one work with such an instance.
// `trained`: false where an attack that takes part in training has no trigger yet.
void RequireStateSuffices(const StageRun& run, Attack& attack, const Split& train,
                          const ImageSpec& spec, bool trained = true);
// Throws Error if labels were changed although the card says clean_label, or anything although it
// says that nothing is poisoned.
void RequirePoisonOfItsCard(const StageRun& run, const Poisoned& poisoned, const Split& clean);

}  // namespace dfkd
