// Options of the two parts of ABD (Hong et al., ICML 2023), https://arxiv.org/abs/2306.02368. They
// stand here because three plugins declare them: shuffling_vaccine, self_retrospection and abd.
#pragma once
#include <algorithm>
#include <cmath>
#include <string>

#include "bench/core/options.h"

namespace dfkd {

struct VaccineOptions {
  int64_t copies, layers;
  double coefficient;
  std::string where, late;
  int64_t late_rounds;
  bool vaccine_gradient, guard_nan;
  int64_t cache_batches, ignored_batches, trials;
  double threshold;

  template <class Add>
  static void Each(Add add);
  static Json Faithful() { return {{"guard_nan", false}}; }
  // See PluginCard::looks_into_teacher: its weights, in another order.
  static bool LooksIntoTeacher() { return true; }
};

struct RetrospectionOptions {
  std::string when;
  int64_t last_rounds;
  double learning_rate;
  int64_t rate_hold;
  int64_t perturbation_steps;
  double perturbation_step_size;
  std::string units, perturbed_model;
  double initial_sigma, norm_penalty;
  bool penalty_in_search;
  int64_t terms;
  double inner_step, portion;
  bool at_least_one_row, detach_outer;
  std::string reduction, batch_norm;
  bool update_statistics;

  template <class Add>
  static void Each(Add add);
  static Json Faithful() {
    return {{"initial_sigma", 0.0}, {"update_statistics", true}, {"at_least_one_row", false}};
  }
  // See PluginCard::looks_into_teacher: the search takes its gradients.
  bool LooksIntoTeacher() const { return perturbed_model == "teacher"; }
};

// The length of ABD's last phase in rounds. The reference resumes by hand from a late checkpoint:
// 0.75 % of CIFAR-10's 80,000 rounds, 2 % of GTSRB's 10,000. Short runs need a larger share: 30 of
// 400 steps is what was measured, hence 7.5 % where nothing is given, and never more than the
// reference's longest phase.
inline int64_t LateRounds(int64_t given, int64_t total) {
  if (given > 0) return std::min(given, total);
  return std::clamp<int64_t>(std::llround(0.075 * static_cast<double>(total)), 1, 601);
}

template <class Add>
void VaccineOptions::Each(Add add) {
  using O = VaccineOptions;
  add("copies", &O::copies, Limits{.initial = 3, .lowest = 1, .highest = 64},
      "shuffled teachers whose logits are averaged (k)");
  add("layers", &O::layers, Limits{.initial = 5, .lowest = -1000, .highest = 1000},
      "convolutions whose input channels are shuffled: the last n; negative: the first |n|");
  add("coefficient", &O::coefficient, Limits{.initial = 0.1, .lowest = 0, .highest = 100},
      "weight of the vaccine; 0 drops suspicious images from the student's loss");
  add("where", &O::where, Limits{.initial = "auto", .allowed = {"auto", "synthesis", "student"}},
      "acts on the synthesis loss or on the student's; auto: on synthesis if there is one");
  add("late", &O::late, Limits{.initial = "keep", .allowed = {"keep", "drop", "off"}},
      "in the last rounds: keep; drop suspicious images instead of un-distilling them; switch off");
  add("late_rounds", &O::late_rounds, Limits{.initial = 0, .lowest = 0},
      "how many last rounds `late` speaks of; 0: those of self_retrospection's last_rounds = 0");
  add("vaccine_gradient", &O::vaccine_gradient, Limits{.initial = true},
      "synthesis: differentiate through the shuffled teachers too (false: no_shuf_grad)");
  add("guard_nan", &O::guard_nan, Limits{.initial = true},
      "selection: divergences are at least 1e-12 before the logarithm");
  add("cache_batches", &O::cache_batches, Limits{.initial = 0, .lowest = 0, .highest = 100000},
      "batches seen before a shuffle is selected (P), the vaccine being off; 0: no selection");
  add("ignored_batches", &O::ignored_batches, Limits{.initial = 11, .lowest = 0},
      "batches at the start that the selection leaves out");
  add("trials", &O::trials, Limits{.initial = 8, .lowest = 1, .highest = 1000},
      "shuffles tried before the vaccine is given up");
  add("threshold", &O::threshold, Limits{.initial = 0.02, .lowest = 0, .highest = 0.1},
      "tail ratio above which a shuffle is accepted");
}

template <class Add>
void RetrospectionOptions::Each(Add add) {
  using O = RetrospectionOptions;
  add("when", &O::when, Limits{.initial = "always", .allowed = {"always", "no_vaccine"}},
      "no_vaccine: not if a shuffling_vaccine beside it found a shuffle (or never looked for one)");
  add("last_rounds", &O::last_rounds, Limits{.initial = 0, .lowest = 0},
      "rounds of the phase, at the end of the run; 0: 7.5 % of all, at least 1, at most 601");
  add("learning_rate", &O::learning_rate, Limits{.initial = 5e-4, .lowest = 0, .highest = 1},
      "of the student's fresh optimizer, cosine to 0");
  add("rate_hold", &O::rate_hold, Limits{.initial = 1, .lowest = 1},
      "rounds between moves of that rate (OOD: the 97 steps of an epoch)");
  add("perturbation_steps", &O::perturbation_steps,
      Limits{.initial = 10, .lowest = 1, .highest = 1000}, "Adam steps of the search (N)");
  add("perturbation_step_size", &O::perturbation_step_size,
      Limits{.initial = 0.1, .lowest = 0, .highest = 10}, "Adam's learning rate in the search");
  add("units", &O::units, Limits{.initial = "normalised", .allowed = {"normalised", "pixels"}},
      "of the step size; pixels: of [0,1], divided by the standard deviation of each channel");
  add("perturbed_model", &O::perturbed_model,
      Limits{.initial = "teacher", .allowed = {"teacher", "student"}},
      "on which the perturbation is searched");
  add("initial_sigma", &O::initial_sigma, Limits{.initial = 1e-3, .lowest = 0, .highest = 1},
      "standard deviation of the perturbation the search starts from; 0 is a stationary point");
  add("norm_penalty", &O::norm_penalty, Limits{.initial = 0.001, .lowest = 0, .highest = 100},
      "weight of the squared norm of the perturbation in the inner objective");
  add("penalty_in_search", &O::penalty_in_search, Limits{.initial = true},
      "the search is penalised as well (ZSKT; not CMI, OOD)");
  add("terms", &O::terms, Limits{.initial = 5, .lowest = 0, .highest = 100},
      "of the Neumann series (K); 0: the direct gradient only");
  add("inner_step", &O::inner_step, Limits{.initial = 0.1, .lowest = 0, .highest = 10},
      "step of the fixed-point map");
  add("portion", &O::portion, Limits{.initial = 0.02, .lowest = 0, .highest = 1},
      "share of the batch that is perturbed in the outer objective");
  add("at_least_one_row", &O::at_least_one_row, Limits{.initial = true},
      "perturb one image even if the portion of a small batch rounds to none");
  add("detach_outer", &O::detach_outer, Limits{.initial = true},
      "the clean answer is a constant in the outer objective (ZSKT; not CMI, OOD)");
  add("reduction", &O::reduction, Limits{.initial = "kd", .allowed = {"kd", "batch"}},
      "of the divergences: the distiller's own, or summed over classes times tau squared");
  add("batch_norm", &O::batch_norm, Limits{.initial = "train", .allowed = {"train", "eval"}},
      "mode of the student in these passes");
  add("update_statistics", &O::update_statistics, Limits{.initial = false},
      "let perturbed passes move the student's running statistics, as the reference does");
}

}  // namespace dfkd
