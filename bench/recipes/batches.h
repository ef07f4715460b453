// Which images of a transfer set make the batch of a round: a pure function of stream and round, so
// that a resumed run needs no state.
#pragma once
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <string>

#include "bench/core/rng.h"

namespace dfkd {

// Batches of a pass over `images`, at least one. Here, because cards count rounds with it. A rest
// of one image is none: batch normalisation in training cannot have maps of one value.
inline int64_t BatchesPerEpoch(const std::string& order, int64_t batch_size, int64_t images) {
  const int64_t rest = order == "epochs_with_rest" && images % batch_size != 1 ? batch_size - 1 : 0;
  return std::max<int64_t>(1, (images + rest) / batch_size);
}

class Batches {
 public:
  // `order`: "epochs" (a permutation per pass, a short rest dropped), "epochs_with_rest" (the rest
  // kept, if it is not one image), or "replacement" (independent draws). A batch larger than the
  // set is the set.
  Batches(std::string order, int64_t batch_size, int64_t images);

  int64_t per_epoch() const { return per_epoch_; }
  // Row numbers, int64 [n]. `rng` is the same in every round.
  at::Tensor Rows(const Rng& rng, int64_t round, at::Device device);

 private:
  const std::string order_;
  const int64_t batch_size_, images_, per_epoch_;
  // Of the epoch below; only spares making it again in every round.
  at::Tensor permutation_;
  int64_t epoch_ = -1;
};

}  // namespace dfkd
