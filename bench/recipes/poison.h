// What the static-trigger attacks share: options, label rule, choice of the poisoned images.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/core/registry.h"
#include "bench/recipes/count_of.h"

namespace dfkd {

struct PoisonOptions {
  int64_t target;
  double poison_rate, candidates;
  std::string labels, selection;
  // Not an option: see CleanLabelOptions.
  bool clean_label = false;
  template <class Options>
  static void DeclarePoison(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label (all_to_one)");
    o.Add("poison_rate", &Options::poison_rate, {.initial = 0.1, .lowest = 0, .highest = 1},
          "share of the full training set that carries the trigger");
    o.Add("labels", &Options::labels,
          {.initial = "all_to_one", .allowed = {"all_to_one", "all_to_all"}},
          "all_to_one: the target; all_to_all: true label + 1, of which the ASR cannot exceed the "
          "accuracy by much: the gate asks for 0.9 of the accuracy");
    DeclareChoice(o);
  }
  // Without `labels`: what is made for one target.
  template <class Options>
  static void DeclareAllToOne(OptionTable<Options>& o, double poison_rate = 0.1) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label");
    o.Add("poison_rate", &Options::poison_rate, {.initial = poison_rate, .lowest = 0, .highest = 1},
          "share of the full training set that carries the trigger and the target label");
    DeclareChoice(o);
  }
  template <class Options>
  static void DeclareChoice(OptionTable<Options>& o) {
    o.Add("candidates", &Options::candidates, {.initial = 1, .lowest = 0, .highest = 1},
          "share of the training set, from its start, among which the poisoned images are chosen");
    o.Add("selection", &Options::selection, {.initial = "random", .allowed = {"random", "first_n"}},
          "which images are poisoned: seeded random, or the first in order as in the reference");
  }
  // The reference's choice (abd.md c): the first of the leading 95 %; the rest stays clean.
  static Json Faithful(Json more = Json::object()) {
    more.update({{"selection", "first_n"}, {"candidates", 0.95}});
    return more;
  }
  // See AttackCard::gate.
  AttackGate GateOfLabels() const {
    if (labels == "all_to_all") return {.lowest_asr = 0.90, .of_accuracy = true};
    return {.lowest_asr = clean_label ? 0.80 : 0.90};
  }
  // See AttackCard::idle_options.
  std::vector<std::string> Idle() const {
    return labels == "all_to_all" ? std::vector<std::string>{"target"} : std::vector<std::string>{};
  }
};

// Clean-label: only images of the target class carry the trigger, and no label changes.
struct CleanLabelOptions : PoisonOptions {
  CleanLabelOptions() { clean_label = true; }
  template <class Options>
  static void DeclareCleanLabel(OptionTable<Options>& o, double poison_rate = 0.1) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0},
          "target label; its images carry the trigger");
    o.Add("poison_rate", &Options::poison_rate, {.initial = poison_rate, .lowest = 0, .highest = 1},
          "share of the full training set that carries the trigger; where the target class has "
          "fewer candidates, all of them do");
    DeclareChoice(o);
  }
};

// Base of the attacks with a fixed trigger. Dirty-label with PoisonOptions, clean-label with
// CleanLabelOptions.
class StaticTrigger : public Attack {
 public:
  explicit StaticTrigger(PoisonOptions options) : poison_(std::move(options)) {}
  // Throws Error if the target label does not exist.
  void Begin(const ImageSpec& spec) override;
  int64_t TargetLabel(int64_t true_label) const override;
  // Poisons floor(rate * N) of the candidates whose label differs from their target; throws Error
  // if there are fewer. Clean-label: of those whose label is the target, all of them if there are
  // fewer; throws Error if there are none.
  Poisoned Poison(const Split& train, const Rng& rng) const override;

 protected:
  const ImageSpec& spec() const { return spec_; }
  // Ascending: what Poison may choose, whatever its stream.
  std::vector<int64_t> Choosable(const Split& train) const;
  // What training sees of the images at `rows` (int64, on their device). For attacks that show it
  // more, or another strength, than the trigger.
  virtual at::Tensor PoisonedImages(const Split& train, const at::Tensor& rows) const;

 private:
  std::vector<int64_t> Eligible(const Split& train) const;
  int64_t Candidates(int64_t images) const;
  int64_t Count(const Split& train, int64_t eligible) const;
  at::Tensor Targets(const at::Tensor& labels) const;

  const PoisonOptions poison_;
  ImageSpec spec_;
};

}  // namespace dfkd
