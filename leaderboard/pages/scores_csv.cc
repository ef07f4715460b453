// scores.csv: one table of columns, each with its unit, its meaning and where it comes from.
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <string_view>

#include "bench/core/printable.h"
#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/plugin_info.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

Json CsvCount(const Score& score, const char* who, std::optional<Count> Counts::*which, bool hits) {
  const auto found = score.counts.find(who);
  if (found == score.counts.end() || !(found->second.*which)) return nullptr;
  const auto& count = *(found->second.*which);
  return hits ? count.hits : count.of;
}

const TeacherScore& CsvTeacher(const Score& score) {
  static const TeacherScore none;
  return score.teacher ? *score.teacher : none;
}
const StudentScore& CsvStudent(const Score& score) {
  static const StudentScore none;
  return score.student ? *score.student : none;
}

// What a plan says, too.
CsvColumn PlannedColumn(const char* name, const char* unit, const char* meaning,
                        Json (*value)(const Score& score)) {
  return {name, unit, meaning, value, value};
}

std::vector<CsvColumn> PlannedColumns() {
  return {PlannedColumn("matrix", "", "name of the matrix",
                        [](const Score& s) { return Json(s.matrix); }),
          PlannedColumn("cell", "", "id of the cell: the name of its score file",
                        [](const Score& s) { return Json(CellId(s.cell)); }),
          PlannedColumn("dataset", "", "entry of the data set",
                        [](const Score& s) { return Json(s.cell.dataset); }),
          PlannedColumn("attack", "", "entry of the attack",
                        [](const Score& s) { return Json(s.cell.attack); }),
          PlannedColumn("teacher_network", "", "architecture of the teacher",
                        [](const Score& s) { return Json(s.cell.teacher_network); }),
          PlannedColumn("student_network", "", "architecture of the student",
                        [](const Score& s) { return Json(s.cell.student_network); }),
          PlannedColumn("distiller", "", "entry of the distiller",
                        [](const Score& s) { return Json(s.cell.distiller); }),
          PlannedColumn("defense", "", "entry of the defence",
                        [](const Score& s) { return Json(s.cell.defense); }),
          PlannedColumn("teacher_seed", "number", "drives poisoning and the teacher's training",
                        [](const Score& s) { return Json(s.cell.teacher_seed); }),
          PlannedColumn("student_seed", "number", "drives all that follows",
                        [](const Score& s) { return Json(s.cell.student_seed); })};
}

// What this program knows of the plugin of an entry; each is looked up once.
CsvColumn PluginColumn(const char* name, const char* meaning, PluginKind kind,
                       std::string PluginInfo::*fact) {
  const auto known = std::make_shared<std::map<std::string, std::string>>();
  return {name, "", meaning, [known, kind, fact](const CsvScore& scored) {
            const auto& plugin = scored.score.entries.at(Name(kind)).plugin;
            const auto [found, fresh] = known->try_emplace(plugin);
            if (fresh) found->second = InfoOf(kind, plugin).*fact;
            return found->second.empty() ? Json(nullptr) : Json(found->second);
          }};
}

std::vector<CsvColumn> CellColumns() {
  return {
      {"attack_plugin", "", "plugin behind the entry",
       [](const Score& s) { return Json(s.entries.at("attack").plugin); }},
      PluginColumn("attack_family",
                   "what kind of attack that is; empty: this program has none such",
                   PluginKind::kAttack, &PluginInfo::family),
      {"distiller_plugin", "", "plugin behind the entry",
       [](const Score& s) { return Json(s.entries.at("distiller").plugin); }},
      {"defense_plugin", "", "plugin behind the entry; a list is joined by +",
       [](const Score& s) { return Json(s.entries.at("defense").plugin); }},
      PluginColumn("access", "data that this defence asks for; empty: this program has none such",
                   PluginKind::kDefense, &PluginInfo::access),
      {"attack_aware", "true/false", "the defence's settings were chosen knowing the attack",
       [](const Score& s) { return Json(s.entries.at("defense").attack_aware); }},
      {"track", "", "what data the student saw", [](const Score& s) { return Json(s.track); },
       [](const Score& s) { return s.track.empty() ? Json(nullptr) : Json(s.track); }},
      {"preset", "", "fixed, or faithful: the reference with its quirks",
       [](const Score& s) { return Json(s.preset); }},
      {"evaluated_on", "", "test or validation images",
       [](const Score& s) { return Json(s.evaluated_on); }},
      {"demonstration", "true/false", "too small to mean anything",
       [](const Score& s) { return Json(s.demonstration); }},
      {"status", "",
       "ok, or why there is no number; absent: planned, and without a valid score, which counts as "
       "not finished",
       [](const Score& s) { return Json(Name(s.status)); },
       [](const Score&) { return Json("absent"); }},
      {"reason", "", "one sentence, where status is not ok",
       [](const Score& s) { return OptionalOr(s.reason); }},
      {"flags", "", "why a number should be read with care; joined by a space",
       [](const Score& s) { return Json(fmt::format("{}", fmt::join(s.validity, " "))); }},
      {"counts", "true/false",
       "no flag keeps the ASR out of means over attacks and of differences: the attack works, and "
       "reaches the undefended student; see in_mean",
       [](const Score& s) { return Json(CountsForAsr(s)); }},
      {"in_mean", "true/false",
       "the ASR is in the mean ASR of its row in the standings: that takes a defence that finished "
       "nine tenths, and an attack of which three teachers count, if any has so many",
       [](const CsvScore& s) { return Json(s.in_mean); }},
      {"gate", "", "whether the attack took: passed, failed, ignored",
       [](const Score& s) { return OptionalOr(CsvTeacher(s).gate); }}};
}

