#include "methods/defenses/random_prune/random_prune.h"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "bench/nn/classifier.h"
#include "bench/nn/random.h"

namespace dfkd::random_prune {

void RandomPrune::Prune(Classifier& model, const DefenseContext& context) const {
  const at::NoGradGuard no_grad;
  int64_t pruned = 0, channels = 0;
  for (const auto& norm : model.Norms()) {
    const int64_t all = norm.weight.numel();
    const auto count = std::llround(options_.rate * static_cast<double>(all));
    const auto order = Permutation(context.rng.Fork(norm.name), all, norm.weight.device());
    const auto chosen = order.slice(0, 0, count);
    norm.weight.index_fill_(0, chosen, 0);
    norm.bias.index_fill_(0, chosen, 0);
    pruned += count, channels += all;
  }
  context.progress.Scalar("random_prune/pruned", static_cast<double>(pruned), 0);
  context.progress.Scalar("random_prune/channels", static_cast<double>(channels), 0);
}

void RandomPrune::SanitizeTeacher(Classifier& teacher, DefenseContext& context) {
  if (options_.where == "teacher") Prune(teacher, context);
}

void RandomPrune::RepairStudent(Classifier& student, DefenseContext& context) {
  if (options_.where == "student") Prune(student, context);
}

}  // namespace dfkd::random_prune
