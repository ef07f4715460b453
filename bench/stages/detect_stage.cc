// The detect stage: whether a teacher looks backdoored, asked of the teacher alone. It sees no
// image, trigger or label.
#include "bench/io/file.h"
#include "bench/stages/gateway_detector.h"
#include "bench/stages/stage_run.h"
#include "bench/stages/state.h"

namespace dfkd {

// No checkpoints: stopped where the detector ticks, it starts again.
bool RunDetect(StageRun& run) {
  const auto teacher = LoadModel(run.Input("teacher"), run.device(), Profile::kFp32);
  teacher->Freeze();
  ScalarLog log(1000, [&](int64_t done, int64_t total) {
    if (run.MustStop()) throw Interrupted("a detector");
    run.Report(done, total);
  });
  const auto found = Detect(run.description().at("detector"), *teacher, run.rng(), log);
  const Json result = {{"statistic", found.statistic},
                       {"suspicious", found.suspicious},
                       {"target", found.target},
                       {"per_class", found.per_class}};
  WriteFileAtomically(run.out() / "detection.json", Canonical(result) + "\n");
  return true;
}

}  // namespace dfkd
