// Adversarial unlearning of backdoors: a finished model is trained to keep its labels under the one
// perturbation that hurts it most, with the gradient accounting for how that perturbation would
// follow the model. I-BAU (Zeng et al., ICLR 2022, https://arxiv.org/abs/2110.03735); for the
// defences i_bau (clean images) and i_bau_syn (synthetic ones).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/options.h"
#include "bench/core/rng.h"
#include "bench/recipes/option_block.h"

namespace dfkd {

struct UnlearningOptions {
  std::string where;
  int64_t rounds, batch_size;
  double lr;
  std::string search;
  int64_t search_steps;
  double search_lr, norm_penalty;
  int64_t terms;
  double inner_step, portion;
  std::string batch_norm;

  template <class Add>
  static void Each(Add add);
  static void Declare(OptionTable<UnlearningOptions>& o) { DeclareBlock<UnlearningOptions>(o); }
  bool OfTeacher() const { return where == "teacher"; }
};

// The model as a function, so that the mathematics can be checked on toys. Batches are normalised.
struct Unlearning {
  // Differentiable twice.
  std::function<at::Tensor(const at::Tensor& images)> model;
  std::vector<at::Tensor> parameters;
  // The batches of a round, [N,C,H,W] and [N].
  std::vector<at::Tensor> images, labels;
};

// The perturbation [1,C,H,W] that moves the model farthest from its own present answers, one batch
// a step: minimises -CE(f(x + d), argmax f(x)) + norm_penalty |d|^2 from d = 0. The labels of the
// data play no part: images that the model gets wrong would otherwise steer the search.
at::Tensor WorstPerturbation(const Unlearning& problem, const UnlearningOptions& options);

// [N,1,1,1]: 1 for int(portion N) images drawn from `rng`, at least for one.
at::Tensor PerturbedRows(const at::Tensor& images, double portion, const Rng& rng);

// Per parameter, for one batch: CE against the labels where `rows` of its images are perturbed, and
// how the perturbation would follow the parameters on the first batch.
std::vector<at::Tensor> UnlearningGradients(const Unlearning& problem, size_t batch,
                                            const at::Tensor& perturbation, const at::Tensor& rows,
                                            const UnlearningOptions& options);

// All rounds on `model`, in place. Logs under "<name>/".
void Unlearn(Classifier& model, const Split& data, const UnlearningOptions& options,
             const DefenseContext& context, const std::string& name);

template <class Add>
void UnlearningOptions::Each(Add add) {
  using O = UnlearningOptions;
  add("where", &O::where, Limits{.initial = "student", .allowed = {"student", "teacher"}},
      "unlearns in the student after distillation, or in the teacher before it");
  add("rounds", &O::rounds, Limits{.initial = 5, .lowest = 1, .highest = 1000},
      "searches, each followed by a pass over the images");
  add("batch_size", &O::batch_size, Limits{.initial = 256, .lowest = 1}, "images of a step");
  add("lr", &O::lr, Limits{.initial = 1e-4, .lowest = 0},
      "learning rate of Adam (the original has 1e-3)");
  add("search", &O::search, Limits{.initial = "sgd", .allowed = {"sgd", "adam"}},
      "optimizer of the perturbation");
  add("search_steps", &O::search_steps, Limits{.initial = 0, .lowest = 0, .highest = 1000},
      "its steps a round, a batch each; 0: one pass over the images");
  add("search_lr", &O::search_lr, Limits{.initial = 10, .lowest = 0},
      "its learning rate, in normalised pixels (adam: 0.1 is usual)");
  add("norm_penalty", &O::norm_penalty, Limits{.initial = 0.001, .lowest = 0, .highest = 100},
      "weight of the squared norm of the perturbation");
  add("terms", &O::terms, Limits{.initial = 5, .lowest = 0, .highest = 100},
      "of the Neumann series (K); 0: the direct gradient only");
  add("inner_step", &O::inner_step, Limits{.initial = 0.1, .lowest = 0, .highest = 10},
      "step of the fixed-point map");
  add("portion", &O::portion, Limits{.initial = 0.01, .lowest = 0, .highest = 1},
      "share of each batch that is perturbed, drawn anew for each step, at least one image");
  add("batch_norm", &O::batch_norm, Limits{.initial = "eval", .allowed = {"train", "eval"}},
      "mode of the model while it unlearns");
}

}  // namespace dfkd
