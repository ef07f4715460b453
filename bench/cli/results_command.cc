// dfkd results: the results that the repository keeps, against what would be computed today.
#include <fmt/ranges.h>

#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <system_error>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/offers.h"
#include "bench/cli/results_update.h"
#include "bench/cli/sources_now.h"
#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/scores/results_state.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kMoved = 3;  // exit code

struct ResultsFlags {
  MatrixFlags matrix;
  std::string action, by, device = "cpu";
  fs::path results = "leaderboard/results", claimed;
  int percent = 2;
  int64_t seed = 0;
  bool ignore_gate = false, elsewhere = false, dry_run = false, json = false;
};

LoadedPlan PlanOf(const ResultsFlags& flags) {
  if (flags.matrix.matrix.empty()) throw MakeError("results {}: needs a matrix", flags.action);
  if (!flags.matrix.settings.empty())
    throw MakeError("--set: results are of a matrix as it is; write a matrix file");
  return LoadPlan(flags.matrix, KindsOfRun(flags.device));
}

// --- list

struct ListedEntry {
  std::vector<CommittedResult> results;  // the newest of each cell
  size_t lines = 0, problems = 0;
};

Json ToJson(const fs::path& file, const ListedEntry& entry) {
  std::map<std::string, int> states;
  std::string newest;
  for (const auto& result : entry.results) {
    ++states[Name(result.verified)];
    newest = std::max(newest, result.score.provenance.created);
  }
  return {{"matrix", file.parent_path().filename().string()},
          {"entry", file.stem().string()},
          {"cells", entry.results.size()},
          {"lines", entry.lines},
          {"problems", entry.problems},
          {"level", LevelOf(entry.results)},
          {"states", states},
          {"newest", newest},
          {"bytes", fs::file_size(file)}};
}

int List(const ResultsFlags& flags) {
  const auto folder =
      flags.matrix.matrix.empty() ? flags.results : flags.results / flags.matrix.matrix;
  std::error_code failed;
  if (!fs::is_directory(flags.results, failed))
    throw MakeError("--results {}: there is no such folder", flags.results.string());
  Json list = Json::array();
  for (const auto& file : ResultsFiles(folder)) {
    const auto read = ReadResultLines(file);
    list.push_back(
        ToJson(file, {NewestOfCells(read.results), read.results.size(), read.problems.size()}));
  }
  if (flags.json) {
    fmt::print("{}\n", list.dump(2));
    return 0;
  }
  if (list.empty()) fmt::print(stderr, "{}: no results\n", folder.string());
  for (const auto& entry : list) {
    fmt::print("{:<16} {:<20} L{}  {:>5} cells  {:>5} results  newest {}{}\n",
               entry["matrix"].get<std::string>(), entry["entry"].get<std::string>(),
               entry["level"].get<int>(), entry["cells"].get<int>(), entry["lines"].get<int>(),
               entry["newest"].get<std::string>(),
               entry["problems"] == 0 ? "" : "  NOT VALID: dfkd validate says why");
  }
  return 0;
}

// --- stale

Json ToJson(const CellResult& state) {
  return {{"cell", state.cell->id},
          {"entry", state.cell->cell.defense},
          {"state", Name(state.state)},
          {"since", state.result ? Json(state.result->score.provenance.created) : Json()},
          {"why", state.why}};
}

int Stale(const ResultsFlags& flags) {
  const auto loaded = PlanOf(flags);
  const auto results = ReadCommitted(flags.results, loaded.matrix.name);
  std::map<ResultState, size_t> counts;
  Json list = Json::array();
  for (const auto& state : StatesOf(loaded.plan, results)) {
    if (!state.cell->not_applicable.empty()) continue;
    ++counts[state.state];
    if (state.state != ResultState::kCurrent) list.push_back(ToJson(state));
  }
  if (flags.json) {
    fmt::print("{}\n", Json{{"matrix", loaded.matrix.name},
                            {"current", counts[ResultState::kCurrent]},
                            {"waiting", list}}
                           .dump(2));
  } else {
    for (const auto& cell : list) {
      const auto since = cell["since"].is_null() ? "-" : cell["since"].get<std::string>();
      fmt::print("{}\t{}\t{}\t{}\t{}\n", cell["entry"].get<std::string>(),
                 cell["cell"].get<std::string>(), cell["state"].get<std::string>(), since,
                 cell["why"].get<std::string>());
    }
  }
  fmt::print(stderr, "{}: {} current, {} stale, {} missing, {} failed\n", loaded.matrix.name,
             counts[ResultState::kCurrent], counts[ResultState::kStale],
             counts[ResultState::kMissing], counts[ResultState::kFailed]);
  return 0;
}

