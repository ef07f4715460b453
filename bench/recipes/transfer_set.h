// Transfer sets: the images on which a student without training data imitates its teacher. A
// distiller's card names one by a recipe (bench/recipes/transfer_recipe.h); the planner keys it,
// the transfer-set stage makes it.
#pragma once
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"
#include "bench/recipes/transfer_recipe.h"

namespace dfkd {

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
