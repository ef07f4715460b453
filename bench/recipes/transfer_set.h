// Transfer sets: the images on which a student without training data imitates its teacher. A
// distiller's card names one by calling a function below; the planner keys it, the transfer-set
// stage makes it.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"

namespace dfkd {

// {"recipe", "revision", "needs_teacher", "needs_train", "options"}: all that the planner must
// know.

// Procedural images (quick_profile 2e).
struct BankRecipe {
  std::string kind = "solids_mix";  // solids, solids_mix
  int64_t count = 8000;
  // Resampled with weight 1 / max(count of the teacher's class, 20).
  bool balance = true;
  Json ToJson() const;
};

// Patches of one picture (abd.md e3).
struct PatchRecipe {
  // File given by the user; "" = a procedural picture.
  std::string picture;
  // That the file must have; "" = any.
  std::string sha256;
  int64_t count = 50000;
  bool balance = false;
  Json ToJson() const;
};

// A share of the clean training set; moves the entry to the clean_subset track.
struct CleanSubsetRecipe {
  double share = 0.2;
  Json ToJson() const;
};

struct TransferSetContext {
  // Null unless the recipe needs_teacher.
  const Classifier* teacher;
  // The clean training set, null unless the recipe needs_train.
  const Split* train;
  ImageSpec spec;
  Rng rng;
  at::Device device;
  Progress& progress;
};

// uint8 [N,C,H,W] on the CPU; labels only where the images are real. Throws Error listing the known
// recipes.
Split MakeTransferSet(const Json& recipe, TransferSetContext& context);

}  // namespace dfkd
