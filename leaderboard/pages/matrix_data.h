// The numbers of a matrix for the application (README.md has the format).
#pragma once
#include <string>
#include <string_view>

#include "leaderboard/pages/boards.h"

namespace dfkd::site {

// So many cells lie in one file of whole scores.
inline constexpr size_t kCellsAFile = 64;

// Paths without ".js": "data/quick", "data/quick.more", "data/quick/0".
std::string CorePath(const Board& board);
std::string MorePath(const Board& board);
std::string CellsPath(const ScoredMatrix& matrix, size_t number);

// What the table of cells, filters and standings need: a row a score, then a row a cell without
// one.
Json CoreData(const Board& board);
// Of scores.csv the columns that are not in CoreData, of the rows with a score; and the names,
// units and meanings of all its columns, those of what this matrix asks included.
Json MoreData(const Board& board);

// data/site.js: what is not of one matrix. `version` and `commit` are of the program.
Json SiteData(const std::vector<Board>& boards, const Json& papers, const std::string& version,
              const std::string& commit);

}  // namespace dfkd::site
