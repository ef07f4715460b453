// The options that methods on LabelInversion share, and what their cards say of them; without
// LibTorch.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bench/core/options.h"
#include "bench/recipes/pool_inversion_options.h"
#include "bench/recipes/side_information.h"

namespace dfkd {

struct LabelInversionOptions : PoolInversionOptions, SideInformation {
  std::string embeddings, embeddings_sha256;
  int64_t latent = 1000, searches = 2, warmup_searches = 10, generator_life = 10;
  double generator_lr = 4e-3;

  // `what` opens the message of the Error where embeddings come undeclared.
  DistillerTraits Traits(const std::string& what) const {
    if (!embeddings.empty()) RequireDeclared(what + ": embeddings = \"" + embeddings + "\"");
    return PoolInversionTraits(*this);
  }
  std::vector<std::string> Idle() const {
    if (!embeddings.empty()) return {};
    return {"embeddings_sha256"};
  }
};

template <class Options>
void DeclareLabelInversion(OptionTable<Options>& o, const PoolInversionOptions& method) {
  using M = LabelInversionOptions;
  const M initial;
  DeclarePoolInversion(o, method);
  o.Add("embeddings", &M::embeddings, {.initial = "", .sha256 = "embeddings_sha256"},
        "safetensors file with a tensor \"embeddings\", F32 [classes, width], of the labels' "
        "names; empty = random vectors, which know nothing of them");
  o.Add("embeddings_sha256", &M::embeddings_sha256, {.initial = ""},
        "checksum that `embeddings` must have; empty = that of the file when a run is planned");
  M::DeclareSideInformation(o);
  o.Add("latent", &M::latent, {.initial = initial.latent, .lowest = 1},
        "dimensions of what the noisy layer gives to the generator");
  o.Add("searches", &M::searches, {.initial = initial.searches, .lowest = 1, .highest = 1000},
        "searches of a synthesis, each with new noisy layers");
  o.Add("warmup_searches", &M::warmup_searches,
        {.initial = initial.warmup_searches, .lowest = 1, .highest = 1000},
        "searches of one of the warm-up");
  o.Add("generator_life", &M::generator_life, {.initial = initial.generator_life, .lowest = 1},
        "syntheses after which the generator starts anew");
  o.Add("generator_lr", &M::generator_lr, {.initial = initial.generator_lr, .lowest = 0},
        "learning rate of a search's Adam, of the generator and the noisy layers");
}

}  // namespace dfkd