std::vector<CsvColumn> NumberColumns() {
  return {
      {"acc", "fraction", "accuracy of the student on clean test images",
       [](const Score& s) { return OptionalOr(CsvStudent(s).acc); }},
      {"acc_hits", "images", "of these, right",
       [](const Score& s) { return CsvCount(s, "student", &Counts::clean, true); }},
      {"acc_of", "images", "clean test images",
       [](const Score& s) { return CsvCount(s, "student", &Counts::clean, false); }},
      {"asr", "fraction", "attack success rate of the student; images of the target class left out",
       [](const Score& s) { return OptionalOr(CsvStudent(s).asr); }},
      {"asr_hits", "images", "triggered images classified as the target",
       [](const Score& s) { return CsvCount(s, "student", &Counts::target, true); }},
      {"asr_of", "images", "triggered images of other classes",
       [](const Score& s) { return CsvCount(s, "student", &Counts::target, false); }},
      {"ra", "fraction", "the same images classified as their true label",
       [](const Score& s) { return OptionalOr(CsvStudent(s).ra); }},
      {"ra_hits", "images", "of these, right",
       [](const Score& s) { return CsvCount(s, "student", &Counts::true_label, true); }},
      {"ra_of", "images", "triggered images of other classes",
       [](const Score& s) { return CsvCount(s, "student", &Counts::true_label, false); }},
      {"agreement", "fraction", "student and teacher say the same on clean images",
       [](const Score& s) { return OptionalOr(CsvStudent(s).agreement); }},
      {"floor", "fraction", "ASR of the student of the clean teacher",
       [](const Score& s) { return s.floor ? OptionalOr(s.floor->asr) : Json(nullptr); }},
      {"teacher_acc", "fraction", "accuracy of the teacher",
       [](const Score& s) { return OptionalOr(CsvTeacher(s).acc); }},
      {"teacher_asr", "fraction", "ASR of the teacher",
       [](const Score& s) { return OptionalOr(CsvTeacher(s).asr); }},
      {"clean_teacher_acc", "fraction", "accuracy of the teacher that was never poisoned",
       [](const Score& s) { return OptionalOr(CsvTeacher(s).clean_acc); }},
      {"trigger_psnr", "dB", "visibility of the trigger: peak signal-to-noise ratio",
       [](const Score& s) {
         const auto seen = CsvTeacher(s).visibility;
         return seen ? OptionalOr(seen->psnr) : Json(nullptr);
       }},
      {"trigger_ssim", "index", "visibility of the trigger: mean structural similarity",
       [](const Score& s) {
         const auto seen = CsvTeacher(s).visibility;
         return seen ? OptionalOr(seen->ssim) : Json(nullptr);
       }}};
}

