#include "leaderboard/pages/site.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/core/parallel.h"
#include "bench/io/schema.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/matrix_beside.h"
#include "leaderboard/pages/cell_records.h"
#include "leaderboard/pages/changes.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/left_out.h"
#include "leaderboard/pages/matrix_data.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/shown_pictures.h"
#include "leaderboard/pages/site_folder.h"
#include "leaderboard/pages/templates.h"
#include "leaderboard/pages/values.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// What the matrix files beside the scores say: what they are, and what is missing.
void AddMatrixFiles(ScoredMatrix& matrix) {
  std::set<fs::path> folders;
  std::set<Cell> planned;
  for (const auto& score : matrix.scores) folders.insert(score.file.parent_path());
  for (const auto& folder : folders) {
    const auto beside = ReadMatrixBeside(folder);
    if (!beside) continue;
    if (beside->name != matrix.name) {
      spdlog::warn("{}: is of '{}' and says nothing of the scores of '{}' beside it",
                   (folder / kMatrixBesideScores).string(), beside->name, matrix.name);
      continue;
    }
    planned.insert(beside->cells.begin(), beside->cells.end());
    matrix.clean_defenses.insert(beside->clean_defenses.begin(), beside->clean_defenses.end());
    if (!matrix.source.is_null()) continue;
    matrix.source = beside->source;
    matrix.summary = beside->summary;
  }
  matrix.planned.assign(planned.begin(), planned.end());
}

// Throws Error if there is nothing to show.
LoadedScores Load(const std::vector<fs::path>& folders, const TellLoading& tell) {
  auto loaded = LoadScores(folders, tell);
  for (const auto& problem : loaded.left_out) {
    spdlog::warn("left out: {}:{}: {}", problem.file.string(), problem.path, problem.reason);
  }
  if (!loaded.scores.empty()) return loaded;
  const auto where = folders.empty() ? "no folder" : folders.front().string();
  if (loaded.left_out.empty()) throw MakeError("{}: no scores; `dfkd run` writes them", where);
  throw MakeError("{}: no valid score; {} left out, `dfkd validate` says why", where,
                  site::Plural(static_cast<int64_t>(loaded.left_out.size()), "file"));
}

// Those that prove something first.
std::vector<ScoredMatrix> MatricesOf(std::vector<Score> scores) {
  auto matrices = ByMatrix(std::move(scores));
  for (auto& matrix : matrices) AddMatrixFiles(matrix);
  std::stable_partition(matrices.begin(), matrices.end(),
                        [](const ScoredMatrix& matrix) { return !matrix.demonstration(); });
  return matrices;
}

// Each once, several at a time: of a large site every file takes long.
void DoAll(const std::vector<std::function<void()>>& tasks) {
  ParallelFor(tasks.size(), [&](size_t i) { tasks[i](); });
}

class Writer {
 public:
  Writer(const fs::path& out, const SiteOptions& options)
      : options_(options),
        templates_(options.templates.empty() ? Templates() : Templates(options.templates)),
        folder_(out) {
    if (!options.previous.empty()) before_ = site::ReadSiteState(options.previous);
  }

  // `refused`: files that are not valid; `left_out`: the same as pages tell them.
  void Run(const std::vector<ScoredMatrix>& matrices, const std::vector<Reference>& references,
           const std::set<fs::path>& refused, site::LeftOut left_out) {
    papers_ = PapersOf(references);
    left_out_ = std::move(left_out);
    for (const auto& matrix : matrices)
      pictures_[matrix.name] = site::PicturesOf(matrix, refused, copier_);
    site::Published published;
    std::vector<site::Board> boards;
    // Half of the work each: the records wait for no standings.
    DoAll({[&] { WriteRecords(matrices, published); },
           [&] {
             boards = site::BoardsOf(matrices);
             WriteBoards(boards);
           }});
    WriteChanges(boards, published, site::NewestOf(boards));
    for (const char* name : {"style.css", "app.js"}) WriteSiteFile(name);
    // Last: it links the others.
    Page("index.html", site::HomePage(boards, references, left_out_.elsewhere));
  }

  // What was written is packed, and lasts.
  void Finish() { folder_.Finish(); }

  std::vector<Reference> WriteReferences(const std::vector<Score>& scores) {
    std::vector<Reference> references;
    for (const auto& name : ShippedReferences()) references.push_back(LoadReference(name));
    for (const auto& reference : references)
      Page(site::ReferencePath(reference),
           site::ReferenceData(reference, CompareWithReference(reference, scores)));
    return references;
  }

 private:
  void Page(const std::string& name, const Json& data) {
    std::unique_lock lock(rendering_);
    const auto page = templates_.Render("page", data);
    lock.unlock();
    folder_.Write(name, page);
  }

  void WriteData(const std::string& path, const Json& data) {
    folder_.Write(path + ".js", site::ScriptText(path, Canonical(data)));
  }

  // A build without the application has no app.js.
  void WriteSiteFile(const fs::path& name) {
    const auto stems = SiteFiles().Stems();
    if (std::count(stems.begin(), stems.end(), name.stem().string()))
      folder_.Write(name.string(), SiteFiles().At(name.string()));
  }

  // The text of all scores is large, and is not kept.
  void WriteRecords(const std::vector<ScoredMatrix>& matrices, site::Published& published) {
    for (const auto& matrix : matrices) {
      site::WriteCellRecords(matrix, folder_, copier_, published);
      WriteData(site::PicturesPath(matrix), site::PicturesData(pictures_.at(matrix.name)));
    }
    folder_.Write("scores.jsonl", std::exchange(published.jsonl, {}));
  }

