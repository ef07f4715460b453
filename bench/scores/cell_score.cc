#include "bench/scores/cell_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"

namespace dfkd {
namespace {

std::optional<double> Fraction(const std::optional<Count>& count) {
  if (!count || count->of == 0) return std::nullopt;
  return static_cast<double>(count->hits) / static_cast<double>(count->of);
}

Entry EntryFrom(const ResolvedEntry& resolved) {
  Entry entry{resolved.plugin, resolved.revision, resolved.options, resolved.attack_aware, {}};
  const bool composite = resolved.parts.size() > 1 || (resolved.parts.size() == 1 &&
                                                       resolved.parts[0].plugin != resolved.plugin);
  if (composite) {
    for (const auto& part : resolved.parts) entry.parts.push_back(EntryFrom(part));
  }
  return entry;
}

const char* EvaluatedOn(const PlannedCell& cell) {
  return cell.entries->at("dataset").holdout > 0 ? "validation" : "test";
}

// Of entries that are one, "".
std::string WhyOtherEntry(const Entry& said, const Entry& planned) {
  if (said.plugin != planned.plugin)
    return fmt::format("plugin '{}' must be '{}'", said.plugin, planned.plugin);
  if (said.revision != planned.revision)
    return fmt::format("revision {} must be {}", said.revision, planned.revision);
  if (said.options != planned.options)
    return fmt::format("options {} must be {}", Canonical(said.options),
                       Canonical(planned.options));
  if (said.parts.size() != planned.parts.size())
    return fmt::format("{} parts must be {}", said.parts.size(), planned.parts.size());
  for (size_t i = 0; i < said.parts.size(); ++i) {
    if (auto why = WhyOtherEntry(said.parts[i], planned.parts[i]); !why.empty()) return why;
  }
  return "";
}

const std::vector<PlannedDetection> kNoDetections;

class CellScore {
 public:
  CellScore(const Scoring& scoring, const PlannedCell& cell, Results& results)
      : scoring_(scoring), cell_(cell), results_(results) {
    NamePath();
  }

  // Nullopt: the cell has not come to an end.
  std::optional<Score> Make() {
    FillPlan();
    if (!cell_.not_applicable.empty()) return Ended(Status::kNotApplicable, cell_.not_applicable);
    if (Has(cell_.teacher_evaluation)) FillTeacher();
    if (GateFailed()) return Ended(Status::kAttackFailed, GateReason());
    if (!HasEvaluations()) return Failed();
    if (IsPending(cell_.floor_evaluation) || IsPending(cell_.undefended_evaluation))
      return std::nullopt;
    for (const auto id : DetectionsOf(cell_)) {
      if (IsPending(id)) return std::nullopt;
    }
    FillStudent();
    FillFloor();
    FillDetectors();
    FillReactivation();
    FillAsked();
    FillCost();
    score_.validity = ValidityOf(score_, CircumstancesOf());
    return score_;
  }

 private:
  // Titles hold no keys: a transfer set of the teacher and one of the sanitised teacher have the
  // same. Of equal ones the later are numbered: "transfer_set bank (2)".
  void NamePath() {
    for (const auto id : cell_.path) {
      if (id == kNoStage || titles_.contains(id)) continue;
      const auto title = NumberedTitle(scoring_.plan.At(id).title);
      titles_[id] = title;
      taken_.insert(title);
    }
  }

  std::string NumberedTitle(const std::string& title) const {
    auto numbered = title;
    for (int number = 2; taken_.contains(numbered); ++number)
      numbered = fmt::format("{} ({})", title, number);
    return numbered;
  }

  std::optional<Score> Ended(Status status, const std::string& reason) {
    score_.status = status;
    score_.reason = reason;
    FillCost();
    return score_;
  }

  // Why the cell cannot go on, if it cannot.
  std::optional<Score> Failed() {
    auto path = cell_.path;
    path.insert(path.begin(),
                {cell_.clean_teacher, cell_.clean_evaluation, cell_.teacher_evaluation});
    if (cell_.gate) path.insert(path.end(), cell_.gate->judging.begin(), cell_.gate->judging.end());
    for (const auto id : path) {
      if (id == kNoStage || Has(id)) continue;
      const auto& stage = scoring_.plan.At(id);
      const auto all = results_.FailuresOf(id);
      if (MayTrySomewhere(all)) continue;
      const auto& last = all.back();
      const auto status = last.failure == FailureClass::kDiverged  ? Status::kDiverged
                          : last.failure == FailureClass::kTimeout ? Status::kTimedOut
                                                                   : Status::kFailed;
      return Ended(status, fmt::format("{}: {}", stage.title, last.message));
    }
    return std::nullopt;
  }

