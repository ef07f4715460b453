#include "bench/nn/visit.h"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <fmt/ranges.h>

#include "bench/core/error.h"

namespace dfkd {

void VisitInPlace(StateVisitor& visitor, const std::string& name, const at::Tensor& value) {
  const c10::NoGradGuard no_grad;
  const auto ours = value.detach();  // a visitor that writes through the handle is right, too
  auto seen = ours;
  visitor.Tensor(name, seen);
  if (seen.is_same(ours)) {
    return;
  }
  if (!seen.defined() || seen.sizes() != ours.sizes()) {
    throw MakeError("tensor '{}' has shape [{}], expected [{}]", name,
                    seen.defined() ? fmt::format("{}", fmt::join(seen.sizes(), ", ")) : "undefined",
                    fmt::join(ours.sizes(), ", "));
  }
  ours.copy_(seen);
}

}  // namespace dfkd
