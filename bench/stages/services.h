// What the programs see of the stage code. No LibTorch.
#pragma once
#include <cstdint>
#include <string>

#include "bench/core/image.h"
#include "bench/store/stage.h"

namespace dfkd {

struct Artifact;

// Two programs link this header's functions: the full one, which has the code of the stages, and
// one without LibTorch, which answers what can be answered without (bench/front). In the latter,
// whatever needs that code starts the same command again in the full program and does not return.

// Called once by main, before anything else here.
void StartServices();

// Returns if stages can run in this program. The first thing that a command does which computes.
void RequireStages();

// Runs stages in this process, one at a time; keeps the last data sets it decoded in memory. Takes
// a lease, reads inputs from the store, publishes. Throws nothing.
RunStageFunction StageRunner();

// Throws Error listing the devices of this machine.
void CheckDeviceName(const std::string& name);

// A safetensors file as the weights of a network. Throws Error with one line for each tensor that
// does not fit, or holds what no model can.
void CheckModelFile(const std::string& bytes, const std::string& origin, const std::string& network,
                    const ImageSpec& spec);

// The class that a model answers most often, and of how many images.
struct MostAnswered {
  int64_t images = 0, most = 0, label = 0;
};
// What a teacher says of images that another stage made: of all, or of 256 evenly spread among
// them, on the CPU.
MostAnswered MostAnsweredBy(const Artifact& teacher, const Artifact& images);

// For `doctor`: LibTorch version, threads, devices, instruction set, BLAS.
Json DescribeMachine();

}  // namespace dfkd
