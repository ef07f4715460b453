// What the schema of a score cannot say.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>

#include "bench/matrix/plan.h"
#include "bench/scores/agreement.h"
#include "bench/scores/check_cost.h"
#include "bench/scores/check_counts.h"
#include "bench/scores/matrix_agreement.h"
#include "bench/scores/media_file.h"
#include "bench/scores/results_file.h"
#include "bench/scores/validate.h"
#include "bench/scores/validity.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

constexpr std::chrono::hours kClocksDiffer{24};
constexpr const char* kUndefended = "none";

class Checker {
 public:
  Checker(const Score& score, const std::filesystem::path& file) : score_(score), file_(file) {}

  std::vector<Problem> Run() {
    CheckFileName();
    CheckStatus();
    CheckGate();
    CheckWhyNoGate();
    CheckWhyNoFloor();
    CheckSeedOfFile();
    CheckUnattacked();
    Append(CheckCounts(score_, file_));
    CheckReactivation();
    CheckAsked();
    Append(CheckCost(score_, file_));
    CheckEntries();
    CheckFlags();
    CheckClasses();
    CheckDate();
    CheckKeys();
    CheckMedia();
    return std::move(problems_);
  }

 private:
  template <class... Args>
  void Add(const std::string& path, fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back({file_, path, fmt::format(format, std::forward<Args>(args)...)});
  }

  void Append(std::vector<Problem> found) {
    std::move(found.begin(), found.end(), std::back_inserter(problems_));
  }

  void CheckFileName() {
    const auto expected = CellId(score_.cell) + ".json";
    if (file_.filename() != expected) {
      Add("/cell", "the file must be named after its cell: {}", expected);
    }
  }

  void CheckStatus() {
    const bool ok = score_.status == Status::kOk;
    if (ok && score_.reason) Add("/reason", "must be null because status is ok");
    if (!ok && !score_.reason) {
      Add("/reason", "must say why, because status is {}", Name(score_.status));
    }
    if (ok && !score_.student) Add("/student", "must be there because status is ok");
    if (!ok && score_.student)
      Add("/student", "must be null because status is {}", Name(score_.status));
    if (!ok && !score_.reactivation.empty())
      Add("/reactivation", "must not be there because status is {}", Name(score_.status));
    if (ok && score_.student && !score_.student->acc) {
      Add("/student/acc", "must be a number because status is ok");
    }
    const bool gate_failed = score_.teacher && score_.teacher->gate == "failed";
    if (gate_failed != (score_.status == Status::kAttackFailed)) {
      Add("/teacher/gate", "must be failed exactly if status is attack_failed; status is {}",
          Name(score_.status));
    }
  }

  // Whoever was asked whether it carries the backdoor, a teacher that passed does its task.
  void CheckGate() {
    if (!score_.teacher || !score_.teacher->gate) return;
    const auto& teacher = *score_.teacher;
    if (!teacher.clean_acc) {
      Add("/teacher/gate", "{} must be null without a clean teacher, and clean_acc is null",
          *teacher.gate);
      return;
    }
    const double acc = teacher.acc.value_or(0), largest_drop = Gate().largest_acc_drop;
    if (teacher.gate != "passed" || acc + kRoundingOfScores >= *teacher.clean_acc - largest_drop)
      return;
    Add("/teacher/gate", "passed, but acc = {} is more than {} below clean_acc = {}", acc,
        largest_drop, *teacher.clean_acc);
  }

  // Only where the teacher came as a file is there none, under an attack that triggers something.
  void CheckWhyNoGate() {
    const auto teacher = score_.teacher.value_or(TeacherScore());
    const bool triggered = score_.student && score_.student->asr;
    if (score_.status != Status::kOk || !triggered || IsUnattacked() || teacher.gate) return;
    const auto& recipe = score_.teacher_recipe;
    if (teacher.clean_acc) {
      Add("/teacher/gate", "must not be null, because there are an attack and clean_acc");
    } else if (recipe.is_object() && !recipe.contains("sha256")) {
      Add("/teacher/clean_acc", "must be a number, because the teacher did not come as a file");
    } else if (!HasFlag(score_, "no_clean_teacher")) {
      Add("/validity", "must contain no_clean_teacher, because clean_acc is null");
    }
  }

