// matrices/<file>.html: what was run, who is best, all cells, and where the data comes from.
#include <fmt/ranges.h>

#include <map>
#include <set>

#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/changed_scores.h"

namespace dfkd::site {
namespace {

constexpr size_t kMostFailures = 200;

svg::Drawing ParetoChart(const GroupBoard& board, const std::string& id) {
  std::vector<svg::Mark> marks;
  std::string said;
  for (const auto& row : board.standings.rows) {
    if (!row.asr) continue;
    marks.push_back({row.defense, row.asr->mean, row.acc->mean, row.singles});
    if (board.scores.size() > kMostRows) marks.back().singles.clear();
    said += fmt::format("{}: ASR {} %, ACC {} %. ", row.defense, Percent(row.asr->mean),
                        Percent(row.acc->mean));
  }
  return svg::Pareto({id, "ACC over ASR, " + board.group.distiller, said, "ASR % (lower is better)",
                      "ACC % (higher is better)"},
                     marks);
}

svg::Drawing MeansChart(const GroupBoard& board, const std::string& id) {
  std::vector<svg::Dot> dots;
  std::optional<double> control;
  std::string said;
  for (const auto& row : board.standings.rows) {
    if (!row.asr) continue;
    if (row.control) control = row.asr->mean;
    dots.push_back({row.defense, row.asr->mean, row.asr->interval});
    said += fmt::format("{}: {} %", row.defense, Percent(row.asr->mean));
    if (const auto& in = row.asr->interval)
      said += fmt::format(", {} to {} %", Percent(in->low), Percent(in->high));
    said += ". ";
  }
  return svg::Dots({id, "Mean ASR with intervals, " + board.group.distiller, said,
                    "ASR % (lower is better)", ""},
                   dots, control);
}

Json GroupSection(const Board& board, const GroupBoard& group, size_t number) {
  const auto id = fmt::format("g{}", number);  // of what nobody links to
  Json data = GroupNames(group.group);
  data["side_information"] = SideInformationText(group.scores.front()->entries.at("distiller"));
  data["anchor"] = GroupAnchor(board, group.group);
  data["pareto_svg"] = ParetoChart(group, id + "p");
  data["means_svg"] = MeansChart(group, id + "m");
  data.update(HeadlineData(group.standings));
  data.update(StandingsData(group, id + "s"));
  data.update(HeatMapData(group.scores, group.planned));
  return data;
}

// Where there are several groups.
Json GroupLinks(const Board& board) {
  Json items = Json::array();
  for (const auto& group : board.groups) {
    items.push_back(GroupNames(group.group));
    items.back()["address"] = "#" + GroupAnchor(board, group.group);
  }
  return board.groups.size() > 1 ? ListOrNull(std::move(items)) : Json();
}

// Alike failures are one row.
Json Failures(const ScoredMatrix& matrix) {
  struct Alike {
    int64_t count = 0;
    std::set<std::string> attacks, defenses;
  };
  std::map<std::pair<std::string, std::string>, Alike> alike;
  for (const auto& score : matrix.scores) {
    if (score.status == Status::kOk) continue;
    auto& one = alike[{StatusText(score.status), score.reason.value_or("")}];
    ++one.count;
    one.attacks.insert(score.cell.attack);
    one.defenses.insert(score.cell.defense);
  }
  Json items = Json::array();
  for (const auto& [what, one] : alike) {
    if (items.size() == kMostFailures) break;
    items.push_back({{"status", what.first},
                     {"reason", what.second},
                     {"count", one.count},
                     {"attacks", fmt::format("{}", fmt::join(one.attacks, ", "))},
                     {"defenses", fmt::format("{}", fmt::join(one.defenses, ", "))}});
  }
  return ListOrNull(std::move(items));
}

Json Provenance(const ScoredMatrix& matrix) {
  std::map<std::string, const Score*> datasets;
  for (const auto& score : matrix.scores) datasets[score.cell.dataset] = &score;
  Json rows = Json::array();
  for (const auto& [dataset, score] : datasets) {
    const auto& official = score->data.official;
    rows.push_back(
        {{"dataset", dataset},
         {"page", "../" + PluginPage(PluginKind::kDataset, score->entries.at("dataset").plugin)},
         {"published", official.has_value()},
         {"equal", official.value_or(false)},
         {"fingerprint", score->data.fingerprint}});
  }
  return rows;
}

// Numbers that do not stand for the code they name.
Json Changed(const ScoredMatrix& matrix, const CurrentSources& now) {
  Json items = Json::array();
  for (const auto& changed : FindChangedScores(matrix.scores, now)) {
    items.push_back({{"text", ToText(changed)}});
  }
  return ListOrNull(std::move(items));
}

}  // namespace

Json MatrixPageData(const Board& board, const CurrentSources& now) {
  const auto& matrix = *board.matrix;
  Json data = FactsOf(board);
  data["id"] = board.file;
  data["summary"] = matrix.summary;
  data["changed"] = Changed(matrix, now);
  data["contents"] = GroupLinks(board);
  data["groups"] = Json::array();
  for (size_t i = 0; i < board.groups.size(); ++i)
    data["groups"].push_back(GroupSection(board, board.groups[i], i));
  const auto cells = matrix.scores.size() + board.absent.size();
  data["too_many"] =
      cells > kMostRows ? Plural(static_cast<int64_t>(cells), "cell") : std::string();
  data["rows"] = cells > kMostRows ? Json() : ListOrNull(CellRows(board));
  data["detectors"] = DetectorRows(matrix.scores);
  data["reactivation"] = ReactivationRows(matrix.scores);
  data["failures"] = Failures(matrix);
  data["data"] = Provenance(matrix);
  data["file"] = matrix.source.is_null() ? "" : board.file + ".json";
  return PageData({.title = matrix.name + " · dfkd-bench",
                   .description = "Standings, heat maps and cells of the matrix " + matrix.name,
                   .root = "../",
                   .kind = "matrix",
                   .matrix = matrix.name,
                   .file = board.file},
                  "matrix", std::move(data));
}

}  // namespace dfkd::site
