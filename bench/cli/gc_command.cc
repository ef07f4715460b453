// dfkd gc: removes from a store what nobody needs.
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "bench/cli/artifact_names.h"
#include "bench/cli/command.h"
#include "bench/cli/count_line.h"
#include "bench/cli/matrix_flags.h"
#include "bench/cli/size.h"
#include "bench/core/terminal.h"
#include "bench/store/waste.h"

namespace dfkd::cli {
namespace {

struct GcFlags {
  std::string store;
  std::vector<std::filesystem::path> keep;
  bool superseded = false, dry_run = false, json = false;
};

// What a score's numbers were read from must be there, or this is another store than one thinks.
// Anything else may have been deleted since: a score names it all the same, and no run that finds
// the evaluation makes it anew.
void KeepNamed(const std::vector<std::filesystem::path>& folders, WasteRules& rules) {
  CountLine line(stderr, MayRedraw(stderr), "files of scores read");
  auto named = StagesNamedIn(folders, [&line](size_t done, size_t all) { line.Show(done, all); });
  rules.keep = std::move(named.read);
  rules.keep_if_there = std::move(named.own);
  rules.keep_if_there.merge(named.references);
  if (!rules.superseded) rules.keep_if_there.merge(named.earlier);
}

// A line for each part of the search that takes long.
class SearchLines {
 public:
  void Show(WasteSearch what, size_t done, size_t all) {
    if (what_ != what) {
      line_.reset();
      line_.emplace(stderr, MayRedraw(stderr), Title(what));
      what_ = what;
    }
    line_->Show(done, all);
  }

 private:
  static const char* Title(WasteSearch what) {
    if (what == WasteSearch::kListing) return "artifacts found";
    return what == WasteSearch::kReading ? "artifacts looked at" : "waste measured";
  }

  std::optional<WasteSearch> what_;
  std::optional<CountLine> line_;
};

std::vector<Waste> Find(const Store& store, const WasteRules& rules) {
  SearchLines lines;
  return FindWaste(store, rules,
                   [&](WasteSearch what, size_t done, size_t all) { lines.Show(what, done, all); });
}

void Print(const std::vector<Waste>& all, bool dry_run) {
  std::map<std::string, std::pair<size_t, uint64_t>> sums;
  for (const auto& waste : all) {
    if (dry_run) fmt::print("{}  {}  {}\n", waste.why, SizeText(waste.bytes), waste.path.string());
    auto& [count, bytes] = sums[waste.why];
    ++count, bytes += waste.bytes;
  }
  for (const auto& [why, sum] : sums) {
    fmt::print(stderr, "{}: {} {} ({})\n", why, sum.first, dry_run ? "would go" : "removed",
               SizeText(sum.second));
  }
  if (all.empty()) fmt::print(stderr, "nothing to remove\n");
}

// What stays after all, because somebody needs it by now, is no longer among them.
void Remove(const Store& store, std::vector<Waste>& all) {
  CountLine line(stderr, MayRedraw(stderr), "removed");
  size_t done = 0;
  std::erase_if(all, [&](const Waste& waste) {
    const bool stays = !RemoveWaste(store, waste);
    line.Show(++done, all.size());
    return stays;
  });
}

void Run(const GcFlags& flags) {
  const Store store(std::filesystem::absolute(ExistingStore(flags.store)).lexically_normal());
  WasteRules rules{.superseded = flags.superseded};
  if (!flags.keep.empty()) KeepNamed(flags.keep, rules);
  auto found = Find(store, rules);
  if (!flags.dry_run) Remove(store, found);
  if (!flags.json) return Print(found, flags.dry_run);
  Json list = Json::array();
  for (const auto& [path, why, bytes] : found)
    list.push_back({{"path", path.string()}, {"why", why}, {"bytes", bytes}});
  fmt::print("{}\n", list.dump(2));
}

}  // namespace

void AddGc(Program& program) {
  auto& verb = program.AddVerb("gc", "Remove from a store what nobody needs");
  const auto flags = std::make_shared<GcFlags>();
  AddStoreFlag(verb, flags->store);
  verb.Add("--keep", &flags->keep,
           "folders of scores, or of results: what they name and were compared with, and what that "
           "was made from, stays; every other artifact goes")
      .Takes("DIR");
  verb.Add("--superseded", &flags->superseded,
           "states in the middle of a distillation that has been continued go, too");
  verb.Add("--dry-run", &flags->dry_run, "say what would go, remove nothing");
  verb.Add("--json", &flags->json, "the list as JSON on standard output");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Without flags: what is half removed or half written, work on stages that are done, and what "
      "was damaged.\nWhat was touched within the last hour stays, as does what running stages "
      "read. Whatever is missed later\nis computed again.\n"
      "Examples:\n"
      "  dfkd gc --dry-run\n"
      "  dfkd gc --superseded\n"
      "  dfkd gc --keep leaderboard/results .dfkd/scores/quick --dry-run");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
