// The standings of a group, and the answer in one sentence.
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "bench/scores/validity.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"
#include "leaderboard/standings/headline.h"

namespace dfkd::site {
namespace {

std::string RangeNote(const std::optional<dfkd::Interval>& interval) {
  if (!interval) return "";
  return fmt::format("{}–{}", Percent(interval->low), Percent(interval->high));
}

// `one`: what it costs is told of a single winner.
Json AgainstControl(const Headline& headline, bool one) {
  const auto& best = *headline.best.front();
  const auto* control = headline.control;
  if (!control) return nullptr;
  const bool told = headline.kind == Headline::Kind::kBest;
  Json data = {{"asr", Percent(control->asr->mean)},
               {"proven", told && headline.unproven.empty()},
               {"points", one ? Points(best.acc->mean - control->acc->mean) : ""},
               {"times", ""}};
  if (one && best.relative_seconds) data["times"] = fmt::format("{:.1f}", *best.relative_seconds);
  return data;
}

// For the answer in one sentence, if it is about somebody.
Json BestData(const Headline& headline, const Standings& standings) {
  const auto& best = *headline.best.front();
  std::vector<std::string> names;
  for (const auto* row : headline.best) names.push_back(row->defense);
  const bool one = names.size() == 1;
  const auto& worst = best.worst;
  return {{"defense", fmt::format("{}", fmt::join(names, ", "))},
          {"shared_rank", !one},
          {"only", headline.defenses == 1},
          {"among", headline.ranked < headline.defenses
                        ? fmt::format("{} of {} defences", headline.ranked, headline.defenses)
                        : ""},
          {"asr", Percent(best.asr->mean)},
          {"interval", RangeNote(best.asr->interval)},
          {"worst", worst ? Percent(*worst) : ""},
          {"attack", best.worst_attack},
          {"control", AgainstControl(headline, one)},
          {"teachers", Plural(standings.teachers, "teacher seed")},
          {"unproven", fmt::format("{}", fmt::join(headline.unproven, ", "))}};
}

Json WithInterval(const std::optional<Estimate>& estimate, const std::string& why) {
  if (!estimate) return Missing(why);
  return Shown(Percent(estimate->mean), RangeNote(estimate->interval));
}

std::string WorstNote(const Standing& row) {
  const auto range = RangeNote(row.worst_interval);
  return row.worst_attack + (range.empty() ? "" : ", " + range);
}

// Why there is no number; why there is no rank; why there is no mean.
std::string WhyNoNumber(const Standing& row) {
  return row.finished ? "finished less than nine tenths of the attacked cells" : "no cell finished";
}
std::string WhyNoMean(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  return "in no attacked cell does the undefended student carry the backdoor";
}
std::string WhyNoRank(const Standing& row, const Standings& standings) {
  if (row.control) return "controls have no rank";
  if (row.cells == 0) return WhyNoNumber(row);
  if (row.collapsed) {
    return fmt::format("utility collapse in {} of {} finished cells: a low ASR there is no defence",
                       row.collapsed, row.finished);
  }
  if (!row.asr) return WhyNoMean(row);
  return fmt::format("a rank takes {} teacher seeds of an attack, and one here has {}",
                     kFewestTeachers, standings.teachers);
}

std::string WhyNoCost(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  return row.device.empty() ? "computed on processors and on GPUs" : "not measured";
}

// Of the processor or device, with what a clock on the wall said.
Json CostOf(const Standing& row) {
  Json cost = DurationOr(row.seconds, WhyNoCost(row));
  if (row.seconds && row.wall_seconds) {
    cost["note"] = fmt::format("{}, wall {}", row.device, Duration(*row.wall_seconds));
  }
  return cost;
}

// With the ranks that are possible; in brackets if it is over fewer cells than the others'.
Json RankOf(const Standing& row, const Standings& standings) {
  if (row.rank_apart) {
    return Shown(fmt::format("({})", *row.rank_apart),
                 fmt::format("over {} of {}", row.cells, row.planned));
  }
  if (!row.rank) return Missing(WhyNoRank(row, standings));
  const auto& range = *row.rank_interval;
  return Shown(std::to_string(*row.rank),
               range.low == range.high ? "" : fmt::format("{}–{}", range.low, range.high));
}

// The probability of the lowest mean ASR, in percent.
Json ChanceOf(const Standing& row, const Standings& standings) {
  if (!row.best_probability) return Missing(WhyNoRank(row, standings));
  const double percent = 100 * *row.best_probability;
  if (percent < 1) return Shown("< 1");
  return Shown(percent > 99 ? "> 99" : fmt::format("{:.0f}", percent));
}

// Against the undefended student, where both are over the same cells.
Json LossOf(const Standing& row, const Standings& standings) {
  for (const auto& other : standings.rows) {
    if (!other.control || !other.acc || !row.acc) continue;
    if (other.cells != row.cells) return Missing("over other cells than the undefended student");
    return Shown(Points(other.acc->mean - row.acc->mean));
  }
  return Missing(row.acc ? "there is no undefended student to compare with" : WhyNoNumber(row));
}

// Of its youngest score, "2026-11-28"; "" if there is none.
std::string DayOf(const std::string& defense, const std::vector<const Score*>& scores) {
  std::string newest;
  for (const auto* score : scores) {
    if (score->cell.defense == defense) newest = std::max(newest, score->provenance.created);
  }
  return newest.substr(0, 10);
}

// The page of the plugin behind an id; "" if nobody scored it.
std::string DefensePage(const std::string& defense, const std::vector<const Score*>& scores) {
  for (const auto* score : scores) {
    if (score->cell.defense == defense)
      return "../" + PluginPage(PluginKind::kDefense, score->entries.at("defense").plugin);
  }
  return "";
}

Json StandingRow(const Standing& row, const Standings& standings) {
  const auto why = WhyNoNumber(row), why_no_mean = WhyNoMean(row);
  const auto why_no_der = row.asr ? "there is no undefended student to compare with" : why_no_mean;
  return {{"first", row.rank == 1},
          {"rank", RankOf(row, standings)},
          {"defense", row.defense},
          {"control", row.control},
          {"attack_aware", row.attack_aware},
          {"collapsed", row.collapsed > 0 ? Plural(row.collapsed, "cell") : ""},
          {"worst", PercentOr(row.worst, why, WorstNote(row))},
          {"worst_svg", row.worst ? Json(svg::Bar(*row.worst)) : Json()},
          {"asr", WithInterval(row.asr, why_no_mean)},
          {"acc", WithInterval(row.acc, why)},
          {"loss", row.control ? Shown("") : LossOf(row, standings)},
          {"der", WithInterval(row.der, why_no_der)},
          {"chance", ChanceOf(row, standings)},
          {"cost", CostOf(row)},
          {"relative", row.relative_seconds ? Shown(fmt::format("{:.1f}×", *row.relative_seconds))
                                            : Missing(WhyNoCost(row))},
          {"finished", row.finished},
          {"planned", row.planned}};
}

// How far the table can be trusted, in words; "" where nothing is ranked.
std::string CertaintyOf(const Standings& standings) {
  if (!standings.resolution) return "";
  std::string text =
      fmt::format("With these seeds, differences of {} points are found four times in five.",
                  Percent(*standings.resolution));
  if (standings.split_half) {
    text +=
        fmt::format(" Halves of the teacher seeds agree on the first place in {:.0f} % of splits.",
                    100 * *standings.split_half);
  }
  return text;
}

// --- rows for reference

// By attack, so that attacks weigh alike whatever their seeds.
class MeanOfAttacks {
 public:
  void Add(const std::string& attack, std::optional<double> value) {
    if (value) values_[attack].push_back(*value);
  }
  std::optional<double> Value() const {
    std::vector<double> means;
    for (const auto& [unused, values] : values_) means.push_back(Summarize(values)->mean);
    const auto summary = Summarize(means);
    return summary ? std::optional(summary->mean) : std::nullopt;
  }

