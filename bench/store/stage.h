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
};

// Adds format and kind, computes the ref.
Stage MakeStage(const std::string& kind, Json description);

// A stage as a plan of a million keeps it: as text, a description takes a fifth of the memory.
struct StageText {
  std::string kind, ref;
  std::string text;  // the canonical description

  std::string key() const { return ref.substr(kind.size() + 1); }
  Json description() const;
};
// As MakeStage; adds to `description` what that adds.
StageText WriteStage(const std::string& kind, Json& description);

StageText TextOf(const Stage& stage);

// The refs in "inputs" of a description, in the order of their roles.
std::vector<std::string> InputsOf(const Json& description);

struct StageRequest {
  // As text, too: only who computes it reads it.
  StageText stage;
  // Of distil: earlier states it may continue, latest first.
  std::vector<std::string> starts;
  std::string store, data;  // folders
  std::string device = "cpu";
  int threads = 1;
  double limit_seconds = 0;  // 0 = none
  // Similar stages have the same (expected times).
  std::string label;
  // For the manifest: commit, version.
  Json facts = Json::object();

  Json ToJson() const;
  static StageRequest FromJson(const Json& json);
};

enum class StageStatus {
  // The artifact is in the store.
  kDone,
  // Somebody else holds the lease: look again later.
  kBusy,
  // `failure` and `message` say why; recorded in the store.
  kFailed,
  // SIGTERM or Ctrl-C: a checkpoint was written.
  kInterrupted,
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
