#include "bench/nn/freed_memory.h"

#include <ATen/Functions.h>

#include <cstdlib>
#include <exception>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace dfkd {
namespace {

#ifdef __GLIBC__
constexpr int kLargestOfTheHeap = 1 << 30;       // bytes; what is larger is mapped by itself
constexpr int kKeptOfTheHeap = (1LL << 31) - 1;  // bytes at its end

void KeepHeap() {
  mallopt(M_MMAP_THRESHOLD, kLargestOfTheHeap);
  mallopt(M_TRIM_THRESHOLD, kKeptOfTheHeap);
}
void GiveBackHeap() { malloc_trim(0); }
#else
void KeepHeap() {}
void GiveBackHeap() {}
#endif

// An allocator that was told to grow its segments would take all that there is before it fails.
bool GrowsSegments() {
  for (const char* name : {"PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF"}) {
    const char* set = std::getenv(name);
    std::string settings = set ? set : "";
    std::erase(settings, ' ');
    if (settings.find("expandable_segments:True") != settings.npos) return true;
  }
  return false;
}

// LibTorch's allocator gives back everything that is free before it says that a GPU has no room.
// What does that and no more is declared in headers of CUDA, and in each release otherwise.
void GiveBackMemoryOf(const c10::Device& device) {
  constexpr int64_t kMoreThanAnyHas = int64_t{1} << 45;  // bytes
  if (!device.is_cuda() || GrowsSegments()) return;
  try {
    at::empty({kMoreThanAnyHas}, at::TensorOptions(at::kByte).device(device));
  } catch (const std::exception&) {  // no room; or the GPU is broken, which the stage has met, too
  }
}

}  // namespace

KeepFreedMemory::KeepFreedMemory(const c10::Device& device) : device_(device) { KeepHeap(); }

KeepFreedMemory::~KeepFreedMemory() {
  GiveBackMemoryOf(device_);
  GiveBackHeap();
}

}  // namespace dfkd
