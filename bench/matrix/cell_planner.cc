#include "bench/matrix/cell_planner.h"

#include <algorithm>
#include <set>

#include "bench/core/registry.h"
#include "bench/matrix/defense_parts.h"
#include "bench/matrix/plan_checks.h"
#include "bench/matrix/stages_of_cell.h"

namespace dfkd {

// Teacher and clean teacher, of one teacher seed.
struct Teachers {
  StageId teacher = kNoStage, clean_teacher = kNoStage;
  StageId teacher_evaluation = kNoStage, clean_evaluation = kNoStage;
  std::optional<Gate> gate;
  std::shared_ptr<const std::vector<PlannedDetection>> detections;
  std::vector<StageId> path;  // on the way to the teacher
};

// The students that a cell is compared with, of one pair of seeds.
struct References {
  StageId floor_student = kNoStage, floor_evaluation = kNoStage, undefended_evaluation = kNoStage;
  std::vector<StageId> undefended;  // all stages of the undefended student
};

namespace {

// A file system takes 255 bytes; files that are being written have an ending of their own.
constexpr size_t kLongestId = 200;

// Where distillation is cut: wherever some defence of the *whole* matrix begins or ends to act, or
// some part of a registered composite with its defaults. So a run of {none, sv} leaves the states
// from which {sr, abd} continue another day. Every defence there is would be too many cuts.
std::vector<int64_t> CutsFor(const Block& selected, const Block& whole,
                             const ResolveContext& context, const DistillerTraits& traits) {
  std::set<int64_t> cuts;
  auto entries = selected.defenses;
  entries.insert(entries.end(), whole.defenses.begin(), whole.defenses.end());
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts) entries.push_back({.id = card->name, .plugin = card->name});
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const auto& entry = entries[i];
    auto with = context;
    with.axes["defense"] = {entry.id, entry.plugin};
    // "defense.layers=2" means the selected ones; the others may have no such option.
    with.by_kind = i < selected.defenses.size();
    AddCuts(Resolve(PluginKind::kDefense, entry, with).parts, traits, cuts);
  }
  return {cuts.begin(), cuts.end()};
}

DistillerTraits TraitsOf(const ResolvedEntry& distiller, const DataFacts& data) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, distiller.plugin);
  auto traits = card.traits(distiller.options);
  if (card.rounds_on && data.training_images)
    traits.rounds = card.rounds_on(distiller.options, *data.training_images);
  return traits;
}

ResolvedEntry NoAttack() {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "none");
  return {
      .id = "none", .plugin = "none", .revision = card.revision, .options = ResolveFor(card, {})};
}

// The clean teacher whose student gives the floor of an attack that has learned from a clean
// teacher: of the next seed that the block trains anyway, else of a seed of its own.
int64_t FloorSeed(int64_t seed, const std::vector<int64_t>& seeds) {
  std::set<int64_t> others(seeds.begin(), seeds.end());
  others.erase(seed);
  if (others.empty()) return seed + 1;
  const auto next = others.upper_bound(seed);
  return next == others.end() ? *others.begin() : *next;
}

}  // namespace

// Cells that differ in defence and seeds only. What does not depend on these is resolved and built
// once.
struct CellPlanner::Group {
  const MatrixEntry &dataset, &attack, &distiller;
  const NetworkPair& networks;
  // Of the block as the matrix has it, whatever is selected.
  const std::vector<int64_t>& teacher_seeds;
  // Filled by AddGroup. Entries are resolved against the cells' axes, because overrides may depend
  // on them; the defence is no such axis for what is not one.
  ResolveContext context;
  ResolvedEntry resolved_dataset, resolved_attack, resolved_distiller;
  CellEntries entries;  // of its cells, but for the defence
  DistillerTraits traits;
  std::string unfit;  // why the distiller cannot distil between the networks; then no cell applies
  std::vector<int64_t> cuts;
  std::optional<EntryTexts> texts;
  WrittenRecipe written;
  std::map<int64_t, Teachers> teachers;  // by teacher seed
  // By both seeds.
  std::map<std::pair<int64_t, int64_t>, References> references;
  std::map<std::pair<int64_t, int64_t>, SharedStates> shared;
  const Block* block = nullptr;  // as it is selected
  bool poisons = false, poisons_transfer = false;

