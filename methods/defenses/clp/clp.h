// Channel Lipschitzness-based Pruning: a channel that can change its layer's output far more than
// the others is the trigger's. Looks at weights alone. Zheng et al., ECCV 2022,
// https://arxiv.org/abs/2208.03111
#pragma once
#include <map>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"

namespace dfkd::clp {

struct Options {
  double u;
  std::string pairing, where;
  bool guard_nan;
  static void Declare(OptionTable<Options>& o) {
    o.Add("u", &Options::u, {.initial = 3, .lowest = 0, .highest = 100},
          "channels above mean + u standard deviations of their layer are pruned");
    o.Add(
        "pairing", &Options::pairing, {.initial = "graph", .allowed = {"graph", "official"}},
        "whose weights bound a normalised channel: graph: the convolution that it reads, or those "
        "that read it where it reads a sum; official: the last one registered before it");
    o.Add("where", &Options::where, {.initial = "teacher", .allowed = {"teacher", "student"}},
          "the network that is pruned: the teacher before distillation, or the student after it");
    o.Add("guard_nan", &Options::guard_nan, {.initial = true},
          "leave channels with a running variance of 0 out; otherwise one of them protects its "
          "whole layer, as in the reference");
  }
};

// By the name of their layer.
using Weights = std::map<std::string, at::Tensor>;

// float64 [C], on the CPU: upper bounds of the channels' Lipschitz constants (UCLC).
at::Tensor ChannelBounds(const NormLayer& norm, const Weights& weights, const Options& options);
// bool [C]: bounds above mean + u * std (unbiased) of the layer.
at::Tensor Outliers(const at::Tensor& bounds, double u, bool guard_nan);

class Clp final : public Defense {
 public:
  explicit Clp(const Options& options) : options_(options) {}
  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override;
  void RepairStudent(Classifier& student, DefenseContext& context) override;

 private:
  void Prune(Classifier& model, Progress& progress) const;

  const Options options_;
};

DFKD_REGISTER(Clp, DefenseCard<Options>{
                       .name = "clp",
                       .summary = "CLP: channels with an outlying Lipschitz bound are pruned",
                       .paper = "https://arxiv.org/abs/2208.03111",
                       .presets = {{"faithful", {{"pairing", "official"}, {"guard_nan", false}}},
                                   {"fixed", Json::object()}},
                       .sanitizes_teacher = [](const Options& o) { return o.where == "teacher"; },
                       .repairs_student = [](const Options& o) { return o.where == "student"; }});

}  // namespace dfkd::clp
