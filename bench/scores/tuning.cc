#include "bench/scores/tuning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "bench/core/error.h"
#include "bench/io/schema.h"

namespace dfkd {
namespace {

// The cross product, the last option fastest.
std::vector<Json> Product(const Json& grid) {
  std::vector<Json> all = {Json::object()};
  for (const auto& [option, values] : grid.items()) {
    std::vector<Json> longer;
    for (const auto& one : all) {
      for (const auto& value : values) {
        longer.push_back(one);
        longer.back()[option] = value;
      }
    }
    all = std::move(longer);
  }
  return all;
}

void RequireDistinct(const TuneDefense& defense, const Json& grid, const std::string& origin) {
  for (const auto& [option, values] : grid.items()) {
    for (auto value = values.begin(); value != values.end(); ++value) {
      if (std::count(values.begin(), values.end(), *value) == 1) continue;
      throw MakeError("{}: the grid of {} has {} = {} more than once", origin, defense.id, option,
                      value->dump());
    }
  }
}

TuneDefense DefenseFrom(const Json& json, size_t settings, const std::string& origin) {
  TuneDefense defense{json.at("id"), json.at("plugin"), {}, json.value("match", "")};
  double size = 1;
  for (const auto& values : json.at("grid")) size *= static_cast<double>(values.size());
  if (size != static_cast<double>(settings)) {
    throw MakeError("{}: the grid of {} has {:.0f} settings; every defence has {}", origin,
                    defense.id, size, settings);
  }
  RequireDistinct(defense, json.at("grid"), origin);
  for (auto& varied : Product(json.at("grid"))) {
    Json options = json.value("options", Json::object());
    options.update(varied);
    defense.settings.push_back({fmt::format("{}_{}", defense.id, defense.settings.size() + 1),
                                std::move(varied), std::move(options)});
  }
  return defense;
}

void RequireMatches(const TuneFile& file, const std::string& origin) {
  for (const auto& defense : file.defenses) {
    if (defense.match.empty()) continue;
    const auto other = std::find_if(file.defenses.begin(), file.defenses.end(),
                                    [&](const auto& one) { return one.id == defense.match; });
    if (other == file.defenses.end()) {
      throw MakeError("{}: {} is to match '{}', which is no defence of this file", origin,
                      defense.id, defense.match);
    }
    if (!other->match.empty()) {
      throw MakeError("{}: {} is to match {}, whose own setting is chosen by a match", origin,
                      defense.id, defense.match);
    }
  }
}

void RequireHoldout(const Json& block, const std::string& origin) {
  for (const auto& dataset : block.at("datasets")) {
    const Json share = dataset.is_object() ? dataset.value("holdout", Json()) : Json();
    const bool holds = share.is_number() && share.get<double>() > 0;
    if (!holds) {
      throw MakeError("{}: data set {}: needs a holdout, or settings are chosen on test images",
                      origin,
                      dataset.is_object() ? dataset.value("id", Json()).dump() : dataset.dump());
    }
  }
}

// "defense.u", "clp.u" and "clp_1.u": what would give all settings one value of an option that the
// grid varies.
void RequireFree(const TuneDefense& defense, const Json& settings, const std::string& where) {
  for (const auto& setting : defense.settings) {
    for (const auto& [option, unused] : setting.varied.items()) {
      for (const auto& name : {std::string("defense"), defense.plugin, defense.id, setting.id}) {
        const auto key = name + "." + option;
        if (!settings.is_object() || !settings.contains(key)) continue;
        throw MakeError("{}/{}: the grid of {} varies {}; leave it to the grid", where, key,
                        defense.id, option);
      }
    }
  }
}

void RequireGridsFree(const TuneFile& file, const Json& matrix, const std::string& origin) {
  const Json overrides = matrix.value("overrides", Json::array());
  for (const auto& defense : file.defenses) {
    RequireFree(defense, matrix.value("settings", Json()), origin + ": /matrix/settings");
    for (size_t i = 0; overrides.is_array() && i < overrides.size(); ++i) {
      if (!overrides[i].is_object()) continue;  // for whoever parses the matrix
      RequireFree(defense, overrides[i].value("set", Json()),
                  fmt::format("{}: /matrix/overrides/{}/set", origin, i));
    }
  }
}

Json MatrixOf(const TuneFile& file, Json matrix, const std::string& origin) {
  RequireGridsFree(file, matrix, origin);
  Json entries = {"none"};
  for (const auto& defense : file.defenses) {
    for (const auto& setting : defense.settings) {
      entries.push_back(
          {{"id", setting.id}, {"plugin", defense.plugin}, {"options", setting.options}});
    }
  }
  for (auto& block : matrix.at("blocks")) {
    RequireHoldout(block, origin);
    if (block.contains("defenses"))
      throw MakeError("{}: blocks have no defenses here: the grids are", origin);
    block["defenses"] = entries;
  }
  matrix["schema"] = "matrix.v1";
  matrix["name"] = file.name;
  matrix["demonstration"] = true;
  return matrix;
}

// A cell but for the defence.
using Place =
    std::tuple<std::string, std::string, std::string, std::string, std::string, int64_t, int64_t>;
Place PlaceFrom(const Cell& cell) {
  return {cell.attack,          cell.distiller,    cell.dataset,     cell.teacher_network,
          cell.student_network, cell.teacher_seed, cell.student_seed};
}

std::string ColumnOf(const Cell& cell) { return cell.attack + ", " + cell.distiller; }

class Chooser {
 public:
  Chooser(const TuneFile& file, const std::vector<Score>& scores) : file_(file) {
    std::set<std::string> columns;
    for (const auto& score : scores) {
      if (score.status == Status::kAttackFailed) continue;
      by_defense_[score.cell.defense][PlaceFrom(score.cell)] = &score;
      columns.insert(ColumnOf(score.cell));
    }
    tuned_.columns.assign(columns.begin(), columns.end());
  }

