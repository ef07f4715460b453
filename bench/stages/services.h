// What the programs see of the stage code. No LibTorch.
#pragma once
#include <string>
#include <vector>

#include "bench/core/image.h"
#include "bench/store/stage.h"

namespace dfkd {

// Runs stages in this process, one at a time; keeps the last data sets it decoded in memory. Takes
// a lease, reads inputs from the store, publishes. Throws nothing.
RunStageFunction StageRunner();

// Throws Error listing the known patterns.
void CheckNetworkName(const std::string& name);
// Throws Error listing the known profiles.
void CheckProfileName(const std::string& name);
// Throws Error listing the devices of this machine.
void CheckDeviceName(const std::string& name);
std::vector<std::string> NetworkPatterns();

// A safetensors file as the weights of a network. Throws Error with one line for each tensor that
// does not fit, or holds what no model can.
void CheckModelFile(const std::string& bytes, const std::string& origin, const std::string& network,
                    const ImageSpec& spec);

// For `doctor`: LibTorch version, threads, devices, instruction set, BLAS.
Json DescribeMachine();

}  // namespace dfkd
