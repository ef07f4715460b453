// What the static-trigger attacks share: options, label rule, choice of the poisoned images.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/core/registry.h"

namespace dfkd {

struct PoisonOptions {
  int64_t target;
  double poison_rate, candidates;
  std::string labels, selection;
  template <class Options>
  static void DeclarePoison(OptionTable<Options>& o) {
    o.Add("target", &Options::target, {.initial = 0, .lowest = 0}, "target label (all_to_one)");
    o.Add("poison_rate", &Options::poison_rate, {.initial = 0.1, .lowest = 0, .highest = 1},
          "share of the full training set that carries the trigger");
    o.Add("candidates", &Options::candidates, {.initial = 1, .lowest = 0, .highest = 1},
          "share of the training set, from its start, among which the poisoned images are chosen");
    o.Add("labels", &Options::labels,
          {.initial = "all_to_one", .allowed = {"all_to_one", "all_to_all"}},
          "all_to_one: the target; all_to_all: true label + 1");
    o.Add("selection", &Options::selection, {.initial = "random", .allowed = {"random", "first_n"}},
          "which images are poisoned: seeded random, or the first in order as in the reference");
  }
  // The reference's choice (abd.md c): the first of the leading 95 %; the rest stays clean.
  static Json Faithful(Json more = Json::object()) {
    more.update({{"selection", "first_n"}, {"candidates", 0.95}});
    return more;
  }
};

// Base of the attacks with a fixed trigger and changed labels (dirty-label). Clean-label ones
// override Poison.
class StaticTrigger : public Attack {
 public:
  explicit StaticTrigger(PoisonOptions options) : poison_(std::move(options)) {}
  // Throws Error if the target label does not exist.
  void Begin(const ImageSpec& spec) override;
  int64_t TargetLabel(int64_t true_label) const override;
  // Poisons floor(rate * N) of the candidates whose label differs from their target. Throws Error
  // if there are fewer.
  Poisoned Poison(const Split& train, const Rng& rng) const override;

 protected:
  const ImageSpec& spec() const { return spec_; }

 private:
  std::vector<int64_t> Choose(const at::Tensor& labels, int64_t count, const Rng& rng) const;

  const PoisonOptions poison_;
  ImageSpec spec_;
};

}  // namespace dfkd
