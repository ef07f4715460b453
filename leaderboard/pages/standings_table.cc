// The standings of a group.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/plugin_info.h"
#include "leaderboard/pages/svg.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

Json WithInterval(const std::optional<Estimate>& estimate, const std::string& why) {
  if (!estimate) return Missing(why);
  return Shown(Percent(estimate->mean), RangeNote(estimate->interval));
}

// Of a mean that is over those cells of the mean ASR where it is known: the count, where they are
// fewer.
Json OverKnown(Json shown, const std::optional<Estimate>& estimate, const Standing& row) {
  if (!estimate || estimate->cells == row.asr->cells) return shown;
  const auto note = shown["note"].get<std::string>();
  shown["note"] = fmt::format("{}{}over {} of {}", note, note.empty() ? "" : ", ", estimate->cells,
                              row.asr->cells);
  return shown;
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
  if (row.reference) return "references have no rank";
  if (row.cells == 0) return WhyNoNumber(row);
  if (row.collapsed) {
    return fmt::format("utility collapse in {} of {} finished cells: a low ASR there is no defence",
                       row.collapsed, row.finished);
  }
  if (!row.asr) return WhyNoMean(row);
  if (row.rank_apart)
    return fmt::format("ranked apart, over {} of {} attacked cells", row.cells, row.planned);
  return fmt::format("a rank takes {} teacher seeds of an attack, and one here has {}",
                     kFewestTeachers, standings.teachers);
}

std::string WhyNoCost(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  return row.device.empty() ? "computed on processors and on GPUs" : "not measured";
}

// "over 12 of 15", where a mean is over fewer cells than the others of its row.
std::string OverSome(int64_t cells, int64_t all) {
  return cells == all ? "" : fmt::format("over {} of {}", cells, all);
}

// Of the processor or device, with what a clock on the wall said.
Json CostOf(const Standing& row) {
  if (!row.seconds) return Missing(WhyNoCost(row));
  std::vector<std::string> notes;
  if (row.wall_seconds)
    notes.push_back(fmt::format("{}, wall {}", row.device, Duration(*row.wall_seconds)));
  if (const auto some = OverSome(row.cost_cells, row.cells); !some.empty()) notes.push_back(some);
  return Shown(Duration(*row.seconds), fmt::format("{}", fmt::join(notes, ", ")));
}

Json RelativeCostOf(const Standing& row) {
  if (!row.relative_seconds) return Missing(WhyNoCost(row));
  return Shown(fmt::format("{:.1f}×", *row.relative_seconds),
               OverSome(row.relative_cells, row.cells));
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

// Results that are kept in the repository are live: every night compares some of them.
Json VerifiedOf(const Standing& row) {
  if (!row.verified) return Missing("not submitted, or not all of its cells");
  return Shown(fmt::format("L{}", *row.verified), "live");
}

// From where to where its rank lies on a further attack.
Json UnseenRankOf(const Standing& row, const Standings& standings) {
  if (!row.unseen_rank && row.rank) return Missing("a single attack says nothing of a further one");
  if (!row.unseen_rank) return Missing(WhyNoRank(row, standings));
  const auto [low, high] = *row.unseen_rank;
  return Shown(low == high ? std::to_string(low) : fmt::format("{}–{}", low, high));
}

Json AboveFloorOf(const Standing& row, const std::string& why) {
  const auto& above = row.above_floor;
  if (!above) return Missing(row.asr ? "no floor is recorded" : why);
  const auto& in = above->interval;
  const auto shown = Shown(Points(above->mean),
                           in ? fmt::format("{} to {}", Points(in->low), Points(in->high)) : "");
  return OverKnown(shown, above, row);
}

std::string WhyNoFront(const Standing& row) {
  if (row.cells == 0) return WhyNoNumber(row);
  if (row.collapsed > 0) return "utility collapse";
  return "over other cells, or somebody's cost is not known on the same kind of device";
}

// With the probability that nobody has a higher ACC, a lower ASR and a lower cost.
Json FrontText(const Standing& row) {
  if (!row.on_front) return Missing(WhyNoFront(row));
  const auto& chance = row.front_probability;
  return Shown(*row.on_front ? "yes" : "no",
               chance ? fmt::format("{:.0f} %", 100 * *chance) : std::string());
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
          {"reference", row.reference},
          {"attack_aware", row.attack_aware},
          {"collapsed", row.collapsed > 0 ? Plural(row.collapsed, "cell") : ""},
          {"worst", PercentOr(row.worst, why, WorstNote(row))},
          {"worst_svg", row.worst ? Json(svg::Bar(*row.worst)) : Json()},
          {"asr", WithInterval(row.asr, why_no_mean)},
          {"acc", WithInterval(row.acc, why)},
          {"loss", row.control ? Shown("") : LossOf(row, standings)},
          {"der", OverKnown(WithInterval(row.der, why_no_der), row.der, row)},
          {"chance", ChanceOf(row, standings)},
          {"cost", CostOf(row)},
          {"relative", RelativeCostOf(row)},
          {"unseen", UnseenRankOf(row, standings)},
          {"transfer", OverKnown(WithInterval(row.transfer, row.asr ? "not recorded" : why_no_mean),
                                 row.transfer, row)},
          {"above_floor", AboveFloorOf(row, why_no_mean)},
          {"front", FrontText(row)},
          {"verified", VerifiedOf(row)},
          {"finished", row.finished},
          {"planned", row.planned}};
}

