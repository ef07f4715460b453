// How any plugin is made to run in seconds: what its checks, of every kind, run it with.
#pragma once
#include <string>

#include "bench/core/plugin_card.h"

namespace dfkd {

// Values of the options that cost time (rounds, images, epochs, widths …), for those that the
// plugin has; `more` adds to the values and takes precedence. To be resolved.
Json CheapOptions(const PluginCard& card, const Json& more = Json::object());

}  // namespace dfkd
