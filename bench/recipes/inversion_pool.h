// What methods share that make images between the student's steps and keep them all (CMI, Adaptive
// DeepInversion): the pool, the steps on it, and the best of what a synthesis passes through.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "bench/core/interfaces.h"

namespace dfkd {

// Visits a tensor whose first dimension differs between states: what is there is dropped where
// another number of rows is loaded.
void VisitGrowing(StateVisitor& visitor, const std::string& name, at::Tensor& value);

// All images made so far in one tensor: 56,000 of CIFAR's size are 172 MB.
class InversionPool {
 public:
  int64_t size() const { return size_; }
  // uint8 [size,C,H,W]; undefined if there are none.
  at::Tensor images() const;
  // The last `count` of them, or all.
  at::Tensor Newest(int64_t count) const;
  // Pixels in [0,1], float [N,C,H,W]. Stored as the references' image files hold them: clamped,
  // times 255, truncated.
  void Append(const at::Tensor& pixels);
  void Clear();
  void Visit(StateVisitor& visitor, const std::string& prefix);

 private:
  at::Tensor storage_;  // uint8 [at least size,C,H,W]
  int64_t size_ = 0;
};

// Of everything offered, what came with the lowest cost. Copies; never waits for the device. The
// first offer is always taken; where its cost is not a number, it stays.
class BestOffer {
 public:
  void Offer(const at::Tensor& cost, const std::vector<at::Tensor>& tensors);
  const at::Tensor& cost() const { return cost_; }
  const std::vector<at::Tensor>& tensors() const { return tensors_; }

 private:
  at::Tensor cost_;
  std::vector<at::Tensor> tensors_;
};

struct PoolSteps {
  int64_t steps, batch_size;
  // Pixels of black padding before a random crop of each image; 0: off.
  int64_t crop;
  // Each image mirrored with probability 1/2.
  bool flip;
  KdLoss kd;
};

// `steps` student steps on `images` (uint8 [N,C,H,W]) without replacement: a fresh permutation of
// them in every round and whenever they are used up, the rest of a pass kept as a short batch. A
// function of the context's stream, of the round and of the images.
void DistilOnPool(DistillContext& ctx, const at::Tensor& images, const PoolSteps& options,
                  int64_t round);

}  // namespace dfkd