  // What is made of scores and standings.
  void WriteBoards(const std::vector<site::Board>& boards) {
    WriteTables(boards);
    for (const auto& board : boards) WriteBoard(board);
    WritePlugins(boards);
    WriteDownloads(boards, site::NewestOf(boards));
  }

  void WriteMatrixPage(const site::Board& board) {
    const auto& name = board.matrix->name;
    const auto beside = left_out_.beside.find(name);
    const auto left_out =
        beside == left_out_.beside.end() ? std::vector<Problem>() : beside->second;
    Page(site::MatrixPage(name), site::MatrixPageData(board, options_.now, left_out));
  }

  void WriteCellPages(const site::Board& board) {
    for (const auto& page : site::CellPagesOf(board))
      Page(page.path, site::CellPageData(board, page));
  }

  void WriteBoard(const site::Board& board) {
    const auto& matrix = *board.matrix;
    DoAll({[&] { WriteMatrixPage(board); }, [&] { WriteCellPages(board); },
           [&] { WriteData(site::CorePath(board), site::CoreData(board)); },
           [&] { WriteData(site::MorePath(board), site::MoreData(board)); }});
    if (!matrix.source.is_null())
      folder_.Write(site::MatrixFilePath(matrix.name), matrix.source.dump(2) + "\n");
  }

  void WritePlugins(const std::vector<site::Board>& boards) {
    const auto plugins = site::PluginsIn(boards);
    ParallelFor(plugins.size(), [&](size_t i) {
      const auto& plugin = plugins[i];
      auto page = site::PluginPageData(plugin, boards);
      site::AddPicturesTo(page, plugin, boards, pictures_);
      Page(site::PluginPage(plugin.kind, plugin.name), page);
    });
  }

  void WriteTables(const std::vector<site::Board>& boards) {
    DoAll({[&] { WriteCsv(boards); },
           [&] { folder_.Write("scores.sqlite", site::ScoresSqlite(boards)); },
           [&] {
             WriteData("data/site",
                       site::SiteData(boards, papers_, options_.version, options_.commit));
           },
           [&] { Page("protocol.html", site::ProtocolPage(boards)); },
           [&] { folder_.Write("standings.json", Canonical(site::AllStandings(boards)) + "\n"); }});
  }

  void WriteCsv(const std::vector<site::Board>& boards) {
    const auto csv = site::ScoresCsv(boards);
    const auto day = site::NewestOf(boards).substr(0, 10);
    folder_.Write("scores.csv", csv);
    const auto metadata =
        site::Croissant(site::CsvColumns(boards), options_.version, day, Sha256Hex(csv));
    folder_.Write("croissant.json", metadata.dump(2) + "\n");
  }

  void WriteDownloads(const std::vector<site::Board>& boards, const std::string& newest) {
    const auto day = newest.substr(0, 10);
    const auto& version = options_.version;
    const auto columns = site::CsvColumns(boards);
    folder_.Write("dictionary.csv", site::DictionaryCsv(columns));
    folder_.Write("scores.v1.json", SchemaFiles().At("scores.v1.json"));
    folder_.Write("every_eval_ever.jsonl", site::EvalRecords(boards, version, newest));
    folder_.Write("CITATION.cff", site::CitationCff(version, day));
    folder_.Write("references.bib", site::ReferencesBib(boards, version, day));
    Page("data.html", site::DownloadsPage(columns, version, day));
  }

  void WriteChanges(const std::vector<site::Board>& boards, const site::Published& published,
                    const std::string& newest) {
    const auto state = site::StateOf(boards, published.digests);
    const auto entries = before_ ? site::ChangesSince(*before_, state, newest.substr(0, 10))
                                 : std::vector<site::ChangeEntry>();
    folder_.Write("changes.json", site::JsonFeed(entries).dump(1) + "\n");
    folder_.Write("changes.atom", templates_.Render("feed", site::AtomFeed(entries, newest)));
    Page("changes.html", site::ChangesPage(entries));
    // Last: a site that is torn before it is compared with the older one again.
    folder_.Write("state.json", Canonical(state) + "\n");
  }

  static Json PapersOf(const std::vector<Reference>& references) {
    Json papers = Json::array();
    for (const auto& reference : references)
      papers.push_back({{"title", reference.title},
                        {"year", reference.year},
                        {"page", site::ReferencePath(reference)}});
    return papers;
  }

  const SiteOptions& options_;
  const Templates templates_;
  std::mutex rendering_;  // one page at a time: filling it is quick, what fills it is not
  SiteFolder folder_;
  site::PictureCopier copier_{folder_};
  std::map<std::string, site::ShownPictures> pictures_;  // by matrix
  Json papers_;
  site::LeftOut left_out_;
  std::optional<site::SiteState> before_;
};

}  // namespace

SiteReport WriteSite(const std::vector<fs::path>& scores_dirs, const fs::path& out,
                     const SiteOptions& options) {
  Writer writer(out, options);
  auto loaded = Load(scores_dirs, options.reading);
  const auto references = writer.WriteReferences(loaded.scores);
  std::set<fs::path> refused;
  for (const auto& problem : loaded.left_out) refused.insert(problem.file);
  const auto cells = static_cast<int64_t>(loaded.scores.size());
  auto matrices = MatricesOf(std::move(loaded.scores));
  const SiteReport report = {static_cast<int64_t>(matrices.size()), cells,
                             static_cast<int64_t>(loaded.left_out.size())};
  writer.Run(matrices, references, refused,
             site::LeftOutOf(loaded.left_out, matrices, scores_dirs));
  // Giving back what many scores fill takes a while, as packing does.
  DoAll({[&] { writer.Finish(); }, [&] { matrices.clear(); }});
  return report;
}

}  // namespace dfkd
