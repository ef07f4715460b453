// FreeEagle: activations are made that the rest of the network takes for each class. Those of all
// classes lean towards the target of a backdoor. Fu, Zhang, Ji, Wang, Wang, Lin and Zhang,
// "FreeEagle: Detecting Complex Neural Trojans in Data-Free Cases", USENIX Security 2023,
// https://arxiv.org/abs/2302.14500, as its code computes it.
#pragma once
#include <ATen/core/Tensor.h>

#include <string>

#include "bench/core/detector.h"

namespace dfkd::free_eagle {

struct Options {
  std::string segment;
  int64_t steps;
  double lr, weight_decay, threshold;
  static void Declare(OptionTable<Options>& o) {
    o.Add("segment", &Options::segment, {.initial = ""},
          "segment whose output is made; empty: group1 of resnet-*, group2 of "
          "others, or the middle one where there is none");
    o.Add("steps", &Options::steps, {.initial = 1000, .lowest = 1}, "steps of Adam");
    o.Add("lr", &Options::lr, {.initial = 0.01, .lowest = 0}, "their rate");
    o.Add("weight_decay", &Options::weight_decay, {.initial = 0.005, .lowest = 0, .highest = 1},
          "L2 factor on the activations");
    o.Add("threshold", &Options::threshold, {.initial = 2, .lowest = 0},
          "interquartile ranges above the third quartile from which it is suspicious");
  }
};

// [classes, classes]: row s holds the probabilities that the rest of the network gives to an
// activation which was made for class s. One activation per class, from U[0,1], by Adam on the
// cross entropy; never below 0 where the network's own are not.
at::Tensor MadeClasses(const Classifier& teacher, const Options& options, const Rng& rng,
                       Progress& progress);

// The tendency of a class is the mean probability that activations of the others give to it; the
// statistic, by how many interquartile ranges the largest lies above the third quartile; 0 where
// that range is 0. Quartiles are those of the code. Throws Error for fewer than four classes, and
// for probabilities that are not finite.
Detection JudgeTendencies(const at::Tensor& probabilities, double threshold);

class FreeEagle final : public Detector {
 public:
  explicit FreeEagle(const Options& options) : options_(options) {}
  Detection Look(DetectorContext& context) const override;

 private:
  const Options options_;
};

DFKD_REGISTER(
    FreeEagle,
    DetectorCard<Options>{
        .name = "free_eagle",
        .summary = "classes lean towards the target in the layers behind made activations",
        .paper = "https://arxiv.org/abs/2302.14500",
        .revision = 3});

}  // namespace dfkd::free_eagle
