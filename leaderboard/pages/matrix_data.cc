#include "leaderboard/pages/matrix_data.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "bench/scores/paid_cost.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/adaptive.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/plugin_info.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// To six digits: the others of a time are noise, and noise does not compress.
Json SecondsOr(const std::optional<double>& seconds) {
  if (!seconds || *seconds == 0) return seconds ? Json(0) : Json(nullptr);
  const double unit = std::pow(10, 5 - std::floor(std::log10(std::abs(*seconds))));
  return std::round(*seconds * unit) / unit;
}

std::optional<Count> CountIn(const Score& score, const char* who,
                             std::optional<Count> Counts::*which) {
  const auto found = score.counts.find(who);
  return found == score.counts.end() ? std::nullopt : found->second.*which;
}

void AddCount(Columns& columns, const char* name, const char* of,
              const std::optional<Count>& count) {
  columns.Add(name, count ? Json(count->hits) : Json(nullptr));
  columns.Add(of, count ? Json(count->of) : Json(nullptr));
}

Json NetworkItem(const std::string& id) { return {{"id", id}, {"safe", SafeName(id)}}; }

Json PartNames(const Entry& entry) {
  Json names = Json::array();
  for (const auto& part : entry.parts) names.push_back(part.plugin);
  return names;
}

// Fills the columns of a matrix, row by row.
class Core {
 public:
  explicit Core(const Board& board) : board_(board) {
    flags_.At("[]", [] { return Json::array(); });
    for (const auto& score : board.matrix->scores) FindEntries(score);
  }

  Json Run() {
    for (const auto& score : board_.matrix->scores) AddScore(score);
    const auto listed = ListedAbsent(board_);
    for (const auto& [cell, track] : listed) AddAbsent(*cell, track);
    Json data = {{"ids", Ids()}, {"columns", columns_.Take()}};
    data["absent"] = listed.size();
    data["absent_not_listed"] = board_.absent.size() - listed.size();
    return data;
  }

 private:
  struct Known {
    std::string plugin;
    bool attack_aware = false;
    Json parts = Json::array();
    Json side = nullptr;  // of distillers
  };

  // By axis and id; whatever one score says of an id they all say.
  void FindEntries(const Score& score) {
    const auto& cell = score.cell;
    for (const auto& [axis, id] : std::initializer_list<std::pair<const char*, const std::string&>>{
             {"dataset", cell.dataset},
             {"attack", cell.attack},
             {"distiller", cell.distiller},
             {"defense", cell.defense}}) {
      const auto& entry = score.entries.at(axis);
      auto& known = known_[axis][id];
      if (known.plugin.empty())
        known = {entry.plugin, false, PartNames(entry), SideInformationText(entry)};
      known.attack_aware |= entry.attack_aware;
    }
  }

  Json EntryItem(PluginKind kind, const std::string& id) const {
    const auto& axis = known_.at(Name(kind));
    const auto found = axis.find(id);
    // Nobody has scored it: most ids are names of plugins.
    const Known known = found == axis.end() ? Known{.plugin = id} : found->second;
    const auto info = InfoOf(kind, known.plugin);
    Json item = {{"id", id}, {"safe", SafeName(id)}, {"plugin", known.plugin}};
    if (kind == PluginKind::kAttack) {
      item["family"] = info.family;
      item["none"] = known.plugin == "none";
      item["adapts_to"] = AdaptsTo(known.plugin);
    }
    if (kind == PluginKind::kDistiller) item["side"] = known.side;
    if (kind == PluginKind::kDefense) {
      item.update({{"family", info.family},
                   {"access", info.access},
                   {"control", known.plugin == "none"},
                   {"attack_aware", known.attack_aware},
                   {"parts", known.parts}});
    }
    return item;
  }

  void AddCell(const Cell& cell) {
    const auto entry = [&](const char* column, PluginKind kind, const std::string& id) {
      columns_.Add(column, ids_[column].At(id, [&] { return EntryItem(kind, id); }));
    };
    const auto network = [&](const char* column, const std::string& id) {
      columns_.Add(column, ids_[column].At(id, [&] { return NetworkItem(id); }));
    };
    entry("dataset", PluginKind::kDataset, cell.dataset);
    entry("attack", PluginKind::kAttack, cell.attack);
    network("teacher_network", cell.teacher_network);
    network("student_network", cell.student_network);
    entry("distiller", PluginKind::kDistiller, cell.distiller);
    entry("defense", PluginKind::kDefense, cell.defense);
    columns_.Add("teacher_seed", cell.teacher_seed);
    columns_.Add("student_seed", cell.student_seed);
  }

