// What a distiller's card says of its transfer set; bench/recipes/transfer_set.h makes it. No
// LibTorch: plans read cards.
#pragma once
#include <cstdint>
#include <string>

#include "bench/core/json.h"

namespace dfkd {

// What the planner must know of a recipe. `revision`: bump it when a recipe's images change.
inline Json TransferRecipe(const char* recipe, int revision, bool needs_teacher, bool needs_train,
                           const Json& options) {
  return {{"recipe", recipe},
          {"revision", revision},
          {"needs_teacher", needs_teacher},
          {"needs_train", needs_train},
          {"options", options}};
}

// Procedural images (quick_profile 2e).
struct BankRecipe {
  std::string kind = "solids_mix";  // solids, solids_mix
  int64_t count = 8000;
  bool balance = true;  // resampled with weight 1 / max(count of the teacher's class, 20)
  Json ToJson() const {
    return TransferRecipe("bank", 1, balance, false,
                          {{"kind", kind}, {"count", count}, {"balance", balance}});
  }
};

// Patches of one picture (abd.md e3).
struct PatchRecipe {
  std::string picture;  // file given by the user; "" = a procedural picture
  std::string sha256;   // that the file must have; "" = any
  int64_t count = 50000;
  bool balance = false;
  Json ToJson() const {
    return TransferRecipe(
        "patches", 2, balance, false,
        {{"picture", picture}, {"sha256", sha256}, {"count", count}, {"balance", balance}});
  }
};

// A user's own images (imported_images.h).
struct ImportedRecipe {
  std::string path;    // safetensors, or a folder of pictures; "" = a small procedural bank
  std::string sha256;  // that it must have; "" = any
  Json ToJson() const {
    return TransferRecipe("imported", 1, false, false, {{"path", path}, {"sha256", sha256}});
  }
};

// A share of the clean training set; moves the entry to the clean_subset track.
struct CleanSubsetRecipe {
  double share = 0.2;
  Json ToJson() const { return TransferRecipe("clean_subset", 1, false, true, {{"share", share}}); }
};

}  // namespace dfkd
