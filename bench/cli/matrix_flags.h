// Flags that plan, run, status and score share, and what they lead to.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/cli/verb.h"
#include "bench/matrix/load_plan.h"
#include "bench/scores/cell_score.h"

namespace dfkd::cli {

struct MatrixFlags {
  std::string matrix, store, data, teacher_seeds, student_seeds, preset;
  std::vector<std::string> datasets, attacks, distillers, defenses, settings;
};

void AddStoreFlag(Verb& verb, std::string& store);
// The matrix, and AddSelectionFlags.
void AddMatrixFlags(Verb& verb, MatrixFlags& flags);
// Store, data, and what is selected and set.
void AddSelectionFlags(Verb& verb, MatrixFlags& flags);

// `given` if not empty, else $DFKD_STORE, else .dfkd/store.
std::filesystem::path StoreFolder(const std::string& given);
// The same for whoever only reads or removes: throws Error unless a store is there. A path that is
// mistyped would look like a store without results.
std::filesystem::path ExistingStore(const std::string& given);
// `given` if not empty, else .dfkd/scores/<matrix>, whatever the matrix is called (FolderName).
std::filesystem::path ScoresFolder(const std::string& given, const std::string& matrix);

// Tells a person which scores of earlier runs were set aside; silent if none were.
void TellSetAside(const std::vector<std::filesystem::path>& files);

// --device of a verb that computes nothing: cpu or cuda, that of the run it speaks of.
void AddDeviceOfRun(Verb& verb, std::string& device);

// Of devices as --device names them.
DeviceKinds KindsOf(const std::vector<std::string>& devices);
// Of a verb that computes nothing: what a run left is read anywhere.
DeviceKinds KindsOfRun(const std::string& device);

// `on`: where stages of the matrix run (PlanRequest). Throws Error for what is wrong in flags,
// matrix, data or teacher.
LoadedPlan LoadPlan(const MatrixFlags& flags, const DeviceKinds& on = {});

// Points into `loaded`.
Scoring ScoringOf(const LoadedPlan& loaded, bool ignore_gate);

}  // namespace dfkd::cli
