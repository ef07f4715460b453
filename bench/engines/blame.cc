#include "bench/engines/blame.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/engines/scheduler.h"
#include "bench/store/reasons.h"

namespace dfkd {
namespace {

bool IsMovedAside(Store& store, const std::string& ref) try {
  return store.Discard(ref);
} catch (const Error& e) {  // it cannot even be read: the stage's own failure says so
  spdlog::warn("{}", e.what());
  return false;
}

}  // namespace

bool MoveDamagedAside(Store& store, const std::vector<std::string>& refs,
                      const std::function<void(const std::string& line)>& tell) {
  bool any = false;
  for (const auto& ref : refs) {
    if (!IsMovedAside(store, ref)) continue;
    any = true;
    tell(fmt::format("{} is damaged: moved to {}, computed again where it is needed", ref,
                     (store.root() / "damaged").string()));
  }
  return any;
}

bool WasInMotion(const Store& store, const StageOutcome& failed) {
  const bool of_store = failed.message.find(store.root().string()) != std::string::npos;
  return store::PassesByItself(failed.failure, failed.message) ||
         (of_store && store::SaysGoneOrDamaged(failed.message));
}

size_t DiscardDamaged(const Plan& plan, Store& store) {
  return std::count_if(plan.stages.begin(), plan.stages.end(),
                       [&](const auto& planned) { return store.Discard(planned.stage.ref); });
}

}  // namespace dfkd
