// How the numbers of defences moved, for templates. Internal to this folder.
#pragma once
#include <string>

#include "leaderboard/pages/boards.h"

namespace dfkd::site {

// For history.tpl: every group of a matrix.
Json HistoryData(const Board& board);

// For moments.tpl: one group. `id`: unique in the page, for what is drawn. `entry`: the defence
// that is told of alone; "": all of them.
Json MomentsData(const GroupBoard& group, const std::string& id, const std::string& entry = "");

}  // namespace dfkd::site
