// What the processor of this machine can do.
#pragma once

namespace dfkd {

// Whether it computes in bfloat16 (AVX512_BF16 or AMX_BF16) and the system keeps the registers for
// it. Asked of the processor: where it does not, oneDNN emulates bfloat16 and says that it is
// supported, at 1.4 to 4.6 times the cost of float32.
bool ComputesBf16();

}  // namespace dfkd
