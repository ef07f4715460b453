// The parts of a defence inside a running stage.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/stages/stage_run.h"

namespace dfkd {

struct ActivePart {
  // label is unique in the stage: a prefix of its state.
  std::string plugin, label;
  std::unique_ptr<Defense> defense;
  // In which its hooks act.
  Rounds rounds;
  // As its card says.
  bool needs_clean_data = false, needs_synthetic_data = false;
  bool begun = false;

  bool ActsIn(int64_t round) const { return round >= rounds.first && round < rounds.last; }
};

// From a description's "parts", in order. `rounds` is empty where the description gives none.
std::vector<ActivePart> MakeParts(const Json& parts);

// What a part may see: `clean_subset`, which belongs to the caller, only if it needs clean data.
DefenseContext ContextFor(const StageRun& run, const ActivePart& part, const Classifier& teacher,
                          const DistillerTraits& traits, Progress& progress,
                          const Split* clean_subset);

// As many clean training images as the description gives to defences, for the parts that declare
// that they need them: the same ones in every stage of a student seed.
Split CleanSubset(const StageRun& run);
bool NeedsCleanData(const Json& parts);

// The input "transfer_set"; undefined without.
Split TransferSet(const StageRun& run, const at::Device& device);

// At most so many images does a distiller show, and is a defence given.
inline constexpr int64_t kSamples = 2500;

// The input "synthetic": as many of its images, or all if there are fewer, labelled by `teacher`;
// undefined without.
Split SyntheticData(const StageRun& run, const Classifier& teacher);

// The parts that act in the batch's round observe it, in order.
void Observe(std::vector<ActivePart>& parts, const TransferBatch& batch);

// A step of a synthesis: Observe, then the sum of the penalties; a zero if there is none.
at::Tensor SumOfPenalties(std::vector<ActivePart>& parts, TransferBatch batch);

// Traits of the description's distiller.
DistillerTraits TraitsOf(const Json& distiller);

// The teacher's answer to `images`, with the taps that the parts active in `round` want and those
// named in `taps`.
TransferBatch Taught(const Classifier& teacher, const std::vector<ActivePart>& parts,
                     const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                     const std::vector<std::string>& taps = {});

}  // namespace dfkd
