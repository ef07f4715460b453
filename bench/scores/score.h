// One score file (leaderboard/schema/scores.v1.json) as a struct: the result of one cell, complete
// enough that the site needs nothing else. Fractions lie in [0, 1]; what is missing is absent,
// never 0.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/cell.h"
#include "bench/core/json.h"

namespace dfkd {

enum class Status { kOk, kAttackFailed, kDiverged, kTimedOut, kFailed, kNotApplicable };
const char* Name(Status status);                  // "ok", "attack_failed", …
Status StatusFrom(const std::string& name);       // throws Error on an unknown name
const std::vector<std::string>& ValidityFlags();  // what `validity` may contain

struct Count {
  int64_t hits = 0, of = 0;  // [k, n]
};

// Over the clean test images; over the triggered images whose true label is not the target.
struct Counts {
  std::optional<Count> clean, target, true_label;
};

struct TeacherScore {
  std::optional<double> acc, asr, clean_acc;  // clean_acc: of the teacher that was never poisoned
  std::optional<std::string> gate;  // "passed", "failed", "ignored"; absent without an attack
};

struct StudentScore {
  std::optional<double> acc, asr, ra, agreement;
  std::optional<std::vector<std::optional<double>>> acc_per_class;
};

struct FloorScore {
  std::optional<double> asr;  // the same trigger on the student of the clean teacher
};

// A plugin as it ran. `plugin` joins the names by '+' where a matrix gave a list of defences.
struct Entry {
  std::string plugin;
  int64_t revision = 1;
  Json options = Json::object();  // resolved
  bool attack_aware = false;      // may know what no defender knows
  std::vector<Entry> parts;       // of a composite defence, in order
};

struct Cost {
  // wall_seconds is what a defender pays: the transfer set, synthesis, distillation, sanitising,
  // repair. total_seconds counts the teacher and the evaluations as well; written only if known.
  std::optional<double> wall_seconds, cpu_seconds, gpu_seconds, total_seconds;
  std::optional<int64_t> peak_bytes;
  std::map<std::string, double> stages;  // stage label -> wall seconds
};

struct Score {
  std::string matrix, preset, evaluated_on = "test";
  int64_t protocol = 1;
  bool demonstration = false;  // too small to mean anything
  Cell cell;
  std::string track;
  Status status = Status::kOk;
  std::optional<std::string> reason;  // present exactly if status is not ok
  std::vector<std::string> validity;
  std::optional<TeacherScore> teacher;
  std::optional<StudentScore> student;
  std::optional<FloorScore> floor;
  std::map<std::string, Counts> counts;  // "student", "teacher", "floor", where there are any
  std::map<std::string, Entry> entries;  // "dataset", "attack", "distiller", "defense"
  Json teacher_recipe = nullptr;         // as resolved; null if unknown
  struct {
    std::string fingerprint;
    std::optional<bool> official;  // absent: nobody published a fingerprint
  } data;
  struct {
    std::string profile, device;
    int64_t threads = 1;
    bool deterministic = true;
  } numerics;
  Cost cost;
  struct {
    std::map<std::string, std::string> stages, artifacts;  // label -> key, label -> SHA-256
    // "defense abd" -> SHA-256 of the code that it was computed by; several, where it changed
    // between two stages and its revision did not. Empty: unknown.
    std::map<std::string, std::vector<std::string>> sources;
    std::string version, commit, created;
  } provenance;
  // "curves", "log", "trigger", "clean", "triggered", "difference", "synthetic" -> path beside the
  // score file.
  std::map<std::string, std::string> media;

  std::filesystem::path file;  // where it was read from; not part of the score
};

const std::vector<std::string>& MediaKinds();

// Every member is written, absent ones as null. ScoreFrom(ToJson(score)) is the same score.
Json ToJson(const Score& score);

// Strict: an unknown, missing or wrongly typed member throws Error that names `where` and the
// member.
Score ScoreFrom(const Json& json, const std::string& where);
Score ReadScore(const std::filesystem::path& file);

// The file in a folder of scores that says of which matrix they are. It is a record of what was
// run, no score.
inline constexpr char kMatrixBesideScores[] = "matrix.json";

// All *.json below `folder` in the order of their paths, but for folders named media and files
// named matrix.json. A missing folder throws Error; an empty one gives none.
std::vector<Score> ReadScores(const std::filesystem::path& folder);

// Equal for equal results, whenever and wherever they were computed: SHA-256 of the canonical JSON
// without cost, version, commit, sources and date.
std::string Digest(const Score& score);

}  // namespace dfkd
