// The length of what distils on given images, one student step a round: in epochs, or in steps.
#pragma once
#include <string>
#include <vector>

#include "bench/core/options.h"

namespace dfkd {

struct EpochOptions {
  int64_t epochs, rounds;
  template <class Options>
  static void DeclareEpochs(OptionTable<Options>& o, int64_t epochs, const char* passes) {
    o.Add("epochs", &Options::epochs, {.initial = epochs, .lowest = 1}, passes);
    o.Add("rounds", &Options::rounds, {.initial = 0, .lowest = 0},
          "student steps, one a round; 0: those of `epochs`");
  }
  int64_t Rounds(int64_t steps_per_epoch) const {
    return rounds > 0 ? rounds : epochs * steps_per_epoch;
  }
  // See DistillerCard::idle_options.
  std::vector<std::string> IdleEpochs() const {
    return rounds > 0 ? std::vector<std::string>{"epochs"} : std::vector<std::string>{};
  }
};

}  // namespace dfkd
