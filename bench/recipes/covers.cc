#include "bench/recipes/covers.h"

#include <ATen/Functions.h>

#include <algorithm>

#include "bench/core/error.h"

namespace dfkd {

std::vector<int64_t> ChooseCovers(const Poisoned& poisoned, const at::Tensor& labels, int64_t count,
                                  const Rng& rng, const std::function<bool(int64_t label)>& may) {
  const auto on_host = labels.to(at::kCPU, at::kLong).contiguous();
  std::vector<int64_t> free;
  for (int64_t row = 0; row < on_host.size(0); ++row) {
    const bool taken = std::binary_search(poisoned.indices.begin(), poisoned.indices.end(), row);
    if (!taken && may(on_host.data_ptr<int64_t>()[row])) free.push_back(row);
  }
  const auto eligible = static_cast<int64_t>(free.size());
  if (count > eligible)
    throw MakeError("cover_rate asks for {} images, but only {} may be covers", count, eligible);
  const auto order = Rng(rng).Permutation(eligible);
  std::vector<int64_t> chosen;
  for (int64_t i = 0; i < count; ++i) chosen.push_back(free[order[i]]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void PutImages(Poisoned& poisoned, const std::vector<int64_t>& rows, const at::Tensor& images) {
  if (rows.empty()) return;
  auto& into = poisoned.data.images;
  into.index_copy_(0, at::tensor(rows, at::kLong).to(into.device()), images);
}

}  // namespace dfkd
