// Which defences of a matrix file are given clean training images.
#pragma once
#include <set>
#include <string>

#include "bench/matrix/matrix.h"

namespace dfkd {

// Their ids, as the cards of this program say. Strangers may have written the file, with plugins or
// options that this program does not have: of what cannot be asked nothing is known, and it is not
// among them.
std::set<std::string> CleanDefenses(const Matrix& matrix);

}  // namespace dfkd
