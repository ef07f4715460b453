// FT: fine-tuning of the student, or of the teacher, on 5 % of the clean training data. The
// baseline of backdoor defences; settings of BackdoorBench (Wu et al., NeurIPS 2022),
// https://arxiv.org/abs/2206.12654
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/finetune.h"
#include "bench/recipes/option_block.h"

namespace dfkd::ft {

struct Options : FineTuneOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<FineTuneOptions>(o); }
};

class Ft final : public Defense {
 public:
  explicit Ft(const Options& options) : options_(options) {}

  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override {
    if (options_.OfTeacher()) FineTune(teacher, *context.clean_subset, options_, context, "ft");
  }
  void RepairStudent(Classifier& student, DefenseContext& context) override {
    if (!options_.OfTeacher()) FineTune(student, *context.clean_subset, options_, context, "ft");
  }

 private:
  const Options options_;
};

DFKD_REGISTER(Ft, DefenseCard<Options>{
                      .name = "ft",
                      .summary = "FT: fine-tuning on 5 % of the clean training data",
                      .paper = "https://arxiv.org/abs/2206.12654",
                      .sanitizes_teacher = [](const Options& o) { return o.OfTeacher(); },
                      .repairs_student = [](const Options& o) { return !o.OfTeacher(); },
                      .needs_clean_data = [](const Options&) { return true; }});

}  // namespace dfkd::ft
