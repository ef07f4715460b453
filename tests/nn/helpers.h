// What several tests of this folder share.
#pragma once
#include <ATen/ATen.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/random.h"

namespace dfkd {

inline ImageSpec Cifar(int64_t classes = 10) {
  return {3, 32, 32, classes, {0.4914, 0.4822, 0.4465}, {0.2023, 0.1994, 0.2010}};
}

inline ImageSpec Fashion() { return {1, 28, 28, 10, {0.286}, {0.353}}; }

inline at::Tensor SomeImages(const ImageSpec& spec, int64_t count = 4) {
  return Normal(Rng(11).Fork("images"), {count, spec.channels, spec.height, spec.width});
}

// Reads everything on the first visit; gives it back on a second one.
class MemoryVisitor : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (loading) {
      value = tensors.at(name).clone();
    } else {
      tensors[name] = value.clone();
    }
  }
  void Number(const std::string& name, int64_t& value) override {
    if (loading) {
      value = numbers.at(name);
    } else {
      numbers[name] = value;
    }
  }

  bool loading = false;
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, int64_t> numbers;
};

template <class Action>
std::string MessageOf(const Action& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

// Whether this process cannot compute in bf16, as where oneDNN is capped. Then a network says so.
inline bool RefusesBf16() {
  if (Runs(Profile::kBf16, at::kCPU)) return false;
  Classifier network("vgg-s-8", Cifar());
  const auto message = MessageOf([&] { network.Use(at::kCPU, Profile::kBf16); });
  BOOST_TEST(message.starts_with("profile bf16: oneDNN has no bfloat16 in this process"));
  return true;
}

inline std::vector<Profile> RunningProfiles() {
  if (RefusesBf16()) return {Profile::kFp32};
  return {Profile::kFp32, Profile::kBf16};
}

// Of tensors in pairs: the largest norm of a difference, as a share of the second one's.
inline double WorstDifference(const std::vector<at::Tensor>& ours,
                              const std::vector<at::Tensor>& theirs) {
  double worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    worst = std::max(worst, ((ours[i] - theirs[i]).norm() / theirs[i].norm()).item<double>());
  }
  return worst;
}

}  // namespace dfkd
