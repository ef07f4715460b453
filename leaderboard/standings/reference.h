// The printed numbers of a paper (leaderboard/reference/*.json), and the same cells of our own
// scores beside them. Printed and measured numbers are never mixed: a row holds both, apart.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/scores/score.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {

// Percent, as printed.
struct PrintedValue {
  double acc = 0, asr = 0;
  // Why the number is suspicious; "" if it is not.
  std::string sic;
};

struct PrintedRow {
  std::string label, dataset, attack, teacher_network, student_network, distiller, note;
  int64_t rounds = 0;
  std::vector<std::string> sources;            // tags
  std::map<std::string, PrintedValue> values;  // by column: ReferenceColumns()
};

struct PrintedTable {
  std::string table, title;
  std::vector<PrintedRow> rows;
};

// What the paper's cells had other than a plugin's defaults under preset "faithful".
struct PaperSetting {
  // "dataset", "distiller" (both of the row), "column" -> those for which it holds; an axis that is
  // not there is any.
  std::map<std::string, std::vector<std::string>> when;
  // A plugin, or "teacher": how teachers were trained.
  std::string plugin;
  // Option -> what the paper's cells have; none: whatever it is, nothing is said. "active_rounds"
  // of a part is the length of its phase.
  std::map<std::string, std::vector<Json>> options;
  // Said of every cell in which the plugin takes part; "" if there is nothing to say.
  std::string note;
};

// The picture behind a plugin's option: SHA-256 of the paper's files, where they are known, and
// whether the picture that the plugin draws itself is the same in every byte.
struct PaperPicture {
  std::vector<std::string> files;
  bool built_in = false;
};

struct Reference {
  std::string name, title, authors, url, summary, teacher_selection;
  int64_t year = 0, teacher_epochs = 0;
  std::map<std::string, std::string> sources;  // tag -> where
  std::vector<PrintedTable> tables;
  std::vector<PaperSetting> settings;            // a later one stands above an earlier one
  std::map<std::string, PaperPicture> pictures;  // by plugin
};

// In the order in which they are shown: teacher, none, sv, sr, abd, clean_kd.
const std::vector<std::string>& ReferenceColumns();
// "undefended", "SV", …
std::string ColumnText(const std::string& column);

// The files leaderboard/reference/*.json.
const EmbeddedFiles& ReferenceFiles();

// Strict: throws Error naming the first thing that is wrong.
Reference ReferenceFrom(const Json& json, const std::string& origin);
// A shipped one, by name, or a file. Throws Error listing the shipped ones.
Reference LoadReference(const std::string& name_or_file);
std::vector<std::string> ShippedReferences();

// --- beside a rerun

struct Rerun {
  std::optional<Summary> acc, asr;  // fractions, over the seeds
  // Why there is none; "" if there is one.
  std::string missing;
  // That they are read from: of the teachers one cell for each.
  std::vector<Cell> cells = {};
};

struct ComparedRow {
  const PrintedRow* printed;
  std::map<std::string, Rerun> reruns;  // by column, for each that is printed
  // In what the rerun is not the paper's experiment.
  std::set<std::string> differences;
};

struct ComparedTable {
  const PrintedTable* printed;
  std::vector<ComparedRow> rows;
};

// One matrix beside the paper: other lengths or presets must not be averaged with it.
struct ReferenceComparison {
  std::string matrix, preset;
  // Cells with both numbers; cells of the paper.
  int64_t found = 0, printed = 0;
  std::vector<ComparedTable> tables;
};

// In what a cell that was put into `column` of `row` is not the paper's experiment: of every option
// of every plugin that takes part, and of teacher, data and evaluation. A cell is the paper's as
// far as nothing is listed. Options of a plugin that is not registered cannot be compared, and that
// is listed.
std::set<std::string> DifferencesFrom(const Reference& reference, const PrintedRow& row,
                                      const std::string& column, const Score& score);

// A comparison for each matrix that has at least one of the paper's cells. They point into
// `reference`.
std::vector<ReferenceComparison> CompareWithReference(const Reference& reference,
                                                      const std::vector<Score>& scores);

std::string ToText(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);
Json ToJson(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);

}  // namespace dfkd
