#include "bench/scores/write_scores.h"

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/scores/stale_scores.h"

namespace dfkd {
namespace {

// Pictures, curves and the log of one cell, copied out of the store: the site needs none.
class Media {
 public:
  Media(const Plan& plan, const PlannedCell& cell, Store& store, const std::filesystem::path& out)
      : plan_(plan), cell_(cell), store_(store), out_(out) {}

  // By kind: path beside the score file.
  std::map<std::string, std::string> Write() {
    const auto evaluation = store_.Open(plan_.Ref(cell_.student_evaluation));
    for (const char* kind : {"trigger", "clean", "triggered", "difference"})
      Copy(evaluation, kind, std::string(kind) + ".png");
    const auto curves = ReadJson(evaluation.File("evaluation.json")).at("curves");
    if (!curves.is_null()) Put("curves", ".json", Canonical(curves) + "\n");
    if (const auto student = store_.Find(plan_.Ref(LastState()))) {
      Copy(*student, "synthetic", "synthetic.png");
      Copy(*student, "log", "log.json");
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

  void Copy(const Artifact& artifact, const std::string& kind, const std::string& name) {
    const auto file = artifact.folder / name;
    if (std::filesystem::exists(file)) Put(kind, file.extension().string(), ReadBytes(file));
  }

  // Named by content, so that the cells that share a picture share the file.
  void Put(const std::string& kind, const std::string& extension, const std::string& bytes) {
    const auto name = "media/" + kind + "-" + Sha256Hex(bytes).substr(0, 16) + extension;
    if (!std::filesystem::exists(out_ / name)) WriteFileAtomically(out_ / name, bytes);
    media_[kind] = name;
  }

  const Plan& plan_;
  const PlannedCell& cell_;
  Store& store_;
  const std::filesystem::path& out_;
  std::map<std::string, std::string> media_;
};

}  // namespace

WrittenScores WriteScores(const Scoring& scoring, Store& store, const std::filesystem::path& out) {
  RequireFolderOf(scoring.matrix.name, out);
  WrittenScores written;
  std::vector<Score> scores;
  WriteFileAtomically(out / kMatrixBesideScores, scoring.matrix.source.dump(2) + "\n");
  for (const auto& cell : scoring.plan.cells) {
    auto score = ReadCellScore(scoring, cell, store);
    if (!score) continue;
    if (score->status == Status::kOk) score->media = Media(scoring.plan, cell, store, out).Write();
    written.files.push_back(out / (cell.id + ".json"));
    WriteFileAtomically(written.files.back(), ToJson(*score).dump(2) + "\n");
    scores.push_back(std::move(*score));
  }
  written.set_aside = SetAsideStale(scoring, scores, out);
  return written;
}

}  // namespace dfkd
