// The ZSKT generator: a latent [N,100] to a normalised image [N,C,H,W]; always in train mode.
#pragma once
#include <memory>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"

namespace dfkd {

struct GeneratorSpec {
  int64_t latent = 100;
  int64_t width = 128;  // channels of the first feature map; 128 in the reference
};

class Generator {
 public:
  // Height and width of `spec` must be multiples of 4 (the latent is unfolded to H/4 x W/4 and
  // doubled twice).
  Generator(const GeneratorSpec& generator, const ImageSpec& spec);
  ~Generator();
  void Initialize(const Rng& rng);  // LibTorch's default distributions, from our stream
  void Use(const at::Device& device, Profile profile);
  at::Tensor Images(const at::Tensor& latent, Grad grad);  // grad: kNone or kAll
  std::vector<NamedTensor> Parameters() const;
  int64_t CountParameters() const;
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  std::shared_ptr<class GeneratorNet> net_;
  at::Device device_ = at::kCPU;
  Profile profile_ = Profile::kFp32;
};

}  // namespace dfkd
