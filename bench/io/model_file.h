// A model from a stranger: which tensor of a safetensors file is which of a network's. Names and
// shapes only, decided by names alone; values are converted and looked at where tensors are made
// (stages/import_stage.cc). LibTorch-free.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/io/safetensors.h"

namespace dfkd {

// One tensor that a network has. Counters (num_batches_tracked) are integers; a file may leave them
// out or hold them as floating point, and either way they are not read. All others are floating
// point.
struct ModelTensor {
  std::string name;
  std::vector<int64_t> shape;
  bool counter = false;
};

// Our name of each name in a model file. Names that belong to no known convention stay as they are.
// The conventions and how they are recognised: kConventions in model_file.cc, docs/distill.md.
std::map<std::string, std::string> OurNames(const std::vector<std::string>& theirs);

// Our name -> name in the file, for every expected tensor that is read from it. Throws Error with
// their number and one line for each of the first ten that are missing, left over, of another shape
// or of a type that is none of F32, F16, BF16, F64 (counters: also I64, I32), each with what is
// expected; with one line in all where a prefix of all names hides them.
std::map<std::string, std::string> FitModel(const TensorMap& file,
                                            const std::vector<ModelTensor>& expected,
                                            const std::string& origin);

}  // namespace dfkd