// Names whose safe forms are alike are told apart.
std::string RowAnchor(const std::string& table, const std::string& defense,
                      std::set<std::string>& taken) {
  auto anchor = fmt::format("{}/{}", table, SafeName(defense));
  while (!taken.insert(anchor).second) anchor += '~';
  return anchor;
}

// How far the table can be trusted, in words; "" where nothing is ranked.
std::string CertaintyOf(const Standings& standings) {
  if (!standings.resolution) return "";
  const auto points = *standings.resolution <= 1
                          ? fmt::format("a difference of {} points", Percent(*standings.resolution))
                          : std::string("no difference");
  auto text = fmt::format(
      "With these seeds, {} is found four times in five between a pair of median spread.", points);
  text += fmt::format(" A difference of one point takes {} of every attack.",
                      Plural(*standings.seeds_for_a_point, "teacher seed"));
  if (standings.split_half) {
    text +=
        fmt::format(" Halves of the teacher seeds agree on the first place in {:.0f} % of splits.",
                    100 * *standings.split_half);
  }
  return text;
}

// Near the ends, where an ASR is skewed, Student's interval covers less than it says
// (docs/protocol.md).
bool AnyMeanNearTheEnds(const Standings& standings) {
  return std::any_of(standings.rows.begin(), standings.rows.end(), [](const Standing& row) {
    if (!row.asr || !row.asr->interval) return false;
    return std::min(row.asr->mean, 1 - row.asr->mean) < kNearTheEnds;
  });
}

// The cells that a difference or ratio to no defence is of: those of both.
std::string CellsOfBoth(const Standing& row, const Standings& standings, const Score& any) {
  auto address = CellsAddress(any, row.defense);
  const auto control =
      std::find_if(standings.rows.begin(), standings.rows.end(),
                   [](const Standing& other) { return other.control && other.acc; });
  if (row.control || control == standings.rows.end()) return address;
  const auto own = "&defense=" + Encoded(row.defense);
  return address.insert(address.find(own) + own.size(), "," + Encoded(control->defense));
}

