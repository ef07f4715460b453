#include "bench/nn/mobilenet.h"

#include <c10/core/GradMode.h>

#include "bench/nn/random.h"
#include "bench/nn/twice_layers.h"

namespace dfkd {
namespace {

constexpr int64_t kStem = 16, kLast = 1280;

struct MobileGroup {
  int64_t channels, blocks, stride;
};
constexpr MobileGroup kMobileGroups[] = {{8, 1, 1},  {12, 2, 1}, {16, 3, 2}, {32, 4, 2},
                                         {48, 3, 1}, {80, 3, 2}, {160, 1, 1}};

ConvolutionLayer MakeDepthwise(int64_t channels, int64_t stride) {
  return MakeConvolution(channels, channels, 3, stride, /*bias=*/false, /*groups=*/channels);
}

}  // namespace

InvertedResidualImpl::InvertedResidualImpl(int64_t in, int64_t out, int64_t stride,
                                           int64_t expansion)
    : adds_input_(in == out && stride == 1) {
  const int64_t wide = expansion * in;
  conv1 = register_module("conv1", MakeConvolution(in, wide, 1, 1));
  bn1 = register_module("bn1", BatchNorm(wide));
  conv2 = register_module("conv2", MakeDepthwise(wide, stride));
  bn2 = register_module("bn2", BatchNorm(wide));
  conv3 = register_module("conv3", MakeConvolution(wide, out, 1, 1));
  bn3 = register_module("bn3", BatchNorm(out));
}

at::Tensor InvertedResidualImpl::forward(const at::Tensor& x) {
  const auto widened = Relu(bn1(conv1(x)));
  const auto filtered = Relu(bn2(conv2(widened)));
  const auto narrowed = bn3(conv3(filtered));
  return adds_input_ ? x + narrowed : narrowed;
}

MobileNetImpl::MobileNetImpl(const ImageSpec& spec) {
  stem = register_module("stem", MakeConvolution(spec.channels, kStem, 3, 2));
  stem_bn = register_module("stem_bn", BatchNorm(kStem));
  AddSegment("stem", {{"stem", stem}},
             [this](const at::Tensor& x) { return Relu(stem_bn(stem(x))); });
  Wire("stem_bn", "stem", {"group1.0.conv1"});
  int64_t in = kStem, number = 0;
  for (const auto& [channels, blocks, stride] : kMobileGroups) {
    AddGroup(++number, blocks, in, channels, stride);
    in = channels;
  }
  last = register_module("last", MakeConvolution(in, kLast, 1, 1));
  last_bn = register_module("last_bn", BatchNorm(kLast));
  AddSegment("last", {{"last", last}},
             [this](const at::Tensor& x) { return Relu(last_bn(last(x))); });
  Wire("last_bn", "last", {"fc"});
  fc = register_module("fc", torch::nn::Linear(kLast, spec.classes));
  AddHead(GlobalAveragePool, fc);
}

void MobileNetImpl::Initialize(const Rng& rng) {
  Network::Initialize(rng);
  const c10::NoGradGuard no_grad;
  fc->weight.copy_(Normal(rng.Fork("fc.weight"), fc->weight.sizes()) * 0.01);
}

void MobileNetImpl::AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out,
                             int64_t stride) {
  const auto name = "group" + std::to_string(group);
  auto list = register_module(name, torch::nn::ModuleList());
  for (int64_t i = 0; i < blocks; ++i) {
    InvertedResidual block(i == 0 ? in : out, out, i == 0 ? stride : 1, group == 1 ? 1 : 6);
    list->push_back(block);
    const auto start = name + "." + std::to_string(i);
    const NamedConvolutions convolutions = {{start + ".conv1", block->conv1},
                                            {start + ".conv2", block->conv2},
                                            {start + ".conv3", block->conv3}};
    Wire(start + ".bn1", start + ".conv1", {start + ".conv2"});
    Wire(start + ".bn2", start + ".conv2", {start + ".conv3"});
    Wire(start + ".bn3", start + ".conv3", {});  // without a ReLU, or a sum comes next
    AddSegment(i + 1 == blocks ? name : start, convolutions,
               [block = block.ptr()](const at::Tensor& x) { return block->forward(x); });
  }
}

}  // namespace dfkd
