#include "methods/distillation/nayer/nayer.h"

namespace dfkd::nayer {

GeneratorSpec Nayer::SpecOf(DistillContext&) {
  GeneratorSpec spec;
  spec.kind = GeneratorKind::kDataFree;
  spec.latent = options_.latent;
  spec.width = options_.generator_width;
  return spec;
}

}  // namespace dfkd::nayer
