#include "bench/nn/blas_memory.h"

#include <ATen/Functions.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "bench/core/error.h"

namespace dfkd {
namespace {

constexpr size_t kBlasBuffer = size_t{128} << 20;  // of one thread, OpenBLAS on x86-64

bool FitsIntoAddressSpace(size_t bytes) {
  void* probe = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return false;
  ::munmap(probe, bytes);
  return true;
}

}  // namespace

void TakeBlasBuffers(int threads) {
  static int taken = 0;
  rlimit limit{};
  if (taken >= threads || ::getrlimit(RLIMIT_AS, &limit) != 0) return;
  if (limit.rlim_cur == RLIM_INFINITY) return;
  const auto needed = kBlasBuffer * static_cast<size_t>(threads + 1);  // one for LibTorch itself
  if (!FitsIntoAddressSpace(needed)) {
    throw MakeError(FailureClass::kMemory,
                    "out of memory: of the address space of {} MB (ulimit -v) the {} MB that BLAS "
                    "needs are not left",
                    limit.rlim_cur >> 20, needed >> 20);
  }
  const auto square = at::ones({256, 256});
  at::mm(square, square);
  taken = threads;
}

}  // namespace dfkd
