#include "bench/matrix/plan.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/matrix/stages_of_cell.h"

namespace dfkd {
namespace {

constexpr double kLowestAsr = 0.90, kLowestAsrCleanLabel = 0.80;

void AddCuts(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits,
             std::set<int64_t>& cuts) {
  for (const auto& part : parts) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    const auto active = card.active(part.options, traits);
    if (active.empty()) continue;
    for (const int64_t round : {active.first, active.last}) {
      if (round > 0 && round < traits.rounds) cuts.insert(round);
    }
  }
}

// The defences of a block: those that are selected, and the others that the matrix has.
struct Defenses {
  const std::vector<MatrixEntry>&selected, &all;
};

// Where distillation is cut: wherever some defence of the *whole* matrix, or some registered one
// with its defaults, begins or ends to act. So a run of {none, sv} leaves the states from which
// {sr, abd} continue another day.
std::vector<int64_t> CutsFor(const Defenses& defenses, const ResolveContext& context,
                             const DistillerTraits& traits) {
  std::set<int64_t> cuts;
  auto entries = defenses.selected;
  entries.insert(entries.end(), defenses.all.begin(), defenses.all.end());
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    entries.push_back({.id = card->name, .plugin = card->name});
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    auto with = context;
    with.axes["defense"] = {entry.id, entry.plugin};
    // "defense.layers=2" means the selected ones; the others may have no such option.
    with.by_kind = i < defenses.selected.size();
    AddCuts(Resolve(PluginKind::kDefense, entry, with).parts, traits, cuts);
  }
  return {cuts.begin(), cuts.end()};
}

bool IsControl(const ResolvedEntry& part) {
  return Registry::Get().Card(PluginKind::kDefense, part.plugin).control;
}

bool Acts(const ResolvedEntry& part, const DistillerTraits& traits) {
  const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
  return !card.active(part.options, traits).empty() ||
         card.acts_on_synthesis(part.options, traits) || card.sanitizes_teacher(part.options) ||
         card.repairs_student(part.options);
}

// The names of parts that weigh samples, if they are several; else "".
std::string BothWeigh(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits) {
  std::vector<std::string> setting;
  for (const auto& part : parts) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    if (card.sets_coefficients(part.options, traits)) setting.push_back(part.plugin);
  }
  return setting.size() > 1 ? fmt::format("{}", fmt::join(setting, " and ")) : "";
}

// Why the parts cannot have the synthetic images they need, or "".
std::string MissingSamples(const std::vector<ResolvedEntry>& parts, const ResolvedEntry& distiller,
                           const DistillerTraits& traits) {
  const auto& method = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  const bool before = traits.synthesizes || !method.transfer_set(distiller.options).is_null();
  for (const auto& part : parts) {
    const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
    if (!card.needs_synthetic_data(part.options)) continue;
    if (card.sanitizes_teacher(part.options) && !before) {
      return fmt::format("{} needs synthetic images before distillation; {} has none then", part.id,
                         distiller.id);
    }
    if (!before && !traits.samples)
      return fmt::format("{} needs synthetic images; {} shows none", part.id, distiller.id);
  }
  return "";
}

// Plans one cell. Entries are resolved against the cell's axes, because overrides may depend on
// them.
class CellPlanner {
 public:
  CellPlanner(const Matrix& matrix, const Selection& selection,
              const std::map<std::string, DataFacts>& data, Plan& plan)
      : matrix_(matrix), selection_(selection), data_(data), plan_(plan) {}

