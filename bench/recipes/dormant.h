// What attacks share whose backdoor sleeps in the teacher and wakes in what is distilled from it:
// the gate looks at a student, because the teacher is meant to look clean.
#pragma once
#include "bench/core/options.h"
#include "bench/core/plugin_card.h"

namespace dfkd {

struct DormantOptions {
  int64_t judge_epochs;
  template <class Options>
  static void DeclareDormant(OptionTable<Options>& o) {
    o.Add("judge_epochs", &Options::judge_epochs, {.initial = 100, .lowest = 1},
          "epochs of the distillation on all clean training images whose student says at the gate "
          "whether the attack took");
  }
  // Of the conditions under which such attacks are published: the clean training data. Half of the
  // images is enough; students of other networks fall for fewer than this one.
  AttackGate GateOfStudent() const {
    return {.lowest_asr = 0.50,
            .student_by = PartRef{"clean_kd",
                                  {{"share", 1},
                                   {"epochs", judge_epochs},
                                   {"temperature", 4},
                                   {"alpha", 0.9},
                                   {"nesterov", true},
                                   {"mean_over_classes", false},
                                   {"schedule", "cosine"}}}};
  }
};

}  // namespace dfkd
