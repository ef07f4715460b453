// A matrix under another preset or other settings than its own. Its results must not be taken for
// the matrix's: a preset becomes an ending of the matrix's name and of the id of every distiller,
// settings one of the name.
#pragma once
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/matrix/matrix.h"

namespace dfkd {

// The file's JSON with that preset; as it is if `preset` is empty or the matrix's own. What is no
// matrix is left to ParseMatrix to complain about.
Json UsePreset(Json matrix, const std::string& preset);

// The matrix with these settings above its own, in its name and in its source too; as it is if they
// change nothing.
void UseSettings(const Json& settings, Matrix& matrix);

// What somebody means who names distillers of a matrix by the ids in its file.
std::vector<std::string> WithPreset(std::vector<std::string> ids, const Matrix& matrix);

}  // namespace dfkd
