#include "bench/scores/write_scores.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "bench/core/hash.h"
#include "bench/core/parallel.h"
#include "bench/io/file.h"
#include "bench/scores/kept_score.h"
#include "bench/scores/stale_scores.h"
#include "bench/scores/validate.h"

namespace dfkd {
namespace {

// What one thread reads, which media it has seen in their place, and what it has written.
struct Lane {
  Results results;
  std::set<std::string> media;
  ClaimsOfScores claims;
};

// Pictures, curves and the log of one cell, copied out of the store: the site needs none.
class Media {
 public:
  Media(const Plan& plan, const PlannedCell& cell, Lane& lane, const std::filesystem::path& out)
      : plan_(plan), cell_(cell), results_(lane.results), there_(lane.media), out_(out) {}

  // By kind: path beside the score file.
  std::map<std::string, std::string> Write() {
    const auto evaluation = cell_.student_evaluation;
    for (const char* kind : {"trigger", "clean", "triggered", "difference"})
      Copy(evaluation, kind, std::string(kind) + ".png");
    const auto curves = results_.Evaluation(evaluation).at("curves");
    if (!curves.is_null()) PutCurves(Canonical(curves) + "\n");
    if (const auto state = LastState(); results_.Has(state)) {
      Copy(state, "synthetic", "synthetic.png");
      Copy(state, "log", "log.json");
    }
    return std::move(media_);
  }

 private:
  StageId LastState() const {
    for (auto id = cell_.path.rbegin(); id != cell_.path.rend(); ++id) {
      if (plan_.At(*id).stage.kind == "distill") return *id;
    }
    return cell_.student;
  }

  void Copy(StageId id, const std::string& kind, const std::string& file) {
    const auto& files = results_.Manifest(id).at("files");
    if (!files.contains(file)) return;
    const auto name =
        NameOf(kind, files.at(file).at("sha256"), std::filesystem::path(file).extension().string());
    if (!there_.insert(name).second || std::filesystem::exists(out_ / name)) return;
    WriteFileSoon(out_ / name, results_.File(id, file));
  }

  void PutCurves(const std::string& text) {
    const auto name = NameOf("curves", Sha256Hex(text), ".json");
    if (there_.insert(name).second) WriteFileSoon(out_ / name, text);
  }

  // Named by content, so that the cells that share a picture share the file.
  std::string NameOf(const std::string& kind, const std::string& sha256,
                     const std::string& extension) {
    return media_[kind] = "media/" + kind + "-" + sha256.substr(0, 16) + extension;
  }

  const Plan& plan_;
  const PlannedCell& cell_;
  Results& results_;
  std::set<std::string>& there_;
  const std::filesystem::path& out_;
  std::map<std::string, std::string> media_;
};

// A part of the store may have been removed since the file was written, by hand or as waste.
void KeepWhatIsIn(const std::filesystem::path& file, const Plan& plan, const PlannedCell& cell,
                  Results& results, Score& score) {
  std::set<std::string> gone;
  for (const auto id : cell.path) {
    if (id != kNoStage && !results.Has(id)) gone.insert(plan.At(id).stage.key());
  }
  if ((gone.empty() && score.cost.wall_seconds) || !std::filesystem::exists(file)) return;
  const auto read = ReadValidScore(file);
  const auto matters = [](const Problem& problem) { return !problem.path.starts_with("/media/"); };
  if (!read.score || std::any_of(read.problems.begin(), read.problems.end(), matters)) return;
  const auto& evaluation = plan.At(cell.student_evaluation).stage;
  KeepWhatIsKnown(*read.score, evaluation.key(), gone, file.parent_path(), score);
}

std::filesystem::path FileOf(const PlannedCell& cell, const std::filesystem::path& out) {
  return out / (cell.id + ".json");
}

// False: the cell has not come to an end, and nothing is written.
bool WriteScore(const Scoring& scoring, const PlannedCell& cell, Lane& lane,
                const std::filesystem::path& out) {
  auto score = ReadCellScore(scoring, cell, lane.results);
  if (!score) return false;
  const auto file = FileOf(cell, out);
  if (score->status == Status::kOk) {
    score->media = Media(scoring.plan, cell, lane, out).Write();
    KeepWhatIsIn(file, scoring.plan, cell, lane.results, *score);
  }
  WriteFileSoon(file, ToJson(*score).dump(2) + "\n");
  lane.claims.Add(*score);
  return true;
}

// Several threads write scores, each with what it has read itself: of neighbours, which share most
// of it.
constexpr size_t kMostNeighbours = 256, kMostLanes = 16;

std::vector<std::unique_ptr<Lane>> LanesFor(const Plan& plan, Store& store) {
  std::vector<std::unique_ptr<Lane>> lanes(
      std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostLanes));
  for (auto& lane : lanes) lane = std::make_unique<Lane>(Lane{Results(plan, store), {}, {}});
  return lanes;
}

// By cell, whether there is one now. Not as bool: several threads write.
using IsWritten = std::vector<char>;

IsWritten WriteAll(const Scoring& scoring, const std::vector<std::unique_ptr<Lane>>& lanes,
                   const std::filesystem::path& out) {
  const auto& cells = scoring.plan.cells;
  IsWritten written(cells.size());
  const auto some = std::clamp<size_t>(cells.size() / (4 * lanes.size()), 1, kMostNeighbours);
  std::atomic<size_t> next = 0;
  std::atomic<bool> damaged = false;  // the others need not go on
  ParallelFor(lanes.size(), [&](size_t lane) {
    try {
      for (auto first = next.fetch_add(some); first < cells.size() && !damaged;
           first = next.fetch_add(some)) {
        for (auto i = first; i < std::min(first + some, cells.size()); ++i)
          written[i] = WriteScore(scoring, cells[i], *lanes[lane], out);
      }
    } catch (...) {
      damaged = true;
      throw;
    }
  });
  return written;
}

}  // namespace

WrittenScores WriteScores(const Scoring& scoring, Store& store, const std::filesystem::path& out) {
  RequireFolderOf(scoring.matrix.name, out);
  const auto lanes = LanesFor(scoring.plan, store);
  WriteFileSoon(out / kMatrixBesideScores, scoring.matrix.source.dump(2) + "\n");
  const auto is_written = WriteAll(scoring, lanes, out);
  WrittenScores written;
  for (size_t i = 0; i < is_written.size(); ++i) {
    if (is_written[i]) written.files.push_back(FileOf(scoring.plan.cells[i], out));
  }
  ClaimsOfScores claims;
  for (auto& lane : lanes) claims.Add(std::move(lane->claims));
  written.set_aside = SetAsideStale(scoring, claims, out);
  SyncFileSystem(out);
  return written;
}

}  // namespace dfkd
