// What scores read of the artifacts of a plan. Manifests speak for the files, and their seals for
// them, so that weights and pictures are not read; what many cells have in common is read once.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/matrix/gate.h"
#include "bench/matrix/plan.h"
#include "bench/scores/score.h"
#include "bench/store/failures.h"
#include "bench/store/inventory.h"
#include "bench/store/store.h"

namespace dfkd {

class Results {
 public:
  // Of one artifact, from its manifest.
  struct Facts {
    std::string digest, commit, created;
    int threads = 1;
    double wall_seconds = 0;
    std::vector<std::pair<std::string, std::string>> sources;  // plugin -> hash
  };

  // Both must outlive this. Throws Error (io) wherever an artifact turns out damaged.
  Results(const Plan& plan, Store& store);

  // Whether it was there when it was first asked for. Not so of kNoStage.
  bool Has(StageId id);
  std::vector<Failure> FailuresOf(StageId id);

  // Of what is there. What is returned by reference stays until the next call. Costs stand in the
  // facts of a manifest, and in most are not asked for.
  const Json& Manifest(StageId id);
  const Json& ManifestWithCosts(StageId id);
  std::string File(StageId id, const std::string& name);
  const Json& Evaluation(StageId id);
  // Null: it is not in the store.
  const Facts* FactsOf(const std::string& ref);
  const Counts& CountsOf(StageId id);
  const std::optional<TriggerVisibility>& VisibilityOf(StageId id);
  const GateResult& GateOf(const Gate& gate);
  // Absent: it is not there. Read each time.
  std::optional<DetectionScore> DetectionOf(StageId id);

  size_t manifests_read() const { return manifests_read_; }

 private:
  // What was read last: a cell asks several times for the same.
  class Latest {
   public:
    // Null: it is not among them.
    const Json* Find(const std::string& ref) const;
    const Json& Keep(const std::string& ref, Json json);

   private:
    std::array<std::pair<std::string, Json>, 8> kept_;
    size_t next_ = 0;  // to be replaced
  };

  const Json& ManifestOf(const std::string& ref);
  const Json& ReadManifestOf(const std::string& ref, Latest& place, LeftOut left_out);

  const Plan& plan_;
  Store& store_;
  Inventory there_;
  const Failures failures_;
  std::vector<std::optional<bool>> has_;  // by StageId
  Latest manifests_, whole_manifests_, evaluations_;
  std::unordered_map<std::string, std::optional<Facts>> facts_;  // by ref
  std::unordered_map<StageId, Counts> counts_;
  std::unordered_map<StageId, std::optional<TriggerVisibility>> visibility_;
  std::unordered_map<StageId, GateResult> gates_;  // by the evaluation of the teacher
  size_t manifests_read_ = 0;
};

// Of an evaluation: [k, n], or null.
std::optional<Count> CountFrom(const Json& json);
Counts CountsFrom(const Json& evaluation);

}  // namespace dfkd