  // Those without which there is nothing to say of the cell. Nothing orders them: a run that ends
  // early may leave any of them out.
  bool HasEvaluations() const {
    const auto has = [this](StageId id) { return id == kNoStage || Has(id); };
    return has(cell_.teacher_evaluation) && has(cell_.clean_evaluation) &&
           (!cell_.gate || Has(cell_.gate->Judged())) && Has(cell_.student_evaluation);
  }

  // What the cell is measured against: whether it is still to come. A reference that failed for
  // good keeps no cell waiting.
  bool IsPending(StageId id) const { return id != kNoStage && !Has(id) && !NeverComes(id); }

  bool NeverComes(StageId id) const {
    if (Has(id)) return false;
    const auto& stage = scoring_.plan.At(id);
    if (!MayTrySomewhere(results_.FailuresOf(id))) return true;
    return std::any_of(stage.inputs.begin(), stage.inputs.end(),
                       [this](StageId input) { return NeverComes(input); });
  }

  // kNoStage: a cell of this kind has no such stage.
  bool Has(StageId id) const { return results_.Has(id); }

  void FillPlan() {
    const auto& matrix = scoring_.matrix;
    score_.matrix = matrix.name;
    score_.preset = matrix.preset;
    score_.demonstration = matrix.demonstration;
    score_.cell = cell_.cell;
    score_.track = Name(cell_.track);
    score_.teacher_recipe = matrix.ResolvedTeacher();
    for (const auto& [axis, entry] : *cell_.entries) score_.entries[axis] = EntryFrom(entry);
    score_.evaluated_on = EvaluatedOn(cell_);
    const auto& facts = scoring_.data.at(cell_.cell.dataset);
    score_.data = {facts.fingerprint, facts.official};
    score_.numerics = {matrix.profile, "cpu", 1, true};
    score_.provenance.version = scoring_.version;
    score_.provenance.created = "1970-01-01T00:00:00Z";  // of a cell that computed nothing
  }

  void FillTeacher() {
    const auto counts = results_.CountsOf(cell_.teacher_evaluation);
    score_.counts["teacher"] = counts;
    score_.teacher = TeacherScore{.acc = Fraction(counts.clean), .asr = Fraction(counts.target)};
    score_.teacher->visibility = results_.VisibilityOf(cell_.teacher_evaluation);
    if (!Has(cell_.clean_evaluation)) return;
    score_.teacher->clean_acc = Fraction(results_.CountsOf(cell_.clean_evaluation).clean);
    if (!cell_.gate || !Has(cell_.gate->Judged())) return;
    gate_ = results_.GateOf(*cell_.gate);
    score_.teacher->gate = gate_->passed ? "passed" : scoring_.ignore_gate ? "ignored" : "failed";
  }

  bool GateFailed() const { return gate_ && !gate_->passed && !scoring_.ignore_gate; }

  std::string GateReason() const {
    if (!gate_->carries_backdoor) {
      const auto& attack = cell_.gate->attack;
      const auto share =
          attack.of_accuracy ? fmt::format(" ({:.2f} of its ACC)", attack.lowest_asr) : "";
      return fmt::format("{} ASR {:.3f} is below {:.2f}{}: the attack did not take",
                         WhoIsJudged(*cell_.gate), gate_->asr.value_or(0), gate_->lowest_asr,
                         share);
    }
    return fmt::format(
        "the teacher's ACC {:.3f} is more than {:.2f} below the clean teacher's {:.3f}",
        gate_->teacher_acc, cell_.gate->largest_acc_drop, gate_->clean_acc);
  }

  void FillStudent() {
    const auto& evaluation = results_.Evaluation(cell_.student_evaluation);
    const auto counts = CountsFrom(evaluation);
    score_.counts["student"] = counts;
    StudentScore student{Fraction(counts.clean), Fraction(counts.target),
                         Fraction(counts.true_label),
                         Fraction(CountFrom(evaluation.at("agreement"))), std::nullopt};
    student.acc_per_class.emplace();
    for (const auto& count : evaluation.at("acc_per_class"))
      student.acc_per_class->push_back(Fraction(CountFrom(count)));
    score_.student = student;
  }

  void FillFloor() {
    if (!Has(cell_.floor_evaluation)) return;
    const auto counts = results_.CountsOf(cell_.floor_evaluation);
    score_.counts["floor"] = counts;
    score_.floor = FloorScore{Fraction(counts.target)};
  }

  void FillDetectors() {
    if (!cell_.detections) return;
    for (const auto& planned : *cell_.detections) {
      auto& said = score_.detectors[planned.detector];
      said.teacher = results_.DetectionOf(planned.teacher);
      said.clean_teacher = results_.DetectionOf(planned.clean_teacher);
    }
  }

