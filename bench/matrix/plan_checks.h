// What no entry is wrong about by itself, but beside the others of its cell, the images that are
// here or another block: told before anything runs.
#pragma once
#include <string>
#include <vector>

#include "bench/matrix/plan.h"

namespace dfkd {

// Why a distiller would be ranked with others than those who had as much: "" if its traits name the
// track of its images. Who lets the user say what they are has an option `track`.
std::string WrongTrack(const ResolvedEntry& distiller, const DistillerTraits& traits);

// Why the distiller cannot distil between these networks on such images (its card's why_unfit),
// behind its id; "" if it can, as far as is known before.
std::string WhyUnfit(const ResolvedEntry& dataset, const ResolvedEntry& distiller,
                     const NetworkPair& networks, const DataFacts& data);

// The same of the first part of a defence that cannot act between them.
std::string WhyUnfit(const ResolvedEntry& dataset, const std::vector<ResolvedEntry>& parts,
                     const NetworkPair& networks, const DataFacts& data);

// Throws MatrixError if the attack's target is no class of the data set: as its card says, or, of a
// folder of pictures, as those that are here do. What nobody knows is not asked.
void RequireTargetClass(const Matrix& matrix, const ResolvedEntry& dataset,
                        const ResolvedEntry& attack, const DataFacts& data = {});

// Throws MatrixError if the attack, its decoys included, would leave no training image as it is.
// One that keeps labels touches the target class alone.
void RequireCleanImages(const Matrix& matrix, const ResolvedEntry& attack);

// Throws MatrixError if the attack chooses its images beforehand, as one with an option `selection`
// does, and asks for more than there can be: of other classes than its target (of its option
// `source`, if it has one), among its candidates. What is not known of the images is not asked.
void RequireImagesToPoison(const Matrix& matrix, const ResolvedEntry& attack,
                           const std::string& dataset, const DataFacts& data);

// Throws MatrixError if the attack asks for what it cannot have (its card's shortage): covers of
// certain classes or a larger image, say. What is not known of the images is not asked.
void RequireNoShortage(const Matrix& matrix, const ResolvedEntry& dataset,
                       const ResolvedEntry& attack, const DataFacts& data);

// Throws MatrixError if the training images, where their number is known, are too few for a batch
// of the teacher, or for what `block` asks of reactivation.
void RequireEnoughImages(const Matrix& matrix, const Block& block, const std::string& dataset,
                         const DataFacts& data);

// A line for each part of a defence that asks for more last rounds (options last_rounds and
// late_rounds) than a distillation of the plan has: it is given all of them. No mistake by itself,
// where a matrix has distillers of several lengths.
std::vector<std::string> LongerThanRuns(const Plan& plan);

// A cell of two blocks is run once, and would lose what only the second asks. Throws MatrixError if
// their detectors or their reactivation differ.
void RequireSameQuestions(const Matrix& matrix, const Block& first, const Block& second,
                          const std::string& cell);

}  // namespace dfkd
