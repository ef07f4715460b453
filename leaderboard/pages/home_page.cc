// index.html, and what all pages have in common.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "leaderboard/pages/left_out.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// "10 cells in which the ASR counts: 2 attacks, 5 teacher seeds, 1 student seed; 10 of 12 attacked
// cells shared …": what the mean ASR of the first row is over, which is less than what was planned
// where attacks failed the gate, did not transfer or were left out.
std::string RestsOn(const GroupBoard& group) {
  const auto& standings = group.standings;
  const auto shared = fmt::format("{} of {} attacked cells shared by all that are compared",
                                  standings.shared, standings.planned);
  if (standings.rows.empty() || !standings.rows.front().asr) {
    return "no cell in which the ASR counts; " + shared;
  }
  const auto& first = standings.rows.front();
  const auto support = SupportOf(group.scores, group.planned);
  std::set<int64_t> students;
  for (const auto& place : PlacesOf(support, first.defense)) {
    if (support.counted.contains(place)) students.insert(place.student_seed);
  }
  return fmt::format("{} in which the ASR counts: {}, {}, {}; {}", Plural(first.asr->cells, "cell"),
                     Plural(first.asr->strata, "attack"),
                     Plural(first.asr->teachers, "teacher seed"),
                     Plural(static_cast<int64_t>(students.size()), "student seed"), shared);
}

Json AnswersOf(const Board& board) {
  Json groups = Json::array();
  for (const auto& group : board.groups) {
    Json data = GroupNames(group.group);
    data["side_information"] = SideInformationText(group.scores.front()->entries.at("distiller"));
    data.update(HeadlineData(group.standings));
    data["rests_on"] = RestsOn(group);
    data["address"] = MatrixPage(board.matrix->name) + "#" + GroupAnchor(board, group.group);
    groups.push_back(std::move(data));
  }
  return groups;
}

Json PapersOf(const std::vector<Reference>& references) {
  Json items = Json::array();
  for (const auto& reference : references) {
    items.push_back(
        {{"page", ReferencePath(reference)}, {"title", reference.title}, {"year", reference.year}});
  }
  return ListOrNull(std::move(items));
}

// "Attacks", "Defences", …, with links to their pages; those without a score apart.
Json KindsOf(const std::vector<Board>& boards) {
  std::map<PluginKind, Json> by_kind, without;
  for (const auto& plugin : PluginsIn(boards)) {
    (plugin.scored ? by_kind : without)[plugin.kind].push_back(
        {{"name", plugin.name}, {"page", PluginPage(plugin.kind, plugin.name)}});
  }
  Json kinds = Json::array();
  for (const auto kind :
       {PluginKind::kDefense, PluginKind::kAttack, PluginKind::kDistiller, PluginKind::kDataset}) {
    auto name = KindText(kind) + "s";
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    kinds.push_back({{"kind", name},
                     {"plugins", by_kind[kind]},
                     {"waiting", ListOrNull(std::move(without[kind]))}});
  }
  return kinds;
}

}  // namespace

Json PageData(const PageHead& head, const std::string& name, Json content) {
  Json data = {{"title", head.title},        {"description", head.description},
               {"root", head.root},          {"page", head.kind},
               {"matrix_name", head.matrix}, {"matrix_file", head.file}};
  const auto files = SiteFiles().Stems();
  data["app"] = std::count(files.begin(), files.end(), "app") > 0;
  for (const char* kind :
       {"home", "matrix", "plugin", "protocol", "downloads", "changes", "reference", "cell_page"})
    data[kind] = nullptr;
  data.at(name) = std::move(content);
  return data;
}

// "20 cells: 18 ok, 2 diverged" and the like, in pieces.
Json FactsOf(const Board& board) {
  std::map<Status, int64_t> states;
  std::set<std::string> datasets, attacks, defenses;
  for (const auto& score : board.matrix->scores) {
    ++states[score.status];
    datasets.insert(score.cell.dataset);
    attacks.insert(score.cell.attack);
    // As everywhere, the undefended student is no defence, nor is the KD loss at temperature 1.
    if (!IsReference(score)) defenses.insert(score.cell.defense);
  }
  std::vector<std::string> counts;
  for (const auto& [status, count] : states)
    counts.push_back(fmt::format("{} {}", count, StatusText(status)));
  return {{"name", board.matrix->name},
          {"demonstration", board.matrix->demonstration()},
          {"page", MatrixPage(board.matrix->name)},
          {"day", board.newest.substr(0, 10)},
          {"cells", Plural(static_cast<int64_t>(board.matrix->scores.size()), "cell")},
          {"states", fmt::format("{}", fmt::join(counts, ", "))},
          {"absent", board.absent.empty() ? "" : std::to_string(board.absent.size())},
          {"datasets", Plural(static_cast<int64_t>(datasets.size()), "data set")},
          {"attacks", Plural(static_cast<int64_t>(attacks.size()), "attack")},
          {"defenses", Plural(static_cast<int64_t>(defenses.size()), "defence")}};
}

Json HomePage(const std::vector<Board>& boards, const std::vector<Reference>& references,
              const std::vector<Problem>& left_out) {
  Json matrices = Json::array();
  for (const auto& board : boards) {
    matrices.push_back(FactsOf(board));
    matrices.back()["groups"] = AnswersOf(board);
  }
  return PageData({.title = "dfkd-bench leaderboard",
                   .description = "Which defence keeps a backdoor out of a student that is "
                                  "distilled without data, and at what price.",
                   .root = "",
                   .kind = "home"},
                  "home",
                  {{"matrices", std::move(matrices)},
                   {"left_out", LeftOutData(left_out)},
                   {"papers", PapersOf(references)},
                   {"near_the_ends", CoverageNearTheEnds()},
                   {"kinds", KindsOf(boards)}});
}

}  // namespace dfkd::site
