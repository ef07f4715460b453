#include "bench/cli/other_threads.h"

#include <fmt/ranges.h>

#include <set>

#include "bench/core/error.h"
#include "bench/store/inventory.h"

namespace dfkd::cli {
namespace {

// 0: nobody knows.
int ThreadsOf(const Store& store, const std::string& ref) try {
  const auto manifest = store.Manifest(ref);
  return manifest ? manifest->at("numerics").value("threads", 0) : 0;
} catch (const Error&) {
  return 0;
} catch (const Json::exception&) {
  return 0;
}

}  // namespace

std::string OtherThreads(const Plan& plan, const Store& store, int threads) {
  Inventory inventory(store);
  const auto has = [&](StageId id) { return inventory.Has(plan.Ref(id)); };
  std::set<StageId> looked_at;
  std::set<int> others;
  size_t count = 0;
  for (const auto id : NeededStages(plan, has)) {
    auto read = plan.At(id).inputs;
    if (!plan.At(id).starts.empty()) read.push_back(plan.At(id).starts.front());
    for (const auto input : read) {
      if (!looked_at.insert(input).second || !has(input)) continue;
      const int with = ThreadsOf(store, plan.Ref(input));
      if (with == 0 || with == threads) continue;
      others.insert(with);
      ++count;
    }
  }
  if (count == 0) return "";
  return fmt::format(
      "--threads {}: {} of the results that this goes on from {} computed with {}; nobody who "
      "starts anew gets these bits. Give that number, or another --store",
      threads, count, count == 1 ? "was" : "were", fmt::join(others, ", "));
}

}  // namespace dfkd::cli
