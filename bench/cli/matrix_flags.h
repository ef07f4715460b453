// Flags that plan, run, status and score share, and what they lead to.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/cli/verb.h"
#include "bench/matrix/plan.h"
#include "bench/scores/cell_score.h"

namespace dfkd::cli {

struct MatrixFlags {
  std::string matrix, store, data, teacher_seeds, student_seeds, preset;
  std::vector<std::string> datasets, attacks, distillers, defenses, settings;
};

void AddStoreFlag(Verb& verb, std::string& store);
void AddMatrixFlags(Verb& verb, MatrixFlags& flags);

struct LoadedPlan {
  Matrix matrix;
  Selection selection;
  std::map<std::string, DataFacts> data;  // by data set id
  Plan plan;
  std::filesystem::path store_folder, data_folder;
};

// `given` if not empty, else $DFKD_STORE, else .dfkd/store.
std::filesystem::path StoreFolder(const std::string& given);
// `given` if not empty, else .dfkd/scores/<matrix>.
std::filesystem::path ScoresFolder(const std::string& given, const std::string& matrix);

// A file, or the name of a shipped matrix. Throws Error listing these.
// `preset` if not empty instead of its own: see UsePreset.
Matrix LoadMatrix(const std::string& name_or_file, const std::string& preset = "");

// Everything is checked before anything runs: names, options, networks, profile, data. Throws
// Error.
LoadedPlan LoadPlan(const MatrixFlags& flags);

// Points into `loaded`.
Scoring ScoringOf(const LoadedPlan& loaded, bool ignore_gate);

}  // namespace dfkd::cli
