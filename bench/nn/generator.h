// The generators of the data-free methods: a latent [N,latent] to images [N,C,H,W].
//
//   kind             emits               parameters at 32x32x3
//   zskt             normalised images   1,051,145 (latent 100): last batch normalisation learns
//   dafl             normalised images   8,423,939 (latent 1000): tanh, then a fixed normalisation
//   datafree         pixels in [0,1]     2,328,899 (latent 256): sigmoid
//   datafree_large   pixels in [0,1]     4,581,955 (latent 256): twice the channels at the start
//   (kCoupled)       pixels in [0,1]     makes feature maps of given sizes on the way (CPNet)
//
// Pixels in [0,1] become what a network reads by NormalizeUnit, after views have been taken of
// them. Batch normalisations use the statistics of the batch, unless the spec keeps running ones
// and a pass asks for them by Mode::kEval.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"

namespace dfkd {

enum class GeneratorKind { kZskt, kDafl, kDataFree, kDataFreeLarge, kCoupled };
// Throws Error listing the kinds. kCoupled has no name: it needs a network to be coupled with.
GeneratorKind GeneratorKindFrom(const std::string& name);
// Pixels in [0,1] (true), or images that are normalised already.
inline bool EmitsPixels(GeneratorKind kind) { return kind >= GeneratorKind::kDataFree; }

// The size of a feature map [N,C,H,W].
struct MapSize {
  int64_t channels, height, width;
};

struct GeneratorSpec {
  int64_t latent = 100;
  // Channels of the feature maps before the last but one convolution; 128 in the references
  // (datafree_large starts with twice as many).
  int64_t width = 128;
  GeneratorKind kind = GeneratorKind::kZskt;
  // Of the two hidden batch normalisations; DAFL: 0.8.
  double norm_epsilon = 1e-5;
  // Keep them, for Mode::kEval; part of the state then.
  bool running_statistics = false;
  // kCoupled, at least one: the feature maps to be made, the first from the latent, each from the
  // one before it, the image from the last. `width` is not used.
  std::vector<MapSize> maps = {};
};

class Generator {
 public:
  // Height and width of `spec` must be multiples of 4 (the latent is unfolded to H/4 x W/4 and
  // doubled twice), but for kCoupled.
  Generator(const GeneratorSpec& generator, const ImageSpec& spec);
  ~Generator();
  bool emits_pixels() const { return EmitsPixels(kind_); }
  // LibTorch's default distributions, from our stream.
  void Initialize(const Rng& rng);
  // As DCGAN does, and CMI before every synthesis: weights N(0, 0.02), biases 0, batch
  // normalisations N(1, 0.02) and 0. Running statistics stay.
  void Reset(const Rng& rng);
  void Use(const at::Device& device, Profile profile);
  // [N,C,H,W], float32 or as PrecisionOf(profile); grad: kNone or kAll. kEval needs running
  // statistics. `maps`: of kCoupled, is given the feature maps that the spec asks for.
  at::Tensor Images(const at::Tensor& latent, Grad grad, Mode mode = Mode::kTrain,
                    std::vector<at::Tensor>* maps = nullptr);
  std::vector<NamedTensor> Parameters() const;
  int64_t CountParameters() const;
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  const GeneratorKind kind_;
  const bool running_statistics_;
  std::shared_ptr<class GeneratorNet> net_;
  at::Device device_ = at::kCPU;
  Profile profile_ = Profile::kFp32;
};

// (x - mean) / stddev of pixels in [0,1], of the dtype of `pixels` [N,C,H,W]; differentiable.
at::Tensor NormalizeUnit(const at::Tensor& pixels, const ImageSpec& spec);

}  // namespace dfkd
