// Free baseline of pruning defences: channels are pruned at random, as large a share of every
// layer. What a defence that chooses channels must beat.
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::random_prune {

struct Options {
  double rate;
  std::string where;
  static void Declare(OptionTable<Options>& o) {
    o.Add("rate", &Options::rate, {.initial = 0.1, .lowest = 0, .highest = 1},
          "share of the channels of each batch normalisation, rounded, that is pruned");
    o.Add("where", &Options::where, {.initial = "teacher", .allowed = {"teacher", "student"}},
          "the network that is pruned: the teacher before distillation, or the student after it");
  }
};

class RandomPrune final : public Defense {
 public:
  explicit RandomPrune(const Options& options) : options_(options) {}
  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override;
  void RepairStudent(Classifier& student, DefenseContext& context) override;

 private:
  void Prune(Classifier& model, const DefenseContext& context) const;

  const Options options_;
};

DFKD_REGISTER(RandomPrune,
              DefenseCard<Options>{
                  .name = "random_prune",
                  .summary = "free: a share of the channels is pruned at random",
                  .sanitizes_teacher = [](const Options& o) { return o.where == "teacher"; },
                  .repairs_student = [](const Options& o) { return o.where == "student"; }});

}  // namespace dfkd::random_prune