  // Every attack has one, but where the teacher came as a file or the floor failed.
  void CheckWhyNoFloor() {
    const bool triggered = score_.student && score_.student->asr;
    if (score_.status != Status::kOk || !triggered || IsUnattacked()) return;
    if (score_.floor && score_.floor->asr) {
      if (HasFlag(score_, "no_floor"))
        Add("/validity", "must not contain no_floor, because floor.asr is a number");
      return;
    }
    if (HasFlag(score_, "no_floor") || HasFlag(score_, "no_clean_teacher")) return;
    Add("/validity", "must contain no_floor or no_clean_teacher, because floor.asr is null");
  }

  // One file under several seeds would count as several teachers.
  void CheckSeedOfFile() {
    const auto& recipe = score_.teacher_recipe;
    if (!recipe.is_object() || !recipe.contains("sha256") || score_.cell.teacher_seed == 0) return;
    Add("/cell/teacher_seed", "{} must be 0, because the teacher came as a file, which has no seed",
        score_.cell.teacher_seed);
  }

  bool IsUnattacked() const { return score_.cell.attack == "none"; }

  void CheckUnattacked() {
    if (score_.status != Status::kOk || !IsUnattacked()) return;
    if (score_.teacher && score_.teacher->gate)
      Add("/teacher/gate", "{} must be null without an attack", *score_.teacher->gate);
    for (const auto& [who, counts] : score_.counts) {
      if (counts.target) Add("/counts/" + who + "/target", "must be null without an attack");
    }
  }

  // As CheckCounts.
  void CheckTriedCounts(const std::string& path, const Counts& counts) {
    if (!counts.true_label) return;
    const auto &own = *counts.true_label, target = counts.target.value_or(Count());
    if (!IsCount(own) || own.of != target.of || own.hits > own.of - target.hits) {
      Add(path + "/true_label", "{} of {} do not go with the {} of {} in target", own.hits, own.of,
          target.hits, target.of);
    }
  }

  void CheckReactivation() {
    std::set<int64_t> seen;
    for (size_t i = 0; i < score_.reactivation.size(); ++i) {
      const auto& tried = score_.reactivation[i];
      const auto path = fmt::format("/reactivation/{}", i);
      if (!seen.insert(tried.images).second) {
        Add(path + "/images", "{} images were tried before; each number stands once", tried.images);
      }
      CheckTriedCounts(path + "/student", tried.student);
      CheckTriedCounts(path + "/floor", tried.floor);
    }
    CheckQuotients();
  }

  void CheckQuotients() {
    for (size_t i = 0; i < score_.reactivation.size(); ++i) {
      const auto& tried = score_.reactivation[i];
      const auto check = [&](const char* name, std::optional<double> value,
                             const std::optional<Count>& count) {
        const double exact = count && IsCount(*count)
                                 ? static_cast<double>(count->hits) / static_cast<double>(count->of)
                                 : -1;
        if (value.has_value() == count.has_value() &&
            (!value || std::abs(*value - exact) <= kRoundingOfScores))
          return;
        Add(fmt::format("/reactivation/{}/{}", i, name), "is not the quotient of its count");
      };
      check("acc", tried.acc, tried.student.clean);
      check("asr", tried.asr, tried.student.target);
      check("floor_asr", tried.floor_asr, tried.floor.target);
      const bool comparable = tried.asr && tried.floor_asr.value_or(0) > 0;
      const bool right =
          comparable ? tried.kappa && std::abs(*tried.kappa - *tried.asr / *tried.floor_asr) <=
                                          kRoundingOfScores * (1 + *tried.kappa)
                     : !tried.kappa;
      if (!right) Add(fmt::format("/reactivation/{}/kappa", i), "is not asr / floor_asr");
    }
  }

  // Who says how it was asked says so of all that answered: a second computation asks by it.
  void CheckAsked() {
    if (!score_.provenance.asked) return;
    const auto& asked = *score_.provenance.asked;
    for (const auto& [id, unused] : score_.detectors) {
      if (!asked.detectors.contains(id))
        Add("/provenance/asked/detectors", "lacks '{}', which was asked", id);
    }
    const auto& how = asked.reactivation;
    for (const auto& tried : score_.reactivation) {
      const bool named = how.is_object() && how.contains("images") && how["images"].is_array() &&
                         std::count(how["images"].begin(), how["images"].end(), tried.images) > 0;
      if (!named)
        Add("/provenance/asked/reactivation", "lacks {} images, which were tried", tried.images);
    }
  }

  void CheckEntry(const std::string& axis, const std::string& id) {
    const auto& entry = score_.entries.at(axis);
    if ((id == "none") != (entry.plugin == "none")) {
      Add("/entries/" + axis + "/plugin", "'{}' under the id '{}': none is always called none",
          entry.plugin, id);
    }
  }