  void AskAttack() {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
    poisons = card.poisons(resolved_attack.options);
    poisons_transfer = poisons && card.poisons_transfer(resolved_attack.options);
  }
  // Null: nothing is triggered.
  const ResolvedEntry* Attack() const { return poisons ? &resolved_attack : nullptr; }
  // Null: transfer sets stay as they are.
  const ResolvedEntry* TransferAttack() const {
    return poisons_transfer ? &resolved_attack : nullptr;
  }
};

// Cells that differ in seeds only.
struct CellPlanner::Row {
  std::shared_ptr<const CellEntries> entries;
  WrittenDefense defense;
  std::string not_applicable, defense_path;
  Track track;
};

namespace {

const std::vector<int64_t> kUncut;

// The stages of one cell, of which most are there already.
class CellStages {
 public:
  CellStages(const Matrix& matrix, const CellRecipe& recipe, const ResolvedEntry* attack,
             int64_t floor_seed, SharedStates& shared, Plan& plan)
      : matrix_(matrix),
        recipe_(recipe),
        attack_(attack),
        floor_seed_(floor_seed),
        plan_(plan),
        build_(plan, recipe, shared) {}

  Teachers MakeTeachers(const std::vector<MatrixDetector>& detectors) {
    auto made = matrix_.teacher_file ? TeacherFromFile() : TrainedTeachers();
    if (!detectors.empty()) made.detections = Detections(made, detectors);
    return made;
  }

  Teachers TrainedTeachers() {
    Teachers made;
    std::vector<StageId> reference;  // on the way only if the attack learns from it
    made.teacher = made.clean_teacher = build_.Teacher(NoAttack(), kNoStage, reference);
    if (attack_) made.teacher = build_.Teacher(*attack_, made.clean_teacher, made.path);
    if (!attack_) made.path = reference;
    made.clean_evaluation = build_.Evaluate(made.clean_teacher, kNoStage, nullptr, kNoStage);
    made.teacher_evaluation = build_.Evaluate(made.teacher, kNoStage, attack_, made.teacher);
    if (attack_) {
      made.gate = Gate{made.teacher_evaluation, made.clean_evaluation, GateOf(*attack_)};
      if (made.gate->attack.student_by) made.gate->judging = Judging(made);
    }
    return made;
  }

  void MakeStudent(const WrittenDefense& defense, PlannedCell& cell) {
    cell.student = build_.Student(cell.teacher, defense, cell.path);
    cell.student_evaluation = HasImages() ? build_.Evaluate(cell.student, cell.teacher_evaluation,
                                                            attack_, Attacked(cell))
                                          : build_.Agreement(cell.student, cell.teacher, cell.path);
  }

  References MakeReferences(const PlannedCell& cell) {
    References made;
    if (HasImages() && matrix_.undefended) {
      const auto plain = build_.Student(cell.teacher, {}, made.undefended);
      made.undefended_evaluation =
          build_.Evaluate(plain, cell.teacher_evaluation, attack_, Attacked(cell));
      made.undefended.push_back(made.undefended_evaluation);
    }
    if (attack_ && !matrix_.teacher_file) {
      std::vector<StageId> unclaimed;
      const auto [teacher, evaluation] = FloorTeacher(cell);
      auto unharmed = recipe_;  // a clean teacher on a clean transfer set
      unharmed.transfer_attack = nullptr;
      SharedStates none;
      made.floor_student = StageBuilder(plan_, unharmed, none).Student(teacher, {}, unclaimed);
      made.floor_evaluation = build_.Evaluate(made.floor_student, evaluation, attack_, cell.teacher,
                                              StageBuilder::Curves::kNo);
    }
    return made;
  }

  // Marks the stages as wanted by the cell, and puts what follows a poisoned teacher behind its
  // gate, but for what the gate looks at. `index` is the cell's.
  void Claim(CellIndex index, const std::vector<StageId>& undefended, PlannedCell& cell) {
    auto own = cell.path;
    own.insert(own.end(), {cell.teacher_evaluation, cell.student_evaluation});
    if (cell.detections) {
      for (const auto& planned : *cell.detections) own.push_back(planned.teacher);
    }
    for (const auto id : own) {
      if (id == kNoStage) continue;
      auto& cells = plan_.stages[id].cells;
      if (cells.empty() || cells.back() != index) cells.push_back(index);
    }
    cell.path.push_back(cell.student_evaluation);
    if (!cell.gate) return;
    own.insert(own.end(), undefended.begin(), undefended.end());
    own.push_back(cell.floor_evaluation);
    const auto& judging = cell.gate->judging;
    const auto is_judged = [&](StageId id) {
      return id == cell.teacher_evaluation ||
             std::find(judging.begin(), judging.end(), id) != judging.end();
    };
    for (const auto id : own) {
      auto& stage = plan_.stages[id];
      if (stage.reads_model && !stage.gate && !is_judged(id)) stage.gate = cell.gate;
    }
  }

