#include "leaderboard/pages/changes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/core/split.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

constexpr char kState[] = "state.json", kFeed[] = "changes.json";
constexpr char kStateSchema[] = "site-state.v1";
constexpr size_t kMostEntries = 50, kMostLines = 200, kMostNames = 3;

std::string GroupName(const Board& board, const Group& group) {
  return fmt::format("{}: {} on {}, {} → {}, {}", board.matrix->name, group.distiller,
                     group.dataset, group.teacher_network, group.student_network,
                     TrackText(group.track));
}

// The earlier site may be anybody's folder: members of another type are not there.
Json ObjectAt(const Json& json, const std::string& name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_object() ? *found : Json::object();
}

std::string TextAt(const Json& json, const std::string& name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> Lines(const std::string& text) {
  auto lines = SplitAt(text, '\n');
  std::erase(lines, std::string());
  return lines;
}

std::vector<ChangeEntry> HistoryOf(const Json& feed) {
  std::vector<ChangeEntry> entries;
  if (!feed.is_object() || !feed.contains("items") || !feed.at("items").is_array()) return entries;
  for (const auto& item : feed.at("items")) {
    if (entries.size() == kMostEntries) break;
    auto day = TextAt(item, "date_published").substr(0, 10);
    if (!IsUtf8(day)) day.clear();  // cut within a character: no date
    entries.push_back(
        {TextAt(item, "id"), day, TextAt(item, "title"), Lines(TextAt(item, "content_text"))});
  }
  return entries;
}

// "a, b, c and 6 more".
std::string SomeOf(std::vector<std::string> names) {
  const auto all = names.size();
  names.resize(std::min(all, kMostNames));
  auto text = fmt::format("{}", fmt::join(names, ", "));
  return all > kMostNames ? fmt::format("{} and {} more", text, all - kMostNames) : text;
}

// Collects the lines about cells.
class CellChanges {
 public:
  CellChanges(const Json& before, const Json& now) : before_(before), now_(now) {}

  std::vector<std::string> Run() {
    std::set<std::string> matrices;
    for (const auto& [name, unused] : before_.items()) matrices.insert(name);
    for (const auto& [name, unused] : now_.items()) matrices.insert(name);
    for (const auto& name : matrices) Compare(name);
    return lines_;
  }

 private:
  void Compare(const std::string& matrix) {
    const auto old_cells = ObjectAt(before_, matrix), new_cells = ObjectAt(now_, matrix);
    std::vector<std::string> came, changed, went;
    for (const auto& [cell, digest] : new_cells.items()) {
      const auto found = old_cells.find(cell);
      if (found == old_cells.end())
        came.push_back(cell);
      else if (*found != digest)
        changed.push_back(cell);
    }
    for (const auto& [cell, unused] : old_cells.items()) {
      if (!new_cells.contains(cell)) went.push_back(cell);
    }
    Say(matrix, came, "came");
    Say(matrix, changed, "changed its numbers", "changed their numbers");
    Say(matrix, went, "went");
  }

  void Say(const std::string& matrix, const std::vector<std::string>& cells, const char* what,
           const char* many = nullptr) {
    if (cells.empty()) return;
    lines_.push_back(fmt::format("{}: {} {}: {}", matrix,
                                 Plural(static_cast<int64_t>(cells.size()), "cell"),
                                 cells.size() > 1 && many ? many : what, SomeOf(cells)));
  }

  const Json &before_, &now_;
  std::vector<std::string> lines_;
};

std::string RankText(const Json& rank) {
  return rank.is_number_integer() ? "rank " + rank.dump() : std::string("no rank");
}

// Of one table, that is in both.
void AddDefenseChanges(const std::string& group, const Json& before, const Json& now,
                       std::vector<std::string>& lines) {
  for (const auto& [defense, rank] : now.items()) {
    const auto found = before.find(defense);
    if (found == before.end()) {
      lines.push_back(fmt::format("{}: {} is new, {}", group, defense, RankText(rank)));
    } else if (*found != rank) {
      lines.push_back(fmt::format("{}: {} went from {} to {}", group, defense, RankText(*found),
                                  RankText(rank)));
    }
  }
  for (const auto& [defense, rank] : before.items()) {
    if (!now.contains(defense))
      lines.push_back(fmt::format("{}: {} is gone, it had {}", group, defense, RankText(rank)));
  }
}

std::string DefensesIn(const Json& ranks) {
  return Plural(static_cast<int64_t>(ranks.size()), "defence");
}

// A table may have no defence at all: it is there all the same, and not new at every site.
void AddRankChanges(const Json& before, const Json& now, std::vector<std::string>& lines) {
  for (const auto& [group, ranks] : now.items()) {
    if (before.contains(group))
      AddDefenseChanges(group, ObjectAt(before, group), ranks, lines);
    else
      lines.push_back(fmt::format("{}: a new table with {}", group, DefensesIn(ranks)));
  }
  for (const auto& [group, unused] : before.items()) {
    if (!now.contains(group))
      lines.push_back(fmt::format("{}: the table is gone, it had {}", group,
                                  DefensesIn(ObjectAt(before, group))));
  }
}

Json LineList(const ChangeEntry& entry) {
  Json lines = Json::array();
  for (const auto& line : entry.lines) lines.push_back({{"text", line}});
  return lines;
}

std::string Midnight(const ChangeEntry& entry) { return entry.day + "T00:00:00Z"; }

}  // namespace

