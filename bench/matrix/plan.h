// Matrix -> cells -> de-duplicated stage graph. Pure: no files, no LibTorch, no clock. Everything
// that other cells can share is shared, and distillation is cut where defences diverge (see
// StageBuilder::Distill).
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/core/cell.h"
#include "bench/core/plugin_card.h"
#include "bench/matrix/matrix.h"
#include "bench/matrix/resolve.h"
#include "bench/matrix/selection.h"
#include "bench/store/stage.h"

namespace dfkd {

// Looked up before planning: what the images are.
struct DataFacts {
  std::string fingerprint;       // empty: no images, only their geometry
  std::optional<bool> official;  // absent: nobody published a fingerprint
  Json spec = nullptr;  // {channels,height,width,classes,mean,stddev}; for a teacher from a file
  // Absent: unknown, or there are none.
  std::optional<int64_t> training_images;
  std::filesystem::path folder = {};  // absolute, where a user keeps the images; empty: it has none
  // By class, with those that are held out; empty: unknown, or there are none.
  std::vector<int64_t> class_images = {};
};

// A stage of a plan: its place in Plan::stages. It means nothing outside the plan; stores, files
// and people speak of refs.
using StageId = uint32_t;
inline constexpr StageId kNoStage = UINT32_MAX;

// A cell of a plan: its place in Plan::cells.
using CellIndex = uint32_t;

// An attack enters only through the gate: its teacher must carry the backdoor and still do its
// task.
struct Gate {
  StageId teacher_evaluation = kNoStage, clean_evaluation = kNoStage;
  AttackGate attack;
  double largest_acc_drop = 0.03;
  // Of a dormant attack (AttackGate::student_by): what makes the student that is judged, in order,
  // its evaluation last. Otherwise empty.
  std::vector<StageId> judging = {};

  // The evaluation whose ASR counts.
  StageId Judged() const { return judging.empty() ? teacher_evaluation : judging.back(); }
};

struct PlannedStage {
  StageText stage;
  std::string title;            // for people: "distill ood_kd sv to round 370"
  std::string label;            // similar stages have the same: expected times are medians over it
  std::vector<StageId> inputs;  // in the order of their roles
  // distil: states of the same run at earlier cuts, latest first. The first must be tried before
  // this stage; the stage itself continues from the latest that exists, or starts at round 0.
  std::vector<StageId> starts;
  // Whether a teacher or a student is among its inputs. Not so: the teacher itself, and transfer
  // sets that other teachers share.
  bool reads_model = false;
  std::optional<Gate> gate;      // not run unless it passes
  std::vector<CellIndex> cells;  // that want it, ascending; empty: a reference only
  double work = 0;               // rounds, for "ratio to running the cells one by one"
};

// What a detector says of the teacher of a cell, and of the clean one of its seed (kNoStage where
// there is none, and where the teacher itself is clean).
struct PlannedDetection {
  std::string detector;  // id
  StageId teacher = kNoStage, clean_teacher = kNoStage;
};

// "dataset", "attack", "distiller", "defense" of a cell.
using CellEntries = std::map<std::string, ResolvedEntry>;

// One cell, and the stages that its score is read from: kNoStage where one does not apply (attack
// none has no floor).
struct PlannedCell {
  Cell cell;
  std::string id;
  std::shared_ptr<const CellEntries> entries;  // one for all seeds
  Track track = Track::kSynthesized;
  StageId teacher = kNoStage, clean_teacher = kNoStage, student = kNoStage;
  StageId teacher_evaluation = kNoStage, clean_evaluation = kNoStage, student_evaluation = kNoStage;
  StageId floor_student = kNoStage, floor_evaluation = kNoStage, undefended_evaluation = kNoStage;
  std::optional<Gate> gate;
  std::shared_ptr<const std::vector<PlannedDetection>> detections;  // null: none; one for teachers
  std::vector<StageId> path;   // all on the way to its student and evaluation, in order
  std::string not_applicable;  // why the combination makes no sense; then it has no stages
};

struct Plan {
  std::string matrix;
  std::vector<PlannedCell> cells;
  std::vector<PlannedStage> stages;  // inputs before users
  // By the first digits of its key; filled by Add.
  std::unordered_multimap<uint64_t, StageId> by_key;
  size_t added_again = 0;  // calls of Add in vain: the stage was there

  // Adds the stage (MakeStage) if it is new, without title and label; whether it was. Its inputs
  // must have been added before.
  std::pair<StageId, bool> Add(const std::string& kind, Json description);
  // The same of a stage that is written already; `inputs` are those it names, in the order of their
  // roles.
  std::pair<StageId, bool> Add(StageText stage, std::vector<StageId> inputs);

  const PlannedStage& At(StageId id) const { return stages.at(id); }
  const std::string& Ref(StageId id) const { return At(id).stage.ref; }
  // kNoStage if the plan has none.
  StageId Find(const std::string& ref) const;
  std::vector<std::string> Refs(const std::vector<StageId>& ids) const;
};

// The stages of its detections, of poisoned and of clean teachers.
std::vector<StageId> DetectionsOf(const PlannedCell& cell);

// `data`: by data set id. Throws Error for an id, seed or option that is wrong, for too many cells,
// and if nothing is selected. What the file is to blame for is a MatrixError.
Plan MakePlan(const Matrix& matrix, const Selection& selection,
              const std::map<std::string, DataFacts>& data);

// Why MakePlan would refuse cells of the matrix, without any data at hand: one problem for each
// place in the file.
std::vector<MatrixProblem> TryPlan(const Matrix& matrix);

// The data sets a plan needs facts of, resolved: id -> entry.
std::map<std::string, ResolvedEntry> SelectedDatasets(const Matrix& matrix,
                                                      const Selection& selection);

// What remains to be done, given what the store holds: the stages that some cell or reference still
// needs, in order. A published stage is not needed, nor what only it needed.
std::vector<StageId> NeededStages(const Plan& plan, const std::function<bool(StageId)>& has);

}  // namespace dfkd
