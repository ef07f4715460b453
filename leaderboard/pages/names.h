// What the pages call things: paths below the folder of the site, and words for people.
#pragma once
#include <string>

#include "bench/scores/score.h"

namespace dfkd::site {

// Relative to the folder of the site; components are safe file names.
std::string PagePath(const Score& score);         // "cells/<matrix>/<id>.html"
std::string RawPath(const Score& score);          // the same with .json
std::string MediaFolder(const Score& score);      // "media/<matrix>/<id>"
std::string FolderName(const std::string& text);  // safe, never "." or ".."

// In words, for people.
std::string StatusText(Status status);
std::string FlagText(const std::string& flag);
Json FlagList(const Score& score);           // {"flag", "meaning"} for each
std::string WhyMissing(const Score& score);  // the reason of a number that is not there
std::string SeedText(const Cell& cell);      // "0·1": teacher seed, student seed
std::string NetworkText(const Cell& cell);   // "wrn-16-2 → wrn-16-1"
Json CoordinatesData(const Cell& cell);      // the names of a cell, as cell and cells.tpl show them

}  // namespace dfkd::site
