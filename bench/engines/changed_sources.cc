#include "bench/engines/changed_sources.h"

#include <fmt/format.h>

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

}  // namespace

std::vector<ChangedSource> FindChangedSources(const Plan& plan, const Store& store,
                                              const CurrentSources& now) {
  Search search(now);
  Inventory there(store);
  for (const auto& planned : plan.stages) {
    if (there.Has(planned.stage.ref)) {
      search.Add(SourcesOfArtifact(store.FolderOf(planned.stage.ref)), &ChangedSource::stages);
      continue;
    }
    if (!there.HasWork(planned.stage.key())) continue;
    const WorkFolder work(store.root(), planned.stage.key());
    if (const auto checkpoint = work.Checkpoint(kCheckpoint)) {
      search.Add(SourcesOfCheckpoint(*checkpoint), &ChangedSource::checkpoints);
    }
  }
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