// --- sample

// Drawn by hash, so that who is drawn depends on nothing but seed and names.
std::vector<CellResult> Drawn(std::vector<CellResult> current, const ResultsFlags& flags) {
  const auto rank = [&](const CellResult& state) {
    return Sha256Hex(fmt::format("{} {}", flags.seed, state.cell->id));
  };
  std::sort(current.begin(), current.end(),
            [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  const auto wanted = (current.size() * static_cast<size_t>(flags.percent) + 99) / 100;
  std::set<std::string> plugins;
  std::vector<CellResult> chosen, others;
  for (const auto& state : current) {
    bool is_first = false;
    for (const auto& [label, hash] : ChangedSince(state.result->score, SourcesNow()))
      is_first |= plugins.insert(label).second;
    (is_first ? chosen : others).push_back(state);
  }
  for (const auto& state : others) {
    if (chosen.size() >= wanted) break;
    chosen.push_back(state);
  }
  return chosen;
}

int Sample(const ResultsFlags& flags) {
  const auto loaded = PlanOf(flags);
  const auto results = ReadCommitted(flags.results, loaded.matrix.name);
  std::vector<CellResult> current;
  for (const auto& state : StatesOf(loaded.plan, results)) {
    if (state.state == ResultState::kCurrent) current.push_back(state);
  }
  for (const auto& state : Drawn(std::move(current), flags)) {
    const auto& cell = state.cell->cell;
    fmt::print("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", cell.defense, cell.dataset, cell.attack,
               cell.distiller, cell.teacher_seed, cell.student_seed, state.cell->id);
  }
  return 0;
}

// --- add, verify

Json ToJson(const std::vector<MovedResult>& all) {
  Json list = Json::array();
  for (const auto& moved : all) list.push_back(ToJson(moved, SourcesNow()));
  return list;
}

void Tell(const std::vector<MovedResult>& all) {
  for (const auto& moved : all) {
    fmt::print(stderr, "moved: {}: {}\n", moved.id, moved.how);
    for (const auto& [label, hash] : moved.changed)
      fmt::print(stderr, "  {} has other code now\n", label);
  }
}

// "; 5 pictures added for 1 set", "; 1 set of pictures removed"; "" if none was touched.
std::string PicturesText(const AddedPictures& added) {
  const auto sets = [](size_t count) {
    return fmt::format("{} set{}", count, count == 1 ? "" : "s");
  };
  std::string text;
  if (!added.sets.empty()) {
    text += fmt::format("; {} picture{} added for {}", added.pictures,
                        added.pictures == 1 ? "" : "s", sets(added.sets.size()));
  }
  if (!added.removed.empty())
    text += fmt::format("; {} of pictures removed", sets(added.removed.size()));
  return text;
}

int Add(const ResultsFlags& flags) {
  const auto loaded = PlanOf(flags);
  Store store(loaded.store_folder);
  auto fresh = flags.claimed.empty()
                   ? ResultsInStore(ScoringOf(loaded, flags.ignore_gate), store, flags.by)
                   : ResultsClaimed(loaded.plan, flags.claimed, flags.by);
  const auto found = fresh.size();
  const auto pictures =
      flags.claimed.empty() ? PicturesInStore(loaded.plan, store) : PicturesOfResult();
  const auto added = AddResults(loaded, std::move(fresh), flags.results, SourcesNow(), pictures);
  if (flags.json) {
    fmt::print("{}\n", Json{{"matrix", loaded.matrix.name},
                            {"added", added.ids},
                            {"again", added.again},
                            {"moved", ToJson(added.moved)},
                            {"left_out", added.left_out},
                            {"pictures",
                             {{"added", added.pictures.pictures},
                              {"sets", added.pictures.sets},
                              {"removed", added.pictures.removed}}}}
                           .dump(2));
  }
  for (const auto& why : added.left_out) spdlog::warn("left out: {}", Printable(why));
  Tell(added.moved);
  fmt::print(
      stderr, "{}: {} results found, {} of them new in {}{}{}\n", loaded.matrix.name, found,
      added.ids.size(), flags.results.string(),
      added.again.empty() ? "" : fmt::format("; {} older ones count again", added.again.size()),
      PicturesText(added.pictures));
  return added.moved.empty() ? 0 : kMoved;
}

// What was compared with nothing must not look like what agrees.
void RequireCompared(const LoadedPlan& loaded, const Recomputed& found) {
  if (!found.same.empty() || !found.moved.empty()) return;
  const auto& name = loaded.matrix.name;
  const auto store = loaded.store_folder.string();
  if (found.passed_over > 0) {
    throw MakeError(
        "{}: nothing was compared: what {} has of it is the very run that was committed", name,
        store);
  }
  if (found.absent > 0) {
    throw MakeError("{}: nothing was compared: {} committed, none of them computed in {}", name,
                    found.absent, store);
  }
  throw MakeError("{}: nothing was compared: no committed result is of today's keys", name);
}

int Verify(const ResultsFlags& flags) {
  if (flags.by.empty() && !flags.dry_run)
    throw MakeError("results verify: --by NAME says who vouches, or --dry-run");
  ExistingStore(flags.matrix.store);
  const auto loaded = PlanOf(flags);
  Store store(loaded.store_folder);
  const auto fresh = ResultsInStore(ScoringOf(loaded, flags.ignore_gate), store, flags.by);
  const auto level = flags.elsewhere ? Verified::kElsewhere : Verified::kRerun;
  const auto found =
      CompareResults(loaded, fresh, flags.results, level, !flags.dry_run, SourcesNow());
  RequireCompared(loaded, found);
  if (flags.json) {
    fmt::print("{}\n", Json{{"matrix", loaded.matrix.name},
                            {"same", found.same},
                            {"promoted", found.promoted},
                            {"confirmed", found.confirmed},
                            {"moved", ToJson(found.moved)}}
                           .dump(2));
  }
  Tell(found.moved);
  fmt::print(stderr, "{}: {} the same, {} moved, {} promoted{}{}\n", loaded.matrix.name,
             found.same.size(), found.moved.size(), found.promoted.size(),
             found.confirmed.empty()
                 ? ""
                 : fmt::format("; {} stand for the code of today, too", found.confirmed.size()),
             found.absent == 0 ? "" : fmt::format("; {} not in the store", found.absent));
  return found.moved.empty() ? 0 : kMoved;
}

int Run(const ResultsFlags& flags) {
  if (flags.action == "list") return List(flags);
  if (flags.action == "stale") return Stale(flags);
  if (flags.action == "sample") return Sample(flags);
  return flags.action == "add" ? Add(flags) : Verify(flags);
}

void AddFlags(Verb& verb, ResultsFlags& flags) {
  verb.Add("action", &flags.action,
           "add: what a store has joins them; list: which there are, and how far each is verified; "
           "stale: cells whose result is missing, of other keys than today's, or failed, longest "
           "waiting first; sample: current cells to compute once more; verify: compares them with "
           "a store "
           "in which they were computed once more, and promotes")
      .Required()
      .OneOf({"add", "list", "stale", "sample", "verify"});
  verb.Add("matrix", &flags.matrix.matrix, "a file, or the name of a shipped matrix")
      .Takes("MATRIX")
      .Offers(ShippedMatrices());
  AddSelectionFlags(verb, flags.matrix);
  AddDeviceOfRun(verb, flags.device);
  verb.Add("--results", &flags.results, "folder of results").Takes("DIR").ShowsDefault();
  verb.Add("--claimed", &flags.claimed,
           "add: score files that somebody sent, in place of what a store has")
      .Takes("DIR");
  verb.Add("--by", &flags.by, "add, verify: who vouches for it").Takes("NAME");
  verb.Add("--elsewhere", &flags.elsewhere, "verify: the store is of a machine of others");
  verb.Add("--dry-run", &flags.dry_run, "verify: compare and promote nothing");
  verb.Add("--percent", &flags.percent, "sample: how many of the current cells, rounded up")
      .Between(0, 100)
      .ShowsDefault();
  verb.Add("--seed", &flags.seed, "sample: another draw").NotNegative().ShowsDefault();
  verb.Add("--ignore-gate", &flags.ignore_gate,
           "add, verify: cells whose attack failed the gate as well");
  verb.Add("--json", &flags.json, "print it as JSON on standard output");
}

}  // namespace

void AddResults(Program& program) {
  auto& verb = program.AddVerb("results", "Keep results in the repository, and tell what is stale");
  const auto flags = std::make_shared<ResultsFlags>();
  AddFlags(verb, *flags);
  verb.Footer(
      "Lines of stale: defence, cell, state, time of its result, what has changed. Lines of "
      "sample,\n"
      "which draws one cell for every plugin whose code has changed first: defence, data set,\n"
      "attack, distiller, teacher seed, student seed, cell.\n"
      "Exit code: 3 if a result says something else than the one before it; 2 if verify has\n"
      "nothing to compare, or if the folder would become larger than 25 MiB: nothing is written.\n"
      "Examples:\n"
      "  dfkd results add quick\n"
      "  dfkd results stale quick\n"
      "  dfkd run quick --defenses abd --store again && \\\n"
      "    dfkd results verify quick --defenses abd --store again --by 'A. Maintainer'");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
