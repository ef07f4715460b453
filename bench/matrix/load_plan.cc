#include "bench/matrix/load_plan.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/log.h"
#include "bench/core/suggest.h"
#include "bench/matrix/data_facts.h"
#include "bench/matrix/preset.h"

namespace dfkd {

namespace fs = std::filesystem;

Matrix LoadMatrix(const std::string& name_or_file, const std::string& preset) {
  const auto shipped = MatrixFiles().Stems();
  if (std::find(shipped.begin(), shipped.end(), name_or_file) != shipped.end()) {
    const Json json = ParseJson(MatrixFiles().At(name_or_file + ".json"), name_or_file);
    return ParseMatrix(UsePreset(json, preset), name_or_file);
  }
  std::error_code failed;
  if (!fs::exists(name_or_file, failed)) {
    throw MakeError("matrix '{}' is neither a file nor shipped; {}shipped are {}", name_or_file,
                    Guess(name_or_file, shipped), fmt::join(shipped, ", "));
  }
  return ParseMatrix(UsePreset(ReadJson(name_or_file), preset), name_or_file);
}

void ChooseProfile(Matrix& matrix, const DeviceKinds& on, const ProcessorFeatures& here) {
  RequireProfileOn(matrix.profile, on);
  if (const auto emulated = EmulationOf(matrix.profile, on, here); !emulated.empty())
    spdlog::warn("{}", emulated);
  if (matrix.profile != "auto") return;
  matrix.profile = ChosenProfile(on.gpu, ComputesBf16(here));
  matrix.source["profile"] = matrix.profile;
  const char* const processor = ComputesBf16(here) ? "this processor computes in bfloat16"
                                                   : "this processor does not compute in bfloat16";
  spdlog::info("profile auto: {}, as {}", matrix.profile, on.gpu ? "it is for a GPU" : processor);
}

LoadedPlan LoadPlan(const PlanRequest& request, const ModelCheck& check) {
  LoadedPlan loaded{.matrix = LoadMatrix(request.matrix, request.preset),
                    .selection = request.selection};
  ChooseProfile(loaded.matrix, request.on);
  UseSettings(request.selection.set, loaded.matrix);
  loaded.files = FillChecksums(loaded.matrix);
  loaded.selection.distillers = WithPreset(request.selection.distillers, loaded.matrix);
  loaded.store_folder = fs::absolute(request.store).lexically_normal();
  loaded.data_folder = fs::absolute(request.data).lexically_normal();
  const auto datasets = SelectedDatasets(loaded.matrix, loaded.selection);
  loaded.data = LookUpData(datasets, loaded.data_folder, loaded.store_folder);
  RequireFiles(loaded.matrix, loaded.selection);
  ReadTeacherFile(loaded.matrix, datasets, loaded.data, check);
  loaded.plan = MakePlan(loaded.matrix, loaded.selection, loaded.data);
  return loaded;
}

}  // namespace dfkd
