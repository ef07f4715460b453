// OTBR: neurons that change most while a copy unlearns random noise are pruned, and the pruned
// network is fused with the backdoored one, neuron by neuron along an optimal transport. Sees no
// data. Lin et al., AAAI 2025, https://arxiv.org/abs/2408.15861
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/core/network_name.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"

namespace dfkd::otbr {

struct Options {
  std::string where;
  int64_t steps, batch_size;
  double lr, momentum, share, pruned_weight;
  static void Declare(OptionTable<Options>& o) {
    o.Add("where", &Options::where, {.initial = "teacher", .allowed = {"teacher", "student"}},
          "the network that is mended: the teacher before distillation, or the student after it");
    o.Add("steps", &Options::steps, {.initial = 20, .lowest = 1, .highest = 100000},
          "steps of unlearning noise (I)");
    o.Add("batch_size", &Options::batch_size, {.initial = 256, .lowest = 1}, "images of a step");
    o.Add("lr", &Options::lr, {.initial = 1e-4, .lowest = 0}, "learning rate of SGD that unlearns");
    o.Add("momentum", &Options::momentum, {.initial = 0.9, .lowest = 0, .highest = 1},
          "its momentum");
    o.Add("share", &Options::share, {.initial = 0.1, .lowest = 0, .highest = 1},
          "of the neurons of all layers that is pruned (gamma)");
    o.Add("pruned_weight", &Options::pruned_weight, {.initial = 0.5, .lowest = 0, .highest = 1},
          "of the pruned network in the fusion (lambda)");
  }
};

// A convolution that takes part, as it was and how much each of its neurons changed while noise was
// unlearned.
struct Layer {
  at::Tensor weight;  // [out,in,kh,kw]
  at::Tensor change;  // float64 [out]
};

// int64 [n] for each layer: those of its neurons that are among the int(share * all) that changed
// most. Of equal ones those of earlier layers.
std::vector<at::Tensor> MostChanged(const std::vector<Layer>& layers, double share);

// The weights of all layers after the fusion; before the first with a pruned neuron they are as
// they were. `pruned` is what MostChanged gives.
std::vector<at::Tensor> Fused(const std::vector<Layer>& layers,
                              const std::vector<at::Tensor>& pruned, double pruned_weight);

class Otbr final : public Defense {
 public:
  explicit Otbr(const Options& options) : options_(options) {}
  void SanitizeTeacher(Classifier& teacher, DefenseContext& context) override;
  void RepairStudent(Classifier& student, DefenseContext& context) override;

 private:
  void Mend(Classifier& model, const DefenseContext& context) const;
  void UnlearnNoise(Classifier& model, const DefenseContext& context) const;

  const Options options_;
};

// See PluginCard::why_unfit: of the network that is mended.
inline std::string WhyUnfit(const Options& options, const std::string& teacher,
                            const std::string& student, const Json&) {
  const auto& name = options.where == "teacher" ? teacher : student;
  if (ParseNetworkName(name).family != NetworkFamily::kMobileNet) return "";
  return name + " has depthwise convolutions, whose neurons it cannot align";
}

DFKD_REGISTER(Otbr, DefenseCard<Options>{
                        .name = "otbr",
                        .summary = "OTBR: what unlearning noise changes is pruned, then fused back",
                        .paper = "https://arxiv.org/abs/2408.15861",
                        .sanitizes_teacher = [](const Options& o) { return o.where == "teacher"; },
                        .repairs_student = [](const Options& o) { return o.where == "student"; },
                        .why_unfit = WhyUnfit});

}  // namespace dfkd::otbr
