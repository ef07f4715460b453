// Room for what the BLAS library works in.
#pragma once

namespace dfkd {

// Where the address space of the process is limited (ulimit -v, batch systems), makes OpenBLAS take
// its buffers for so many threads now; it keeps them. It does not give up when there is no room for
// one, but asks again for ever: so this is asked first. Throws Error (memory) naming the limit.
// Without a limit nothing is done.
void TakeBlasBuffers(int threads);

}  // namespace dfkd
