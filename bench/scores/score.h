// One score file (leaderboard/schema/scores.v1.json) as a struct: the result of one cell, complete
// enough that the site needs nothing else. Fractions lie in [0, 1]; what is missing is absent,
// never 0.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/cell.h"
#include "bench/core/json.h"

namespace dfkd {

enum class Status { kOk, kAttackFailed, kDiverged, kTimedOut, kFailed, kNotApplicable };
// "ok", "attack_failed", …
const char* Name(Status status);
// Throws Error on an unknown name.
Status StatusFrom(const std::string& name);

struct Count {
  int64_t hits = 0, of = 0;  // [k, n]
};

// Over the clean test images; over the triggered images whose true label is not the target.
struct Counts {
  std::optional<Count> clean, target, true_label;
};

// What the trigger changes in test images, in pixels of [0, 1]: the largest change and the norm of
// all changes, means over the images, the peak signal-to-noise ratio in dB of all of them, and the
// mean structural similarity.
struct TriggerVisibility {
  double linf = 0, l2 = 0;
  // Absent if nothing changes.
  std::optional<double> psnr;
  // Absent for images smaller than its window, and in scores of versions that did not measure it.
  std::optional<double> ssim = {};
};

struct TeacherScore {
  // clean_acc is of the teacher that was never poisoned.
  std::optional<double> acc, asr, clean_acc;
  std::optional<std::string> gate;  // "passed", "failed", "ignored"; absent without an attack
  // Absent without an attack, and in scores of versions that did not measure it.
  std::optional<TriggerVisibility> visibility;
};

struct StudentScore {
  std::optional<double> acc, asr, ra, agreement;
  std::optional<std::vector<std::optional<double>>> acc_per_class;
};

struct FloorScore {
  // The same trigger on the student of the clean teacher.
  std::optional<double> asr;
};

// What a detector says of a teacher before anything is distilled from it.
struct DetectionScore {
  // The more suspicious, the higher.
  double statistic = 0;
  // Beyond the detector's own bound: whoever asks it refuses this teacher.
  bool suspicious = false;
  // The class that stands out.
  int64_t target = 0;
};

// Absent: it could not be asked. clean_teacher is absent, too, where the teacher itself is clean or
// came as a file.
struct DetectorScore {
  std::optional<DetectionScore> teacher, clean_teacher;
};

// After fine-tuning on a few triggered images: a backdoor that was only put to sleep comes back
// sooner than a network learns it anew.
struct ReactivationScore {
  int64_t images = 0;
  // Of the student, and of the student of the clean teacher, both after it: clean and target.
  Counts student, floor;
  std::optional<double> acc, asr, floor_asr;
  // asr / floor_asr; absent if the latter is 0 or absent.
  std::optional<double> kappa;
};

// A plugin as it ran. `plugin` joins the names by '+' where a matrix gave a list of defences.
struct Entry {
  std::string plugin;
  int64_t revision = 1;
  Json options = Json::object();  // resolved
  // May know what no defender knows.
  bool attack_aware = false;
  // Of a composite defence, in order.
  std::vector<Entry> parts;
};

// How what a matrix may ask besides was asked.
struct HowAsked {
  std::map<std::string, Entry> detectors;  // by id
  // {"images", "steps", "lr"} of the fine-tuning; null: students were not tried.
  Json reactivation = nullptr;
};

struct Cost {
  // wall_seconds is what a defender pays: the transfer set, synthesis, distillation, sanitising,
  // repair. total_seconds counts the teacher and the evaluations as well; written only if known.
  std::optional<double> wall_seconds, cpu_seconds, gpu_seconds, total_seconds;
  std::optional<int64_t> peak_bytes;
  std::map<std::string, double> stages;  // stage label -> wall seconds
};

// A result of the same cell that a newer one replaced: what a history of its numbers needs of it.
struct FormerResult {
  // When it began to stand, UTC as provenance.created.
  std::string since;
  std::string track;
  // Of a student that ended well.
  std::optional<double> acc, asr;
  // CountsForAsr.
  bool counts = false;
};

struct Score {
  std::string matrix, preset, evaluated_on = "test";
  int64_t protocol = 1;
  // Too small to mean anything.
  bool demonstration = false;
  Cell cell;
  std::string track;
  Status status = Status::kOk;
  // Present exactly if status is not ok.
  std::optional<std::string> reason;
  std::vector<std::string> validity;
  std::optional<TeacherScore> teacher;
  std::optional<StudentScore> student;
  std::optional<FloorScore> floor;
  // By the id of the detector; empty: none was asked for.
  std::map<std::string, DetectorScore> detectors;
  // As the matrix orders them; empty: not asked for, or too few images.
  std::vector<ReactivationScore> reactivation;
  std::map<std::string, Counts> counts;  // "student", "teacher", "floor", where there are any
  std::map<std::string, Entry> entries;  // "dataset", "attack", "distiller", "defense"
  // As resolved; null if unknown.
  Json teacher_recipe = nullptr;
  struct {
    std::string fingerprint;
    // Absent: nobody published a fingerprint.
    std::optional<bool> official;
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
    // Keys of what else the numbers were read from, sorted: evaluations of the teachers, the floor,
    // the undefended student, whoever judged the attack, and detections. Empty also in scores of
    // versions that did not record them.
    std::vector<std::string> references;
    // Absent: nothing was asked, or by a version that did not record how.
    std::optional<HowAsked> asked;
    std::string version, commit, created;
  } provenance;
  // "curves", "log", "trigger", "clean", "triggered", "difference", "synthetic" -> path beside the
  // score file.
  std::map<std::string, std::string> media;

  // Not part of the score: where it was read from, and of a result that is kept how far others went
  // after it (Verified in results_file.h; "" of other scores), and with which other code of its
  // plugins the same numbers came out (label -> SHA-256, the latest).
  std::filesystem::path file;
  std::string verified;
  std::map<std::string, std::string> confirmed;
  // Of such a result, too: when it joined the others of its cell ("": it was the first), and those
  // that stood before it, oldest first.
  std::string added;
  std::vector<FormerResult> former;
};

const std::vector<std::string>& MediaKinds();

// {"statistic", "suspicious", "target"}; null if the detector was not asked.
Json ToJson(const std::optional<DetectionScore>& said);

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
// named matrix.json. A missing folder throws Error.
std::vector<std::filesystem::path> ScoreFiles(const std::filesystem::path& folder);

// What is in these files. Throws Error for the first that is no score; what strangers wrote is read
// by LoadScores.
std::vector<Score> ReadScores(const std::filesystem::path& folder);

// Of titles of stages those of states that were continued: "distill … to round 200" where there is
// one of a later round. No key hangs on them; the last state's says all that theirs do.
std::set<std::string> EarlierStates(const std::vector<std::string>& titles);
std::vector<std::string> TitlesOf(const std::map<std::string, std::string>& stages);

// Equal for equal results, whenever and wherever they were computed: SHA-256 of the canonical JSON
// without cost, version, commit, sources, references, asked and date.
std::string Digest(const Score& score);
// The same, of ToJson(score).
std::string DigestOfJson(Json score);

}  // namespace dfkd
