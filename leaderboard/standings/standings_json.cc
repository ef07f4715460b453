// Standings with all that is known of them, for those who cite them.
#include "leaderboard/standings/rounded.h"
#include "leaderboard/standings/standings.h"

namespace dfkd {
namespace {

Json EndsOf(const std::optional<RankRange>& range) {
  return range ? Json::array({range->low, range->high}) : Json(nullptr);
}

Json EstimateJson(const std::optional<Estimate>& estimate) {
  if (!estimate) return nullptr;
  return {{"mean", Rounded(estimate->mean)},
          {"interval", RoundedRange(estimate->interval)},
          {"cells", estimate->cells},
          {"attacks", estimate->strata},
          {"teachers", estimate->teachers}};
}

template <typename Value>
Json OrNull(const std::optional<Value>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json StandingJson(const Standing& row) {
  Json json = {{"defense", row.defense},
               {"control", row.control},
               {"reference", row.reference},
               {"attack_aware", row.attack_aware},
               {"verified", OrNull(row.verified)},
               {"finished", row.finished},
               {"planned", row.planned},
               {"collapsed", row.collapsed},
               {"cells", row.cells},
               {"rank", OrNull(row.rank)},
               {"rank_interval", EndsOf(row.rank_interval)},
               {"rank_apart", OrNull(row.rank_apart)},
               {"unseen_rank", EndsOf(row.unseen_rank)},
               {"best_probability", Rounded(row.best_probability)},
               {"on_front", OrNull(row.on_front)},
               {"front_probability", Rounded(row.front_probability)},
               {"acc", EstimateJson(row.acc)},
               {"asr", EstimateJson(row.asr)},
               {"above_floor", EstimateJson(row.above_floor)},
               {"transfer", EstimateJson(row.transfer)},
               {"der", EstimateJson(row.der)},
               {"worst", nullptr},
               {"seconds", Rounded(row.seconds)},
               {"device", row.device.empty() ? Json(nullptr) : Json(row.device)},
               {"cost_cells", row.cost_cells},
               {"relative_seconds", Rounded(row.relative_seconds)},
               {"relative_cells", row.relative_cells},
               {"wall_seconds", Rounded(row.wall_seconds)}};
  if (row.worst) {
    json["worst"] = {{"attack", row.worst_attack},
                     {"asr", Rounded(row.worst)},
                     {"interval", RoundedRange(row.worst_interval)}};
  }
  return json;
}

}  // namespace

Json ToJson(const Standings& standings) {
  Json json = {{"shared", standings.shared},
               {"planned", standings.planned},
               {"counted", standings.counted},
               {"teachers", standings.teachers},
               {"thin", standings.thin},
               {"not_transferred", standings.not_transferred},
               {"resolution", Rounded(standings.resolution)},
               {"seeds_for_a_point", OrNull(standings.seeds_for_a_point)},
               {"split_half", Rounded(standings.split_half)},
               {"unseen_probability", Rounded(standings.unseen_probability)},
               {"rows", Json::array()},
               {"pairs", Json::array()}};
  for (const auto& row : standings.rows) json["rows"].push_back(StandingJson(row));
  for (const auto& pair : standings.pairs) {
    json["pairs"].push_back({{"a", standings.entrants[pair.a]},
                             {"b", standings.entrants[pair.b]},
                             {"difference", EstimateJson(pair.difference)},
                             {"p", RoundedP(pair.p)},
                             {"holm", RoundedP(pair.holm)}});
  }
  return json;
}

}  // namespace dfkd