 private:
  std::shared_ptr<const std::vector<PlannedDetection>> Detections(
      const Teachers& made, const std::vector<MatrixDetector>& detectors) {
    std::vector<PlannedDetection> planned;
    const bool poisoned = made.clean_teacher != kNoStage && made.clean_teacher != made.teacher;
    for (const auto& detector : detectors) {
      planned.push_back({detector.id, build_.Detect(made.teacher, detector),
                         poisoned ? build_.Detect(made.clean_teacher, detector) : kNoStage});
    }
    return std::make_shared<const std::vector<PlannedDetection>>(std::move(planned));
  }

  static AttackGate GateOf(const ResolvedEntry& attack) {
    return Registry::Get().Card(PluginKind::kAttack, attack.plugin).gate(attack.options);
  }

  // The student that is judged in the place of a dormant teacher. It has the teacher's network and
  // seed, so that a teacher has one gate, whatever its students are.
  std::vector<StageId> Judging(const Teachers& made) {
    const auto& by = *made.gate->attack.student_by;
    const auto& card = Registry::Get().Card(PluginKind::kDistiller, by.plugin);
    const ResolvedEntry distiller{.id = by.plugin,
                                  .plugin = by.plugin,
                                  .revision = card.revision,
                                  .options = ResolveFor(card, by.options)};
    const auto traits = TraitsOf(distiller, recipe_.data);
    const auto& network = recipe_.networks.teacher;
    const NetworkPair networks{network, network};
    const EntryTexts texts(recipe_.dataset, recipe_.data, distiller, attack_);
    const int64_t seed = recipe_.teacher_seed;
    WrittenRecipe written;
    const CellRecipe recipe{matrix_,
                            recipe_.dataset,
                            distiller,
                            recipe_.data,
                            networks,
                            seed,
                            /*student_seed=*/seed,
                            traits,
                            /*cuts=*/kUncut,
                            texts,
                            written,
                            /*reactivation=*/nullptr,
                            recipe_.transfer_attack};
    SharedStates none;
    StageBuilder build(plan_, recipe, none);
    std::vector<StageId> path;
    const auto student = build.Student(made.teacher, {}, path);
    path.push_back(build.Evaluate(student, made.teacher_evaluation, attack_, made.teacher,
                                  StageBuilder::Curves::kNo));
    return path;
  }

  // Nothing to compare it with: no clean teacher, so no floor and no gate.
  Teachers TeacherFromFile() {
    if (attack_) RequireNothingLearned();
    Teachers made;
    made.teacher = build_.ImportedTeacher();
    made.path = {made.teacher};
    if (HasImages())
      made.teacher_evaluation = build_.Evaluate(made.teacher, kNoStage, attack_, kNoStage);
    return made;
  }

  // What was learned with the teacher stayed with whoever made the file.
  void RequireNothingLearned() const {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, attack_->plugin);
    if (!card.learns_trigger(attack_->options)) return;
    throw MatrixError(matrix_.name,
                      {attack_->path, fmt::format("attack {}: its trigger is learned with the "
                                                  "teacher; a teacher from a file brings none",
                                                  attack_->id)});
  }

  bool HasImages() const { return !recipe_.data.fingerprint.empty(); }

  // With its evaluation. A trigger that was made to move the clean teacher moves its student as
  // well, and that would pass for what any clean student does.
  std::pair<StageId, StageId> FloorTeacher(const PlannedCell& cell) {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, attack_->plugin);
    if (!card.needs_clean_teacher(attack_->options))
      return {cell.clean_teacher, cell.clean_evaluation};
    auto other = recipe_;
    other.teacher_seed = floor_seed_;
    SharedStates none;
    StageBuilder build(plan_, other, none);
    std::vector<StageId> unclaimed;
    const auto teacher = build.Teacher(NoAttack(), kNoStage, unclaimed);
    return {teacher, build.Evaluate(teacher, kNoStage, nullptr, kNoStage)};
  }

  StageId Attacked(const PlannedCell& cell) const {
    return matrix_.teacher_file ? kNoStage : cell.teacher;
  }

  const Matrix& matrix_;
  const CellRecipe& recipe_;
  const ResolvedEntry* const attack_;
  const int64_t floor_seed_;
  Plan& plan_;
  StageBuilder build_;
};

