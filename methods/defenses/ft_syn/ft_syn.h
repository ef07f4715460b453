// FT without data: ft on images of the distiller, labelled by the teacher. Those labels may be
// poisoned; that is what it measures. Settings of ft (BackdoorBench,
// https://arxiv.org/abs/2206.12654)
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/finetune.h"
#include "bench/recipes/option_block.h"

namespace dfkd::ft_syn {

struct Options : FineTuneOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<FineTuneOptions>(o); }
};

class FtSyn final : public Defense {
 public:
  explicit FtSyn(const Options& options) : options_(options) {}

  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override {
    if (options_.OfTeacher()) FineTune(teacher, *context.synthetic, options_, context, "ft_syn");
  }
  void RepairStudent(Classifier& student, DefenseContext& context) override {
    if (!options_.OfTeacher()) FineTune(student, *context.synthetic, options_, context, "ft_syn");
  }

 private:
  const Options options_;
};

DFKD_REGISTER(FtSyn, DefenseCard<Options>{
                         .name = "ft_syn",
                         .summary = "FT on images of the distiller, labelled by the teacher",
                         .paper = "https://arxiv.org/abs/2206.12654",
                         .sanitizes_teacher = [](const Options& o) { return o.OfTeacher(); },
                         .repairs_student = [](const Options& o) { return !o.OfTeacher(); },
                         .needs_synthetic_data = [](const Options&) { return true; }});

}  // namespace dfkd::ft_syn