  void Add(const Cell& cell, const MatrixEntry& dataset, const MatrixEntry& attack,
           const MatrixEntry& distiller, const MatrixEntry& defense, const Defenses& all_defenses) {
    PlannedCell planned{.cell = cell, .id = CellId(cell)};
    const auto [known, added] = ids_.try_emplace(planned.id, cell);
    if (!added && known->second == cell) return;  // another block has it too
    if (!added)
      throw MakeError("matrix {}: two cells are called {}; choose other ids", matrix_.name,
                      planned.id);
    ResolveContext context{matrix_, selection_.set,
                           AxesOf(cell, dataset, attack, distiller, defense)};
    planned.entries = {{"dataset", Resolve(PluginKind::kDataset, dataset, context)},
                       {"attack", Resolve(PluginKind::kAttack, attack, context)},
                       {"distiller", Resolve(PluginKind::kDistiller, distiller, context)},
                       {"defense", Resolve(PluginKind::kDefense, defense, context)}};
    const auto& method = planned.entries.at("distiller");
    const auto traits =
        Registry::Get().Card(PluginKind::kDistiller, method.plugin).traits(method.options);
    const CellRecipe recipe{matrix_,
                            planned.entries.at("dataset"),
                            method,
                            data_.at(dataset.id),
                            {cell.teacher_network, cell.student_network},
                            cell.teacher_seed,
                            cell.student_seed,
                            traits,
                            CutsFor(all_defenses, context, traits)};
    Fill(planned, recipe);
    plan_.cells.push_back(std::move(planned));
  }

 private:
  static Axes AxesOf(const Cell& cell, const MatrixEntry& dataset, const MatrixEntry& attack,
                     const MatrixEntry& distiller, const MatrixEntry& defense) {
    return {{"dataset", {dataset.id, dataset.plugin}},
            {"attack", {attack.id, attack.plugin}},
            {"distiller", {distiller.id, distiller.plugin}},
            {"defense", {defense.id, defense.plugin}},
            {"teacher", {cell.teacher_network, cell.teacher_network}},
            {"student", {cell.student_network, cell.student_network}}};
  }

  std::vector<ResolvedEntry> PartsOf(PlannedCell& cell, const DistillerTraits& traits) const {
    std::vector<ResolvedEntry> parts;
    bool any_acts = false;
    for (const auto& part : cell.entries.at("defense").parts) {
      if (IsControl(part)) continue;
      any_acts |= Acts(part, traits);
      const auto same = std::count_if(parts.begin(), parts.end(), [&](const auto& other) {
        return other.plugin == part.plugin;
      });
      parts.push_back(part);
      parts.back().label = same ? fmt::format("{}.{}", part.plugin, same) : part.plugin;
    }
    if (const auto names = BothWeigh(parts, traits); !names.empty()) {
      Refuse(cell.entries.at("defense"),
             fmt::format("defense {}: {} both give sample coefficients; only one part may",
                         cell.cell.defense, names));
    }
    if (!parts.empty() && !any_acts) {
      cell.not_applicable =
          fmt::format("{} does not act with {}", cell.cell.defense, cell.cell.distiller);
    }
    if (cell.not_applicable.empty())
      cell.not_applicable = MissingSamples(parts, cell.entries.at("distiller"), traits);
    return parts;
  }

  void Fill(PlannedCell& cell, const CellRecipe& recipe) {
    cell.track = recipe.traits.track;
    const auto parts = PartsOf(cell, recipe.traits);
    for (const auto& part : parts) {
      const auto& card = Registry::Get().Card(PluginKind::kDefense, part.plugin);
      if (card.needs_clean_data(part.options)) cell.track = Track::kCleanSubset;
    }
    if (!cell.not_applicable.empty()) return;
    StageBuilder build(plan_, recipe);
    const auto& attack = cell.entries.at("attack");
    const auto& attack_card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
    const bool poisons = attack_card.poisons(attack.options);
    FillTeachers(cell, build, poisons ? &attack : nullptr, attack_card.clean_label(attack.options));
    FillStudents(cell, build, parts, poisons ? &attack : nullptr);
  }

  void FillTeachers(PlannedCell& cell, StageBuilder& build, const ResolvedEntry* attack,
                    bool clean_label) {
    const auto& none_card = Registry::Get().Card(PluginKind::kAttack, "none");
    const ResolvedEntry none{.id = "none",
                             .plugin = "none",
                             .revision = none_card.revision,
                             .options = ResolveFor(none_card, {})};
    if (matrix_.teacher_file) return FillTeacherFromFile(cell, build, attack);
    std::vector<std::string> reference;  // on the way only if the attack learns from it
    cell.teacher = cell.clean_teacher = build.Teacher(none, "", reference);
    if (attack) cell.teacher = build.Teacher(*attack, cell.clean_teacher, cell.path);
    if (!attack) cell.path = reference;
    cell.clean_evaluation = build.Evaluate(cell.clean_teacher, "", nullptr, "");
    cell.teacher_evaluation = build.Evaluate(cell.teacher, "", attack, cell.teacher);
    if (attack) {
      cell.gate = Gate{cell.teacher_evaluation, cell.clean_evaluation,
                       clean_label ? kLowestAsrCleanLabel : kLowestAsr};
    }
  }

