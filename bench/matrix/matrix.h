// A matrix file, parsed and checked: axes of entries, seeds, the teacher's recipe. Pure; see
// leaderboard/schema.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/core/plugin_card.h"
#include "bench/matrix/teacher_file.h"

namespace dfkd {

// A plugin with options and an id inside a matrix. A defence entry may be a list of parts.
struct MatrixEntry {
  std::string id, plugin;
  Json options = Json::object();   // as given
  std::vector<MatrixEntry> parts;  // ["clp", "abd"]
  bool attack_aware = false;  // its settings were chosen knowing the attack: marked in every score
  // Data sets: share of the training set kept for evaluation instead of the test set.
  double holdout = 0;

  bool operator==(const MatrixEntry&) const = default;
};

struct NetworkPair {
  std::string teacher, student;
};

struct Block {
  std::vector<MatrixEntry> datasets, attacks, distillers, defenses;
  std::vector<NetworkPair> networks;
  std::vector<int64_t> teacher_seeds, student_seeds;
};

struct Override {
  std::map<std::string, std::string> when;  // axis -> id or plugin name
  Json set;  // "distiller.temperature" or "zskt.temperature" -> value
};

struct Matrix {
  std::string name, summary, profile = "fp32", preset = "fixed";
  bool demonstration = false;
  double stage_seconds = 0;                 // limit of one stage, 0 = none
  Json teacher;                             // resolved TeacherRecipe; of a file: its hash
  std::optional<TeacherFile> teacher_file;  // instead of training one
  bool undefended = true;  // plan the undefended student of every cell too (not `dfkd distill`)
  std::vector<Block> blocks;
  std::vector<Override> overrides;
  Json source;  // the file as it was read
};

// bench/matrices/*.json: what the program knows by name.
const EmbeddedFiles& MatrixFiles();

// Throws Error naming the key, the value and what is allowed. `origin` names the text in messages.
Matrix ParseMatrix(const Json& json, const std::string& origin);

// What the command line selects from a matrix. Empty = everything. Ids; unknown ones are Errors.
struct Selection {
  std::vector<std::string> datasets, attacks, distillers, defenses;
  std::vector<int64_t> teacher_seeds, student_seeds;  // instead of the file's
  Json set = Json::object();                          // --set k=v
};

// "0-2,5" -> 0 1 2 5. Throws Error.
std::vector<int64_t> ParseSeeds(const std::string& text);

// "distiller.rounds=40" -> {"distiller.rounds": 40}; the value is JSON, or text if it is none.
// "defence.u=3" is the option of a defence, too.
void AddSetting(const std::string& text, Json& settings);

}  // namespace dfkd
