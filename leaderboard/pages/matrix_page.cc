// matrices/<file>.html: what was run, who is best, all cells, and where the data comes from.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "leaderboard/pages/history_section.h"
#include "leaderboard/pages/left_out.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/changed_scores.h"
#include "leaderboard/standings/twins.h"

namespace dfkd::site {
namespace {

constexpr size_t kMostFailures = 200;

// Why the charts compare a row with nobody: a low ASR of a collapsed student is no defence, and who
// is ranked apart has means over other cells. "" if they do. view/plots.ts says the same.
std::string WhyAside(const Standing& row, const Standings& standings) {
  if (row.collapsed > 0) return "utility collapse in " + Plural(row.collapsed, "cell");
  if (row.cells == standings.shared) return "";
  return fmt::format("over {} of {} cells", row.cells, standings.shared);
}

// A row with a mean ASR as a chart names it, and as it tells it to those who do not see it.
struct Named {
  std::string label, said;
  bool aside = false;
};

Named NamedIn(const Standings& standings, const Standing& row, const std::string& numbers) {
  const auto why = WhyAside(row, standings);
  if (why.empty()) return {row.defense, fmt::format("{}: {}. ", row.defense, numbers)};
  const auto label = fmt::format("({})", row.defense);
  return {label, fmt::format("{}: {}, not compared: {}. ", label, numbers, why), true};
}

// The brackets are explained where there are any.
std::string AsrAxis(bool brackets) {
  return brackets ? "ASR % (lower is better); in brackets: not compared"
                  : "ASR % (lower is better)";
}

svg::Drawing ParetoChart(const GroupBoard& board, const std::string& id) {
  std::vector<svg::Mark> marks;
  std::string said;
  bool brackets = false;
  for (const auto& row : board.standings.rows) {
    if (!row.asr) continue;
    const auto named =
        NamedIn(board.standings, row,
                fmt::format("ASR {} %, ACC {} %", Percent(row.asr->mean), Percent(row.acc->mean)));
    marks.push_back({named.label, row.asr->mean, row.acc->mean, row.singles, named.aside});
    if (board.scores.size() > kMostRows) marks.back().singles.clear();
    said += named.said;
    brackets |= named.aside;
  }
  return svg::Pareto({id, "ACC over ASR, " + board.group.distiller, said, AsrAxis(brackets),
                      "ACC % (higher is better)"},
                     marks);
}

std::string MeanText(const Standing& row) {
  const auto mean = fmt::format("{} %", Percent(row.asr->mean));
  const auto& in = row.asr->interval;
  return in ? fmt::format("{}, {} to {} %", mean, Percent(in->low), Percent(in->high)) : mean;
}

svg::Drawing MeansChart(const GroupBoard& board, const std::string& id) {
  std::vector<svg::Dot> dots;
  std::optional<double> control;
  std::string said;
  bool brackets = false;
  for (const auto& row : board.standings.rows) {
    if (!row.asr) continue;
    if (row.control) control = row.asr->mean;
    const auto named = NamedIn(board.standings, row, MeanText(row));
    dots.push_back({named.label, row.asr->mean, row.asr->interval});
    said += named.said;
    brackets |= named.aside;
  }
  return svg::Dots(
      {id, "Mean ASR with intervals, " + board.group.distiller, said, AsrAxis(brackets), ""}, dots,
      control);
}

Json GroupSection(const Board& board, const GroupBoard& group, size_t number) {
  const auto id = fmt::format("g{}", number);  // of what nobody links to
  Json data = GroupNames(group.group);
  data["side_information"] = SideInformationText(group.scores.front()->entries.at("distiller"));
  data["anchor"] = GroupAnchor(board, group.group);
  data["not_transferred"] = fmt::format("{}", fmt::join(group.standings.not_transferred, ", "));
  data["pareto_svg"] = ParetoChart(group, id + "p");
  data["means_svg"] = MeansChart(group, id + "m");
  data.update(HeadlineData(group.standings));
  data.update(StandingsData(group, id + "s", GroupAnchor(board, group.group)));
  data.update(HeatMapData(group.scores, group.planned, board.matrix->scores.size() <= kMostRows));
  return data;
}

// So many groups have their links in sight; more of them would push the first answer off the screen
// of a phone.
constexpr size_t kMostLinksInSight = 3;

// Where there are several groups.
Json GroupLinks(const Board& board) {
  Json items = Json::array();
  for (const auto& group : board.groups) {
    items.push_back(GroupNames(group.group));
    items.back()["address"] = "#" + GroupAnchor(board, group.group);
  }
  if (items.size() < 2) return nullptr;
  const bool folded = items.size() > kMostLinksInSight;
  return {{"folded", folded ? Plural(static_cast<int64_t>(items.size()), "group") : ""},
          {"items", std::move(items)}};
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

std::set<std::string> FlagsIn(const ScoredMatrix& matrix) {
  std::set<std::string> flags;
  for (const auto& score : matrix.scores)
    flags.insert(score.validity.begin(), score.validity.end());
  return flags;
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
Json Changed(const Board& board, const CurrentSources& now) {
  Json items = Json::array();
  for (const auto& changed : FindChangedScores(board.matrix->scores, now)) {
    items.push_back({{"text", ToText(changed)}});
  }
  if (items.empty()) return nullptr;
  const auto what = items.size() == 1 ? "an entry" : fmt::format("{} entries", items.size());
  return {{"what", what}, {"address", "#" + board.file + "/about"}, {"items", std::move(items)}};
}

// Cells with a score are listed unless they alone are too many: then in pages of their own, or not
// at all. Those without are listed beside them where all fit, and counted where not.
void AddCells(const Board& board, Json& data) {
  const auto& scores = board.matrix->scores;
  const auto absent = static_cast<int64_t>(board.absent.size());
  const bool listed = scores.size() <= kMostRows;
  const bool all = scores.size() + board.absent.size() <= kMostRows;
  data["too_many"] = listed ? "" : Plural(static_cast<int64_t>(scores.size()), "cell");
  data["unlisted"] = absent > 0 && !all ? Plural(absent, "planned cell") : "";
  data["rows"] = listed ? CellTable(CellRows(board)) : Json();
  data["cell_pages"] = CellPageLinks(board, "../");
}

}  // namespace

Json MatrixPageData(const Board& board, const CurrentSources& now,
                    const std::vector<Problem>& left_out) {
  const auto& matrix = *board.matrix;
  Json data = FactsOf(board);
  data["id"] = board.file;
  data["summary"] = matrix.summary;
  data["changed"] = Changed(board, now);
  data["twins"] = ToText(FindTwins(matrix.scores));
  data["costs"] = CostRows(matrix.scores);
  data["about"] = !matrix.summary.empty() || !data["changed"].is_null() || data["twins"] != "" ||
                  !data["costs"].is_null();
  data["contents"] = GroupLinks(board);
  data["groups"] = Json::array();
  for (size_t i = 0; i < board.groups.size(); ++i)
    data["groups"].push_back(GroupSection(board, board.groups[i], i));
  AddCells(board, data);
  data["flag_meanings"] = FlagMeanings(FlagsIn(matrix));
  data["detectors"] = DetectorRows(matrix.scores);
  data["reactivation"] = ReactivationRows(matrix.scores);
  data["history"] = HistoryData(board);
  data["failures"] = Failures(matrix);
  data["left_out"] = LeftOutData(left_out);
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