// What was made for `key`, made now if it was not.
template <class Key, class Value, class Make>
const Value& Once(std::map<Key, Value>& made, const Key& key, Make make) {
  auto found = made.find(key);
  if (found == made.end()) found = made.emplace(key, make()).first;
  return found->second;
}

}  // namespace

// Runs `action`; what it throws is thrown on, or told. `path`: where to look if it does not say.
template <class Action>
void CellPlanner::Guard(const std::string& path, Action action) {
  if (problems_ == nullptr) return action();
  const auto tell = [this](const MatrixProblem& problem) {
    const bool told = std::find(problems_->begin(), problems_->end(), problem) != problems_->end();
    if (!told) problems_->push_back(problem);
  };
  try {
    action();
  } catch (const MatrixError& e) {
    tell(e.problem());
  } catch (const Error& e) {
    tell({path, e.what()});
  }
}

void CellPlanner::AddBlock(const Block& selected, const Block& whole) {
  for (const auto& dataset : selected.datasets) {
    for (const auto& attack : selected.attacks) {
      for (const auto& networks : selected.networks) {
        for (const auto& distiller : selected.distillers) {
          Guard(distiller.path, [&] {
            const auto axes = AxesOf(dataset, attack, distiller, networks);
            AddGroup({dataset,
                      attack,
                      distiller,
                      networks,
                      whole.teacher_seeds,
                      {matrix_, settings_, axes}},
                     selected, whole);
          });
        }
      }
    }
  }
}

void CellPlanner::AddGroup(Group group, const Block& selected, const Block& whole) {
  const auto& context = group.context;
  group.resolved_dataset = Resolve(PluginKind::kDataset, group.dataset, context);
  group.resolved_attack = Resolve(PluginKind::kAttack, group.attack, context);
  group.resolved_distiller = Resolve(PluginKind::kDistiller, group.distiller, context);
  group.entries = {{"dataset", group.resolved_dataset},
                   {"attack", group.resolved_attack},
                   {"distiller", group.resolved_distiller}};
  group.AskAttack();
  const auto& data = data_.at(group.dataset.id);
  group.traits = TraitsOf(group.resolved_distiller, data);
  group.unfit = WhyUnfit(group.resolved_dataset, group.resolved_distiller, group.networks, data);
  if (const auto why = WrongTrack(group.resolved_distiller, group.traits); !why.empty())
    throw MakeError("distiller {}: {}", group.distiller.id, why);
  RequireTargetClass(matrix_, group.resolved_dataset, group.resolved_attack, data);
  RequireCleanImages(matrix_, group.resolved_attack);
  RequireNoShortage(matrix_, group.resolved_dataset, group.resolved_attack, data);
  RequireImagesToPoison(matrix_, group.resolved_attack, group.dataset.id, data);
  RequireEnoughImages(matrix_, selected, group.dataset.id, data);
  group.block = &selected;
  group.cuts = CutsFor(selected, whole, context, group.traits);
  group.texts.emplace(group.resolved_dataset, data, group.resolved_distiller, group.Attack());
  for (const auto& defense : selected.defenses)
    Guard(defense.path, [&] { AddRow(group, defense, selected); });
}

