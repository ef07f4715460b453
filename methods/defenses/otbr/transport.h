// Optimal transport between two discrete distributions.
#pragma once
#include <ATen/core/Tensor.h>

namespace dfkd::otbr {

// argmin <plan, cost> over plans [m,n] >= 0 whose rows sum to `from` [m] and whose columns sum to
// `to` [n]; all float64 on the CPU, both distributions with the same sum. Exact up to rounding: the
// cheapest way from what is left to where it is missing, again and again (successive shortest paths
// with potentials, O((m + n)^2) each).
at::Tensor OptimalTransport(const at::Tensor& from, const at::Tensor& to, const at::Tensor& cost);

}  // namespace dfkd::otbr
