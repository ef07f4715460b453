#include "bench/nn/freed_memory.h"

#include <cstdlib>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace dfkd {

#ifdef __GLIBC__
namespace {

constexpr int kLargestOfTheHeap = 1 << 30;  // bytes; what is larger is mapped by itself
constexpr int kKept = (1LL << 31) - 1;      // bytes at the end of the heap

}  // namespace

KeepFreedMemory::KeepFreedMemory() {
  mallopt(M_MMAP_THRESHOLD, kLargestOfTheHeap);
  mallopt(M_TRIM_THRESHOLD, kKept);
}

KeepFreedMemory::~KeepFreedMemory() { malloc_trim(0); }
#else
KeepFreedMemory::KeepFreedMemory() = default;
KeepFreedMemory::~KeepFreedMemory() = default;
#endif

}  // namespace dfkd
