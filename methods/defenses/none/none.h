// Control: no defence. Every hook keeps its default, which does nothing.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::none {

// Not called None: the attack of that name stands in the same namespace.
class NoDefense final : public Defense {
 public:
  explicit NoDefense(const NoOptions&) {}
};

DFKD_REGISTER(NoDefense,
              DefenseCard<NoOptions>{.name = "none",
                                     .summary = "control: the student is distilled as it is",
                                     .control = true});

}  // namespace dfkd::none
