// Numeric profiles, and every difference between LibTorch releases that this project meets.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "bench/core/json.h"
#include "bench/core/profile.h"

namespace torch::nn {
class Module;
}

namespace dfkd {

// Of parameters and activations: float64 under kFp64, else float32 (autocast goes below by itself).
at::ScalarType PrecisionOf(Profile profile);
// Whether this process computes in it. No for bf16 on a CPU where oneDNN is held below what the
// processor has (ONEDNN_MAX_CPU_ISA): LibTorch asks the processor and is then let down.
bool Runs(Profile profile, const at::Device& device);
// Parameters and buffers of `module` to where and in what it will compute; counters stay integers,
// and on the host, where counting launches nothing. Throws Error if the profile does not run there.
void Move(torch::nn::Module& module, const at::Device& device, Profile profile);
// In which second derivatives are taken, whatever the profile of the network: fp32, or fp64.
Profile SecondOrder(Profile profile);
// Float32 where `x` has fewer bits, else `x` itself: sums over many values are taken so.
at::Tensor AtLeastFloat(const at::Tensor& x);
// Each of `to` becomes what its counterpart in `from` is; in one launch where the release can and
// all are of one type on one device.
void CopyEach(at::TensorList to, at::TensorList from);
// Each tensor times `factor`, of no dimension, which is not read on the host; in one launch where
// the release can.
void MultiplyAll(at::TensorList tensors, const at::Tensor& factor);

// Process-wide settings of a worker: threads (also of BLAS, see engines), determinism, TF32 of a
// GPU under kTf32 only (second derivatives then included); numbers too small to be normalised are
// computed with, not flushed to 0, in this thread and those that it starts. Throws Error (memory)
// where the address space has no room for BLAS.
void ConfigureNumerics(Profile profile, int threads);
// "cpu", "cuda", "cuda:1"; throws Error if there is none.
at::Device DeviceFrom(const std::string& name);
std::vector<std::string> AvailableDevices();
// What decides whether two results may be compared bit by bit: device, threads, instruction set,
// versions.
Json NumericsFacts(const at::Device& device);

// Whether operators of this thread on a kind of device (kCPU or kCUDA) run under autocast, and
// switching that.
bool AutocastEnabled(at::DeviceType device);
void EnableAutocast(at::DeviceType device, bool enabled);
// In what they then compute.
at::ScalarType AutocastDtype(at::DeviceType device);
void SetAutocastDtype(at::DeviceType device, at::ScalarType dtype);

// How this thread's processor rounds, traps, and treats numbers too small to be normalised, in its
// own bits; 0 where this project cannot read them.
uint32_t FloatControl();
void SetFloatControl(uint32_t control);

// While alive, convolutions and products of this thread run in bfloat16 (autocast) if `profile` is
// bf16.
class AutocastScope {
 public:
  AutocastScope(Profile profile, at::DeviceType device);
  ~AutocastScope();
  AutocastScope(const AutocastScope&) = delete;

 private:
  const bool active_;
  const at::DeviceType device_;
  bool before_ = false;
  at::ScalarType dtype_before_ = at::kBFloat16;
};

}  // namespace dfkd
