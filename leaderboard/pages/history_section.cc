#include "leaderboard/pages/history_section.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/history.h"

namespace dfkd::site {
namespace {

using Histories = std::vector<EntryHistory>;

bool HasMoved(const EntryHistory& history) {
  return history.earlier > 0 || history.moments.size() > 1;
}

// "2 cells added, 1 cell replaced".
std::string ArrivedText(const Moment& moment) {
  std::vector<std::string> said;
  if (moment.added > 0) said.push_back(Plural(moment.added, "cell") + " added");
  if (moment.replaced > 0) said.push_back(Plural(moment.replaced, "cell") + " replaced");
  return fmt::format("{}", fmt::join(said, ", "));
}

// "3 attacks × 2–5 teacher seeds"; "" where nothing is finished.
std::string CrossedText(const Moment& moment) {
  if (moment.finished == 0) return "";
  const auto most = Plural(moment.most_teachers, "teacher seed");
  const auto fewest = moment.fewest_teachers == moment.most_teachers
                          ? std::string()
                          : fmt::format("{}–", moment.fewest_teachers);
  return fmt::format("{} × {}{}", Plural(moment.attacks, "attack"), fewest, most);
}

Json MovedOr(const std::optional<MovedBy>& moved, bool first) {
  if (first) return Shown("");
  if (!moved) return Missing("no cell has such a number on both days");
  return Shown(Points(moved->mean), "over " + Plural(moved->cells, "cell"));
}

Json MomentRow(const EntryHistory& history, size_t i) {
  const auto& moment = history.moments[i];
  const auto earlier = i == 0 && history.earlier > 0
                           ? fmt::format("; {} before are not told", Plural(history.earlier, "day"))
                           : std::string();
  const auto of = fmt::format("of {}", moment.cells), over = fmt::format("over {}", moment.counted);
  const bool first = i == 0 && history.earlier == 0;
  return {
      {"defense", history.defense},
      {"day", moment.day},
      {"came", ArrivedText(moment) + earlier},
      {"cells", Shown(std::to_string(moment.finished), moment.finished < moment.cells ? of : "")},
      {"crossed", CrossedText(moment)},
      {"acc", PercentOr(moment.acc, "no attacked cell finished")},
      {"asr", PercentOr(moment.asr, "in no attacked cell does the undefended student carry it",
                        moment.counted < moment.finished ? over : "")},
      {"acc_moved", MovedOr(moment.acc_moved, first)},
      {"asr_moved", MovedOr(moment.asr_moved, first)}};
}

Json MovedRows(const Histories& histories) {
  Json rows = Json::array();
  for (const auto& history : histories) {
    if (!HasMoved(history)) continue;
    for (size_t i = 0; i < history.moments.size(); ++i) rows.push_back(MomentRow(history, i));
  }
  return ListOrNull(std::move(rows));
}

// Those that have one moment, alike ones together: "none, abd: since 2026-11-29, 104 cells each;
// nothing has been replaced".
Json StillLines(const Histories& histories) {
  std::map<std::tuple<std::string, int64_t, int64_t>, std::vector<std::string>> alike;
  for (const auto& history : histories) {
    if (HasMoved(history)) continue;
    const auto& moment = history.moments.front();
    alike[{moment.day, moment.cells, moment.replaced}].push_back(history.defense);
  }
  Json lines = Json::array();
  for (const auto& [what, defenses] : alike) {
    const auto& [day, cells, replaced] = what;
    const auto rest = replaced > 0
                          ? fmt::format("{} replaced on that day", Plural(replaced, "cell"))
                          : std::string("nothing has been replaced");
    lines.push_back(
        {{"text", fmt::format("{}: since {}, {}{}; {}.", fmt::join(defenses, ", "), day,
                              Plural(cells, "cell"), defenses.size() > 1 ? " each" : "", rest)}});
  }
  return ListOrNull(std::move(lines));
}

// Whether both means of the ASR are over the same cells.
bool OverTheSame(const Moment& moment, const Moment& before) {
  return moment.asr_moved && moment.asr_moved->cells == moment.counted &&
         moment.asr_moved->cells == before.counted;
}

svg::StepLine StepsOf(const EntryHistory& history, const std::vector<std::string>& days) {
  svg::StepLine line{history.defense, {}};
  for (size_t i = 0; i < history.moments.size(); ++i) {
    const auto& moment = history.moments[i];
    if (!moment.asr) continue;
    const auto day = std::lower_bound(days.begin(), days.end(), moment.day) - days.begin();
    line.steps.push_back({static_cast<size_t>(day), *moment.asr,
                          i > 0 && OverTheSame(moment, history.moments[i - 1])});
  }
  return line;
}

std::string SaidOf(const EntryHistory& history) {
  std::vector<std::string> said;
  for (const auto& moment : history.moments) {
    if (moment.asr) said.push_back(fmt::format("{} % from {}", Percent(*moment.asr), moment.day));
  }
  return fmt::format("{}: {}. ", history.defense, fmt::join(said, ", "));
}

svg::Drawing StepsChart(const GroupBoard& group, const std::string& id,
                        const Histories& histories) {
  std::set<std::string> days;
  for (const auto& history : histories) {
    if (!HasMoved(history)) continue;
    for (const auto& moment : history.moments) days.insert(moment.day);
  }
  const std::vector<std::string> ordered(days.begin(), days.end());
  std::vector<svg::StepLine> lines;
  std::string said;
  for (const auto& history : histories) {
    if (!HasMoved(history)) continue;
    lines.push_back(StepsOf(history, ordered));
    said += SaidOf(history);
  }
  return svg::Steps(
      {id, "Mean ASR by day, " + group.group.distiller, said, "", "ASR % (lower is better)"},
      ordered, lines);
}

}  // namespace

Json MomentsData(const GroupBoard& group, const std::string& id, const std::string& entry) {
  std::vector<const Score*> scores;
  std::copy_if(group.scores.begin(), group.scores.end(), std::back_inserter(scores),
               [&](const Score* score) { return entry.empty() || score->cell.defense == entry; });
  const auto histories = HistoriesOf(scores);
  Json data = GroupNames(group.group);
  data["moved"] = MovedRows(histories);
  data["still"] = StillLines(histories);
  data["moments_svg"] = StepsChart(group, id, histories);
  return data;
}

Json HistoryData(const Board& board) {
  Json groups = Json::array();
  for (size_t i = 0; i < board.groups.size(); ++i) {
    auto data = MomentsData(board.groups[i], fmt::format("g{}h", i));
    data["several"] = board.groups.size() > 1;
    groups.push_back(std::move(data));
  }
  return ListOrNull(std::move(groups));
}

}  // namespace dfkd::site
