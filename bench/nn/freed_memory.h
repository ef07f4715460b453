// What becomes of memory that tensors give back.
#pragma once

namespace dfkd {

// While alive, glibc keeps what is freed instead of handing it to the system, which would give it
// back page by page: the activations of a training step are made and freed anew in every step, and
// fetching them again costs a seventh of a step of WRN-16-1. At the end everything free goes back.
// The next one sees the same limits; elsewhere than with glibc nothing is done.
class KeepFreedMemory {
 public:
  KeepFreedMemory();
  ~KeepFreedMemory();
  KeepFreedMemory(const KeepFreedMemory&) = delete;
};

}  // namespace dfkd
