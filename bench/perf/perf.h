// What the benchmarks share: a teacher, a student, a batch. Every claim is a ratio of two
// benchmarks of one run.
#pragma once
#include <ATen/Functions.h>

#include "bench/nn/classifier.h"
#include "bench/nn/random.h"

namespace dfkd::perf {

inline const ImageSpec kSpec{3, 32, 32, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};

inline Classifier Network(const std::string& name, bool frozen) {
  Classifier net(name, kSpec);
  net.Initialize(Rng(1));
  if (frozen) net.Freeze();
  return net;
}

// [N,3,32,32].
inline at::Tensor Images(int64_t n) { return Normal(Rng(2), {n, 3, 32, 32}); }

}  // namespace dfkd::perf
