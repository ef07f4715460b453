// The same work on many items, on all processors.
#pragma once
#include <cstddef>
#include <functional>

namespace dfkd {

// Calls `body` once with each number below `count`, several at a time, and returns when all calls
// have; in which order is nobody's business. If some throw, what one of them threw is thrown here.
void ParallelFor(size_t count, const std::function<void(size_t)>& body);

}  // namespace dfkd
