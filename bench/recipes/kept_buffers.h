// The running statistics of a network, put back at the end of the scope: a pass in train mode that
// is made for its gradient alone leaves none behind.
#pragma once
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <vector>

#include "bench/nn/classifier.h"

namespace dfkd {

// Its scope must outlast the backward pass, which compares what it was given with what is there.
class KeptBuffers {
 public:
  explicit KeptBuffers(Classifier& model) {
    for (const auto& buffer : model.Buffers()) {
      buffers_.push_back(buffer.value);
      values_.push_back(buffer.value.clone());
    }
  }
  ~KeptBuffers() {
    const at::NoGradGuard no_grad;
    for (size_t i = 0; i < buffers_.size(); ++i) buffers_[i].copy_(values_[i]);
  }
  KeptBuffers(const KeptBuffers&) = delete;
  KeptBuffers& operator=(const KeptBuffers&) = delete;

 private:
  std::vector<at::Tensor> buffers_, values_;
};

}  // namespace dfkd
