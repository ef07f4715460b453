#include "bench/engines/bring.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "bench/store/inventory.h"

namespace dfkd {
namespace {

using BringClock = std::chrono::steady_clock;

constexpr auto kSayEvery = std::chrono::seconds(10);

std::string DescribeFetch(const SourceProgress& progress, BringClock::duration spent) {
  const double seconds = std::chrono::duration<double>(spent).count();
  const double megabytes = static_cast<double>(progress.bytes) / 1e6;
  const double left = static_cast<double>(progress.total - progress.looked_at) * seconds /
                      static_cast<double>(std::max<size_t>(progress.looked_at, 1));
  return fmt::format(
      "fetching: {} of {} stages looked for, {} fetched, {:.1f} MB at {:.1f} MB/s, about {:.0f} s "
      "left",
      progress.looked_at, progress.total, progress.fetched, megabytes, megabytes / seconds, left);
}

}  // namespace

size_t BringMissing(const Plan& plan, const Store& store, ArtifactSource& source,
                    const std::function<bool()>& stop,
                    const std::function<void(const std::string&)>& note) {
  Inventory inventory(store);
  std::vector<std::string> missing;
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    if (!inventory.Has(plan.Ref(id))) missing.push_back(plan.Ref(id));
  }
  if (missing.empty() || stop()) return 0;
  const auto begun = BringClock::now();
  auto said = begun;
  return source.Fetch(missing, [&](const SourceProgress& progress) {
    if (BringClock::now() - said > kSayEvery) {
      said = BringClock::now();
      note(DescribeFetch(progress, said - begun));
    }
    return !stop();
  });
}

void AddOutstanding(const Plan& plan, const std::vector<std::string>& outstanding,
                    const std::vector<bool>& there, std::vector<StageId>& needed) {
  if (outstanding.empty()) return;
  std::set<StageId> all(needed.begin(), needed.end());
  std::vector<StageId> open;
  for (const auto& ref : outstanding) open.push_back(plan.Find(ref));
  while (!open.empty()) {
    const auto id = open.back();
    open.pop_back();
    if (id == kNoStage || there[id] || !all.insert(id).second) continue;
    const auto& planned = plan.At(id);
    open.insert(open.end(), planned.inputs.begin(), planned.inputs.end());
    if (!planned.starts.empty()) open.push_back(planned.starts.front());
  }
  needed.assign(all.begin(), all.end());
}

}  // namespace dfkd
