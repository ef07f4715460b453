#include "methods/defenses/otbr/transport.h"

#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "bench/core/error.h"

namespace dfkd::otbr {
namespace {

// A mass below this share of the whole is rounding.
constexpr double kNothing = 1e-12;
constexpr double kFar = std::numeric_limits<double>::infinity();

// Nodes are the m rows, then the n columns. From a row to any column at its cost; back where the
// plan is above 0, at minus that.
class Flow {
 public:
  Flow(const at::Tensor& from, const at::Tensor& to, const at::Tensor& cost)
      : rows_(from.numel()),
        columns_(to.numel()),
        cost_(cost.contiguous()),
        plan_(at::zeros({rows_, columns_}, cost_.options())),
        costs_(cost_.data_ptr<double>()),
        flows_(plan_.data_ptr<double>()),
        left_(Values(from)),
        missing_(Values(to)),
        potential_(static_cast<size_t>(rows_ + columns_), 0) {}

  at::Tensor Solve() {
    while (Shortest()) Push();
    return plan_;
  }

 private:
  static std::vector<double> Values(const at::Tensor& tensor) {
    const auto contiguous = tensor.contiguous();
    const auto* first = contiguous.data_ptr<double>();
    return {first, first + contiguous.numel()};
  }
  double& Plan(int64_t i, int64_t j) { return flows_[i * columns_ + j]; }
  double CostOf(int64_t i, int64_t j) const { return costs_[i * columns_ + j]; }
  double& At(std::vector<double>& of, int64_t node) { return of[static_cast<size_t>(node)]; }

  // The price of an edge beside the potentials, at least 0 up to rounding; far where there is none.
  double Price(int64_t a, int64_t b) {
    const bool forward = a < rows_;
    if (forward == (b < rows_)) return kFar;
    if (!forward && Plan(b, a - rows_) <= kNothing) return kFar;
    const double cost = forward ? CostOf(a, b - rows_) : -CostOf(b, a - rows_);
    return std::max(0.0, cost + At(potential_, a) - At(potential_, b));
  }

  // Dijkstra from all rows with mass to the nearest column that misses some. False if there is
  // none.
  bool Shortest() {
    const int64_t nodes = rows_ + columns_;
    distance_.assign(static_cast<size_t>(nodes), kFar);
    before_.assign(static_cast<size_t>(nodes), -1);
    std::vector<bool> done(static_cast<size_t>(nodes), false);
    for (int64_t i = 0; i < rows_; ++i) {
      if (At(left_, i) > kNothing) At(distance_, i) = 0;
    }
    end_ = -1;
    for (;;) {
      int64_t next = -1;
      for (int64_t node = 0; node < nodes; ++node) {
        const bool open = !done[static_cast<size_t>(node)] && At(distance_, node) < kFar;
        if (open && (next < 0 || At(distance_, node) < At(distance_, next))) next = node;
      }
      if (next < 0) return false;
      done[static_cast<size_t>(next)] = true;
      if (next >= rows_ && At(missing_, next - rows_) > kNothing) {
        end_ = next;
        Reprice();
        return true;
      }
      Relax(next, done);
    }
  }

  void Relax(int64_t from, const std::vector<bool>& done) {
    const bool row = from < rows_;
    const int64_t first = row ? rows_ : 0, last = row ? rows_ + columns_ : rows_;
    for (int64_t to = first; to < last; ++to) {
      if (done[static_cast<size_t>(to)]) continue;
      const double distance = At(distance_, from) + Price(from, to);
      if (distance >= At(distance_, to)) continue;
      At(distance_, to) = distance;
      before_[static_cast<size_t>(to)] = from;
    }
  }

  void Reprice() {
    const double most = At(distance_, end_);
    for (int64_t node = 0; node < rows_ + columns_; ++node)
      At(potential_, node) += std::min(At(distance_, node), most);
  }

  // As much as the path to end_ holds.
  void Push() {
    double mass = At(missing_, end_ - rows_);
    int64_t start = end_;
    for (int64_t node = end_; before_[static_cast<size_t>(node)] >= 0; node = start) {
      start = before_[static_cast<size_t>(node)];
      if (node < rows_) mass = std::min(mass, Plan(node, start - rows_));
    }
    mass = std::min(mass, At(left_, start));
    for (int64_t node = end_; node != start;) {
      const int64_t before = before_[static_cast<size_t>(node)];
      if (node < rows_) Plan(node, before - rows_) -= mass;
      if (node >= rows_) Plan(before, node - rows_) += mass;
      node = before;
    }
    At(left_, start) -= mass;
    At(missing_, end_ - rows_) -= mass;
  }

  const int64_t rows_, columns_;
  const at::Tensor cost_, plan_;
  const double* const costs_;
  double* const flows_;
  std::vector<double> left_, missing_, potential_, distance_;
  std::vector<int64_t> before_;  // on the shortest path; -1 for its start
  int64_t end_ = -1;
};

}  // namespace

at::Tensor OptimalTransport(const at::Tensor& from, const at::Tensor& to, const at::Tensor& cost) {
  DFKD_CHECK(cost.size(0) == from.numel() && cost.size(1) == to.numel());
  return Flow(from, to, cost).Solve();
}

}  // namespace dfkd::otbr
