#include "leaderboard/pages/site.h"

#include <set>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/matrix_beside.h"
#include "leaderboard/pages/media.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/site_folder.h"
#include "leaderboard/pages/templates.h"
#include "leaderboard/pages/values.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

void WriteCell(const Templates& templates, const ScoredMatrix& matrix, const Score& score,
               SiteFolder& folder) {
  const auto pictures = site::CopyPictures(score, folder);
  const Json curves = site::CopyNumbers(score, "curves", folder),
             log = site::CopyNumbers(score, "log", folder);
  const auto data = site::CellData(score, matrix.source, curves, log, pictures);
  folder.Write(site::PagePath(score), templates.Render("page", data));
  folder.Write(site::RawPath(score), ToJson(score).dump(1) + "\n");
}

// What the matrix files beside the scores say: what they are, and what is missing.
void AddMatrixFiles(ScoredMatrix& matrix) {
  std::set<fs::path> folders;
  std::set<Cell> planned;
  for (const auto& score : matrix.scores) folders.insert(score.file.parent_path());
  for (const auto& folder : folders) {
    const auto beside = ReadMatrixBeside(folder);
    if (!beside || beside->name != matrix.name) continue;
    planned.insert(beside->cells.begin(), beside->cells.end());
    if (!matrix.source.is_null()) continue;
    matrix.source = beside->source;
    matrix.summary = beside->summary;
  }
  matrix.planned.assign(planned.begin(), planned.end());
}

Json AllScores(const std::vector<ScoredMatrix>& matrices) {
  Json all = Json::array();
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) all.push_back(ToJson(score));
  }
  return all;
}

// Every table of the index with all that is known of it.
Json AllStandings(const std::vector<ScoredMatrix>& matrices) {
  Json tables = Json::array();
  for (const auto& matrix : matrices) {
    for (const auto& [group, scores] : ByGroup(matrix)) {
      Json table = ToJson(StandingsOf(scores, PlannedIn(matrix, group)));
      table["matrix"] = matrix.name;
      table["dataset"] = group.dataset;
      table["teacher_network"] = group.teacher_network;
      table["student_network"] = group.student_network;
      table["distiller"] = group.distiller;
      table["track"] = group.track;
      tables.push_back(std::move(table));
    }
  }
  return tables;
}

std::vector<Reference> WriteReferences(const Templates& templates, const std::vector<Score>& scores,
                                       SiteFolder& folder) {
  std::vector<Reference> references;
  for (const auto& name : ShippedReferences()) references.push_back(LoadReference(name));
  for (const auto& reference : references) {
    const auto data = site::ReferenceData(reference, CompareWithReference(reference, scores));
    folder.Write(site::ReferencePath(reference), templates.Render("page", data));
  }
  return references;
}

// Throws Error if there is nothing to show.
LoadedScores Load(const std::vector<fs::path>& folders) {
  auto loaded = LoadScores(folders);
  for (const auto& problem : loaded.left_out) {
    spdlog::warn("left out: {}:{}: {}", problem.file.string(), problem.path, problem.reason);
  }
  if (!loaded.scores.empty()) return loaded;
  const auto where = folders.empty() ? "no folder" : folders.front().string();
  if (loaded.left_out.empty()) throw MakeError("{}: no scores; `dfkd run` writes them", where);
  throw MakeError("{}: no valid score; {} left out, `dfkd validate` says why", where,
                  site::Plural(static_cast<int64_t>(loaded.left_out.size()), "file"));
}

void WriteMatrix(const Templates& templates, const ScoredMatrix& matrix, SiteFolder& folder) {
  for (const auto& score : matrix.scores) WriteCell(templates, matrix, score, folder);
  if (!matrix.source.is_null())
    folder.Write(site::MatrixPath(matrix.name), matrix.source.dump(2) + "\n");
}

}  // namespace

SiteReport WriteSite(const std::vector<fs::path>& scores_dirs, const fs::path& out,
                     const fs::path& templates_dir, const CurrentSources& now) {
  const auto templates = templates_dir.empty() ? Templates() : Templates(templates_dir);
  auto loaded = Load(scores_dirs);
  SiteFolder folder(out);
  const auto references = WriteReferences(templates, loaded.scores, folder);
  auto matrices = ByMatrix(std::move(loaded.scores));
  SiteReport report{static_cast<int64_t>(matrices.size()), 0,
                    static_cast<int64_t>(loaded.left_out.size())};
  for (auto& matrix : matrices) {
    AddMatrixFiles(matrix);
    WriteMatrix(templates, matrix, folder);
    report.cells += static_cast<int64_t>(matrix.scores.size());
  }
  folder.Write("data.js", "window.dfkdData = " + Canonical(site::DataOf(matrices)) + ";\n");
  folder.Write("data.json", Canonical(AllScores(matrices)) + "\n");
  folder.Write("scores.csv", site::Csv(matrices));
  folder.Write("standings.json", Canonical(AllStandings(matrices)) + "\n");
  for (const char* name : {"style.css", "app.js"}) folder.Write(name, SiteFiles().At(name));
  folder.Write("index.html",  // last: it links the others
               templates.Render("page", site::IndexData(matrices, references, now)));
  folder.Finish();
  return report;
}

}  // namespace dfkd
