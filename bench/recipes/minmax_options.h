// The options of DFAD, DAFL and DFQ: one vector of weights and settings, of which each method has
// its own defaults. All of them may be set for each, so that the effect of a single term can be
// measured.
#pragma once
#include <string>
#include <vector>

#include "bench/core/options.h"
#include "bench/core/plugin_card.h"

namespace dfkd {

struct MinMaxOptions {
  int64_t rounds = 1, batch_size = 256, generator_steps = 1, student_steps = 1;
  std::string order = "generator_first", distance = "kl";
  double temperature = 1;

  double adversarial_weight = 0, norm_weight = 0, first_norm_weight = 1, one_hot_weight = 0;
  double entropy_weight = 0, activation_weight = 0, balance_weight = 0;
  std::string norm_form = "distance", student_mode = "eval";

  std::string generator = "datafree_large", generator_mode = "batch";
  int64_t latent = 256, generator_width = 128;
  double norm_epsilon = 1e-5, generator_lr = 1e-3, generator_beta1 = 0.5;

  std::string student_optimizer = "sgd", schedule = "cosine";
  double student_lr = 0.1, momentum = 0.9, weight_decay = 1e-4, first_drop = 0.4, second_drop = 0.8;
  bool nesterov = false, generator_follows = true;
};

namespace minmax_detail {

template <class Options>
void DeclareLoop(OptionTable<Options>& o, const MinMaxOptions& method) {
  using M = MinMaxOptions;
  o.Add("rounds", &M::rounds, {.initial = method.rounds, .lowest = 1},
        "turns of generator_steps generator steps and student_steps student steps");
  o.Add("batch_size", &M::batch_size, {.initial = method.batch_size, .lowest = 2},
        "images of a step, made for it alone");
  o.Add("generator_steps", &M::generator_steps,
        {.initial = method.generator_steps, .lowest = 1, .highest = 1000},
        "generator steps of a round");
  o.Add("student_steps", &M::student_steps,
        {.initial = method.student_steps, .lowest = 1, .highest = 1000},
        "student steps of a round");
  o.Add("order", &M::order,
        {.initial = method.order, .allowed = {"generator_first", "student_first", "simultaneous"}},
        "who begins a round; simultaneous: one step each, on the same images");
  o.Add("distance", &M::distance, {.initial = method.distance, .allowed = {"kl", "l1", "js"}},
        "what the student lowers and adversarial_weight raises: KL summed over classes, mean "
        "absolute difference of the logits, or Jensen-Shannon");
  o.Add("temperature", &M::temperature,
        {.initial = method.temperature, .lowest = 0.01, .highest = 100},
        "softmax temperature of kl (times its square) and js; l1 has none");
}

template <class Options>
void DeclareLoss(OptionTable<Options>& o, const MinMaxOptions& method) {
  using M = MinMaxOptions;
  o.Add("adversarial_weight", &M::adversarial_weight,
        {.initial = method.adversarial_weight, .lowest = 0},
        "generator: weight of minus the distance between teacher and student");
  o.Add("norm_weight", &M::norm_weight, {.initial = method.norm_weight, .lowest = 0},
        "generator: weight of the distance to the teacher's running statistics");
  o.Add("norm_form", &M::norm_form,
        {.initial = method.norm_form, .allowed = {"distance", "divergence"}},
        "of that distance: norms of differences (DeepInversion), or KL of Gaussians (DFQ)");
  o.Add("first_norm_weight", &M::first_norm_weight,
        {.initial = method.first_norm_weight, .lowest = 0},
        "factor on the first layer's share of it, in the form distance");
  o.Add("one_hot_weight", &M::one_hot_weight, {.initial = method.one_hot_weight, .lowest = 0},
        "generator: weight of the cross entropy against the teacher's own decision");
  o.Add("entropy_weight", &M::entropy_weight, {.initial = method.entropy_weight, .lowest = 0},
        "generator: weight of the mean entropy of the teacher's answers, which is lowered");
  o.Add("activation_weight", &M::activation_weight,
        {.initial = method.activation_weight, .lowest = 0},
        "generator: weight of the teacher's mean absolute pooled activation, which is raised");
  o.Add("balance_weight", &M::balance_weight, {.initial = method.balance_weight, .lowest = 0},
        "generator: weight of the entropy of a batch's mean answer, which is raised; natural "
        "logarithm");
  o.Add("student_mode", &M::student_mode,
        {.initial = method.student_mode, .allowed = {"eval", "train"}},
        "of the student in the generator's steps; train moves its running statistics");
}

template <class Options>
void DeclareGenerator(OptionTable<Options>& o, const MinMaxOptions& method) {
  using M = MinMaxOptions;
  o.Add("generator", &M::generator,
        {.initial = method.generator, .allowed = {"zskt", "dafl", "datafree", "datafree_large"}},
        "the generator network");
  o.Add("latent", &M::latent, {.initial = method.latent, .lowest = 1}, "latent dimensions");
  o.Add("generator_width", &M::generator_width, {.initial = method.generator_width, .lowest = 2},
        "channels of the generator's feature maps, even");
  o.Add("norm_epsilon", &M::norm_epsilon,
        {.initial = method.norm_epsilon, .lowest = 1e-12, .highest = 10},
        "epsilon of the generator's two hidden batch normalisations; 0.8 in DAFL's code");
  o.Add("generator_mode", &M::generator_mode,
        {.initial = method.generator_mode, .allowed = {"batch", "running"}},
        "statistics of the generator's batch normalisations when it makes images for the student");
  o.Add("generator_lr", &M::generator_lr, {.initial = method.generator_lr, .lowest = 0},
        "learning rate of the generator's Adam");
  o.Add("generator_beta1", &M::generator_beta1,
        {.initial = method.generator_beta1, .lowest = 0, .highest = 0.999},
        "beta1 of the generator's Adam");
}

template <class Options>
void DeclareStudent(OptionTable<Options>& o, const MinMaxOptions& method) {
  using M = MinMaxOptions;
  o.Add("student_optimizer", &M::student_optimizer,
        {.initial = method.student_optimizer, .allowed = {"sgd", "adam"}}, "of the student");
  o.Add("student_lr", &M::student_lr, {.initial = method.student_lr, .lowest = 0},
        "learning rate of the student");
  o.Add("momentum", &M::momentum, {.initial = method.momentum, .lowest = 0, .highest = 1},
        "momentum of SGD");
  o.Add("nesterov", &M::nesterov, {.initial = method.nesterov}, "Nesterov's form of it");
  o.Add("weight_decay", &M::weight_decay, {.initial = method.weight_decay, .lowest = 0},
        "L2 penalty of the student");
  o.Add("schedule", &M::schedule,
        {.initial = method.schedule, .allowed = {"cosine", "drops", "constant"}},
        "learning rates over the rounds: cosine to 0, or a tenth after first_drop and again "
        "after second_drop");
  o.Add("generator_follows", &M::generator_follows, {.initial = method.generator_follows},
        "the generator's rate follows the schedule as well; otherwise it is constant");
  o.Add("first_drop", &M::first_drop, {.initial = method.first_drop, .lowest = 0, .highest = 1},
        "share of the rounds before the first drop");
  o.Add("second_drop", &M::second_drop, {.initial = method.second_drop, .lowest = 0, .highest = 1},
        "share of the rounds before the second drop");
}

}  // namespace minmax_detail

// Declares every option with its value in `method` as the default.
template <class Options>
void DeclareMinMax(OptionTable<Options>& o, const MinMaxOptions& method) {
  minmax_detail::DeclareLoop(o, method);
  minmax_detail::DeclareLoss(o, method);
  minmax_detail::DeclareGenerator(o, method);
  minmax_detail::DeclareStudent(o, method);
}

inline DistillerTraits MinMaxTraits(const MinMaxOptions& options) {
  return {.rounds = options.rounds,
          .track = Track::kSynthesized,
          .trains_generator = true,
          .samples = true};
}

// See DistillerCard::idle_options. Not the temperature where the distance is l1: defences are told
// of it (TransferBatch::kd).
inline std::vector<std::string> MinMaxIdle(const MinMaxOptions& o) {
  std::vector<std::string> idle;
  if (o.norm_weight == 0) idle.push_back("norm_form");
  if (o.norm_weight == 0 || o.norm_form != "distance") idle.push_back("first_norm_weight");
  if (o.adversarial_weight == 0) idle.push_back("student_mode");
  if (o.student_optimizer != "sgd") idle.insert(idle.end(), {"momentum", "nesterov"});
  if (o.schedule != "drops") idle.insert(idle.end(), {"first_drop", "second_drop"});
  if (o.schedule == "constant") idle.push_back("generator_follows");
  return idle;
}

}  // namespace dfkd
