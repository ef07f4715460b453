// Two defences over the cells they share: pairs that differ in nothing but the defence.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/scores/score.h"
#include "leaderboard/standings/ranking.h"

namespace dfkd {

struct CellDifference {
  std::string matrix;
  // Its defense is `a`.
  Cell cell;
  // a minus b. `seconds` is of what is compared (ComparedSeconds), absent where a and b were
  // computed on different devices; wall_seconds is on the clock of machines that others may share.
  std::optional<double> acc, asr, seconds, wall_seconds;
  // Whether asr says something of the defences (CountsForAsr of both): the attack works, and
  // reaches the student where nobody defends it. Means leave the others out; they would flatter
  // both.
  bool counted = true;
  // Without an attack a cell says nothing of a defence, and no mean over attacks is over it.
  bool attacked = true;
  // What was subtracted.
  std::optional<double> acc_a, asr_a, acc_b, asr_b;
  // Whether the student collapsed (utility_collapse): its low ASR is no defence.
  bool collapsed_a = false, collapsed_b = false;
};

struct Unpaired {
  std::string matrix;
  // Its defense is the one that is missing.
  Cell cell;
  // "no score", or the status of the one there is and its reason or which number it lacks.
  std::string reason;
};

// One measure of both, over the same cells.
struct Compared {
  Estimate a, b;
  // a minus b, paired.
  Estimate difference;
  // Of the hypothesis that the mean difference is 0, and adjusted by Holm; absent with fewer than
  // three teacher seeds.
  std::optional<double> p, holm;
  // How many students of each collapsed: in the cells; overall, in all attacked cells that it
  // finished, one of which costs the rank.
  int64_t collapsed_a = 0, collapsed_b = 0;
};

// Pairs that have all but the seeds in common.
struct StratumComparison {
  // Without defence and seeds.
  Cell where;
  // Holm over the strata of the same table that have a p-value.
  std::optional<Compared> acc, asr;
  // Pairs; cells of one that the other lacks.
  int64_t pairs = 0, unpaired = 0;
  // Whether asr is part of the overall one: it counts, and so many teacher seeds are shared as an
  // interval needs (or nowhere).
  bool in_overall = false;
  // Whether acc and the cost are: there is an attack, and as many teacher seeds (or nowhere).
  bool acc_in_overall = false;
};

// On average over the pairs of the overall acc of which both are known on this kind of device.
struct CostComparison {
  double a = 0, b = 0;
  std::string device;  // "CPU", "GPU"
  int64_t pairs = 0;
  // The mean of RelativeSeconds of a to b, as in the standings; absent if b took no time.
  std::optional<double> times;
};

// The strata of one table: all of a data set, networks and a distiller. What is ranked or tested is
// so within a table.
struct TableComparison {
  // Without attack, defence and seeds.
  Cell where;
  bool Holds(const Cell& cell) const {
    return cell.dataset == where.dataset && cell.distiller == where.distiller &&
           cell.teacher_network == where.teacher_network &&
           cell.student_network == where.student_network;
  }
  // What the students of each saw; several if its cells differ in it.
  std::vector<std::string> tracks_a, tracks_b;
  // Strata weighing alike. ASR only of those `in_overall`; its Holm is over all pairs of the
  // defences that the table of these scores compares (Support::compared, nearly) and the two,
  // whoever is compared, so that trying many makes nobody better. ACC over those `acc_in_overall`,
  // its Holm in the same way. Where the table of standings is over the same cells, it has the same
  // means, intervals and p-values.
  std::optional<Compared> acc, asr;
  // How many pairs of defences that were; 0: there is no p-value.
  int64_t pairs_of_table = 0;
  // One for each kind of device: pairs on several are never averaged.
  std::vector<CostComparison> costs;
};

struct Comparison {
  std::string a, b, matrix;
  // Of all tables.
  std::vector<std::string> tracks_a, tracks_b;
  // In the order of the cells.
  std::vector<CellDifference> cells;
  std::vector<StratumComparison> strata;
  // At least one, in the order of their names.
  std::vector<TableComparison> tables;
  // Those of the one table. Of several, their strata pooled: means with an interval, and neither p
  // nor holm, for nothing is ranked across tables.
  std::optional<Compared> acc, asr;
  int64_t pairs_of_table = 0;  // 0 of several
  std::vector<CostComparison> costs;
  std::vector<Unpaired> unpaired;
};

// Throws Error if the two share no cell in which both are ok and have ACC and, where there is an
// attack, ASR (the message lists the defences there are), or cells of several matrices: these are
// different experiments, of which one is to be chosen.
Comparison CompareDefenses(const std::vector<Score>& scores, const std::string& a,
                           const std::string& b);

// Who is better in a measure of which more is better (ACC) or less (ASR): a or b if the adjusted
// p-value is below 0.05, "" if they cannot be told apart, or if a student of the one with the lower
// ASR collapsed.
std::string ProvenBetter(const Comparison& comparison, const Compared& measure, bool less);

// One screen for people, of 100 columns but for very long names of attacks and for cells that are
// left out; ends in a line break. Names of defences that would make the table wider are A and B in
// it. Of many unpaired cells it names the first.
std::string ToText(const Comparison& comparison);
// Everything, with every cell. Numbers are rounded (to six digits behind the point, p-values to
// four digits), so that equal scores give equal bytes on every machine.
Json ToJson(const Comparison& comparison);
// The table of ToText with notes that say what it is of and what its marks mean: for a page, for a
// paper (booktabs). The table alone for a spreadsheet: fractions, a line a stratum, then "overall";
// of several tables one of each, and last all of them pooled.
std::string ToMarkdown(const Comparison& comparison);
std::string ToLatex(const Comparison& comparison);
std::string ToCsv(const Comparison& comparison);

}  // namespace dfkd