SiteState ReadSiteState(const std::filesystem::path& folder) {
  SiteState before;
  before.state = ReadJson(folder / kState);
  if (TextAt(before.state, "schema") != kStateSchema)
    throw MakeError("{}: not what `dfkd site` leaves for the next: the schema must be {}",
                    (folder / kState).string(), kStateSchema);
  before.history = HistoryOf(ReadJson(folder / kFeed));
  return before;
}

std::filesystem::path EarlierSiteIn(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder / kState)) return {};
  try {
    ReadSiteState(folder);
    return folder;
  } catch (const Error& error) {
    spdlog::warn("not compared with the site before: {}", error.what());
    return {};
  }
}

Json StateOf(const std::vector<Board>& boards, const Json& digests) {
  Json ranks = Json::object();
  for (const auto& board : boards) {
    for (const auto& group : board.groups) {
      auto& of_group = ranks[GroupName(board, group.group)] = Json::object();
      for (const auto& row : group.standings.rows)
        of_group[row.defense] = row.rank ? Json(*row.rank) : Json(nullptr);
    }
  }
  return {{"schema", kStateSchema}, {"cells", digests}, {"ranks", std::move(ranks)}};
}

std::vector<ChangeEntry> ChangesSince(const SiteState& before, const Json& now,
                                      const std::string& day) {
  auto entries = before.history;
  const auto old_cells = ObjectAt(before.state, "cells");
  auto lines = CellChanges(old_cells, now.at("cells")).Run();
  AddRankChanges(ObjectAt(before.state, "ranks"), now.at("ranks"), lines);
  if (lines.empty()) return entries;
  const auto title = Plural(static_cast<int64_t>(lines.size()), "change");
  if (lines.size() > kMostLines) lines.resize(kMostLines);
  const auto text = fmt::format("{}\n{}", day, fmt::join(lines, "\n"));
  const auto id = "urn:sha256:" + Sha256Hex(text);
  // A site that was torn after its feed and before its state has told it already.
  if (!entries.empty() && entries.front().id == id) return entries;
  entries.insert(entries.begin(), {id, day, title, lines});
  if (entries.size() > kMostEntries) entries.resize(kMostEntries);
  return entries;
}

Json JsonFeed(const std::vector<ChangeEntry>& entries) {
  Json items = Json::array();
  for (const auto& entry : entries) {
    items.push_back({{"id", entry.id},
                     {"url", "changes.html"},
                     {"title", entry.title},
                     {"date_published", Midnight(entry)},
                     {"content_text", fmt::format("{}", fmt::join(entry.lines, "\n"))}});
  }
  return {{"version", "https://jsonfeed.org/version/1.1"},
          {"title", "dfkd-bench leaderboard: changes"},
          {"home_page_url", "index.html"},
          {"items", std::move(items)}};
}

Json AtomFeed(const std::vector<ChangeEntry>& entries, const std::string& newest) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    list.push_back({{"id", entry.id},
                    {"title", entry.title},
                    {"updated", Midnight(entry)},
                    {"lines", LineList(entry)}});
  }
  return {{"updated", newest}, {"entries", std::move(list)}};
}

Json ChangesPage(const std::vector<ChangeEntry>& entries) {
  Json list = Json::array();
  for (const auto& entry : entries) {
    list.push_back({{"day", entry.day}, {"title", entry.title}, {"lines", LineList(entry)}});
  }
  return PageData({.title = "Changes · dfkd-bench",
                   .description = "What changed on the leaderboard since the site before."},
                  "changes", {{"entries", std::move(list)}});
}

}  // namespace dfkd::site
