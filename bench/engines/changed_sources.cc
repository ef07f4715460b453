#include "bench/engines/changed_sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/core/parallel.h"
#include "bench/store/inventory.h"
#include "bench/store/stage_sources.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

class Search {
 public:
  explicit Search(const CurrentSources& now) : now_(now) {}

  void Add(const Json& sources, size_t ChangedSource::*count) {
    for (const auto& [plugin, hash] : sources.items()) {
      const auto current = now_.find(plugin);
      if (current == now_.end() || hash == current->second.sha256) continue;
      auto& changed = found_[plugin];
      changed.plugin = plugin, changed.now = current->second;
      ++(changed.*count);
    }
  }
  std::vector<ChangedSource> Found() const {
    std::vector<ChangedSource> all;
    for (const auto& [plugin, changed] : found_) all.push_back(changed);
    return all;
  }

 private:
  const CurrentSources& now_;
  std::map<std::string, ChangedSource> found_;
};

std::string Plural(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Manifests that are read together: what they say of a large plan would fill the memory.
constexpr size_t kAtATime = 4096;

void AddArtifacts(const std::vector<const std::string*>& refs, const Store& store, Search& search) {
  for (size_t first = 0; first < refs.size(); first += kAtATime) {
    std::vector<Json> sources(std::min(kAtATime, refs.size() - first));
    ParallelFor(sources.size(), [&](size_t i) {
      sources[i] = SourcesOfArtifact(store.FolderOf(*refs[first + i]));
    });
    for (const auto& said : sources) search.Add(said, &ChangedSource::stages);
  }
}

void AddCheckpoint(const std::string& key, const Store& store, Search& search) {
  const WorkFolder work(store.root(), key);
  if (const auto checkpoint = work.Checkpoint(kCheckpoint))
    search.Add(SourcesOfCheckpoint(*checkpoint), &ChangedSource::checkpoints);
}

}  // namespace

std::vector<ChangedSource> FindChangedSources(const Plan& plan, const Store& store,
                                              const CurrentSources& now) {
  Search search(now);
  Inventory there(store);
  std::vector<const std::string*> artifacts;
  for (const auto& planned : plan.stages) {
    const auto& stage = planned.stage;
    if (there.Lists(stage.ref)) {
      artifacts.push_back(&stage.ref);
    } else if (there.HasWork(stage.key())) {
      AddCheckpoint(stage.key(), store, search);
    }
  }
  AddArtifacts(artifacts, store, search);
  return search.Found();
}

std::string ToText(const ChangedSource& changed) {
  std::string what = changed.stages > 0 ? Plural(changed.stages, "cached stage") : "";
  if (changed.checkpoints > 0) {
    what += (what.empty() ? "" : " and ") + Plural(changed.checkpoints, "checkpoint");
  }
  return fmt::format(
      "{}: its code has changed, its revision {} has not: {} of the older code will be used. If "
      "results may differ, raise .revision in {} (or use another --store)",
      changed.plugin, changed.now.revision, what, changed.now.folder);
}

}  // namespace dfkd
