// The files that a score names: below the folder of the score, and nowhere else.
#pragma once
#include <filesystem>
#include <string>

#include "bench/scores/score.h"

namespace dfkd {

// Why `name` is no file that may be read for a score in `folder`; "" if it is one. Scores may come
// from strangers, and what they name is published: a path that leads out of the folder, be it
// through a link, would publish a file of the machine.
std::string WhyNoMedia(const std::filesystem::path& folder, const std::string& name);

}  // namespace dfkd
