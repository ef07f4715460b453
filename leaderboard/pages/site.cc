#include "leaderboard/pages/site.h"

#include <fmt/format.h>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/templates.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLargestPicture = 16u << 20;

// A path that stays below the folder of the score, or nothing. Scores may come from strangers.
std::optional<fs::path> MediaFile(const Score& score, const std::string& kind) {
  const auto found = score.media.find(kind);
  if (found == score.media.end()) return std::nullopt;
  const fs::path path(found->second);
  if (path.is_absolute()) return std::nullopt;
  for (const auto& step : path) {
    if (step == "..") return std::nullopt;
  }
  return score.file.parent_path() / path;
}

bool IsPng(const std::string& bytes) { return bytes.rfind("\x89PNG\r\n\x1a\n", 0) == 0; }

// Pictures that cannot be read are left out with a warning: one bad file must not cost the site.
std::vector<std::string> CopyPictures(const Score& score, const fs::path& out) {
  std::vector<std::string> copied;
  for (const auto& kind : MediaKinds()) {
    const auto file = MediaFile(score, kind);
    if (!file || kind == "curves" || kind == "log") continue;
    try {
      const auto bytes = ReadBytes(*file, kLargestPicture);
      if (!IsPng(bytes)) throw MakeError("{}: not a PNG", file->string());
      WriteFileAtomically(out / site::MediaFolder(score) / (kind + ".png"), bytes);
      copied.push_back(kind);
    } catch (const Error& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return copied;
}

Json CopyNumbers(const Score& score, const std::string& kind, const fs::path& out) {
  const auto file = MediaFile(score, kind);
  if (!file) return nullptr;
  try {
    const Json numbers = ReadJson(*file);
    WriteFileAtomically(out / site::MediaFolder(score) / (kind + ".json"), Canonical(numbers));
    return numbers;
  } catch (const Error& e) {
    spdlog::warn("left out: {}", e.what());
    return nullptr;
  }
}

void WriteCell(const Templates& templates, const Score& score, const fs::path& out) {
  const auto pictures = CopyPictures(score, out);
  const Json curves = CopyNumbers(score, "curves", out), log = CopyNumbers(score, "log", out);
  WriteFileAtomically(out / site::PagePath(score),
                      templates.Render("page", site::CellData(score, curves, log, pictures)));
  WriteFileAtomically(out / site::RawPath(score), ToJson(score).dump(1) + "\n");
}

// The sentence of the matrix file that lies beside the scores.
std::string SummaryBeside(const Score& score) {
  const auto file = score.file.parent_path() / kMatrixBesideScores;
  if (!fs::is_regular_file(file)) return "";
  const Json matrix = ReadJson(file);
  if (!matrix.is_object() || !matrix.contains("summary") || !matrix["summary"].is_string()) {
    return "";
  }
  return matrix["summary"];
}

Json AllScores(const std::vector<ScoredMatrix>& matrices) {
  Json all = Json::array();
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) all.push_back(ToJson(score));
  }
  return all;
}

// Two scores of one cell would write one page; the reader must know which is which.
void RequireUnique(const std::vector<ScoredMatrix>& matrices) {
  std::map<std::string, fs::path> pages;
  for (const auto& matrix : matrices) {
    for (const auto& score : matrix.scores) {
      const auto [it, fresh] = pages.try_emplace(site::PagePath(score), score.file);
      if (!fresh) {
        throw MakeError("{} and {} are scores of the same cell; give one of them",
                        it->second.string(), score.file.string());
      }
    }
  }
}

std::vector<Reference> WriteReferences(const Templates& templates, const std::vector<Score>& scores,
                                       const fs::path& out) {
  std::vector<Reference> references;
  for (const auto& name : ShippedReferences()) references.push_back(LoadReference(name));
  for (const auto& reference : references) {
    const auto data = site::ReferenceData(reference, CompareWithReference(reference, scores));
    WriteFileAtomically(out / site::ReferencePath(reference), templates.Render("page", data));
  }
  return references;
}

}  // namespace

SiteReport WriteSite(const std::vector<fs::path>& scores_dirs, const fs::path& out,
                     const fs::path& templates_dir, const CurrentSources& now) {
  const auto templates = templates_dir.empty() ? Templates() : Templates(templates_dir);
  std::vector<Score> scores;
  for (const auto& folder : scores_dirs) {
    auto more = ReadScores(folder);
    scores.insert(scores.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  }
  if (scores.empty()) {
    throw MakeError("{}: no scores; `dfkd run` writes them",
                    scores_dirs.empty() ? "no folder" : scores_dirs.front().string());
  }
  const auto references = WriteReferences(templates, scores, out);
  auto matrices = ByMatrix(std::move(scores));
  RequireUnique(matrices);
  SiteReport report{static_cast<int64_t>(matrices.size()), 0};
  for (auto& matrix : matrices) {
    matrix.summary = SummaryBeside(matrix.scores.front());
    for (const auto& score : matrix.scores) WriteCell(templates, score, out);
    report.cells += static_cast<int64_t>(matrix.scores.size());
  }
  const Json data = site::DataOf(matrices);
  WriteFileAtomically(out / "data.js", "window.dfkdData = " + Canonical(data) + ";\n");
  WriteFileAtomically(out / "data.json", Canonical(AllScores(matrices)) + "\n");
  WriteFileAtomically(out / "scores.csv", site::Csv(matrices));
  for (const char* name : {"style.css", "app.js"}) {
    WriteFileAtomically(out / name, SiteFiles().At(name));
  }
  WriteFileAtomically(out / "index.html",  // last: it links the others
                      templates.Render("page", site::IndexData(matrices, references, now)));
  return report;
}

}  // namespace dfkd
