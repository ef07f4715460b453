// I-BAU: the student, or the teacher, unlearns whatever perturbation hurts it most, on 5 % of the
// clean training data. Zeng et al., ICLR 2022, https://arxiv.org/abs/2110.03735
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/option_block.h"
#include "bench/recipes/unlearning.h"

namespace dfkd::i_bau {

struct Options : UnlearningOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<UnlearningOptions>(o); }
};

class IBau final : public Defense {
 public:
  explicit IBau(const Options& options) : options_(options) {}

  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override {
    if (options_.OfTeacher()) Unlearn(teacher, *context.clean_subset, options_, context, "i_bau");
  }
  void RepairStudent(Classifier& student, DefenseContext& context) override {
    if (!options_.OfTeacher()) Unlearn(student, *context.clean_subset, options_, context, "i_bau");
  }

 private:
  const Options options_;
};

DFKD_REGISTER(IBau, DefenseCard<Options>{
                        .name = "i_bau",
                        .summary = "I-BAU: unlearns the worst perturbation, on clean data",
                        .paper = "https://arxiv.org/abs/2110.03735",
                        .revision = 2,
                        .sanitizes_teacher = [](const Options& o) { return o.OfTeacher(); },
                        .repairs_student = [](const Options& o) { return !o.OfTeacher(); },
                        .needs_clean_data = [](const Options&) { return true; }});

}  // namespace dfkd::i_bau
