// Free baseline: the student stops learning before the distiller is done. Triggers are often
// learned later than classes.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/count_of.h"

namespace dfkd::early_stop {

struct Options {
  double share;
  static void Declare(OptionTable<Options>& o) {
    o.Add("share", &Options::share, {.initial = 0.5, .lowest = 0, .highest = 1},
          "share of the rounds after which the student stays as it is");
  }
};

// From the first round after the share, at least one; none where all are kept.
inline Rounds Stopped(const Options& options, const DistillerTraits& d) {
  const int64_t kept = CountOfAtLeast(options.share, d.rounds);
  return {kept < 1 ? 1 : kept, d.rounds};
}

// The rest of the distillation runs at a learning rate of 0.
class EarlyStop final : public Defense {
 public:
  explicit EarlyStop(const Options& options) : options_(options) {}
  void Begin(DefenseContext& context) override {
    first_ = Stopped(options_, context.distiller).first;
  }
  std::optional<StudentPhase> LatePhase() const override {
    return StudentPhase{.first_round = first_, .lr = 0, .clip = true};
  }

 private:
  const Options options_;
  int64_t first_ = 0;
};

DFKD_REGISTER(EarlyStop, DefenseCard<Options>{.name = "early_stop",
                                              .summary = "free: the student stops learning early",
                                              .active = Stopped});

}  // namespace dfkd::early_stop