void CellPlanner::AddRow(Group& group, const MatrixEntry& defense, const Block& block) {
  auto context = group.context;
  context.axes["defense"] = {defense.id, defense.plugin};
  auto resolved = Resolve(PluginKind::kDefense, defense, context);
  Row row{.defense = {.parts = {ActiveParts(resolved), group.traits}},
          .defense_path = defense.path};
  const auto& parts = row.defense.parts.all;
  if (const auto names = BothWeigh(parts, group.traits); !names.empty()) {
    throw MatrixError(
        matrix_.name,
        {defense.path,
         fmt::format("defense {}: {} both give sample coefficients; only one part may", defense.id,
                     names)});
  }
  row.not_applicable = WhyNotApplicable(parts, defense.id, group.resolved_distiller, group.traits);
  const auto& data = data_.at(group.dataset.id);
  if (row.not_applicable.empty())
    row.not_applicable = WhyUnfit(group.resolved_dataset, parts, group.networks, data);
  if (group.TransferAttack() && !NamesTransferSet(group.resolved_distiller)) {
    row.not_applicable = fmt::format("{} poisons transfer sets; {} has none", group.attack.id,
                                     group.resolved_distiller.id);
  }
  if (!group.unfit.empty()) row.not_applicable = group.unfit;
  row.track = NeedCleanData(parts) ? Track::kCleanSubset : group.traits.track;
  if (row.not_applicable.empty()) row.defense.Write();
  auto entries = group.entries;
  entries.emplace("defense", std::move(resolved));
  row.entries = std::make_shared<CellEntries>(std::move(entries));
  for (const int64_t teacher_seed : block.teacher_seeds) {
    for (const int64_t student_seed : block.student_seeds) {
      AddCell(group, row,
              {group.dataset.id, group.attack.id, group.networks.teacher, group.networks.student,
               group.distiller.id, defense.id, teacher_seed, student_seed});
    }
  }
}

void CellPlanner::AddCell(Group& group, const Row& row, Cell cell) {
  PlannedCell planned{.cell = std::move(cell), .entries = row.entries, .track = row.track};
  planned.id = CellId(planned.cell);
  if (planned.id.size() > kLongestId) {
    throw MatrixError(
        matrix_.name,
        {row.defense_path, fmt::format("a cell would be called {}…, {} characters; at most {} are "
                                       "allowed, because files are named so: choose shorter ids",
                                       planned.id.substr(0, 60), planned.id.size(), kLongestId)});
  }
  planned.not_applicable = row.not_applicable;
  if (const auto known = ids_.find(planned.id); known != ids_.end()) {
    if (plan_.cells[known->second].cell == planned.cell) return AddAgain(group, row, known->second);
    throw MatrixError(
        matrix_.name,
        {row.defense_path, fmt::format("two cells are called {}; choose other ids", planned.id)});
  }
  if (planned.not_applicable.empty()) AddStages(group, row, planned);
  ids_.emplace(planned.id, static_cast<CellIndex>(plan_.cells.size()));
  blocks_.push_back(group.block);
  plan_.cells.push_back(std::move(planned));
}

// Another block has it too. With other teacher seeds there, its floor may come from the clean
// teacher of another seed (FloorSeed). That is no harm: any that no trigger was made on serves.
void CellPlanner::AddAgain(const Group& group, const Row& row, CellIndex known) {
  // A defence that is in no block joined all of them by its name: nobody wrote the cell twice.
  if (row.defense_path.empty() || told_ == group.block) return;
  told_ = group.block;
  RequireSameQuestions(matrix_, *blocks_[known], *group.block, plan_.cells[known].id);
  told_ = nullptr;
}

void CellPlanner::AddStages(Group& group, const Row& row, PlannedCell& cell) {
  const std::pair seeds(cell.cell.teacher_seed, cell.cell.student_seed);
  const CellRecipe recipe{matrix_,
                          group.resolved_dataset,
                          group.resolved_distiller,
                          data_.at(group.dataset.id),
                          group.networks,
                          seeds.first,
                          seeds.second,
                          group.traits,
                          group.cuts,
                          *group.texts,
                          group.written,
                          group.block->reactivation,
                          group.TransferAttack()};
  CellStages stages(matrix_, recipe, group.Attack(), FloorSeed(seeds.first, group.teacher_seeds),
                    group.shared[seeds], plan_);
  const auto& teachers = Once(group.teachers, seeds.first,
                              [&] { return stages.MakeTeachers(group.block->detectors); });
  cell.teacher = teachers.teacher, cell.clean_teacher = teachers.clean_teacher;
  cell.teacher_evaluation = teachers.teacher_evaluation;
  cell.clean_evaluation = teachers.clean_evaluation;
  cell.gate = teachers.gate;
  cell.detections = teachers.detections;
  cell.path = teachers.path;
  stages.MakeStudent(row.defense, cell);
  const auto& references =
      Once(group.references, seeds, [&] { return stages.MakeReferences(cell); });
  cell.floor_student = references.floor_student;
  cell.floor_evaluation = references.floor_evaluation;
  cell.undefended_evaluation = references.undefended_evaluation;
  stages.Claim(static_cast<CellIndex>(plan_.cells.size()), references.undefended, cell);
}

}  // namespace dfkd
