// Scores whose numbers do not stand for the code they name: a plugin was changed and its revision
// was not.
#pragma once
#include <string>
#include <vector>

#include "bench/core/plugin_sources.h"
#include "bench/scores/score.h"

namespace dfkd {

struct ChangedScores {
  std::string plugin;  // label, "defense mine"
  int64_t revision = 1;
  // By this revision, as far as they say by which code.
  size_t scores = 0;
  // Different codes among them.
  size_t sources = 0;
  // By other code than `now` has of this revision.
  size_t outdated = 0;
};

// By label and revision. Scores that do not say by which code they were computed are left out; one
// that `now` has confirmed (Score::confirmed) counts as computed by it.
// `now`: what the program that reads them would compute with, as far as it knows the plugins.
std::vector<ChangedScores> FindChangedScores(const std::vector<Score>& scores,
                                             const CurrentSources& now);

// A sentence for people.
std::string ToText(const ChangedScores& changed);

}  // namespace dfkd
