// What crosses between the host and a device. On a GPU a value that is read, and memory that is
// copied from where the system may move it, waits for all that was launched before; a loop that
// does neither is computed while the host prepares what follows.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace dfkd {

// `host` on `device`, without waiting for what runs there; on the CPU `host` itself.
at::Tensor Upload(const at::Tensor& host, const at::Device& device);

// The values, in one dimension, as `type` on `device`. Each thread makes them once and keeps them:
// nobody may write to the result. Throws Error, and forgets all, if somebody did.
at::Tensor Constant(const std::vector<double>& values, at::ScalarType type,
                    const at::Device& device);

// Whether an operation wrote to a constant of this thread.
bool ConstantsChanged();
// Later callers are given new ones.
void ForgetConstants();

// Whether a look at values of `device` is worth its wait in this step of this round: always on the
// CPU, where none is waited for; elsewhere in the first step of one round in 16, because what
// diverged stays so.
bool MayRead(const at::Device& device, int64_t round, int64_t step = 0);

// While one lives, this thread may read the CPU as seldom as a GPU, so that a machine without one
// can count what a GPU would wait for.
class ReadSeldom {
 public:
  ReadSeldom();
  ~ReadSeldom();
  ReadSeldom(const ReadSeldom&) = delete;
};

}  // namespace dfkd
