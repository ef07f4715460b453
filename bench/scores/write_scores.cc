#include "bench/scores/write_scores.h"

#include <algorithm>
#include <set>

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/scores/kept_score.h"
#include "bench/scores/stale_scores.h"
#include "bench/scores/validate.h"

namespace dfkd {
namespace {

// Pictures, curves and the log of one cell, copied out of the store: the site needs none.
class Media {
 public:
  Media(const Plan& plan, const PlannedCell& cell, Results& results,
        const std::filesystem::path& out)
      : plan_(plan), cell_(cell), results_(results), out_(out) {}

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
    if (!std::filesystem::exists(out_ / name)) WriteFileSoon(out_ / name, results_.File(id, file));
  }

  void PutCurves(const std::string& text) {
    WriteFileSoon(out_ / NameOf("curves", Sha256Hex(text), ".json"), text);
  }

  // Named by content, so that the cells that share a picture share the file.
  std::string NameOf(const std::string& kind, const std::string& sha256,
                     const std::string& extension) {
    return media_[kind] = "media/" + kind + "-" + sha256.substr(0, 16) + extension;
  }

  const Plan& plan_;
  const PlannedCell& cell_;
  Results& results_;
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

}  // namespace

WrittenScores WriteScores(const Scoring& scoring, Store& store, const std::filesystem::path& out) {
  RequireFolderOf(scoring.matrix.name, out);
  WrittenScores written;
  Results results(scoring.plan, store);
  ClaimsOfScores claims;
  WriteFileSoon(out / kMatrixBesideScores, scoring.matrix.source.dump(2) + "\n");
  for (const auto& cell : scoring.plan.cells) {
    auto score = ReadCellScore(scoring, cell, results);
    if (!score) continue;
    written.files.push_back(out / (cell.id + ".json"));
    if (score->status == Status::kOk) {
      score->media = Media(scoring.plan, cell, results, out).Write();
      KeepWhatIsIn(written.files.back(), scoring.plan, cell, results, *score);
    }
    WriteFileSoon(written.files.back(), ToJson(*score).dump(2) + "\n");
    claims.Add(*score);
  }
  written.set_aside = SetAsideStale(scoring, claims, out);
  SyncFileSystem(out);
  return written;
}

}  // namespace dfkd