  // Nothing to compare it with: no clean teacher, so no floor and no gate.
  void FillTeacherFromFile(PlannedCell& cell, StageBuilder& build, const ResolvedEntry* attack) {
    if (attack) RequireNothingLearned(*attack);
    cell.teacher = build.ImportedTeacher();
    cell.path = {cell.teacher};
    if (HasImages(cell)) cell.teacher_evaluation = build.Evaluate(cell.teacher, "", attack, "");
  }

  // What was learned with the teacher stayed with whoever made the file.
  void RequireNothingLearned(const ResolvedEntry& attack) const {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
    if (card.learns_trigger(attack.options)) {
      Refuse(attack, fmt::format("attack {}: its trigger is learned with the teacher; a teacher "
                                 "from a file brings none",
                                 attack.id));
    }
  }

  [[noreturn]] void Refuse(const ResolvedEntry& entry, const std::string& reason) const {
    throw MatrixError(matrix_.name, {entry.path, reason});
  }

  bool HasImages(const PlannedCell& cell) const {
    return !data_.at(cell.cell.dataset).fingerprint.empty();
  }

  void FillStudents(PlannedCell& cell, StageBuilder& build, const std::vector<ResolvedEntry>& parts,
                    const ResolvedEntry* attack) {
    std::vector<std::string> undefended, floor;
    const auto attacked = matrix_.teacher_file ? "" : cell.teacher;
    cell.student = build.Student(cell.teacher, parts, cell.path);
    cell.student_evaluation = HasImages(cell)
                                  ? build.Evaluate(cell.student, cell.teacher, attack, attacked)
                                  : build.Agreement(cell.student, cell.teacher, cell.path);
    if (HasImages(cell) && matrix_.undefended) {
      const auto plain = build.Student(cell.teacher, {}, undefended);
      cell.undefended_evaluation = build.Evaluate(plain, cell.teacher, attack, attacked);
      undefended.push_back(cell.undefended_evaluation);
    }
    if (attack && !matrix_.teacher_file) {
      cell.floor_student = build.Student(cell.clean_teacher, {}, floor);
      cell.floor_evaluation =
          build.Evaluate(cell.floor_student, cell.clean_teacher, attack, cell.teacher);
    }
    Claim(cell, undefended);
  }

  // Not so: the teacher itself, and transfer sets that other teachers share.
  bool DependsOnTeacher(const std::string& ref) const {
    const auto& inputs = plan_.At(ref).stage.description.at("inputs");
    return inputs.contains("model") ||
           (inputs.contains("teacher") && !inputs.at("teacher").is_null());
  }

  // Marks the stages as wanted by the cell, and puts what follows a poisoned teacher behind its
  // gate.
  void Claim(PlannedCell& cell, const std::vector<std::string>& undefended) {
    auto own = cell.path;
    own.insert(own.end(), {cell.teacher_evaluation, cell.student_evaluation});
    for (const auto& ref : own) {
      if (!ref.empty()) plan_.stages[ref].cells.insert(cell.id);
    }
    cell.path.push_back(cell.student_evaluation);
    if (!cell.gate) return;
    own.insert(own.end(), undefended.begin(), undefended.end());
    own.push_back(cell.floor_evaluation);
    for (const auto& ref : own) {
      if (ref != cell.teacher_evaluation && DependsOnTeacher(ref))
        plan_.stages[ref].gate = cell.gate;
    }
  }

  const Matrix& matrix_;
  const Selection& selection_;
  const std::map<std::string, DataFacts>& data_;
  Plan& plan_;
  std::map<std::string, Cell> ids_;
};

// What cells have in common that differ in their seeds only.
struct Combination {
  const MatrixEntry &dataset, &attack, &distiller, &defense;
  const NetworkPair& networks;
};

