// Overrides of a matrix: what they may name, and of what.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "bench/matrix/matrix.h"

namespace dfkd {

// What a setting may speak of: kinds of plugins, and ids and plugins of the blocks. Of a list it is
// the parts, as the list itself has no options.
std::set<std::string> SettableNames(const std::vector<Block>& blocks);

// Whether "<name>.<option>" begins with one of `names`.
bool SpeaksOf(const std::string& setting, const std::set<std::string>& names);

// Why the setting would be ignored: it speaks of none of `names`, which are those of `blocks`. ""
// if it speaks of one.
std::string WhySetsNothing(const std::string& setting, const std::set<std::string>& names,
                           const std::vector<Block>& blocks);

// Settings of the file that speak of nothing in `blocks`, nor of a registered defence, which may
// join them, and those of a kind that no entry hears (settings.h).
std::vector<MatrixProblem> CheckSettings(const Matrix& matrix, const std::vector<Block>& blocks);

// Values of `when` that no cell has, or no cell all of; settings that speak of nothing, and
// settings that would make anything but the defence depend on the defence. Defences of the registry
// may join a matrix, so they may be spoken of.
std::vector<MatrixProblem> CheckOverrides(const Matrix& matrix);

}  // namespace dfkd
