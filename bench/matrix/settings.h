// Settings of a matrix file that speak of all entries of a kind: "distiller.lr". Of a run they
// were meant for what was selected, so they are for those entries that have the option.
#pragma once
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"
#include "bench/matrix/matrix.h"

namespace dfkd {

// Whether it speaks of all plugins of this one's kind, and of an option that this one does not
// have.
bool IsForOthers(const std::string& setting, const PluginCard& card);

// Why no entry of the blocks, and no defence that may join them, hears a setting that speaks of all
// of a kind: none has the option. "" if one has, and for other settings.
std::string WhyNoneHears(const std::string& setting, const std::vector<Block>& blocks);

}  // namespace dfkd
