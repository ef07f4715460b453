// Choosing the settings of defences by one rule, one budget and one size of grid, on held-out data
// and attacks that no table reports: what `dfkd tune` does.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/scores/score.h"

namespace dfkd {

struct TuneSetting {
  // Of the entry in the matrix that is run: "sv_1", "sv_2" …
  std::string id;
  // What differs from the other settings.
  Json varied = Json::object();
  // All of the entry's options.
  Json options = Json::object();
};

struct TuneDefense {
  std::string id, plugin;
  std::vector<TuneSetting> settings;
  // Id of another defence, or "": then the setting is chosen whose ACC is nearest to that of the
  // chosen one of that defence, cell by cell, so that the two are compared at equal loss.
  std::string match = {};
};

struct TuneFile {
  std::string name;
  double kept_acc = 0;
  std::vector<TuneDefense> defenses;
  // What is to be run: a matrix file with all settings, and the undefended students.
  Json matrix;
};

// Throws Error that begins with `origin` for a file that is none by schema tune.v1, for grids that
// are not as large as the file says or have a value twice, for settings and overrides of an option
// that a grid varies, for data sets without a holdout, and for a defence that is to match one that
// is not there or is chosen by a match itself. What else is wrong in the matrix is found by whoever
// parses that.
TuneFile ReadTuneFile(const Json& json, const std::string& origin);

// Under one attack and distiller, means over seeds.
struct TunedCell {
  double acc = 0;
  std::optional<double> asr;
};

struct TunedSetting {
  std::string id;
  // As the columns of the table; absent where no cell ended well.
  std::vector<std::optional<TunedCell>> cells;
  // The smallest share of the undefended student's ACC over the cells; absent if one of them did
  // not end well, and then it is not chosen.
  std::optional<double> kept;
  // The mean of ACC - ASR over the cells under an attack.
  std::optional<double> merit;
  // With which all of its scores ran; null: they differ or say nothing.
  Json options = nullptr;
};

// In ACC: what differs by more in one cell is no comparison at equal loss.
inline constexpr double kLargestGapOfMatch = 0.02;

struct TunedDefense {
  std::string id;
  std::vector<TunedSetting> settings;
  // Absent if no setting ended everywhere.
  std::optional<size_t> chosen;
  // Whether the chosen one keeps what the rule asks for; if none does it is the one that keeps
  // most. Of a matched defence: whether no cell is further apart than kLargestGapOfMatch.
  bool keeps = false;
  // Of a matched defence: the largest difference of ACC over the cells.
  std::optional<double> apart = {};
};

struct Tuned {
  // "blend, ood_kd": attack and distiller.
  std::vector<std::string> columns;
  // Those of the undefended students.
  TunedSetting undefended;
  std::vector<TunedDefense> defenses;
};

// `scores`: of the file's matrix. Cells whose attack failed its gate are left out for all. Where
// two settings are as good, or as near to what they match, the earlier one is chosen; none where
// nothing was chosen of the defence to match.
Tuned ChooseSettings(const TuneFile& file, const std::vector<Score>& scores);

// The table in Markdown, chosen settings in bold. It says nothing of when or where it was made.
std::string TuneTable(const TuneFile& file, const Tuned& tuned);
// The chosen entries as a matrix has them, with the options that ran: [{"id", "plugin",
// "options"}].
Json ChosenEntries(const TuneFile& file, const Tuned& tuned);

}  // namespace dfkd
