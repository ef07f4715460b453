// How much memory a runner and its workers take.
#pragma once
#include <cstdint>

namespace dfkd {

// The most resident memory, in bytes, that one process had: this one, a child of it that lives, or
// any below it that has ended and was waited for. A worker counts anew from each stage that it
// begins: ask at the end of one. What the system does not tell is left out.
int64_t PeakBytesOfProcesses();

}  // namespace dfkd
