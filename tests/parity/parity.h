// What the tests of this folder share with formula.py: values computed from a name, files of
// expected tensors, and the norm in which they are compared.
#pragma once
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "bench/core/rng.h"
#include "bench/io/safetensors.h"
#include "bench/nn/losses.h"
#include "tests/methods/fakes.h"

namespace dfkd::parity {

inline uint64_t Fnv1a(const std::string& name) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const unsigned char byte : name) hash = (hash ^ byte) * 0x100000001B3;
  return hash;
}

// Float64, rounded to float32: offset + scale * u, u uniform in [-1, 1) in steps of 2^-23.
inline at::Tensor Values(const std::string& name, at::IntArrayRef shape, double scale = 1,
                         double offset = 0) {
  SplitMix64 stream(Fnv1a(name));
  auto result = at::empty(shape, at::kDouble);
  auto* value = result.data_ptr<double>();
  for (int64_t i = 0; i < result.numel(); ++i) {
    const auto k = static_cast<int64_t>(stream.Next() >> 40) - (int64_t{1} << 23);
    value[i] = static_cast<float>(offset + scale * (static_cast<double>(k) * 0x1p-23));
  }
  return result;
}

inline at::Tensor PermutationOf(const std::string& name, int64_t count) {
  SplitMix64 stream(Fnv1a(name));
  std::vector<uint64_t> keys(count);
  for (auto& key : keys) key = stream.Next();
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return keys[a] < keys[b]; });
  return at::tensor(order, at::kLong);
}

// The value of the parameter or buffer `name`, whose last word says what it is.
inline at::Tensor WeightOf(const std::string& name, at::IntArrayRef shape) {
  const auto kind = name.substr(name.rfind('.') + 1);
  const double inputs = shape.size() > 1 ? c10::multiply_integers(shape.slice(1)) : 1;
  if (shape.size() == 4) return Values(name, shape, std::sqrt(3 / inputs));
  if (shape.size() == 2) return Values(name, shape, 4 * std::sqrt(3 / inputs));
  if (kind == "running_var" || kind == "weight") return Values(name, shape, 0.5, 1);
  return Values(name, shape, 0.2);
}

inline void Fill(const std::vector<NamedTensor>& tensors, const std::string& prefix) {
  const c10::NoGradGuard no_grad;
  for (const auto& [name, value] : tensors) {
    if (value.is_floating_point()) value.copy_(WeightOf(prefix + "." + name, value.sizes()));
  }
}

inline std::unique_ptr<Classifier> MakeFilled(const std::string& network, const ImageSpec& spec,
                                              const std::string& prefix,
                                              Profile profile = Profile::kFp64) {
  auto net = std::make_unique<Classifier>(network, spec);
  net->Use(at::kCPU, profile);
  Fill(net->Parameters(), prefix);
  Fill(net->Buffers(), prefix);
  return net;
}

inline std::unique_ptr<Classifier> MakeFrozen(const std::string& network, const ImageSpec& spec,
                                              const std::string& prefix) {
  auto net = MakeFilled(network, spec, prefix);
  net->Freeze();
  return net;
}

inline ImageSpec CifarSpec() {
  return {3, 32, 32, 10, {0.4914, 0.4822, 0.4465}, {0.2023, 0.1994, 0.2010}};
}
inline ImageSpec TinySpec() { return {3, 16, 16, 10, {0.5, 0.45, 0.4}, {0.25, 0.2, 0.3}}; }

inline at::Tensor Images(const std::string& name, const ImageSpec& spec, int64_t count) {
  return Values(name, {count, spec.channels, spec.height, spec.width});
}

