// What becomes of memory that tensors give back.
#pragma once
#include <c10/core/Device.h>

namespace dfkd {

// While alive, glibc keeps what is freed instead of handing it to the system, which would give it
// back page by page: the activations of a training step are made and freed anew in every step, and
// fetching them again costs a seventh of a step of WRN-16-1. At the end everything free goes back.
// The next one sees the same limits; elsewhere than with glibc nothing is done. What is freed of a
// GPU LibTorch keeps by itself, and for this process alone: it goes back at the end, so that a
// worker that waits leaves it to others.
class KeepFreedMemory {
 public:
  explicit KeepFreedMemory(const c10::Device& device = c10::kCPU);
  ~KeepFreedMemory();
  KeepFreedMemory(const KeepFreedMemory&) = delete;

 private:
  const c10::Device device_;
};

}  // namespace dfkd