  void CheckEntries() {
    CheckEntry("dataset", score_.cell.dataset);
    CheckEntry("attack", score_.cell.attack);
    CheckEntry("distiller", score_.cell.distiller);
    CheckEntry("defense", score_.cell.defense);
  }

  // Flags say when a number is to be read with care: nobody chooses them.
  void CheckFlags() {
    if (score_.status != Status::kOk || !score_.student) return;
    for (const auto& [flag, applies] : OwnFlags(score_)) {
      const bool raised = HasFlag(score_, flag);
      if (applies && *applies != raised)
        Add("/validity", "must {}contain {}: the score says so itself", raised ? "not " : "", flag);
    }
  }

  // The ACC of all images lies between those of the classes.
  void CheckClasses() {
    if (!score_.student || !score_.student->acc || !score_.student->acc_per_class) return;
    double lowest = 2, highest = -1;
    for (const auto& acc : *score_.student->acc_per_class) {
      lowest = std::min(lowest, acc.value_or(lowest));
      highest = std::max(highest, acc.value_or(highest));
    }
    const double acc = *score_.student->acc;
    if (acc >= lowest - kRoundingOfScores && acc <= highest + kRoundingOfScores) return;
    Add("/student/acc_per_class", "acc = {} does not lie between those of the classes", acc);
  }

  // Of two results of a cell the newer one counts.
  void CheckDate() {
    const auto& created = score_.provenance.created;
    if (!IsTime(created)) return Add("/provenance/created", "'{}' is no time", created);
    if (created > store::UtcNow(kClocksDiffer))
      Add("/provenance/created", "{} is yet to come", created);
  }

  void CheckKey(const std::string& path, const std::string& key) {
    const bool hex = key.size() == 64 && key.find_first_not_of("0123456789abcdef") == key.npos;
    if (!hex) Add(path, "'{}' must be 64 lower-case hexadecimal digits", key);
  }

  void CheckKeys() {
    CheckKey("/data/fingerprint", score_.data.fingerprint);
    for (const auto& [label, key] : score_.provenance.stages) {
      CheckKey("/provenance/stages/" + label, key);
    }
    for (const auto& [label, key] : score_.provenance.artifacts) {
      CheckKey("/provenance/artifacts/" + label, key);
    }
    for (const auto& key : score_.provenance.references) CheckKey("/provenance/references", key);
    CheckStages();
  }

  // Numbers come from somewhere, and what is one stage has one title.
  void CheckStages() {
    const auto& provenance = score_.provenance;
    if (score_.status == Status::kOk && provenance.stages.empty())
      Add("/provenance/stages", "must name a stage, because status is ok");
    if (score_.status == Status::kOk && provenance.artifacts.empty())
      Add("/provenance/artifacts", "must name an artifact, because status is ok");
    std::map<std::string, std::string> titles;
    for (const auto& [title, key] : provenance.stages) {
      const auto [first, fresh] = titles.try_emplace(key, title);
      if (!fresh) Add("/provenance/stages/" + title, "has the key of '{}'", first->second);
    }
  }

  void CheckMedia() {
    for (const auto& [kind, name] : score_.media) {
      auto why = WhyNoMedia(file_.parent_path(), name);
      const char* const extension = kind == "curves" || kind == "log" ? ".json" : ".png";
      if (why.empty() && std::filesystem::path(name).extension() != extension)
        why = fmt::format("'{}' must end in {}", name, extension);
      if (!why.empty()) Add("/media/" + kind, "{}", why);
    }
  }

  const Score& score_;
  const std::filesystem::path file_;
  std::vector<Problem> problems_;
};

// Matrix and id of the undefended cell.
std::pair<std::string, std::string> UndefendedPlace(const Score& score) {
  auto cell = score.cell;
  cell.defense = kUndefended;
  return {score.matrix, CellId(cell)};
}

// Against what the undefended student of the same place says; "" if nothing is.
std::string WhyWrongFlags(const Score& score, const Score& undefended) {
  const auto file = undefended.file.string();
  if (HasFlag(score, "no_undefended"))
    return "must not contain no_undefended: that student is in " + file;
  if (!undefended.student || !undefended.student->asr) return "";
  const double asr = *undefended.student->asr;
  const bool raised = HasFlag(score, "not_transferred");
  if (raised == NotTransferred(asr)) return "";
  return fmt::format("must {}contain not_transferred: ASR {:.3f} in {}", raised ? "not " : "", asr,
                     file);
}