  void AddText(const char* column, const std::optional<std::string>& text) {
    auto& dictionary = ids_[column];
    columns_.Add(column, text ? Json(dictionary.At(*text)) : Json(nullptr));
  }

  void AddState(const Score& score) {
    AddText("track", score.track);
    AddText("status", Name(score.status));
    const Json flags = score.validity;
    columns_.Add("flags", flags_.At(flags.dump(), [&] { return flags; }));
    AddText("reason", score.reason);
    AddText("device", ComparedDevice(score));
    AddText("gate", score.teacher ? score.teacher->gate : std::nullopt);
    AddText("day", score.provenance.created.substr(0, 10));
    AddText("evaluated_on", score.evaluated_on);
    AddText("verification", score.verified.empty() ? std::nullopt : std::optional(score.verified));
  }

  void AddScore(const Score& score) {
    AddCell(score.cell);
    AddState(score);
    AddCount(columns_, "acc", "acc_of", CountIn(score, "student", &Counts::clean));
    AddCount(columns_, "asr", "asr_of", CountIn(score, "student", &Counts::target));
    AddCount(columns_, "floor", "floor_of", CountIn(score, "floor", &Counts::target));
    AddCount(columns_, "teacher_acc", "teacher_acc_of", CountIn(score, "teacher", &Counts::clean));
    AddCount(columns_, "teacher_asr", "teacher_asr_of", CountIn(score, "teacher", &Counts::target));
    columns_.Add("clean_acc", OptionalOr(score.teacher.value_or(TeacherScore()).clean_acc));
    columns_.Add("counts", CountsForAsr(score) ? 1 : 0);
    columns_.Add("reference", IsReference(score) ? 1 : 0);
    columns_.Add("seconds", SecondsOr(ComparedSeconds(score)));
  }

  void AddAbsent(const Cell& cell, const std::string& track) {
    AddCell(cell);
    AddText("track", track.empty() ? std::nullopt : std::optional(track));
    AddText("status", "absent");
    columns_.Add("flags", 0);
    for (const char* column : {"reason", "device", "gate", "day", "evaluated_on", "verification"})
      AddText(column, std::nullopt);
    for (const char* column :
         {"acc", "acc_of", "asr", "asr_of", "floor", "floor_of", "teacher_acc", "teacher_acc_of",
          "teacher_asr", "teacher_asr_of", "clean_acc", "counts", "reference", "seconds"})
      columns_.Add(column, nullptr);
  }

  Json Ids() const {
    Json ids = {{"flags", flags_.items()}};
    for (const auto& [name, dictionary] : ids_) ids[name] = dictionary.items();
    return ids;
  }

  const Board& board_;
  std::map<std::string, std::map<std::string, Known>> known_;
  std::map<std::string, Dictionary> ids_;
  Dictionary flags_;
  Columns columns_;
};

// Whether the application knows a column of scores.csv from CoreData, or computes it: `ra` of its
// counts (leaderboard/site/src/download/fields.ts). `counts` it does not: a filter may change it.
bool IsOfRows(const std::string& column) {
  static const std::set<std::string> names = [] {
    std::istringstream list(
        "matrix cell dataset attack teacher_network student_network distiller defense "
        "teacher_seed student_seed attack_plugin attack_family distiller_plugin defense_plugin "
        "access track evaluated_on status reason flags gate acc acc_hits acc_of asr asr_hits "
        "asr_of ra floor teacher_acc teacher_asr clean_teacher_acc seconds verification");
    return std::set<std::string>(std::istream_iterator<std::string>(list), {});
  }();
  return names.contains(column);
}

// A value of scores.csv as data have it: texts as positions, true as 1, times to six digits.
Json Packed(const CsvColumn& column, const Json& value, std::map<std::string, Dictionary>& ids) {
  if (value.is_string()) return ids[column.name].At(value.get<std::string>());
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return column.unit == "s" && !value.is_null() ? SecondsOr(value.get<double>()) : value;
}

// The dictionary of scores.csv.
Json Words(const std::vector<CsvColumn>& columns) {
  Json words = Json::array();
  for (const auto& column : columns)
    words.push_back({{"name", column.name}, {"unit", column.unit}, {"meaning", column.meaning}});
  return words;
}

std::set<std::string> PresetsOf(const ScoredMatrix& matrix) {
  std::set<std::string> presets;
  for (const auto& score : matrix.scores) presets.insert(score.preset);
  return presets;
}

