// Defences that are one procedure on a finished model: on the student after distillation or, if
// their options say so (OfTeacher), on the teacher before it. The same procedure on clean images
// and on images of the distiller is two plugins that differ in one word:
//
//   struct FtSyn final : RepairPart<FineTuneOptions, RepairData::kSynthetic> {
//     explicit FtSyn(const Options& options) : RepairPart(options, FineTune, "ft_syn") {}
//   };
//   DFKD_REGISTER(FtSyn, FtSyn::Card({.name = "ft_syn", .summary = "FT on synthetic images"}));
#pragma once
#include <string>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd {

enum class RepairData {
  // 5 % of the training data, at most 2,500 images, with their labels; the track of clean subsets.
  kClean,
  // Images of the distiller, labelled by the teacher, which may be poisoned.
  kSynthetic
};

template <class RepairOptions, RepairData kData>
class RepairPart : public Defense {
 public:
  using Options = RepairOptions;
  // Changes `model` in place and logs under "<name>/".
  using Procedure = void (*)(Classifier& model, const Split& data, const Options& options,
                             const DefenseContext& context, const std::string& name);

  RepairPart(const Options& options, Procedure procedure, std::string name)
      : options_(options), procedure_(procedure), name_(std::move(name)) {}

  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override {
    if (OfTeacher(options_)) Run(teacher, context);
  }
  void RepairStudent(Classifier& student, DefenseContext& context) override {
    if (!OfTeacher(options_)) Run(student, context);
  }

  // The card completed: which model, which data.
  static DefenseCard<Options> Card(DefenseCard<Options> card) {
    card.sanitizes_teacher = OfTeacher;
    card.repairs_student = [](const Options& options) { return !OfTeacher(options); };
    card.needs_clean_data = [](const Options&) { return kData == RepairData::kClean; };
    card.needs_synthetic_data = [](const Options&) { return kData == RepairData::kSynthetic; };
    return card;
  }

 private:
  static bool OfTeacher(const Options& options) {
    if constexpr (requires { options.OfTeacher(); }) return options.OfTeacher();
    return false;
  }

  void Run(Classifier& model, const DefenseContext& context) const {
    const auto* data = kData == RepairData::kClean ? context.clean_subset : context.synthetic;
    DFKD_CHECK(data != nullptr);
    procedure_(model, *data, options_, context, name_);
  }

  const Options options_;
  const Procedure procedure_;
  const std::string name_;
};

}  // namespace dfkd
