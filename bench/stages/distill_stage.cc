// The distil stage: from the latest published state that it may continue, or from a checkpoint of
// its own, to the state at its round. A run that was cut anywhere ends in the same bits as one that
// was not.
#include <ATen/Functions.h>

#include "bench/io/file.h"
#include "bench/stages/distill_run.h"
#include "bench/stages/pictures.h"

namespace dfkd {
namespace {

constexpr int64_t kSnapshots = 20;

// The student at evenly spaced rounds, for the curves; carried from state to state.
class Snapshots {
 public:
  explicit Snapshots(int64_t rounds) : rounds_(rounds) {}

  void Take(int64_t done, Classifier& student) {
    if (!Due(done)) return;
    for (const auto& list : {student.Parameters(), student.Buffers()}) {
      for (const auto& [name, value] : list) {
        tensors_[fmt::format("{}/{}", done, name)] =
            value.detach().to(at::kCPU, value.scalar_type(), false, true);
      }
    }
  }
  void Save(const std::filesystem::path& file) const { WriteTensors(file, tensors_); }
  void Load(const std::filesystem::path& file) { tensors_ = ReadTensors(file); }

 private:
  bool Due(int64_t done) const {  // k * rounds / 20 for k = 1 … 20
    return done * kSnapshots / rounds_ > (done - 1) * kSnapshots / rounds_;
  }
  const int64_t rounds_;
  TensorsByName tensors_;
};

struct Progressing {
  DistillRun& distillation;
  Snapshots& snapshots;

  void Save(const std::filesystem::path& folder, int64_t round) {
    SaveState(folder / "state.safetensors", [&](StateVisitor& v) { distillation.Visit(v, round); });
    snapshots.Save(folder / "snapshots.safetensors");
    distillation.log().Save(folder / "log.json");
  }
  void Load(const std::filesystem::path& folder, int64_t round, const at::Device& device) {
    LoadState(folder / "state.safetensors", device,
              [&](StateVisitor& v) { distillation.Visit(v, round); });
    snapshots.Load(folder / "snapshots.safetensors");
    distillation.log().Load(folder / "log.json");
  }
};

// The latest earlier state that is published, nullopt if there is none.
std::optional<Artifact> LatestStart(StageRun& run) {
  for (const auto& ref : run.request().starts) {
    if (auto state = run.store().Find(ref)) return state;
  }
  return std::nullopt;
}

// Its own checkpoint or the latest earlier state that is published, whichever is further; returns
// the round to continue from.
int64_t Resume(StageRun& run, Progressing& progressing) {
  const auto folder = run.Checkpoint();
  const int64_t saved = folder ? ReadJson(*folder / "round.json").at("round").get<int64_t>() : 0;
  const auto start = LatestStart(run);
  const int64_t published = start ? start->description.at("round").get<int64_t>() : 0;
  if (start && published > saved) {
    progressing.Load(start->folder, published, run.device());
    run.ContinuesFrom(*start);
    return published;
  }
  if (folder) progressing.Load(*folder, saved, run.device());
  return saved;
}

void WriteCheckpoint(StageRun& run, Progressing& progressing, int64_t round) {
  run.WriteCheckpoint([&](const std::filesystem::path& folder) {
    progressing.Save(folder, round);
    WriteFileAtomically(folder / "round.json", Json{{"round", round}}.dump());
  });
}

}  // namespace

// What the distiller synthesizes at the end of a distillation, for the defences that repair the
// student with it. The description is that of the last state, which is an input.
bool RunSamples(StageRun& run) {
  DistillRun distillation(run);
  Snapshots snapshots(run.description().at("rounds"));
  Progressing{distillation, snapshots}.Load(run.Input("state").folder,
                                            run.description().at("round"), run.device());
  const auto images = distillation.Samples(kSamples);
  WriteTensors(run.out() / "images.safetensors", {{"images", images}});
  WritePicture(run.out() / "images.png", images, distillation.spec(), kShownImages);
  return true;
}

bool RunDistill(StageRun& run) {
  const int64_t last = run.description().at("round"), total = run.description().at("rounds");
  DistillRun distillation(run);
  Snapshots snapshots(total);
  Progressing progressing{distillation, snapshots};
  const int64_t first = Resume(run, progressing);
  for (int64_t round = first; round < last; ++round) {
    if (run.MustStop()) return WriteCheckpoint(run, progressing, round), false;
    if (run.CheckpointIsDue()) WriteCheckpoint(run, progressing, round);
    distillation.Round(round);
    snapshots.Take(round + 1, distillation.student());
    run.Report(round + 1 - first, last - first);
  }
  RequireFinite(distillation.student(), fmt::format("after round {}", last));
  if (last == total) distillation.RequireTaught();
  progressing.Save(run.out(), last);
  SaveModel(run.out(), distillation.student());
  WritePicture(run.out() / "synthetic.png", distillation.last_images(), distillation.spec(),
               kShownImages);
  return true;
}

}  // namespace dfkd
