// A mask in [0,1] on each channel of every batch normalisation of a model, for the defences that
// learn which channels to prune (anp, rnp). A masked channel's scale is multiplied by its mask; its
// shift stays.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "bench/core/rng.h"
#include "bench/nn/classifier.h"

namespace dfkd {

// Relative changes of scale and shift, a tensor [C] for each normalisation.
struct NormNoise {
  std::vector<at::Tensor> scale, shift;
};

class NormMasks {
 public:
  // All masks are 1. `model` must outlive them; its scales and shifts are theirs to write.
  explicit NormMasks(Classifier& model);

  // Uniform in [-reach, reach].
  NormNoise Draw(double reach, const Rng& rng) const;
  // The model's scales become scale (mask + noise), its shifts shift (1 + noise).
  void Write(const NormNoise& noise);
  // Without noise.
  void Write();
  // d(loss)/d(mask), in the order of `masks`, which is d(loss)/d(scale noise), too. `loss` is of
  // the model as it was written last; its graph is freed.
  std::vector<at::Tensor> Gradients(const at::Tensor& loss) const;
  NormNoise NoiseGradients(const at::Tensor& loss) const;
  // To [0,1].
  void Clamp();

  // Names are those of the normalisations. For an optimizer.
  const std::vector<NamedTensor>& masks() const { return masks_; }

 private:
  std::vector<NormLayer> norms_;
  std::vector<at::Tensor> scales_, shifts_;  // as they were
  std::vector<NamedTensor> masks_;
};

// Sets the scale of each channel of `model` to 0 whose mask is not above `threshold`; `masks` are
// of a model with the same layers. Logs "<name>/pruned" and "<name>/channels".
void PruneByMasks(Classifier& model, const std::vector<NamedTensor>& masks, double threshold,
                  Progress& progress, const std::string& name);

}  // namespace dfkd