  Tuned Run() {
    tuned_.undefended = Judge("none");
    for (const auto& defense : file_.defenses) tuned_.defenses.push_back(Choose(defense));
    for (size_t d = 0; d < file_.defenses.size(); ++d) {
      if (!file_.defenses[d].match.empty()) Match(file_.defenses[d].match, tuned_.defenses[d]);
    }
    return std::move(tuned_);
  }

 private:
  using Scores = std::map<Place, const Score*>;

  std::optional<TunedCell> CellOf(const Scores& scores, const std::string& column) const {
    double acc = 0, asr = 0;
    int count = 0;
    bool attacked = true;
    for (const auto& [place, score] : scores) {
      if (ColumnOf(score->cell) != column || score->status != Status::kOk) continue;
      ++count;
      acc += *score->student->acc;
      attacked = attacked && score->student->asr;
      asr += score->student->asr.value_or(0);
    }
    if (count == 0) return std::nullopt;
    return TunedCell{acc / count, attacked ? std::optional(asr / count) : std::nullopt};
  }

  // Of all scores the same, or null: an override may depend on the attack.
  static Json OptionsOf(const Scores& scores) {
    Json options = nullptr;
    for (const auto& [place, score] : scores) {
      const auto entry = score->entries.find("defense");
      if (entry == score->entries.end()) return nullptr;
      if (!options.is_null() && options != entry->second.options) return nullptr;
      options = entry->second.options;
    }
    return options;
  }

  TunedSetting Judge(const std::string& id) const {
    TunedSetting judged{id, {}, std::nullopt, std::nullopt};
    const auto found = by_defense_.find(id);
    const Scores scores = found == by_defense_.end() ? Scores() : found->second;
    judged.options = OptionsOf(scores);
    for (const auto& column : tuned_.columns) judged.cells.push_back(CellOf(scores, column));
    const auto undefended = by_defense_.find("none");
    if (undefended == by_defense_.end()) return judged;
    double kept = 1e9, merit = 0;
    int attacked = 0;
    for (const auto& [place, plain] : undefended->second) {
      const auto here = scores.find(place);
      const bool ended = here != scores.end() && here->second->status == Status::kOk &&
                         plain->status == Status::kOk;
      if (!ended) return judged;
      const auto& student = *here->second->student;
      kept = std::min(kept, *student.acc / std::max(1e-9, *plain->student->acc));
      if (!student.asr) continue;
      ++attacked;
      merit += *student.acc - *student.asr;
    }
    if (attacked == 0) return judged;
    judged.kept = kept;
    judged.merit = merit / attacked;
    return judged;
  }

  TunedDefense Choose(const TuneDefense& defense) const {
    TunedDefense tuned{defense.id, {}, std::nullopt, false};
    for (const auto& setting : defense.settings) tuned.settings.push_back(Judge(setting.id));
    // First those that keep enough, the best of them; else who keeps most.
    std::tuple<bool, double> best;
    for (size_t i = 0; i < tuned.settings.size(); ++i) {
      const auto& setting = tuned.settings[i];
      if (!setting.kept) continue;
      const bool keeps = *setting.kept >= file_.kept_acc;
      const std::tuple<bool, double> rank = {keeps, keeps ? *setting.merit : *setting.kept};
      if (tuned.chosen && rank <= best) continue;
      best = rank;
      tuned.chosen = i;
      tuned.keeps = keeps;
    }
    return tuned;
  }

  // How far the ACC of two settings is apart over the cells of the undefended students.
  struct Apart {
    double mean = 0, most = 0;
  };

  // Of settings that ended everywhere.
  Apart Between(const std::string& a, const std::string& b) const {
    Apart apart;
    const auto& places = by_defense_.at("none");
    for (const auto& [place, plain] : places) {
      const auto acc = [&](const std::string& id) {
        return *by_defense_.at(id).at(place)->student->acc;
      };
      const double here = std::abs(acc(a) - acc(b));
      apart.mean += here / static_cast<double>(places.size());
      apart.most = std::max(apart.most, here);
    }
    return apart;
  }

