// A stage is pure data: what to compute, never when or where. How one is run is a request; what
// came of it, an outcome. These three are all that planner, engines and stage code share. No
// LibTorch.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"

namespace dfkd {

// `description` is the pre-image of the key: {"format", "kind", "revision", "inputs": {role: ref},
// …}. It names plugins with revision and resolved options, the seed and the profile; never host,
// device, path or time.
struct Stage {
  std::string kind;
  Json description;
  std::string ref;  // "kind/<SHA-256 of the canonical description>"

  std::string key() const { return ref.substr(kind.size() + 1); }
  std::vector<std::string> Inputs() const;  // refs, in the order of their roles
};

Stage MakeStage(const std::string& kind,
                Json description);  // adds format and kind, computes the ref

struct StageRequest {
  Stage stage;
  std::vector<std::string> starts;  // distil: earlier states it may continue, latest first
  std::string store, data;          // folders
  std::string device = "cpu";
  int threads = 1;
  double limit_seconds = 0;     // 0 = none
  std::string label;            // similar stages have the same (expected times)
  Json facts = Json::object();  // for the manifest: commit, version

  Json ToJson() const;
  static StageRequest FromJson(const Json& json);
};

enum class StageStatus {
  kDone,         // the artifact is in the store
  kBusy,         // somebody else holds the lease: look again later
  kFailed,       // `failure` and `message` say why; recorded in the store
  kInterrupted,  // SIGTERM or Ctrl-C: a checkpoint was written
};
const char* Name(StageStatus status);

struct StageOutcome {
  StageStatus status = StageStatus::kFailed;
  FailureClass failure = FailureClass::kError;
  std::string message;
  double seconds = 0;

  Json ToJson() const;
  static StageOutcome FromJson(const Json& json);
};

// Where a running stage is, for the progress line.
struct StageProgress {
  int64_t done = 0, total = 0;
};

// Runs one stage to an outcome; throws nothing. `report` may be called at any time from the calling
// thread; `stop` is asked often, true asks for a checkpoint and kInterrupted.
using RunStageFunction = std::function<StageOutcome(
    const StageRequest&, const std::function<void(const StageProgress&)>& report,
    const std::function<bool()>& stop)>;

}  // namespace dfkd