void ForEachCombination(const Block& block, const std::function<void(const Combination&)>& visit) {
  for (const auto& dataset : block.datasets) {
    for (const auto& attack : block.attacks) {
      for (const auto& networks : block.networks) {
        for (const auto& distiller : block.distillers) {
          for (const auto& defense : block.defenses)
            visit({dataset, attack, distiller, defense, networks});
        }
      }
    }
  }
}

void PlanSeeds(const Combination& of, const Block& block, const Defenses& all_defenses,
               CellPlanner& planner) {
  for (const int64_t teacher_seed : block.teacher_seeds) {
    for (const int64_t student_seed : block.student_seeds) {
      const Cell cell{of.dataset.id,   of.attack.id,  of.networks.teacher, of.networks.student,
                      of.distiller.id, of.defense.id, teacher_seed,        student_seed};
      planner.Add(cell, of.dataset, of.attack, of.distiller, of.defense, all_defenses);
    }
  }
}

}  // namespace

Plan MakePlan(const Matrix& matrix, const Selection& selection,
              const std::map<std::string, DataFacts>& data) {
  if (matrix.teacher_file && selection.teacher_seeds.size() > 1)
    throw Error("--teacher-seeds: a teacher from a file has no seed");
  Plan plan{.matrix = matrix.name};
  CellPlanner planner(matrix, selection, data, plan);
  const auto blocks = Select(matrix, selection);
  for (size_t i = 0; i < blocks.size(); ++i) {
    const Defenses defenses{blocks[i].defenses, matrix.blocks[i].defenses};
    ForEachCombination(blocks[i], [&](const auto& combination) {
      PlanSeeds(combination, blocks[i], defenses, planner);
    });
  }
  if (plan.cells.empty()) throw MakeError("matrix {}: nothing is selected", matrix.name);
  return plan;
}

std::vector<MatrixProblem> TryPlan(const Matrix& matrix) {
  std::map<std::string, DataFacts> data;
  for (const auto& block : matrix.blocks) {
    for (const auto& entry : block.datasets) data[entry.id].fingerprint = std::string(64, '0');
  }
  const Selection everything;
  Plan plan;
  CellPlanner planner(matrix, everything, data, plan);
  std::set<MatrixProblem> problems;  // a wrong entry is told once, not for every cell
  for (size_t i = 0; i < matrix.blocks.size(); ++i) {
    const auto& block = matrix.blocks[i];
    ForEachCombination(block, [&](const auto& combination) {
      try {
        PlanSeeds(combination, block, {block.defenses, block.defenses}, planner);
      } catch (const MatrixError& e) {
        problems.insert(e.problem());
      } catch (const Error& e) {
        problems.insert({fmt::format("/blocks/{}", i), e.what()});
      }
    });
  }
  return {problems.begin(), problems.end()};
}

std::map<std::string, ResolvedEntry> SelectedDatasets(const Matrix& matrix,
                                                      const Selection& selection) {
  std::map<std::string, ResolvedEntry> datasets;
  for (const auto& block : Select(matrix, selection)) {
    for (const auto& entry : block.datasets) {
      ResolveContext context{matrix, selection.set, {{"dataset", {entry.id, entry.plugin}}}};
      datasets[entry.id] = Resolve(PluginKind::kDataset, entry, context);
    }
  }
  return datasets;
}

std::vector<std::string> NeededStages(const Plan& plan,
                                      const std::function<bool(const std::string&)>& has) {
  std::set<std::string> seen, needed;
  const std::function<void(const std::string&)> visit = [&](const std::string& ref) {
    if (ref.empty() || !seen.insert(ref).second || has(ref)) return;
    needed.insert(ref);
    for (const auto& input : plan.At(ref).stage.Inputs()) visit(input);
    if (const auto& starts = plan.At(ref).starts; !starts.empty()) visit(starts.front());
  };
  for (const auto& cell : plan.cells) {
    for (const auto& ref :
         {cell.clean_evaluation, cell.teacher_evaluation, cell.undefended_evaluation,
          cell.floor_evaluation, cell.student_evaluation}) {
      visit(ref);
    }
  }
  std::vector<std::string> ordered;
  std::copy_if(plan.order.begin(), plan.order.end(), std::back_inserter(ordered),
               [&](const auto& ref) { return needed.contains(ref); });
  return ordered;
}

}  // namespace dfkd
