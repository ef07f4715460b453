// What may be sent to a terminal besides text. Asked of the environment each time: TERM, NO_COLOR.
#pragma once
#include <cstdio>

namespace dfkd {

// Whether lines written there can be drawn anew: it is a terminal, and TERM does not say that it
// only prints ("dumb", or nothing at all).
bool MayRedraw(std::FILE* out);

// Whether text there may be coloured: where lines may be redrawn, unless NO_COLOR is set to
// anything (https://no-color.org).
bool MayColour(std::FILE* out);

}  // namespace dfkd
