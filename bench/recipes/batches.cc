#include "bench/recipes/batches.h"

#include <algorithm>
#include <utility>

#include "bench/core/error.h"
#include "bench/nn/random.h"

namespace dfkd {
Batches::Batches(std::string order, int64_t batch_size, int64_t images)
    : order_(std::move(order)),
      batch_size_(batch_size),
      images_(images),
      per_epoch_(BatchesPerEpoch(order_, batch_size, images)) {
  if (images < 1) throw Error("the transfer set is empty");
  DFKD_CHECK(order_ == "epochs" || order_ == "epochs_with_rest" || order_ == "replacement");
}

at::Tensor Batches::Rows(const Rng& rng, int64_t round, at::Device device) {
  if (order_ == "replacement") {
    return Integers(rng.Fork("rows", round), images_, {batch_size_}, device);
  }
  if (const int64_t epoch = round / per_epoch_; epoch != epoch_) {
    permutation_ = Permutation(rng.Fork("epoch", epoch), images_, device);
    epoch_ = epoch;
  }
  const int64_t first = round % per_epoch_ * batch_size_;
  return permutation_.slice(0, first, std::min(images_, first + batch_size_));
}

}  // namespace dfkd