  void FillReactivation() {
    const auto list = [this](StageId id) {
      const Json none = Json::array();
      if (!Has(id)) return none;
      Json tried = results_.Evaluation(id).value("reactivation", none);
      return tried.is_null() ? none : tried;
    };
    const Json students = list(cell_.student_evaluation);
    const Json floors = students.empty() ? Json() : list(cell_.floor_evaluation);
    for (const auto& student : students) {
      ReactivationScore tried{.images = student.at("images"), .student = TriedFrom(student)};
      for (const auto& floor : floors) {
        if (floor.at("images") == tried.images) tried.floor = TriedFrom(floor);
      }
      tried.acc = Fraction(tried.student.clean);
      tried.asr = Fraction(tried.student.target);
      tried.floor_asr = Fraction(tried.floor.target);
      if (tried.asr && tried.floor_asr.value_or(0) > 0) tried.kappa = *tried.asr / *tried.floor_asr;
      score_.reactivation.push_back(tried);
    }
  }

  static Counts TriedFrom(const Json& tried) {
    return {CountFrom(tried.at("clean")), CountFrom(tried.at("target")), std::nullopt};
  }

  // As they stand in the keys of the stages.
  void FillAsked() {
    const auto& plan = scoring_.plan;
    HowAsked asked;
    for (const auto& planned : cell_.detections ? *cell_.detections : kNoDetections) {
      const Json how = plan.At(planned.teacher).stage.description().at("detector");
      asked.detectors[planned.detector] = {
          how.at("plugin"), how.at("revision"), how.at("options"), false, {}};
    }
    const Json evaluated = plan.At(cell_.student_evaluation).stage.description();
    asked.reactivation = evaluated.value("reactivation", Json());
    if (asked.reactivation.is_object()) {
      for (const char* name : {"revision", "seed"}) asked.reactivation.erase(name);
    }
    const bool any = !asked.detectors.empty() || asked.reactivation.is_object();
    if (any) score_.provenance.asked = std::move(asked);
  }

  // What really was computed for this student, whatever the cuts of today's plan: the costs
  // recorded with what was evaluated. The student itself need not be there any more.
  Json RecordedCosts() {
    const auto& student = cell_.student;
    for (const auto id : {cell_.student_evaluation, student}) {
      if (!Has(id)) continue;
      Json costs = results_.ManifestWithCosts(id).at("facts").value("costs", Json::object());
      if (id != student && !costs.contains(scoring_.plan.Ref(student))) continue;
      if (id != student) DropCostsOfAsking(id, costs);
      return costs;
    }
    return Json::object();
  }

  // Images that are made for an evaluation alone: nobody pays for them who wants a student.
  void DropCostsOfAsking(StageId evaluation, Json& costs) const {
    for (const auto input : scoring_.plan.At(evaluation).inputs) {
      const auto& ref = scoring_.plan.Ref(input);
      if (!titles_.contains(input) && IsPaidByDefender(ref)) costs.erase(ref);
    }
  }

  void FillCost() {
    const auto costs = RecordedCosts();
    FillProvenance(costs);
    FillReferences();
    if (costs.empty()) return;
    double total = 0;
    for (const auto id : {cell_.student_evaluation, cell_.teacher_evaluation}) {
      if (Has(id) && !costs.contains(scoring_.plan.Ref(id))) total += SecondsOf(id);
    }
    for (const auto& [ref, cost] : costs.items()) {
      const double seconds = cost.at("wall_seconds");
      total += seconds;
      if (!IsPaidByDefender(ref)) continue;
      score_.cost.stages[TitleOf(ref, cost)] = seconds;
      if (const auto* facts = results_.FactsOf(ref)) AddSources(*facts);
      Describe(cost);
    }
    const auto paid = PaidCostOf(costs);
    score_.cost.wall_seconds = paid.wall_seconds;
    score_.cost.cpu_seconds = paid.cpu_seconds;
    score_.cost.gpu_seconds = paid.gpu_seconds;
    score_.cost.peak_bytes = paid.peak_bytes;
    score_.cost.total_seconds = total;
  }

  double SecondsOf(StageId id) {
    const auto* facts = FactsOf(id);
    return facts ? facts->wall_seconds : 0.0;
  }

  // Of a stage that was paid for: it need not be on the path, where today's plan cuts otherwise.
  std::string TitleOf(const std::string& ref, const Json& cost) {
    const auto id = scoring_.plan.Find(ref);
    if (const auto own = titles_.find(id); own != titles_.end()) return own->second;
    const auto title = NumberedTitle(id == kNoStage ? cost.at("label").get<std::string>()
                                                    : scoring_.plan.At(id).title);
    taken_.insert(title);
    return title;
  }

