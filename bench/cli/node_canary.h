// What a node computes of the smallest stage, before a worker there begins.
#pragma once
#include <filesystem>
#include <string>

#include "bench/engines/engine.h"
#include "bench/engines/slurm_canary.h"

namespace dfkd::cli {

struct ToyTeacher {
  StageOutcome outcome;
  CanaryBits bits;  // of one that is done, without the node
};

// A clean teacher of generated shapes, on the first slot of the engine, which must be free; with
// store and data of its own in `folder`, which it makes and leaves. Throws Error (io).
ToyTeacher ComputeToyTeacher(Engine& engine, const std::filesystem::path& folder);

// "", or in one line why no stage is to be computed on this node: that teacher fails, or is another
// than elsewhere (CompareCanary). Where the disk does not let it be computed, which is nobody's
// fault, a warning is logged.
std::string ProblemOfNode(Engine& engine, const std::string& store, const std::string& node);

}  // namespace dfkd::cli
