#include "bench/matrix/plan.h"

#include <algorithm>
#include <charconv>

#include "bench/matrix/cell_planner.h"
#include "bench/matrix/overrides.h"

namespace dfkd {

namespace {

uint64_t FirstDigits(const std::string& ref) {
  uint64_t digits = 0;
  const auto key = std::string_view(ref).substr(ref.find('/') + 1).substr(0, 16);
  std::from_chars(key.data(), key.data() + key.size(), digits, 16);
  return digits;
}

// Some may be in several blocks.
size_t MostCells(const std::vector<Block>& blocks) {
  size_t cells = 0;
  for (const auto& block : blocks) {
    cells += block.datasets.size() * block.attacks.size() * block.networks.size() *
             block.distillers.size() * block.defenses.size() * block.teacher_seeds.size() *
             block.student_seeds.size();
  }
  return cells;
}

// One teacher must not count as several.
void RequireSeedsOfFile(const Matrix& matrix, const Selection& selection) {
  if (!matrix.teacher_file) return;
  for (const auto seed : selection.teacher_seeds) {
    if (seed == 0) continue;
    throw MakeError("--teacher-seeds: {}; a teacher from a file has no seed, only 0 is allowed",
                    seed);
  }
}

}  // namespace

std::pair<StageId, bool> Plan::Add(const std::string& kind, Json description) {
  auto stage = WriteStage(kind, description);
  std::vector<StageId> inputs;
  for (const auto& input : InputsOf(description)) {
    inputs.push_back(Find(input));
    DFKD_CHECK(inputs.back() != kNoStage);
  }
  return Add(std::move(stage), std::move(inputs));
}

std::pair<StageId, bool> Plan::Add(StageText stage, std::vector<StageId> inputs) {
  if (const auto known = Find(stage.ref); known != kNoStage) {
    ++added_again;
    return {known, false};
  }
  const auto id = static_cast<StageId>(stages.size());
  by_key.emplace(FirstDigits(stage.ref), id);
  stages.push_back({.stage = std::move(stage), .inputs = std::move(inputs)});
  return {id, true};
}

StageId Plan::Find(const std::string& ref) const {
  const auto [first, last] = by_key.equal_range(FirstDigits(ref));
  const auto found =
      std::find_if(first, last, [&](const auto& known) { return Ref(known.second) == ref; });
  return found == last ? kNoStage : found->second;
}

std::vector<std::string> Plan::Refs(const std::vector<StageId>& ids) const {
  std::vector<std::string> refs;
  for (const auto id : ids) refs.push_back(Ref(id));
  return refs;
}

std::vector<StageId> DetectionsOf(const PlannedCell& cell) {
  std::vector<StageId> stages;
  if (!cell.detections) return stages;
  for (const auto& planned : *cell.detections) {
    for (const auto id : {planned.teacher, planned.clean_teacher}) {
      if (id != kNoStage) stages.push_back(id);
    }
  }
  return stages;
}

Plan MakePlan(const Matrix& matrix, const Selection& selection,
              const std::map<std::string, DataFacts>& data) {
  RequireSeedsOfFile(matrix, selection);
  const auto blocks = Select(matrix, selection);
  if (const auto reason = TooManyCells(blocks); !reason.empty())
    throw MakeError("matrix {}: {}", matrix.name, reason);
  Plan plan{.matrix = matrix.name};
  const auto most = MostCells(blocks);
  plan.cells.reserve(most);
  plan.stages.reserve(3 * most);  // large matrices have some 2.5 stages a cell
  plan.by_key.reserve(3 * most);
  const auto settings = SettingsOf(matrix, selection);
  CellPlanner planner(matrix, settings, data, plan);
  for (size_t i = 0; i < blocks.size(); ++i) planner.AddBlock(blocks[i], matrix.blocks[i]);
  if (plan.cells.empty()) throw MakeError("matrix {}: nothing is selected", matrix.name);
  return plan;
}

std::vector<MatrixProblem> TryPlan(const Matrix& matrix) {
  if (auto reason = TooManyCells(matrix.blocks); !reason.empty()) return {{"", std::move(reason)}};
  std::map<std::string, DataFacts> data;
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.datasets) data[entry.id].fingerprint = std::string(64, '0');
  }
  Plan plan;
  CellPlanner planner(matrix, matrix.settings, data, plan);
  auto problems = CheckSettings(matrix, matrix.blocks);
  planner.TellInstead(problems);
  for (const auto& block : matrix.blocks) planner.AddBlock(block, block);
  return problems;
}

std::map<std::string, ResolvedEntry> SelectedDatasets(const Matrix& matrix,
                                                      const Selection& selection) {
  std::map<std::string, ResolvedEntry> datasets;
  const auto settings = SettingsOf(matrix, selection);
  for (const auto& block : Select(matrix, selection)) {
    for (const auto& entry : block.datasets) {
      ResolveContext context{matrix, settings, {{"dataset", {entry.id, entry.plugin}}}};
      datasets[entry.id] = Resolve(PluginKind::kDataset, entry, context);
    }
  }
  return datasets;
}

std::vector<StageId> NeededStages(const Plan& plan, const std::function<bool(StageId)>& has) {
  std::vector<bool> seen(plan.stages.size()), needed(plan.stages.size());
  const std::function<void(StageId)> visit = [&](StageId id) {
    if (id == kNoStage || seen[id]) return;
    seen[id] = true;
    if (has(id)) return;
    needed[id] = true;
    const auto& planned = plan.At(id);
    for (const auto input : planned.inputs) visit(input);
    if (!planned.starts.empty()) visit(planned.starts.front());
  };
  for (const auto& cell : plan.cells) {
    for (const auto id :
         {cell.clean_evaluation, cell.teacher_evaluation, cell.undefended_evaluation,
          cell.floor_evaluation, cell.student_evaluation}) {
      visit(id);
    }
    if (cell.gate) visit(cell.gate->Judged());
    for (const auto id : DetectionsOf(cell)) visit(id);
  }
  std::vector<StageId> ordered;
  for (StageId id = 0; id < needed.size(); ++id) {
    if (needed[id]) ordered.push_back(id);
  }
  return ordered;
}

}  // namespace dfkd
