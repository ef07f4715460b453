#include "bench/nn/resnet.h"

#include "bench/nn/initialize.h"
#include "bench/nn/twice_layers.h"

namespace dfkd {

ResNetBlockImpl::ResNetBlockImpl(int64_t in, int64_t out, int64_t stride) {
  conv1 = register_module("conv1", MakeConvolution(in, out, 3, stride));
  bn1 = register_module("bn1", BatchNorm(out));
  conv2 = register_module("conv2", MakeConvolution(out, out, 3, 1));
  bn2 = register_module("bn2", BatchNorm(out));
  if (in != out || stride != 1) {
    shortcut = register_module("shortcut", MakeConvolution(in, out, 1, stride));
    shortcut_bn = register_module("shortcut_bn", BatchNorm(out));
  }
}

// One statement after the other: the order is that in which watched normalisations appear.
at::Tensor ResNetBlockImpl::forward(const at::Tensor& x) {
  const auto hidden = Relu(bn1(conv1(x)));
  const auto residual = bn2(conv2(hidden));
  const auto skip = shortcut ? shortcut_bn(shortcut(x)) : x;
  return Relu(residual + skip);
}

ResNetImpl::ResNetImpl(const std::array<int64_t, 4>& blocks, const ImageSpec& spec) {
  stem = register_module("stem", MakeConvolution(spec.channels, 64, 3, 1));
  stem_bn = register_module("stem_bn", BatchNorm(64));
  AddSegment("stem", {{"stem", stem}},
             [this](const at::Tensor& x) { return Relu(stem_bn(stem(x))); });
  Wire("stem_bn", "stem", {"group1.0.conv1"});  // the first block's skip is the identity
  AddGroup(1, blocks[0], 64, 64);
  AddGroup(2, blocks[1], 64, 128);
  AddGroup(3, blocks[2], 128, 256);
  AddGroup(4, blocks[3], 256, 512);
  fc = register_module("fc", torch::nn::Linear(512, spec.classes));
  AddHead(GlobalAveragePool, fc);
}

void ResNetImpl::Initialize(const Rng& rng) { InitializeDefault(*this, rng); }

void ResNetImpl::AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out) {
  const auto name = "group" + std::to_string(group);
  auto list = register_module(name, torch::nn::ModuleList());
  for (int64_t i = 0; i < blocks; ++i) {
    ResNetBlock block(i == 0 ? in : out, out, i == 0 && group > 1 ? 2 : 1);
    list->push_back(block);
    const auto start = name + "." + std::to_string(i);
    NamedConvolutions convolutions = {{start + ".conv1", block->conv1},
                                      {start + ".conv2", block->conv2}};
    Wire(start + ".bn1", start + ".conv1", {start + ".conv2"});
    Wire(start + ".bn2", start + ".conv2", {});  // a sum comes next
    if (block->shortcut) {
      convolutions.push_back({start + ".shortcut", block->shortcut});
      Wire(start + ".shortcut_bn", start + ".shortcut", {});
    }
    AddSegment(i + 1 == blocks ? name : start, convolutions,
               [block = block.ptr()](const at::Tensor& x) { return block->forward(x); });
  }
}

}  // namespace dfkd
