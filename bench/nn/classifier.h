// A network that maps images to logits, cut into named segments so that a pass can be tapped or
// resumed at any of them. Not shared between threads.
#pragma once
#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/numerics.h"

namespace dfkd {

struct NamedTensor {
  std::string name;
  at::Tensor value;
};

// Segment name -> its output. An empty value on entry means "wanted". Besides the segments every
// network has "features": the pooled activations [N,F] that its linear layer reads.
using Taps = std::map<std::string, at::Tensor>;
// An empty entry for each name.
Taps WantedTaps(const std::vector<std::string>& names);

// What one batch normalisation reads, and the statistics of its training data. Model inversion
// compares them.
struct NormInput {
  at::Tensor input;                      // [N,C,H,W]
  at::Tensor running_mean, running_var;  // [C]
};

// The LibTorch module behind it, bench/nn/network.h.
class Network;

// In the order stem, then per block conv1, conv2 (conv3), shortcut.
struct Convolution {
  std::string name;
  // [out, in, kh, kw], depthwise [out, 1, kh, kw]; shares storage with the network.
  at::Tensor weight;
  // Index of the segment it stands in.
  int64_t segment;
};

// A batch normalisation, and by name the layers around it in the graph. Names are those of
// Parameters() without ".weight". In the order of registration.
struct NormLayer {
  std::string name;
  // [C]; share storage with the network.
  at::Tensor weight, bias, running_mean, running_var;
  // The convolution whose output it reads; empty where it reads a sum.
  std::string input;
  // Convolutions, or the linear layer, that read its relu alone.
  std::vector<std::string> readers;
  // The last convolution registered before it.
  std::string previous;
};

class Classifier {
 public:
  // `name`: one of NetworkPatterns (bench/core/network_name.h), such as wrn-16-2 or vgg-11-bn;
  // docs/networks.md lists their tensors. Throws Error listing what is known. Weights are
  // uninitialised: call Initialize or Visit. Never touches LibTorch's global generator's
  // state.
  Classifier(const std::string& name, const ImageSpec& spec);
  ~Classifier();

  const std::string& name() const { return name_; }
  const ImageSpec& spec() const { return spec_; }
  Profile profile() const { return profile_; }

  // As the network's own paper or code does.
  void Initialize(const Rng& rng);
  // A deep copy: parameters, buffers, device, profile, flags.
  std::unique_ptr<Classifier> Clone() const;
  // The values of parameters and buffers, or of buffers only, of a network of the same name.
  void CopyFrom(const Classifier& other);
  void CopyBuffersFrom(const Classifier& other);
  // Networks are created for the CPU and kFp32.
  void Use(const at::Device& device, Profile profile);
  // As Use, for second derivatives: in the precision SecondOrder(profile), in the memory format in
  // which they are fastest, and in training with TwiceDifferentiableNorm on a CPU. Values and
  // derivatives are those of a network under Use up to rounding. A clone is the same.
  void UseForSecondOrder(const at::Device& device, Profile profile);
  // No parameter requires a gradient from now on; the state of every teacher.
  void Freeze();

  // [N,C,H,W] float32 -> [N,classes] float32, both float64 under Profile::kFp64. `taps`: fills the
  // entries it finds in the map.
  at::Tensor Logits(const at::Tensor& images, Mode mode, Grad grad, Taps* taps = nullptr);
  // Frozen: eval mode; grad is kNone or kInputs.
  at::Tensor Logits(const at::Tensor& images, Grad grad = Grad::kNone, Taps* taps = nullptr) const;
  // From the *input* of segment `first`, i.e. the output of segment first - 1. first = 0: the
  // images.
  at::Tensor LogitsFrom(int64_t first, const at::Tensor& activation, Grad grad) const;
  // Until it is called with null, every pass appends the inputs of its batch normalisations.
  void WatchNorms(std::vector<NormInput>* sink) const;

  // In order; the last gives the logits.
  std::vector<std::string> Segments() const;
  std::vector<Convolution> Convolutions() const;
  std::vector<NormLayer> Norms() const;
  std::vector<NamedTensor> Parameters() const;
  std::vector<NamedTensor> Buffers() const;
  int64_t CountParameters() const;

  void ZeroGrad();
  // Parameters and buffers.
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  void Settle(const at::Device& device, Profile profile);
  at::MemoryFormat Format() const;
  at::Tensor In(const at::Tensor& input) const;
  at::Tensor Forward(const at::Tensor& input, int64_t first, Mode mode, Grad grad,
                     Taps* taps) const;

  const std::string name_;
  const ImageSpec spec_;
  std::shared_ptr<Network> network_;
  at::Device device_ = at::kCPU;
  Profile profile_ = Profile::kFp32;
  bool frozen_ = false, second_order_ = false;
};

// uint8 [N,C,H,W] -> float32, (x / 255 - mean) / stddev, on the device of `images`; and back:
// rounded, clipped.
at::Tensor Normalize(const at::Tensor& images, const ImageSpec& spec);
at::Tensor ToPixels(const at::Tensor& normalized, const ImageSpec& spec);
// One value per channel (ImageSpec::mean, stddev) as [1,C,1,1], of the dtype of `like` and where it
// is.
at::Tensor PerChannel(const std::vector<double>& values, const at::Tensor& like);

}  // namespace dfkd
