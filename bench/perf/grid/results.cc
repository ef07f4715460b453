#include "bench/perf/grid/results.h"

#include <fstream>

#include "bench/store/manifest.h"

namespace dfkd::perf {
namespace {

namespace fs = std::filesystem;

void Write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

Json Evaluation() {
  Json classes = Json::array(), curve = Json::array();
  for (int i = 0; i < 10; ++i) classes.push_back({90 + i, 100});
  for (int i = 0; i < 20; ++i)
    curve.push_back({{"round", i}, {"clean", {900, 1000}}, {"target", {400, 900}}});
  return {{"clean", {950, 1000}},     {"target", {880, 900}}, {"true_label", {10, 900}},
          {"agreement", {930, 1000}}, {"curves", curve},      {"acc_per_class", classes}};
}

// Of the stage and of all before it, as the stages record them.
Json CostsOf(const Plan& plan, StageId id) {
  Json costs = Json::object();
  const auto& planned = plan.At(id);
  costs[planned.stage.ref] = {{"label", planned.label},
                              {"wall_seconds", 1.5},
                              {"cpu_seconds", 1.25},
                              {"peak_bytes", 1 << 28},
                              {"device", "cpu"}};
  for (const auto input : planned.inputs) costs.update(CostsOf(plan, input));
  return costs;
}

// It begins as a PNG does, and nobody looks at the rest.
std::string Picture(const std::string& of) {
  return "\x89PNG\r\n\x1a\n" + of + std::string(512, 'p');
}

void WriteFiles(const PlannedStage& planned, const fs::path& folder, size_t weights) {
  if (planned.stage.kind == "evaluate") {
    Write(folder / "evaluation.json", Evaluation().dump());
    for (const std::string picture : {"trigger", "clean", "triggered", "difference"})
      Write(folder / (picture + ".png"), Picture(picture + planned.title));  // one for an attack
    return;
  }
  Write(folder / "model.safetensors", std::string(weights, 'w'));
  Write(folder / "log.json", "[]");
}

}  // namespace

void WriteResult(const Plan& plan, StageId id, const fs::path& store, size_t weights) {
  const auto& planned = plan.At(id);
  const auto key = planned.stage.key();
  const auto folder = store / planned.stage.kind / key.substr(0, 2) / key;
  fs::create_directories(folder);
  WriteFiles(planned, folder, weights);
  const Publication publication{.ref = planned.stage.ref,
                                .numerics = {{"device", "cpu"}, {"threads", 1}},
                                .facts = {{"commit", "0000000"},
                                          {"device", "cpu"},
                                          {"host", "perf"},
                                          {"wall_seconds", 1.5},
                                          {"costs", CostsOf(plan, id)},
                                          {"sources", {{"dataset shapes", std::string(64, '0')}}}}};
  const auto files = store::ListFiles(folder);
  Write(folder / store::kKeyFile, planned.stage.text);
  Write(folder / store::kManifestFile,
        store::MakeManifest({planned.stage.kind, key}, files, publication).dump(1) + "\n");
}

void FillStore(const Plan& plan, const fs::path& store, size_t weights) {
  for (StageId id = 0; id < plan.stages.size(); ++id) WriteResult(plan, id, store, weights);
}

}  // namespace dfkd::perf
