// Artifacts that several scores share by their key and not by their bits: one machine rounds
// otherwise than another, so that each trained a teacher of its own.
#pragma once
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd {

struct TwinArtifacts {
  std::string label;  // of the stage, "teacher fashion_mnist blend vgg-s-16 seed 0"
  // Different bits, and the scores that were computed from one of them.
  size_t artifacts = 0, scores = 0;
};

// By label and key, of the stages whose results others build on: states of a student alone, which
// one cell has, are left out.
std::vector<TwinArtifacts> FindTwins(const std::vector<Score>& scores);

// A sentence for people; "" if there are none.
std::string ToText(const std::vector<TwinArtifacts>& twins);

}  // namespace dfkd
