// Visits a tensor that must stay where it is (its address, device and layout are known elsewhere).
#pragma once
#include <string>

#include "bench/core/interfaces.h"

namespace dfkd {

// What a visitor puts in place of `value` is copied into it. Throws Error if the shapes differ.
void VisitInPlace(StateVisitor& visitor, const std::string& name, const at::Tensor& value);

}  // namespace dfkd
