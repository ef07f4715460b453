// A matrix file, parsed and checked: axes of entries, seeds, the teacher's recipe. Pure. What a
// file may say is stated once, in leaderboard/schema/matrix.v1.json; what a schema cannot say is
// checked here: plugins, networks and options that exist, ids that mean one thing.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/core/error.h"
#include "bench/core/plugin_card.h"
#include "bench/matrix/teacher_file.h"

namespace dfkd {

// What is wrong in a matrix file.
struct MatrixProblem {
  std::string path;    // JSON pointer, "/blocks/0/attacks/1"; "" is the file as a whole
  std::string reason;  // one line: the value, and what is allowed

  auto operator<=>(const MatrixProblem&) const = default;
};

// "<origin>: <path>: <reason>"
class MatrixError : public Error {
 public:
  MatrixError(const std::string& origin, MatrixProblem problem);
  const MatrixProblem& problem() const { return problem_; }

 private:
  MatrixProblem problem_;
};

// A plugin with options and an id inside a matrix. A defence entry may be a list of parts.
struct MatrixEntry {
  std::string id, plugin;
  Json options = Json::object();   // as given
  std::vector<MatrixEntry> parts;  // ["clp", "abd"]
  // Its settings were chosen knowing the attack: marked in every score.
  bool attack_aware = false;
  // Data sets: the share of the training set kept for evaluation instead of the test set.
  double holdout = 0;
  std::string path;  // where it stands; "" if it joined on the command line

  // Whether it stands for the same, wherever it stands.
  bool Means(const MatrixEntry& other) const;
};

// A detector of backdoored teachers, bench/core/detector.h.
struct MatrixDetector {
  std::string id;
  // {"plugin", "revision", "options"}, resolved.
  Json key;
  std::string path = {};  // in the file
};

struct NetworkPair {
  std::string teacher, student;
};

struct Block {
  std::vector<MatrixEntry> datasets, attacks, distillers, defenses;
  std::vector<NetworkPair> networks;
  std::vector<int64_t> teacher_seeds, student_seeds;
  // Asked about the teachers of the cells; cells do not differ by them.
  std::vector<MatrixDetector> detectors = {};
  // {"images", "steps", "lr"}: how students are tried for a backdoor that sleeps; null: they are
  // not.
  Json reactivation = nullptr;
  std::string path = {};  // in the file: "/blocks/0"
};

struct Override {
  // Axis -> ids or plugin names, of which any will do.
  std::map<std::string, std::set<std::string>> when;
  Json set;          // "distiller.temperature" or "zskt.temperature" -> value
  std::string path;  // in the file
};

struct Matrix {
  std::string name, summary, profile = "fp32", preset = "fixed";
  bool demonstration = false;
  double stage_seconds = 0;                 // limit of one stage, 0 = none
  Json teacher_recipe;                      // resolved TeacherRecipe; null: the teacher is a file
  std::optional<TeacherFile> teacher_file;  // instead of training one
  bool undefended = true;  // plan the undefended student of every cell too (not `dfkd distill`)
  std::vector<Block> blocks;
  std::vector<Override> overrides;
  // "distiller.rounds" -> value, above all else: what --set adds.
  Json settings = Json::object();
  // Those of them that the file gives: what is wrong with one is told with its place there.
  std::set<std::string> settings_of_file = {};
  Json source;  // the file as it was read

  // The teacher as scores and site show it: the resolved recipe, or {"sha256"} of a file.
  Json ResolvedTeacher() const { return teacher_file ? teacher_file->ToJson() : teacher_recipe; }
};

// Why so many cells are not planned, with their number and the limit; "" if they may be. What two
// blocks have in common counts twice.
std::string TooManyCells(const std::vector<Block>& blocks);

// bench/matrices/*.json: what the program knows by name.
const EmbeddedFiles& MatrixFiles();

// Whether the plugins that a file names must be registered here. They need not be where the file
// says what was run, perhaps by another program: matrix.json beside scores.
enum class Plugins { kRegistered, kAnyones };

// With `problems` the matrix holds what could be read all the same: it is not to be planned.
struct ParsedMatrix {
  Matrix matrix;
  std::vector<MatrixProblem> problems;
};
ParsedMatrix ReadMatrix(const Json& json, Plugins plugins = Plugins::kRegistered);

// Throws MatrixError with the first problem. `origin` names the text.
Matrix ParseMatrix(const Json& json, const std::string& origin);

// The four axes of a block that name plugins.
struct EntryAxis {
  PluginKind kind;
  const char* name;  // in the file: "datasets"
  std::vector<MatrixEntry> Block::*entries;
};
const std::vector<EntryAxis>& EntryAxes();

}  // namespace dfkd
