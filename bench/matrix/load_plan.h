// From a matrix's name to its plan: reads the file, looks up the images, hashes a teacher that is a
// file. Everything is checked before anything runs.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "bench/core/profile.h"
#include "bench/matrix/plan.h"
#include "bench/matrix/read_teacher_file.h"
#include "bench/matrix/user_inputs_of.h"

namespace dfkd {

struct PlanRequest {
  std::string matrix;   // a file, or the name of a shipped matrix
  std::string preset;   // if not empty instead of the matrix's own: see UsePreset
  Selection selection;  // distillers by their ids in the file, whatever the preset
  std::filesystem::path store, data;
  DeviceKinds on = {};  // where its stages will run: see ChooseProfile
};

struct LoadedPlan {
  Matrix matrix;
  Selection selection;
  std::map<std::string, DataFacts> data;  // by data set id
  Plan plan;
  std::filesystem::path store_folder, data_folder;  // absolute: stages run in other processes
  std::vector<UserFile> files = {};                 // that entries name: see KeepUserInputs
};

// Throws Error listing the shipped matrices if there is no such file, and for what is wrong in it.
// A profile "auto" is left to LoadPlan.
Matrix LoadMatrix(const std::string& name_or_file, const std::string& preset = "");

// Puts what a profile "auto" stands for on those devices in its place, also in the source, which is
// written beside the scores for others to run. Says what was chosen, and warns of a profile that
// the processor `here` only emulates. Throws Error for one in which a device cannot compute.
void ChooseProfile(Matrix& matrix, const DeviceKinds& on,
                   const ProcessorFeatures& here = FeaturesHere());

// Throws Error for all that is wrong: names, options, networks, profile, data, the teacher's file.
LoadedPlan LoadPlan(const PlanRequest& request, const ModelCheck& check);

}  // namespace dfkd
