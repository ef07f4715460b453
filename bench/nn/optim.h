// SGD, Adam and RAdam over named parameters. Their state is visited by name, which LibTorch's own
// optimizers (keyed by address, differently in each release) do not offer; the update rules are
// those of torch.optim.
#pragma once
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"

namespace dfkd {

// Factor on the base rate at `position` of `total` (rounds or steps), position in [0, total).
double ScheduleFactor(const Schedule& schedule, int64_t position, int64_t total);

class Optimizer {
 public:
  // `parameters` share storage with the network; their .grad is read by Step.
  Optimizer(std::vector<NamedTensor> parameters, OptimizerSpec spec);

  const OptimizerSpec& spec() const { return spec_; }
  void ZeroGrad();
  // To spec.clip_norm, if that is > 0.
  void ClipGradients();
  // The learning rate is spec.lr * factor.
  void Step(double factor);
  // A whole step down `loss`: takes gradients (0 for a parameter on which the loss does not
  // depend), clips, steps, and leaves none behind.
  void Descend(const at::Tensor& loss, double factor = 1);
  // The same where the gradients were taken elsewhere, one for each parameter, in their order.
  void DescendAlong(const std::vector<at::Tensor>& gradients, double factor = 1);
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  void StepSgd(double lr);
  void StepAdam(double lr);

  std::vector<NamedTensor> parameters_;
  const OptimizerSpec spec_;
  int64_t steps_ = 0;
  // Momentum, or the two moments of Adam.
  std::vector<at::Tensor> first_, second_;
};

}  // namespace dfkd