  // Of a stage that is not there any more: its key and, where it was recorded with its cost, the
  // digest of what was there.
  void NameGone(StageId id, const Json& costs) {
    const auto cost = costs.find(scoring_.plan.Ref(id));
    if (cost == costs.end() || !cost->contains("digest")) return;
    const auto& title = titles_.at(id);
    score_.provenance.stages[title] = scoring_.plan.At(id).stage.key();
    score_.provenance.artifacts[title] = cost->at("digest");
  }

  void FillProvenance(const Json& costs) {
    for (const auto id : cell_.path) {
      const auto* facts = FactsOf(id);
      if (!facts) {
        NameGone(id, costs);
        continue;
      }
      const auto& title = titles_.at(id);
      score_.provenance.stages[title] = scoring_.plan.At(id).stage.key();
      score_.provenance.artifacts[title] = facts->digest;
      score_.provenance.commit = facts->commit;
      score_.provenance.created = std::max(score_.provenance.created, facts->created);
      AddSources(*facts);
      score_.numerics.threads = facts->threads;
    }
  }

  // What is on nobody's way to the student, and in the score.
  void FillReferences() {
    std::vector<StageId> read = {cell_.clean_evaluation, cell_.teacher_evaluation};
    if (cell_.gate) read.push_back(cell_.gate->Judged());
    if (score_.status == Status::kOk) {
      read.insert(read.end(), {cell_.floor_evaluation, cell_.undefended_evaluation});
      const auto detections = DetectionsOf(cell_);
      read.insert(read.end(), detections.begin(), detections.end());
    }
    std::set<std::string> keys;
    for (const auto id : read) {
      if (Has(id) && !titles_.contains(id)) keys.insert(scoring_.plan.At(id).stage.key());
    }
    score_.provenance.references.assign(keys.begin(), keys.end());
  }

  const Results::Facts* FactsOf(StageId id) {
    return Has(id) ? results_.FactsOf(scoring_.plan.Ref(id)) : nullptr;
  }

  void AddSources(const Results::Facts& facts) {
    for (const auto& [plugin, hash] : facts.sources) {
      auto& hashes = score_.provenance.sources[plugin];
      hashes.push_back(hash);
      std::sort(hashes.begin(), hashes.end());
      hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    }
  }

  // The student's own device; deterministic only if all its stages were.
  void Describe(const Json& cost) {
    const std::string device = cost.value("device", "cpu");
    if (device != "cpu") score_.numerics.device = device;
    score_.numerics.deterministic &= device == "cpu" || scoring_.matrix.profile == "deterministic";
  }

  Circumstances CircumstancesOf() {
    Circumstances circumstances{.teacher_from_file = scoring_.matrix.teacher_file.has_value()};
    if (cell_.entries->at("attack").plugin == "none") return circumstances;
    const auto failed = [this](StageId id) { return id != kNoStage && !Has(id); };
    circumstances.no_floor = failed(cell_.floor_evaluation);
    circumstances.no_undefended = failed(cell_.undefended_evaluation);
    if (Has(cell_.undefended_evaluation)) {
      const auto& counts = results_.CountsOf(cell_.undefended_evaluation);
      circumstances.undefended_asr = Fraction(counts.target);
    }
    return circumstances;
  }

  const Scoring& scoring_;
  const PlannedCell& cell_;
  Results& results_;
  Score score_;
  std::optional<GateResult> gate_;
  std::map<StageId, std::string> titles_;  // of the path
  std::set<std::string> taken_;            // these, and those of other stages that were paid for
};

}  // namespace

std::string WhyNotOfPlan(const Score& score, const Plan& plan, const PlannedCell& cell) {
  const auto other = [](const char* name, const std::string& said, const std::string& planned) {
    return fmt::format("/{}: '{}' must be '{}', as planned", name, said, planned);
  };
  if (score.matrix != plan.matrix) return other("matrix", score.matrix, plan.matrix);
  if (const std::string track = Name(cell.track); score.track != track)
    return other("track", score.track, track);
  if (!cell.entries) return "";
  if (score.evaluated_on != EvaluatedOn(cell))
    return other("evaluated_on", score.evaluated_on, EvaluatedOn(cell));
  for (const auto& [axis, planned] : *cell.entries) {
    const auto said = score.entries.find(axis);
    const auto why =
        WhyOtherEntry(said == score.entries.end() ? Entry() : said->second, EntryFrom(planned));
    if (!why.empty()) return fmt::format("/entries/{}: {}, as planned", axis, why);
  }
  return "";
}

std::optional<Score> ReadCellScore(const Scoring& scoring, const PlannedCell& cell,
                                   Results& results) {
  return CellScore(scoring, cell, results).Make();
}

}  // namespace dfkd