  // What was chosen by merit is forgotten.
  void Match(const std::string& other, TunedDefense& tuned) const {
    tuned.chosen.reset();
    tuned.keeps = false;
    const auto to = std::find_if(tuned_.defenses.begin(), tuned_.defenses.end(),
                                 [&](const auto& one) { return one.id == other; });
    if (!to->chosen) return;
    const auto& wanted = to->settings[*to->chosen].id;
    double best = 0;
    for (size_t i = 0; i < tuned.settings.size(); ++i) {
      if (!tuned.settings[i].kept) continue;
      const auto apart = Between(tuned.settings[i].id, wanted);
      if (tuned.chosen && apart.mean >= best) continue;
      best = apart.mean;
      tuned.chosen = i;
      tuned.apart = apart.most;
      tuned.keeps = apart.most <= kLargestGapOfMatch;
    }
  }

  const TuneFile& file_;
  std::map<std::string, Scores> by_defense_;
  Tuned tuned_;
};

std::string Shown(const std::optional<TunedCell>& cell) {
  if (!cell) return "-";
  const auto asr = cell->asr ? fmt::format("{:.1f}", 100 * *cell->asr) : "-";
  return fmt::format("{:.1f} / {}", 100 * cell->acc, asr);
}

std::string Row(const std::string& title, const TunedSetting& setting) {
  std::string row = "| " + title + " |";
  for (const auto& cell : setting.cells) row += " " + Shown(cell) + " |";
  row += setting.kept ? fmt::format(" {:.2f} |", *setting.kept) : " - |";
  return row + (setting.merit ? fmt::format(" {:.1f} |\n", 100 * *setting.merit) : " - |\n");
}

std::string TitleOf(const std::string& defense, const TuneSetting& setting) {
  std::string title = defense;
  for (const auto& [option, value] : setting.varied.items())
    title +=
        fmt::format(" {} {}", option, value.is_string() ? value.get<std::string>() : value.dump());
  return title;
}

// What the rule for the others is followed by.
std::string MatchesOf(const TuneFile& file) {
  std::string text;
  for (const auto& defense : file.defenses) {
    if (!defense.match.empty()) {
      text += fmt::format(
          "; of {}, the one whose ACC is nearest to that of the chosen one of {}, on average over "
          "the cells",
          defense.id, defense.match);
    }
  }
  return text;
}

std::string WhyChosen(const TuneDefense& defense, const TunedDefense& tuned) {
  if (!defense.match.empty()) {
    return fmt::format(" ({} {}, up to {:.1f} points apart)",
                       tuned.keeps ? "matches" : "no match of", defense.match,
                       100 * tuned.apart.value_or(0));
  }
  return tuned.keeps ? "" : " (keeps most)";
}

}  // namespace

TuneFile ReadTuneFile(const Json& json, const std::string& origin) {
  for (const auto& problem : CheckSchema(json, "tune.v1"))
    throw MakeError("{}: {}: {}", origin, problem.path, problem.reason);
  TuneFile file{json.at("name"), json.at("kept_acc"), {}, nullptr};
  for (const auto& defense : json.at("defenses"))
    file.defenses.push_back(DefenseFrom(defense, json.at("settings"), origin));
  RequireMatches(file, origin);
  file.matrix = MatrixOf(file, json.at("matrix"), origin);
  if (json.contains("summary")) file.matrix["summary"] = json.at("summary");
  return file;
}

Tuned ChooseSettings(const TuneFile& file, const std::vector<Score>& scores) {
  return Chooser(file, scores).Run();
}

std::string TuneTable(const TuneFile& file, const Tuned& tuned) {
  std::string text = fmt::format(
      "ACC / ASR in %, on held-out images. Chosen, in bold: of the settings that keep {:.0f} % of "
      "the undefended student's ACC in every cell, the one with the largest mean of ACC - "
      "ASR{}.\n\n"
      "| setting |",
      100 * file.kept_acc, MatchesOf(file));
  for (const auto& column : tuned.columns) text += " " + column + " |";
  text += " kept ACC | mean ACC - ASR |\n|---|";
  for (size_t i = 0; i < tuned.columns.size() + 2; ++i) text += "--:|";
  text += "\n" + Row("none", tuned.undefended);
  for (size_t d = 0; d < tuned.defenses.size(); ++d) {
    const auto& defense = tuned.defenses[d];
    for (size_t i = 0; i < defense.settings.size(); ++i) {
      auto title = TitleOf(defense.id, file.defenses[d].settings[i]);
      if (defense.chosen == i) title = "**" + title + "**" + WhyChosen(file.defenses[d], defense);
      text += Row(title, defense.settings[i]);
    }
  }
  return text;
}

Json ChosenEntries(const TuneFile& file, const Tuned& tuned) {
  Json entries = Json::array();
  for (size_t d = 0; d < tuned.defenses.size(); ++d) {
    const auto& chosen = tuned.defenses[d].chosen;
    if (!chosen) continue;
    const auto& defense = file.defenses[d];
    const auto& ran = tuned.defenses[d].settings[*chosen].options;
    entries.push_back({{"id", defense.id},
                       {"plugin", defense.plugin},
                       {"options", ran.is_null() ? defense.settings[*chosen].options : ran}});
  }
  return entries;
}

}  // namespace dfkd
