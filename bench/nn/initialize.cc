#include "bench/nn/initialize.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cmath>
#include <mutex>
#include <string>

#include "bench/nn/device.h"
#include "bench/nn/network.h"
#include "bench/nn/random.h"

namespace dfkd {
namespace {

at::Tensor GlobalState() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  return generator.get_state();
}

std::string Joined(const std::string& prefix, const char* name) {
  return prefix.empty() ? name : prefix + "." + name;
}

int64_t FanIn(const at::Tensor& weight) { return weight.numel() / weight.size(0); }

// Without waiting for a GPU: a generator is drawn anew in every round of some methods.
void CopyDrawn(const at::Tensor& parameter, const at::Tensor& drawn) {
  parameter.copy_(Upload(drawn, parameter.device()));
}

void FillNormal(const at::Tensor& parameter, double stddev, const Rng& rng) {
  const auto precision = parameter.scalar_type();
  CopyDrawn(parameter, Normal(rng, parameter.sizes(), at::kCPU, precision) * stddev);
}

void FillUniform(const at::Tensor& parameter, double bound, const Rng& rng) {
  const auto unit = Uniform(rng, parameter.sizes()).to(parameter.scalar_type());
  CopyDrawn(parameter, unit * (2 * bound) - bound);
}

// LibTorch's default for both kinds of layer.
template <class Layer>
void FillDefault(Layer& layer, const std::string& name, const Rng& rng) {
  const double bound = 1 / std::sqrt(FanIn(layer.weight));
  FillUniform(layer.weight, bound, rng.Fork(Joined(name, "weight")));
  if (layer.bias.defined()) {
    FillUniform(layer.bias, bound, rng.Fork(Joined(name, "bias")));
  }
}

void FillZero(const at::Tensor& bias) {
  if (bias.defined()) bias.zero_();
}

}  // namespace

void InitializeClassifier(torch::nn::Module& module, const Rng& rng) {
  const c10::NoGradGuard no_grad;
  for (const auto& item : module.named_modules()) {
    const auto stream = rng.Fork(Joined(item.key(), "weight"));
    if (auto* convolution = item.value()->as<ConvolutionLayer>()) {
      const auto& weight = convolution->weight;  // [out, in, kh, kw]
      const double fan_out = weight.size(0) * weight.size(2) * weight.size(3);
      FillNormal(weight, std::sqrt(2 / fan_out), stream);
      if (convolution->bias.defined()) {
        convolution->bias.zero_();
      }
    } else if (auto* norm = item.value()->as<BatchNorm>()) {
      norm->reset_parameters();
    } else if (auto* linear = item.value()->as<torch::nn::Linear>()) {
      FillUniform(linear->weight, 1 / std::sqrt(FanIn(linear->weight)), stream);
      linear->bias.zero_();
    }
  }
}

void InitializeDefault(torch::nn::Module& module, const Rng& rng) {
  const c10::NoGradGuard no_grad;
  for (const auto& item : module.named_modules()) {
    if (auto* convolution = item.value()->as<torch::nn::Conv2d>()) {
      FillDefault(*convolution, item.key(), rng);
    } else if (auto* of_network = item.value()->as<ConvolutionLayer>()) {
      FillDefault(*of_network, item.key(), rng);
    } else if (auto* linear = item.value()->as<torch::nn::Linear>()) {
      FillDefault(*linear, item.key(), rng);
    } else if (auto* norm = item.value()->as<torch::nn::BatchNorm2d>()) {
      norm->reset_parameters();
    } else if (auto* watched = item.value()->as<BatchNorm>()) {
      watched->reset_parameters();
    }
  }
}

void InitializeAsDcgan(torch::nn::Module& module, const Rng& rng) {
  constexpr double kDeviation = 0.02;
  const c10::NoGradGuard no_grad;
  for (const auto& item : module.named_modules()) {
    const auto stream = rng.Fork(Joined(item.key(), "weight"));
    if (auto* convolution = item.value()->as<torch::nn::Conv2d>()) {
      FillNormal(convolution->weight, kDeviation, stream);
      FillZero(convolution->bias);
    } else if (auto* linear = item.value()->as<torch::nn::Linear>()) {
      FillNormal(linear->weight, kDeviation, stream);
      FillZero(linear->bias);
    } else if (auto* norm = item.value()->as<torch::nn::BatchNorm2d>();
               norm != nullptr && norm->weight.defined()) {
      FillNormal(norm->weight, kDeviation, stream);
      norm->weight.add_(1);
      FillZero(norm->bias);
    }
  }
}

KeepGlobalGenerator::KeepGlobalGenerator() : state_(GlobalState()) {}

KeepGlobalGenerator::~KeepGlobalGenerator() {
  auto generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(state_);
}

}  // namespace dfkd