std::vector<CsvColumn> MakingColumns() {
  return {
      {"seconds", "s",
       "what a cell is compared by: of processors, or of the GPU where it ran there",
       [](const Score& s) { return OptionalOr(ComparedSeconds(s)); }},
      {"cpu_seconds", "s", "of processors, for what the defender runs",
       [](const Score& s) { return OptionalOr(s.cost.cpu_seconds); }},
      {"gpu_seconds", "s", "of the GPU",
       [](const Score& s) { return OptionalOr(s.cost.gpu_seconds); }},
      {"wall_seconds", "s", "on the clock, of a machine that others may share",
       [](const Score& s) { return OptionalOr(s.cost.wall_seconds); }},
      {"peak_bytes", "bytes", "largest memory of a stage",
       [](const Score& s) { return OptionalOr(s.cost.peak_bytes); }},
      {"device", "", "where the student was made",
       [](const Score& s) { return Json(s.numerics.device); }},
      {"threads", "number", "of a stage", [](const Score& s) { return Json(s.numerics.threads); }},
      {"profile", "", "numerics", [](const Score& s) { return Json(s.numerics.profile); }},
      {"deterministic", "true/false", "a second run has the same bits",
       [](const Score& s) { return Json(s.numerics.deterministic); }},
      {"version", "", "of the program", [](const Score& s) { return Json(s.provenance.version); }},
      {"commit", "", "of the program", [](const Score& s) { return Json(s.provenance.commit); }},
      {"verification", "",
       "who vouches for the number: claimed (whoever sent it), valid (made here), rerun (computed "
       "once more), elsewhere (by others); empty: a score that was never submitted",
       [](const Score& s) { return s.verified.empty() ? Json(nullptr) : Json(s.verified); }},
      {"created", "", "when the cell was computed, UTC",
       [](const Score& s) { return Json(s.provenance.created); }},
      {"fingerprint", "", "SHA-256 of decoded images and labels",
       [](const Score& s) { return Json(s.data.fingerprint); }},
      {"official_data", "true/false", "whether they are the published ones; empty: unknown",
       [](const Score& s) { return OptionalOr(s.data.official); }}};
}

// Quoted always, control characters as escapes (Printable); a leading character that a spreadsheet
// would run as a formula gets an apostrophe.
void AddCsvText(std::string_view text, std::string& csv) {
  constexpr std::string_view kRun = "=+-@";
  csv += '"';
  if (!text.empty() && kRun.find(text.front()) != kRun.npos) csv += '\'';
  for (const char c : Printable(text)) {
    if (c == '"') csv += '"';
    csv += c;
  }
  csv += '"';
}

void AddCsvValue(const Json& value, std::string& csv) {
  if (value.is_string())
    AddCsvText(value.get_ref<const std::string&>(), csv);
  else if (!value.is_null())
    csv += value.dump();
}

}  // namespace

std::vector<CsvColumn> CsvColumnsOf(const std::vector<const ScoredMatrix*>& matrices) {
  auto all = PlannedColumns();
  for (auto& columns : {CellColumns(), NumberColumns(), MakingColumns(), AskedColumns(matrices)})
    all.insert(all.end(), columns.begin(), columns.end());
  return all;
}

std::vector<CsvColumn> CsvColumns(const std::vector<Board>& boards) {
  std::vector<const ScoredMatrix*> matrices;
  for (const auto& board : boards) matrices.push_back(board.matrix);
  return CsvColumnsOf(matrices);
}

std::set<const Score*> InMeans(const Board& board) {
  std::set<const Score*> scores;
  for (const auto& group : board.groups) {
    const auto support = SupportOf(group.scores, group.planned);
    for (const auto& [defense, cells] : support.by_defense) {
      for (const auto& place : PlacesOf(support, defense)) {
        if (support.counted.contains(place)) scores.insert(cells.at(place));
      }
    }
  }
  return scores;
}

void ForEachCsvRow(const std::vector<CsvColumn>& columns, const std::vector<Board>& boards,
                   const std::function<void(const std::vector<Json>& row)>& use) {
  std::vector<Json> row(columns.size());
  for (const auto& board : boards) {
    const auto in_means = InMeans(board);
    for (const auto& score : board.matrix->scores) {
      const CsvScore scored{score, in_means.contains(&score)};
      for (size_t i = 0; i < columns.size(); ++i) row[i] = columns[i].value(scored);
      use(row);
    }
    Score names;
    names.matrix = board.matrix->name;
    for (const auto& [cell, track] : ListedAbsent(board)) {
      names.cell = *cell, names.track = track;
      for (size_t i = 0; i < columns.size(); ++i)
        row[i] = columns[i].absent ? columns[i].absent(names) : Json(nullptr);
      use(row);
    }
  }
}

std::string ScoresCsv(const std::vector<Board>& boards) {
  const auto columns = CsvColumns(boards);
  std::string csv;
  for (const auto& column : columns) csv += (csv.empty() ? "" : ",") + column.name;
  csv += "\n";
  ForEachCsvRow(columns, boards, [&](const std::vector<Json>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) csv += ',';
      AddCsvValue(row[i], csv);
    }
    csv += '\n';
  });
  return csv;
}

std::string DictionaryCsv(const std::vector<CsvColumn>& columns) {
  std::string csv = "column,unit,meaning\n";
  for (const auto& column : columns) {
    AddCsvText(column.name, csv);
    for (const auto& text : {column.unit, column.meaning}) {
      csv += ',';
      AddCsvText(text, csv);
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace dfkd::site
