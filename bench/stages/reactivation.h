// Whether a backdoor was removed or only put to sleep: a few triggered images, and how far they
// bring it back. A student of the clean teacher is given the same images for comparison, or what
// any network learns of them would pass for what it had kept.
#pragma once
#include <functional>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"
#include "bench/stages/metrics.h"

namespace dfkd {

// `how` = {"images": [10, 50], "steps", "lr", "seed"}. For each number of images: a copy of `model`
// is fine-tuned on so many of `train`, triggered and labelled with their targets, and on as many
// others as they are, all of them in each step (SGD with momentum 0.9, running statistics as they
// are), and then asked about the clean and the triggered test images. `look` is called before each
// step and batch; what it throws ends the work.
//
// [{"images", "clean": [k, n], "target": [k, n]}, …], without the numbers for which `train` has too
// few images whose label is not their target; null if these are all.
Json Reactivate(const Classifier& model, const Attack& attack, const Split& train,
                const Split& test, const TriggeredSet& triggered, const Json& how,
                const at::Device& device, const std::function<void()>& look);

}  // namespace dfkd
