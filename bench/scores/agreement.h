// Whether scores are of one experiment. What a mean, a rank or a difference is taken over must
// differ in cells and in nothing else: neither in options, recipes, revisions and presets nor in
// the images.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "bench/scores/score.h"

namespace dfkd {

// What a score says of the experiment that it belongs to: two scores of one matrix that say
// different things under one name are of different experiments.
struct Claim {
  // "the options of distiller 'zskt' on toy, …": what is spoken of, with the matrix.
  std::string name;
  // JSON pointer of the value in the score file.
  std::string path;
  std::string value;
};

// Under any conditions: preset, recipe of the teacher, profile, images, how many are tested and the
// number of their classes, plugin and revision of each entry. Among equal data set, networks and
// distiller also all options (those of an entry that was chosen knowing the attack may depend on
// the attack), how many images an attack triggers, whether the teacher of an attack and a seed
// passed its gate, and the ACC and ASR of a teacher of the same bits; beside such a one, on a
// device of the same kind with as many threads, also the ACC of the clean teacher and, of the same
// seeds, the floor. A claim without a name stands for one that the score does not make.
std::vector<Claim> ClaimsOf(const Score& score);

// Where one floor holds for all defences of a matrix: "the floor of …"; "" where the score does not
// say of which teacher it is, where its cell did not end well, and where the attack has learned
// from the clean teacher, so that the floor hangs on which seeds there are.
std::string FloorPlace(const Score& score);

struct Disagreement {
  // Positions among the scores: who says something else, and whom it contradicts.
  size_t score = 0, other = 0;
  Claim claim;
};

// For each score the first claim in which it contradicts most of the others that make this claim;
// where there are as many of each, it is the later ones that contradict. What is left without
// the scores named here agrees.
std::vector<Disagreement> FindDisagreements(const std::vector<Score>& scores);

// "<claim>: <value> here, <value> in <file>", one line.
std::string ToText(const Disagreement& disagreement, const std::vector<Score>& scores);

}  // namespace dfkd
