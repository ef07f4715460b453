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

struct Reference {
  std::string name, title, authors, url, summary;
  int64_t year = 0, teacher_epochs = 0;
  std::map<std::string, std::string> sources;  // tag -> where
  std::vector<PrintedTable> tables;
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

// A comparison for each matrix that has at least one of the paper's cells. They point into
// `reference`.
std::vector<ReferenceComparison> CompareWithReference(const Reference& reference,
                                                      const std::vector<Score>& scores);

std::string ToText(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);
Json ToJson(const Reference& reference, const std::vector<ReferenceComparison>& comparisons);

}  // namespace dfkd