inline std::vector<double> Flat(const at::Tensor& tensor) {
  const auto flat = tensor.detach().to(at::kCPU, at::kDouble).contiguous().view({-1});
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

constexpr int kProjections = 8;

// [norm, p_0 ... p_7], p_j = sum_i sign_ij x_i with sign_ij = bit j of the i-th hash of "sketch".
// What is off in x is off in these by about its norm.
inline std::vector<double> Sketch(const std::vector<double>& x) {
  SplitMix64 stream(Fnv1a("sketch"));
  std::vector<double> result(1 + kProjections, 0);
  for (const double value : x) {
    const uint64_t bits = stream.Next();
    result[0] += value * value;
    for (int j = 0; j < kProjections; ++j) result[1 + j] += (bits >> j) & 1 ? value : -value;
  }
  result[0] = std::sqrt(result[0]);
  return result;
}

inline double NormOf(const std::vector<double>& x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

inline double LargestOf(const std::vector<double>& x) {
  double largest = 0;
  for (const double value : x) largest = std::max(largest, std::abs(value));
  return largest;
}

inline double Ratio(double difference, double of) {
  if (difference == 0) return 0;
  return of > 0 ? difference / of : HUGE_VAL;
}

// Whole tensors: the larger of |a - b|_2 / |b|_2 and max|a - b| / max|b|. Sketches: the largest
// difference of an entry over the norm.
inline double Error(const at::Tensor& ours, const std::vector<double>& expected, bool sketch) {
  auto a = Flat(ours);
  if (sketch) a = Sketch(a);
  if (a.size() != expected.size()) return HUGE_VAL;
  std::vector<double> difference(a.size());
  for (size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - expected[i];
  const double largest = LargestOf(difference);
  if (std::isnan(NormOf(a))) return HUGE_VAL;
  if (sketch) return Ratio(largest, expected[0]);
  return std::max(Ratio(NormOf(difference), NormOf(expected)), Ratio(largest, LargestOf(expected)));
}

constexpr double kTolerance = 1e-6;  // the files hold float32

// One file of expected tensors. At its end every one must have been compared.
class Fixture {
 public:
  explicit Fixture(const std::string& name)
      : name_(name),
        file_(ReadSafetensors(std::filesystem::path(DFKD_SOURCE_DIR) / "tests/parity/fixtures" /
                              (name + ".safetensors"))) {
    for (const auto& [key, tensor] : file_.tensors) open_.insert(key);
  }
  Fixture(const Fixture&) = delete;
  ~Fixture() {
    for (const auto& key : open_) BOOST_ERROR(name_ + ": nothing was compared with " + key);
    BOOST_TEST_MESSAGE(fmt::format("{}: worst {:.1e} ({})", name_, worst_, whose_));
  }

  std::vector<double> Get(const std::string& key) {
    open_.erase(key);
    const auto& bytes = file_.tensors.at(key).bytes;
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return {values.begin(), values.end()};
  }

  bool Has(const std::string& key) const { return file_.tensors.contains(key); }

  void Expect(const std::string& key, const at::Tensor& ours, double tolerance = kTolerance) {
    const bool whole = Has(key), sketch = Has(key + "#sketch");
    BOOST_REQUIRE_MESSAGE(whole || sketch, name_ + " has no " + key);
    BOOST_REQUIRE_MESSAGE(ours.defined(), name_ + ": " + key + " is undefined");
    const double error = Error(ours, Get(sketch ? key + "#sketch" : key), sketch);
    BOOST_TEST(error <= tolerance, fmt::format("{}: {} is off by {:.2e}", name_, key, error));
    if (error >= worst_) worst_ = error, whose_ = key;
  }
  void Expect(const std::string& key, double ours, double tolerance = kTolerance) {
    Expect(key, at::scalar_tensor(ours, at::kDouble), tolerance);
  }
  // Of those that the file has under `prefix`.
  void ExpectAll(const std::string& prefix, const std::vector<NamedTensor>& tensors) {
    for (const auto& [name, value] : tensors) {
      if (value.is_floating_point()) Expect(prefix + name, value);
    }
  }
  void ExpectGradients(const std::string& prefix, const std::vector<NamedTensor>& parameters,
                       double tolerance = kTolerance) {
    for (const auto& [name, value] : parameters) {
      if (!Has(prefix + name) && !Has(prefix + name + "#sketch")) continue;  // see the script
      Expect(prefix + name, value.grad(), tolerance);
    }
  }

 private:
  const std::string name_;
  const Safetensors file_;
  std::set<std::string> open_;
  double worst_ = 0;
  std::string whose_;
};

// The value of a loss and its gradient by each of `inputs` (of which the file has a gradient).
inline void ExpectLoss(Fixture& expected, const std::string& name, const at::Tensor& loss,
                       const std::vector<NamedTensor>& inputs) {
  expected.Expect(name, loss);
  std::vector<at::Tensor> values;
  for (const auto& input : inputs) values.push_back(input.value);
  const auto gradients = Gradients(loss.sum(), values, false, /*retain_graph=*/true);
  for (size_t i = 0; i < inputs.size(); ++i) {
    expected.Expect(name + ".grad." + inputs[i].name, gradients[i]);
  }
}

struct Logits {
  static constexpr int64_t kBatch = 12, kClasses = 10;

  Logits() {
    const auto agree = at::arange(kBatch).remainder(3).eq(0).unsqueeze(1);
    const auto raw = Values("student_logits", {kBatch, kClasses}, 3);
    student = at::where(agree, raw * 0.5 + teacher, raw);
    teacher.requires_grad_(true);
    student.requires_grad_(true);
  }
  std::vector<NamedTensor> both() const { return {{"teacher", teacher}, {"student", student}}; }

  at::Tensor teacher = Values("teacher_logits", {kBatch, kClasses}, 3), student;
  at::Tensor labels = at::arange(kBatch).remainder(kClasses);
};

}  // namespace dfkd::parity
