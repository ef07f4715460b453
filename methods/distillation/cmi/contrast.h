// The contrastive term of CMI: features of two views of an image must find one another among those
// of all other images, the ones made before included.
#pragma once
#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/classifier.h"
#include "bench/nn/optim.h"

namespace dfkd::cmi {

// [N,d]: spatial means of what the batch normalisations read, side by side. WRN-40-2: d = 2704,
// WRN-16-2: 912, WRN-16-1: 464.
at::Tensor SpatialMeans(const std::vector<NormInput>& norms);
// The d of SpatialMeans.
int64_t CountFeatures(const Classifier& net);

// The features of images made before, rows [local | global], on the device that made them; the
// oldest make room.
class MemoryBank {
 public:
  // `forgets_when_full`: in the reference a bank that is exactly full counts as holding nothing,
  // because the place of its next row, 0, is taken for the number of its rows.
  MemoryBank(int64_t capacity, bool forgets_when_full)
      : capacity_(capacity), forgets_when_full_(forgets_when_full) {}

  bool was_filled() const { return pushed_ > 0; }
  // Rows that may be drawn.
  int64_t size() const;
  // `count` rows without replacement, or all in a random order.
  at::Tensor Draw(const Rng& rng, int64_t count) const;
  // At most `capacity` at once.
  void Push(const at::Tensor& rows);
  void Clear();
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  const int64_t capacity_;
  const bool forgets_when_full_;
  at::Tensor rows_;  // as SpatialMeans [held, 2d]
  // In its life; pushed_ % capacity is the place of the next row.
  int64_t pushed_ = 0;
};

// h: Linear d -> d, ReLU, Linear d -> out, L2-normalised; trained along, by an Adam of its own.
class ContrastHead {
 public:
  ContrastHead(int64_t features, int64_t out, double lr, const at::TensorOptions& options);
  // LibTorch's default; a fresh optimizer.
  void Initialize(const Rng& rng);
  // [N,d] -> [N,out].
  at::Tensor Project(const at::Tensor& features) const;
  std::vector<at::Tensor> Weights() const;
  // In the order of Weights().
  void Step(const std::vector<at::Tensor>& gradients);
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  const double lr_;
  std::vector<NamedTensor> parameters_;
  // Made anew by Initialize.
  std::optional<Optimizer> optimizer_;
};

// Of unit rows u_i, v_i [R,out], the first `current` of this batch and the others from the bank:
// cross entropy of row i of u v^T / temperature against column i. The mean over the first rows plus
// the mean over the others; one mean over all if there never were others. No gradient reaches v.
at::Tensor ContrastiveLoss(const at::Tensor& u, const at::Tensor& v, int64_t current,
                           double temperature, bool bank_was_filled);

}  // namespace dfkd::cmi
