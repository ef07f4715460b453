// Matrix -> cells -> de-duplicated stage graph. Pure: no files, no LibTorch, no clock. Everything
// that other cells can share is shared, and distillation is cut where defences diverge (see
// DistillChain in plan.cc).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/cell.h"
#include "bench/matrix/matrix.h"
#include "bench/matrix/resolve.h"
#include "bench/store/stage.h"

namespace dfkd {

// Looked up before planning: what the images are.
struct DataFacts {
  std::string fingerprint;       // empty: no images, only their geometry
  std::optional<bool> official;  // absent: nobody published a fingerprint
  Json spec = nullptr;  // {channels,height,width,classes,mean,stddev}; for a teacher from a file
};

// An attack enters only through the gate: its teacher must carry the backdoor and still do its
// task.
struct Gate {
  std::string teacher_evaluation, clean_evaluation;  // refs
  double lowest_asr = 0.90;                          // 0.80 for clean-label attacks
  double largest_acc_drop = 0.03;
};

struct PlannedStage {
  Stage stage;
  std::string title;  // for people: "distill ood_kd sv to round 370"
  std::string label;  // similar stages have the same: expected times are medians over it
  // distil: states of the same run at earlier cuts, latest first. The first must be tried before
  // this stage; the stage itself continues from the latest that exists, or starts at round 0.
  std::vector<std::string> starts;
  std::optional<Gate> gate;     // not run unless it passes
  std::set<std::string> cells;  // ids of the cells that want it; empty: a reference only
  double work = 0;              // rounds, for "ratio to running the cells one by one"
};

// One cell, and the refs of what its score is read from. Absent where it does not apply (attack
// none has no floor).
struct PlannedCell {
  Cell cell;
  std::string id;
  std::map<std::string, ResolvedEntry> entries;  // "dataset", "attack", "distiller", "defense"
  Track track = Track::kSynthesized;
  std::string teacher, clean_teacher, student;
  std::string teacher_evaluation, clean_evaluation, student_evaluation;
  std::string floor_student, floor_evaluation, undefended_evaluation;
  std::optional<Gate> gate;
  // Refs of all stages on the way to its student and evaluation, in order.
  std::vector<std::string> path;
  std::string not_applicable;  // why the combination makes no sense; then it has no stages
};

struct Plan {
  std::string matrix;
  std::vector<PlannedCell> cells;
  std::map<std::string, PlannedStage> stages;  // by ref
  std::vector<std::string> order;              // refs, inputs before users

  const PlannedStage& At(const std::string& ref) const { return stages.at(ref); }
};

// `data`: by data set id. Throws Error for an id, seed or option that is wrong, and if nothing is
// selected.
Plan MakePlan(const Matrix& matrix, const Selection& selection,
              const std::map<std::string, DataFacts>& data);

// The data sets a plan needs facts of, resolved: id -> entry.
std::map<std::string, ResolvedEntry> SelectedDatasets(const Matrix& matrix,
                                                      const Selection& selection);

// What remains to be done, given what the store holds: the stages that some cell or reference still
// needs, in order. A published stage is not needed, nor what only it needed.
std::vector<std::string> NeededStages(const Plan& plan,
                                      const std::function<bool(const std::string& ref)>& has);

}  // namespace dfkd