// Numbers lead to the cells that they are over. `twin`: another link of the row does so, too; of
// these the keyboard passes the quiet ones (quiet.tpl), or a table would be hundreds of stops.
void LinkNumbers(const Standing& row, const Standings& standings, const Score& any, Json& data) {
  std::set<std::string> stops;
  const auto link = [&](Json& shown, const std::string& address) {
    shown["href"] = address;
    const bool nothing = shown.contains("text") && shown["text"].is_null();
    shown["twin"] = !nothing && !stops.insert(address).second;
  };
  const auto own = CellsAddress(any, row.defense);
  link(data["worst"], CellsAddress(any, row.defense, row.worst_attack));
  for (const char* number : {"asr", "acc", "rank", "chance", "cost"}) link(data[number], own);
  const auto both = CellsOfBoth(row, standings, any);
  for (const char* number : {"loss", "der", "relative"}) link(data[number], both);
  link(data, own);  // how many are finished
  for (const char* number : {"unseen", "transfer", "above_floor", "front"}) link(data[number], own);
}

// Planned ones without a score in one line; null if there are none.
Json UnscoredOf(const GroupBoard& board, const std::set<std::string>& scored) {
  Json items = Json::array();
  for (const auto& row : board.standings.rows) {
    if (scored.contains(row.defense)) continue;
    // An id for which the file names no other plugin is the plugin's name.
    const auto named = board.defense_plugins.find(row.defense);
    const auto& plugin = named == board.defense_plugins.end() ? row.defense : named->second;
    const bool known = IsRegistered(PluginKind::kDefense, plugin);
    items.push_back({{"name", row.defense},
                     {"page", known ? "../" + PluginPage(PluginKind::kDefense, plugin) : ""},
                     {"comma", !items.empty()}});
  }
  if (items.empty()) return nullptr;
  const auto count = Plural(static_cast<int64_t>(items.size()), "planned defence");
  return {{"count", count + " without a score"}, {"items", std::move(items)}};
}

}  // namespace

Json StandingData(const Standing& row, const Standings& standings) {
  auto data = StandingRow(row, standings);
  // No caption stands above it that would say this.
  if (row.unseen_rank) {
    data["unseen"]["note"] =
        fmt::format("probability {:.0f} % at least", 100 * standings.unseen_probability);
  }
  return data;
}

Json StandingsData(const GroupBoard& board, const std::string& id, const std::string& anchor) {
  const auto& standings = board.standings;
  Json rows = Json::array();
  std::set<std::string> anchors, scored;
  for (const auto* score : board.scores) scored.insert(score->cell.defense);
  for (const auto& row : standings.rows) {
    if (!scored.contains(row.defense)) continue;
    rows.push_back(StandingRow(row, standings));
    LinkNumbers(row, standings, *board.scores.front(), rows.back());
    rows.back()["day"] = DayOf(row.defense, board.scores);
    rows.back()["page"] = DefensePage(row.defense, board.scores);
    const auto own = RowAnchor(anchor, row.defense, anchors);
    rows.back()["anchor"] = own;
    rows.back()["link"] = "#" + own;
  }
  // Attacks that do not transfer would flatter everyone, so means are not over these.
  const auto transferred = standings.counted;
  const double chance = 100 * standings.unseen_probability;
  const bool ranked = std::any_of(standings.rows.begin(), standings.rows.end(),
                                  [](const Standing& row) { return row.unseen_rank.has_value(); });
  Json data = GroupNames(board.group);
  data.update(Json{{"id", id},
                   {"shared", standings.shared},
                   {"planned", standings.planned},
                   {"transferred", transferred ? Plural(transferred, "attacked cell") : ""},
                   {"thin", fmt::format("{}", fmt::join(standings.thin, ", "))},
                   {"certainty", CertaintyOf(standings)},
                   {"unseen_chance", ranked ? fmt::format("{:.0f}", chance) : ""},
                   {"near_the_ends", AnyMeanNearTheEnds(standings) ? CoverageNearTheEnds() : ""},
                   {"unscored", UnscoredOf(board, scored)},
                   {"references", ReferenceRows(board)},
                   {"rows", ListOrNull(std::move(rows))}});
  return data;
}

}  // namespace dfkd::site
