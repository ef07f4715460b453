// A matrix under another preset than its own. Its results must not be taken for the matrix's: the
// name of the matrix and the id of every distiller get the preset's name as an ending.
#pragma once
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/matrix/matrix.h"

namespace dfkd {

// The file's JSON with that preset; as it is if `preset` is empty or the matrix's own. What is no
// matrix is left to ParseMatrix to complain about.
Json UsePreset(Json matrix, const std::string& preset);

// What somebody means who names distillers of a matrix by the ids in its file.
std::vector<std::string> WithPreset(std::vector<std::string> ids, const Matrix& matrix);

}  // namespace dfkd
