#include "bench/nn/wide_resnet.h"

#include "bench/nn/twice_layers.h"

namespace dfkd {

BasicBlockImpl::BasicBlockImpl(int64_t in, int64_t out, int64_t stride) {
  bn1 = register_module("bn1", BatchNorm(in));
  conv1 = register_module("conv1", MakeConvolution(in, out, 3, stride));
  bn2 = register_module("bn2", BatchNorm(out));
  conv2 = register_module("conv2", MakeConvolution(out, out, 3, 1));
  if (in != out) {
    shortcut = register_module("shortcut", MakeConvolution(in, out, 1, stride));
  }
}

at::Tensor BasicBlockImpl::forward(const at::Tensor& x) {
  const auto activated = Relu(bn1(x));
  const auto residual = conv2(Relu(bn2(conv1(activated))));
  return (shortcut ? shortcut(activated) : x) + residual;
}

WideResNetImpl::WideResNetImpl(int64_t depth, int64_t width, int64_t stem_stride,
                               const ImageSpec& spec) {
  stem = register_module("stem", MakeConvolution(spec.channels, 16, 3, stem_stride));
  AddSegment("stem", {{"stem", stem}}, [this](const at::Tensor& x) { return stem(x); });
  const int64_t blocks = (depth - 4) / 6;
  AddGroup(1, blocks, 16, 16 * width);
  AddGroup(2, blocks, 16 * width, 32 * width);
  AddGroup(3, blocks, 32 * width, 64 * width);
  bn = register_module("bn", BatchNorm(64 * width));
  fc = register_module("fc", torch::nn::Linear(64 * width, spec.classes));
  AddHead([this](const at::Tensor& x) { return GlobalAveragePool(Relu(bn(x))); }, fc);
  Wire("bn", "", {"fc"});
}

void WideResNetImpl::AddGroup(int64_t group, int64_t blocks, int64_t in, int64_t out) {
  const auto name = "group" + std::to_string(group);
  auto list = register_module(name, torch::nn::ModuleList());
  for (int64_t i = 0; i < blocks; ++i) {
    BasicBlock block(i == 0 ? in : out, out, i == 0 && group > 1 ? 2 : 1);
    list->push_back(block);
    const auto block_name = name + "." + std::to_string(i);
    NamedConvolutions convolutions = {{block_name + ".conv1", block->conv1},
                                      {block_name + ".conv2", block->conv2}};
    std::vector<std::string> readers = {block_name + ".conv1"};
    if (block->shortcut) {
      convolutions.push_back({block_name + ".shortcut", block->shortcut});
      readers.push_back(block_name + ".shortcut");
    }
    Wire(block_name + ".bn1", group == 1 && i == 0 ? "stem" : "", readers);
    Wire(block_name + ".bn2", block_name + ".conv1", {block_name + ".conv2"});
    AddSegment(i + 1 == blocks ? name : block_name, convolutions,
               [block = block.ptr()](const at::Tensor& x) { return block->forward(x); });
  }
}

}  // namespace dfkd