Json MatrixItem(const Board& board) {
  const auto& matrix = *board.matrix;
  return {{"name", matrix.name},
          {"file", board.file},
          {"summary", matrix.summary},
          {"demonstration", matrix.demonstration()},
          {"has_file", !matrix.source.is_null()},
          {"scores", matrix.scores.size()},
          {"planned", matrix.planned.empty() ? Json(nullptr) : Json(matrix.planned.size())},
          {"absent", board.absent.size()},
          {"newest", board.newest}};
}

Json PluginItem(PluginKind kind, const std::string& plugin) {
  const auto info = InfoOf(kind, plugin);
  return {{"title", info.name},      {"summary", info.summary},
          {"family", info.family},   {"access", info.access},
          {"control", info.control}, {"revision", OptionalOr(info.revision)},
          {"paper", info.paper},     {"bibtex", info.bibtex},
          {"code", info.code},       {"page", PluginPage(kind, plugin)},
          {"options", info.options}};
}

Json PluginTables(const std::vector<Board>& boards) {
  Json plugins = Json::object();
  for (const auto kind : kCellKinds) {
    auto& table = plugins[Name(kind)] = Json::object();
    for (const auto& board : boards) {
      for (const auto& score : board.matrix->scores) {
        const auto& plugin = score.entries.at(Name(kind)).plugin;
        if (!table.contains(plugin)) table[plugin] = PluginItem(kind, plugin);
      }
    }
  }
  return plugins;
}

Json StatusWords() {
  Json words = {{"absent", "no score"}};
  for (const auto status : {Status::kOk, Status::kAttackFailed, Status::kDiverged,
                            Status::kTimedOut, Status::kFailed, Status::kNotApplicable})
    words[Name(status)] = StatusText(status);
  return words;
}

Json VerificationWords() {
  return {{"claimed", "the word of whoever sent it"},
          {"valid", "made here, from the artifacts of a store"},
          {"rerun", "computed once more, with the same outcome"},
          {"elsewhere", "computed once more by others on their machine, with the same outcome"}};
}

}  // namespace

std::string CorePath(const Board& board) { return "data/" + board.file; }
std::string MorePath(const Board& board) { return fmt::format("data/{}.more", board.file); }
std::string CellsPath(const ScoredMatrix& matrix, size_t number) {
  return fmt::format("data/{}/{}", FileOf(matrix.name), number);
}

Json CoreData(const Board& board) {
  const auto& matrix = *board.matrix;
  Json data = Core(board).Run();
  data.update({{"schema", "site.v2"},
               {"name", matrix.name},
               {"file", board.file},
               {"summary", matrix.summary},
               {"demonstration", matrix.demonstration()},
               {"preset", PresetsOf(matrix)},
               {"protocol", 1},
               {"scores", matrix.scores.size()},
               {"shard", kCellsAFile}});
  return data;
}

Json MoreData(const Board& board) {
  std::map<std::string, Dictionary> ids;
  Columns columns;
  const auto fields = CsvColumnsOf({board.matrix});
  const auto in_means = InMeans(board);
  for (const auto& score : board.matrix->scores) {
    const CsvScore scored{score, in_means.contains(&score)};
    for (const auto& field : fields) {
      if (!IsOfRows(field.name)) columns.Add(field.name, Packed(field, field.value(scored), ids));
    }
  }
  Json lists = Json::object();
  for (const auto& [name, dictionary] : ids) lists[name] = dictionary.items();
  return {{"schema", "site.v2"},
          {"name", board.matrix->name},
          {"ids", std::move(lists)},
          {"columns", columns.Take()},
          {"fields", Words(fields)}};
}

Json SiteData(const std::vector<Board>& boards, const Json& papers, const std::string& version,
              const std::string& commit) {
  Json matrices = Json::array(), flags = Json::object(), tracks = Json::object();
  for (const auto& board : boards) matrices.push_back(MatrixItem(board));
  for (const auto& flag : Flags()) flags[flag] = FlagText(flag);
  for (const auto track : {Track::kSynthesized, Track::kOutOfDistribution, Track::kCleanSubset})
    tracks[Name(track)] = TrackText(Name(track));
  return {{"schema", "site.v2"},
          {"newest", NewestOf(boards)},
          {"version", version},
          {"commit", commit},
          {"matrices", std::move(matrices)},
          {"plugins", PluginTables(boards)},
          {"statuses", StatusWords()},
          {"flags", std::move(flags)},
          {"tracks", std::move(tracks)},
          {"verification", VerificationWords()},
          {"papers", papers}};
}

}  // namespace dfkd::site
