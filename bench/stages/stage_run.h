// One stage being run: where it reads, where it writes, when it must pause. Passed to the function
// of each kind.
#pragma once
#include <ATen/core/Tensor.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"
#include "bench/nn/numerics.h"
#include "bench/stages/meter.h"
#include "bench/store/stage.h"
#include "bench/store/store.h"
#include "bench/store/work.h"

namespace dfkd {

// A data set, decoded and resized, as tensors on the CPU.
struct LoadedData {
  ImageSpec spec;
  Split train, test;
  std::vector<std::string> class_names;
};

// The decoded data sets that were used last: two, however large, and more as long as all together
// take at most `most_bytes`. Stages that follow each other mostly want the same. One per worker.
class DataCache {
 public:
  explicit DataCache(int64_t most_bytes = int64_t{256} << 20) : most_bytes_(most_bytes) {}

  // `dataset` = {"plugin", "options", "fingerprint"?, "holdout"?} of a description. With a holdout,
  // `test` is the part kept from the training set. Throws Error if the images are not those of the
  // fingerprint.
  std::shared_ptr<const LoadedData> Load(const Json& dataset, const std::filesystem::path& root);
  // After a stage that failed: a plugin may have written into what it was lent.
  void Forget() { kept_.clear(); }

 private:
  struct Kept {
    std::string identity;
    std::shared_ptr<const LoadedData> data;
  };
  void DropAllBut(size_t latest);

  const int64_t most_bytes_;
  std::list<Kept> kept_;  // used last comes first
};

// A stage is told to stop while a plugin computes. The class kLost alone would not do: plugins may
// throw that, too.
class Interrupted : public Error {
 public:
  explicit Interrupted(const std::string& what)
      : Error(what + " was interrupted", FailureClass::kLost) {}
};

class StageRun {
 public:
  StageRun(const StageRequest& request, Store& store, const WorkFolder& work, DataCache& data,
           std::function<void(const StageProgress&)> report, std::function<bool()> stop);

  const StageRequest& request() const { return request_; }
  const Json& description() const { return description_; }
  Store& store() const { return store_; }
  // The artifact's files go here.
  const std::filesystem::path& out() const { return out_; }
  at::Device device() const { return device_; }
  Profile profile() const { return profile_; }
  // Of the description's seed and the kind; no stage's seed depends on a defence.
  Rng rng() const;

  // The artifact of an input by role; Has… is false where the description says null.
  bool HasInput(const std::string& role) const;
  Artifact Input(const std::string& role) const;
  // Of description()["dataset"].
  std::shared_ptr<const LoadedData> Data() const;

  void Report(int64_t done, int64_t total) const { report_({done, total}); }
  // True if the stage must write a checkpoint and return: it was asked to, or is over its limit,
  // into which the time of interrupted attempts counts.
  bool MustStop() const;
  bool over_limit() const { return over_limit_; }
  // At most once a minute.
  bool CheckpointIsDue();
  void WriteCheckpoint(const std::function<void(const std::filesystem::path& folder)>& write);
  // The newest checkpoint, if its files are as they were written and it is known what the state
  // cost that it was started from (any other is dropped with a warning); what went into it counts
  // from now on.
  std::optional<std::filesystem::path> Checkpoint();
  // From Checkpoint to the first MustStop: an error is then the checkpoint's, which another version
  // of the code may have written.
  bool LoadsCheckpoint() const { return loads_checkpoint_; }

  // distil: the published state this run continues; its costs are then part of the path, and the
  // work in a checkpoint before it is of none.
  void ContinuesFrom(const Artifact& state);
  const std::string& started_from() const { return started_from_; }
  // What the stages on the way here cost, by ref: inputs, and the state that is continued, with all
  // before them. Known from the beginning, and kept with checkpoints: what was read may be removed
  // while the stage runs.
  Json CostsBefore() const;
  // By this attempt and by interrupted ones, as far as a checkpoint kept their work.
  Spent spent() const { return before_ + meter_.Read(); }
  // By this attempt.
  double attempt_seconds() const { return meter_.WallSeconds(); }

  // By which sources the plugins of this stage compute (bench/store/stage_sources.h). A stage that
  // goes on from a checkpoint of others keeps theirs: what it publishes is not only the new code's.
  const Json& sources() const { return sources_; }

 private:
  using Clock = std::chrono::steady_clock;
  // Nullopt: nobody knows (any more).
  std::optional<Json> CostsOfStart(const Json& progress) const;
  void Drop(const std::filesystem::path& checkpoint, const char* why) const;

  const StageRequest& request_;
  const Json description_;
  Store& store_;
  const WorkFolder& work_;
  DataCache& data_;
  const std::function<void(const StageProgress&)> report_;
  const std::function<bool()> stop_;
  const std::filesystem::path out_;
  const at::Device device_;
  const Profile profile_;
  Clock::time_point checkpointed_ = Clock::now();
  const Json costs_of_inputs_;
  std::string started_from_;
  Json costs_of_start_ = Json::object();
  const Meter meter_;
  Spent before_;
  mutable bool loads_checkpoint_ = false, over_limit_ = false;
  Json sources_;
};

// Each computes the files of its kind into run.out(). False: interrupted, a checkpoint was written.
bool RunCraft(StageRun& run);
bool RunTeacher(StageRun& run);
bool RunImport(StageRun& run);
bool RunSanitize(StageRun& run);
bool RunTransferSet(StageRun& run);
bool RunPoisonTransfer(StageRun& run);
bool RunSynthesis(StageRun& run);
bool RunDistill(StageRun& run);
bool RunSamples(StageRun& run);
bool RunRepair(StageRun& run);
bool RunEvaluate(StageRun& run);
bool RunDetect(StageRun& run);

}  // namespace dfkd