 private:
  std::map<std::string, std::vector<double>> values_;
};

// What no defence can be blamed for and what it starts from, over the cells of the undefended
// student that count.
Json ReferenceRows(const std::vector<const Score*>& scores) {
  MeanOfAttacks teacher_asr, teacher_acc, floor, clean_acc;
  for (const auto* score : scores) {
    if (!IsControl(*score) || !CountsForAsr(*score)) continue;
    const auto teacher = score->teacher.value_or(TeacherScore());
    const auto& attack = score->cell.attack;
    teacher_asr.Add(attack, teacher.asr);
    teacher_acc.Add(attack, teacher.acc);
    clean_acc.Add(attack, teacher.clean_acc);
    floor.Add(attack, score->floor ? score->floor->asr : std::nullopt);
  }
  if (!teacher_asr.Value()) return nullptr;
  const std::string why = "not recorded";
  return {{"items",
           Json::array({{{"name", "backdoored teacher"},
                         {"asr", PercentOr(teacher_asr.Value(), why)},
                         {"acc", PercentOr(teacher_acc.Value(), why)},
                         {"what", "what the student is distilled from"}},
                        {{"name", "clean teacher"},
                         {"asr", PercentOr(floor.Value(), why)},
                         {"acc", PercentOr(clean_acc.Value(), why)},
                         {"what", "ASR of its student: the floor; ACC of the teacher itself"}}})}};
}

}  // namespace

Json HeadlineData(const Standings& standings) {
  using Kind = Headline::Kind;
  Json data = {{"nothing", standings.rows.empty()},
               {"best", nullptr},
               {"none_helps", nullptr},
               {"unfinished", nullptr},
               {"few", nullptr}};
  const auto headline = HeadlineOf(standings);
  if (headline.kind == Kind::kUnfinished) {
    data["unfinished"] = {{"shared", standings.shared}, {"planned", standings.planned}};
  }
  if (headline.kind == Kind::kNoneHelps) {
    data["none_helps"] = {{"defense", headline.best[0]->defense},
                          {"asr", Percent(headline.best[0]->asr->mean)},
                          {"interval", RangeNote(headline.best[0]->asr->interval)},
                          {"control_asr", Percent(headline.control->asr->mean)}};
  }
  if (headline.kind == Kind::kFewTeachers) data["few"] = BestData(headline, standings);
  if (headline.kind == Kind::kBest) data["best"] = BestData(headline, standings);
  return data;
}

Json StandingData(const Standing& row, const Standings& standings) {
  return StandingRow(row, standings);
}

Json StandingsData(const GroupBoard& board, const std::string& id) {
  const auto& standings = board.standings;
  Json rows = Json::array();
  for (const auto& row : standings.rows) {
    rows.push_back(StandingRow(row, standings));
    rows.back()["day"] = DayOf(row.defense, board.scores);
    rows.back()["page"] = DefensePage(row.defense, board.scores);
  }
  // Attacks that do not transfer would flatter everyone, so means are not over these.
  const auto transferred = standings.counted;
  Json data = GroupNames(board.group);
  data.update(Json{{"id", id},
                   {"shared", standings.shared},
                   {"planned", standings.planned},
                   {"transferred", transferred ? Plural(transferred, "attacked cell") : ""},
                   {"thin", fmt::format("{}", fmt::join(standings.thin, ", "))},
                   {"certainty", CertaintyOf(standings)},
                   {"references", ReferenceRows(board.scores)},
                   {"rows", ListOrNull(std::move(rows))}});
  return data;
}

}  // namespace dfkd::site
