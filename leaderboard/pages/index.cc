// index.html: per matrix what was run, who is best, all cells, and where the data comes from.
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

// How many cells, of which fates, over how many data sets, attacks and defences.
Json Facts(const ScoredMatrix& matrix) {
  std::map<Status, int64_t> states;
  std::set<std::string> datasets, attacks, defenses;
  for (const auto& score : matrix.scores) {
    ++states[score.status];
    datasets.insert(score.cell.dataset);
    attacks.insert(score.cell.attack);
    defenses.insert(score.cell.defense);
  }
  std::vector<std::string> counts;
  for (const auto& [status, count] : states) {
    counts.push_back(fmt::format("{} {}", count, StatusText(status)));
  }
  return {{"cells", Plural(static_cast<int64_t>(matrix.scores.size()), "cell")},
          {"states", fmt::format("{}", fmt::join(counts, ", "))},
          {"datasets", Plural(static_cast<int64_t>(datasets.size()), "data set")},
          {"attacks", Plural(static_cast<int64_t>(attacks.size()), "attack")},
          {"defenses", Plural(static_cast<int64_t>(defenses.size()), "defence")}};
}

svg::Drawing ParetoChart(const Group& group, const Standings& standings, const std::string& id) {
  std::vector<svg::Mark> marks;
  std::string said;
  for (const auto& row : standings.rows) {
    if (!row.asr) continue;
    marks.push_back({row.defense, row.asr->mean, row.acc->mean, row.singles});
    said += fmt::format("{}: ASR {} %, ACC {} %. ", row.defense, Percent(row.asr->mean),
                        Percent(row.acc->mean));
  }
  return svg::Pareto({id, "ACC over ASR, " + group.distiller, said, "ASR % (lower is better)",
                      "ACC % (higher is better)"},
                     marks);
}

Json GroupData(const ScoredMatrix& matrix, const Group& group,
               const std::vector<const Score*>& scores, const std::string& id) {
  const auto planned = PlannedIn(matrix, group);
  const auto standings = StandingsOf(scores, planned);
  Json data = {{"distiller", group.distiller},
               {"dataset", group.dataset},
               {"teacher_network", group.teacher_network},
               {"student_network", group.student_network},
               {"track", group.track},
               {"pareto_svg", ParetoChart(group, standings, id + "p")}};
  data.update(StandingsData(group, standings, id));
  data.update(HeatMapData(scores, planned));
  return data;
}

Json Provenance(const ScoredMatrix& matrix) {
  std::map<std::string, const Score*> datasets;
  for (const auto& score : matrix.scores) datasets[score.cell.dataset] = &score;
  Json rows = Json::array();
  for (const auto& [dataset, score] : datasets) {
    const auto& official = score->data.official;
    rows.push_back({{"dataset", dataset},
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

Json MatrixData(const ScoredMatrix& matrix, size_t number, const CurrentSources& now) {
  Json data = Facts(matrix);
  data["number"] = number;
  data["name"] = matrix.name;
  data["summary"] = matrix.summary;
  data["demonstration"] = matrix.demonstration();
  data["changed"] = Changed(matrix, now);
  data["groups"] = Json::array();
  size_t i = 0;
  for (const auto& [group, scores] : ByGroup(matrix)) {
    data["groups"].push_back(GroupData(matrix, group, scores, fmt::format("m{}g{}", number, i++)));
  }
  data["rows"] = CellRows(matrix);
  data["data"] = Provenance(matrix);
  return data;
}

// Links to the matrices, where there are several.
Json Contents(const std::vector<ScoredMatrix>& matrices) {
  Json items = Json::array();
  for (size_t i = 0; matrices.size() > 1 && i < matrices.size(); ++i) {
    items.push_back({{"number", i}, {"name", matrices[i].name}});
  }
  return ListOrNull(std::move(items));
}

Json Papers(const std::vector<Reference>& references) {
  Json items = Json::array();
  for (const auto& reference : references) {
    items.push_back(
        {{"page", ReferencePath(reference)}, {"title", reference.title}, {"year", reference.year}});
  }
  return ListOrNull(std::move(items));
}

}  // namespace

Json PageData(const std::string& title, const std::string& root, const std::string& kind,
              Json content) {
  Json data = {{"title", title},
               {"root", root},
               {"index", nullptr},
               {"cell", nullptr},
               {"reference", nullptr}};
  data.at(kind) = std::move(content);
  return data;
}

Json IndexData(const std::vector<ScoredMatrix>& matrices, const std::vector<Reference>& references,
               const CurrentSources& now) {
  Json data = {{"contents", Contents(matrices)}, {"papers", Papers(references)}};
  data["matrices"] = Json::array();
  for (size_t i = 0; i < matrices.size(); ++i) {
    data["matrices"].push_back(MatrixData(matrices[i], i, now));
  }
  return PageData("dfkd-bench leaderboard", "", "index", std::move(data));
}

}  // namespace dfkd::site
