// What the pages call things: paths below the folder of the site, and words for people.
#pragma once
#include <string>

#include "bench/scores/score.h"

namespace dfkd::site {

// Relative to the folder of the site; components are safe file names: "cells/<matrix>/<id>.html",
// the same with .json, and "media/<matrix>/<id>".
std::string PagePath(const Score& score);
std::string RawPath(const Score& score);
std::string MediaFolder(const Score& score);
// "cells/<matrix>/matrix.json": beside its cells.
std::string MatrixPath(const std::string& matrix);

// In words, for people.
std::string StatusText(Status status);
std::string FlagText(const std::string& flag);
// {"flag", "meaning"} for each.
Json FlagList(const Score& score);
// The reason of a number that is not there.
std::string WhyMissing(const Score& score);
// "0·1": teacher seed, student seed.
std::string SeedText(const Cell& cell);
// "wrn-16-2 → wrn-16-1".
std::string NetworkText(const Cell& cell);
// The names of a cell, as cell and cells.tpl show them.
Json CoordinatesData(const Cell& cell);

}  // namespace dfkd::site