// By matrix and FloorPlace who has a floor there.
using Floors = std::map<std::pair<std::string, std::string>, const Score*>;

// Of no scores, where nobody says that there is none.
Floors FloorsOf(const std::vector<Score>& scores) {
  Floors floors;
  const auto lacks = [](const Score& score) { return HasFlag(score, "no_floor"); };
  if (std::none_of(scores.begin(), scores.end(), lacks)) return floors;
  for (const auto& score : scores) {
    if (!score.floor || !score.floor->asr) continue;
    const auto place = FloorPlace(score);
    if (!place.empty()) floors.try_emplace({score.matrix, place}, &score);
  }
  return floors;
}

std::string WhyNotWithoutFloor(const Score& score, const Floors& floors) {
  if (!HasFlag(score, "no_floor")) return "";
  const auto found = floors.find({score.matrix, FloorPlace(score)});
  if (found == floors.end()) return "";
  return "must not contain no_floor: the floor is in " + found->second->file.string();
}

// A majority is one among scores that are of their matrix.
std::vector<Score> AllBut(const std::set<size_t>& others, const std::vector<Score>& scores) {
  std::vector<Score> kept;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!others.contains(i)) kept.push_back(scores[i]);
  }
  return kept;
}

void CheckTogether(const std::vector<Score>& scores, std::vector<Problem>& problems) {
  for (const auto& found : FindDisagreements(scores)) {
    problems.push_back(ProblemOf(scores[found.score], found.claim.path, ToText(found, scores)));
  }
  for (auto& [unused, problem] : CheckTransfers(scores)) problems.push_back(std::move(problem));
}

}  // namespace

std::vector<Problem> CheckScore(const Score& score, const std::filesystem::path& file) {
  return Checker(score, file).Run();
}

std::vector<Problem> CheckScoresAgree(const std::vector<Score>& scores) {
  std::vector<Problem> problems;
  std::map<std::pair<std::string, std::string>, const Score*> cells;
  for (const auto& score : scores) {
    const auto [first, fresh] = cells.try_emplace({score.matrix, CellId(score.cell)}, &score);
    if (fresh) continue;
    const auto& other = *first->second;
    problems.push_back(
        ProblemOf(score, "/cell",
                  fmt::format("{} {}",
                              other.cell == score.cell ? "the same cell is in"
                                                       : "another cell of the same id is in",
                              other.file.string())));
  }
  std::set<size_t> strangers;
  for (auto& [score, problem] : CheckAgainstMatrices(scores)) {
    strangers.insert(score);
    problems.push_back(std::move(problem));
  }
  strangers.empty() ? CheckTogether(scores, problems)
                    : CheckTogether(AllBut(strangers, scores), problems);
  return problems;
}

std::optional<std::chrono::sys_seconds> TimeFrom(const std::string& text) {
  namespace chrono = std::chrono;
  int year = 0, hour = 0, minute = 0, second = 0, read = 0;
  unsigned month = 0, day = 0;
  const int found = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ%n", &year, &month, &day,
                                &hour, &minute, &second, &read);
  const auto date = chrono::year(year) / chrono::month(month) / chrono::day(day);
  const bool is_time = found == 6 && read == std::ssize(text) && date.ok() && hour >= 0 &&
                       hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  if (!is_time) return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(hour) + chrono::minutes(minute) +
         chrono::seconds(second);
}

bool IsTime(const std::string& text) { return TimeFrom(text).has_value(); }

Problem ProblemOf(const Score& score, const std::string& path, const std::string& reason) {
  if (score.file.extension() != kResultsExtension) return {score.file, path, reason};
  return {score.file, path, CellId(score.cell) + ": " + reason};
}

std::vector<std::pair<size_t, Problem>> CheckTransfers(const std::vector<Score>& scores) {
  std::map<std::pair<std::string, std::string>, const Score*> undefended;
  for (const auto& score : scores) {
    if (score.status == Status::kOk && score.cell.defense == kUndefended)
      undefended[UndefendedPlace(score)] = &score;
  }
  const auto floors = FloorsOf(scores);
  std::vector<std::pair<size_t, Problem>> problems;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i].status != Status::kOk) continue;
    const auto found = undefended.find(UndefendedPlace(scores[i]));
    auto why = found == undefended.end() ? "" : WhyWrongFlags(scores[i], *found->second);
    if (why.empty()) why = WhyNotWithoutFloor(scores[i], floors);
    if (!why.empty()) problems.emplace_back(i, ProblemOf(scores[i], "/validity", why));
  }
  return problems;
}

}  // namespace dfkd
