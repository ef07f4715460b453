// I-BAU without data: i_bau on images of the distiller, labelled by the teacher; close kin of
// self_retrospection. Zeng et al., ICLR 2022, https://arxiv.org/abs/2110.03735
#pragma once
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/recipes/option_block.h"
#include "bench/recipes/unlearning.h"

namespace dfkd::i_bau_syn {

struct Options : UnlearningOptions {
  static void Declare(OptionTable<Options>& o) { DeclareBlock<UnlearningOptions>(o); }
};

class IBauSyn final : public Defense {
 public:
  explicit IBauSyn(const Options& options) : options_(options) {}

  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override {
    if (options_.OfTeacher()) Unlearn(teacher, *context.synthetic, options_, context, "i_bau_syn");
  }
  void RepairStudent(Classifier& student, DefenseContext& context) override {
    if (!options_.OfTeacher()) Unlearn(student, *context.synthetic, options_, context, "i_bau_syn");
  }

 private:
  const Options options_;
};

DFKD_REGISTER(IBauSyn, DefenseCard<Options>{
                           .name = "i_bau_syn",
                           .summary = "I-BAU on images of the distiller, labelled by the teacher",
                           .paper = "https://arxiv.org/abs/2110.03735",
                           .revision = 2,
                           .sanitizes_teacher = [](const Options& o) { return o.OfTeacher(); },
                           .repairs_student = [](const Options& o) { return !o.OfTeacher(); },
                           .needs_synthetic_data = [](const Options&) { return true; }});

}  // namespace dfkd::i_bau_syn
