// A training without a stage: one teacher, one attack, no augmentation.
#pragma once
#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <string>

#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/nn/random.h"

namespace dfkd {

class SilentProgress final : public Progress {
 public:
  bool Wants(int64_t) const override { return true; }
  void Scalar(const std::string& name, double value, int64_t) override { last[name] = value; }
  void Tick(int64_t, int64_t) override { ++ticks; }
  std::map<std::string, double> last;
  int64_t ticks = 0;
};

class FakeTraining final : public TeacherContext {
 public:
  FakeTraining(Classifier& teacher, const Classifier* clean) : teacher_(teacher), clean_(clean) {}
  Classifier& teacher() override { return teacher_; }
  const Classifier* clean_teacher() const override { return clean_; }
  const ImageSpec& spec() const override { return teacher_.spec(); }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return silent; }
  const TrainingPlan& plan() const override { return plan_; }
  int64_t total_steps() const override { return 100; }
  double RateFactor(int64_t) const override { return 1; }
  at::Tensor Augment(const at::Tensor& pixels, int64_t) const override {
    ++augmented;
    return pixels;
  }

  SilentProgress silent;
  mutable int64_t augmented = 0;  // so often

 private:
  Classifier& teacher_;
  const Classifier* clean_;
  const Rng rng_{3};
  const TrainingPlan plan_{{.lr = 0.05}, 1, 8};
};

// Gives tensors to an attack by name; what is not there stays as it is.
class GiveState final : public StateVisitor {
 public:
  explicit GiveState(std::map<std::string, at::Tensor> given) : given_(std::move(given)) {}
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (given_.contains(name)) value = given_.at(name).clone();
  }
  void Number(const std::string&, int64_t&) override {}

 private:
  const std::map<std::string, at::Tensor> given_;
};

class TakeState final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    tensors[name] = value.defined() ? value.detach().clone() : value;
  }
  void Number(const std::string& name, int64_t& value) override { numbers[name] = value; }
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, int64_t> numbers;
};

inline ImageSpec SquareSpec(int64_t size, int64_t channels = 1) {
  return {channels,
          size,
          size,
          10,
          std::vector<double>(channels, 0.5),
          std::vector<double>(channels, 0.25)};
}

// `count` images of noise; labels run 0 … 9, 0 … 9, …
inline Split NoiseImages(const ImageSpec& spec, int64_t count) {
  const auto images =
      Integers(Rng(5).Fork("noise"), 256, {count, spec.channels, spec.height, spec.width});
  return {images.to(at::kByte), at::arange(count, at::kLong).remainder(10)};
}

inline std::unique_ptr<Classifier> RandomNet(const ImageSpec& spec, uint64_t seed) {
  auto net = std::make_unique<Classifier>("vgg-s-2", spec);
  net->Initialize(Rng(seed));
  return net;
}

inline Json AttackOptions(const std::string& name, const Json& given = Json::object()) {
  return ResolveFor(Registry::Get().Card(PluginKind::kAttack, name), given);
}

inline std::unique_ptr<Attack> BegunAttack(const std::string& name, const ImageSpec& spec,
                                           const Json& given = Json::object()) {
  auto attack = Registry::Get().Make<Attack>(name, AttackOptions(name, given));
  attack->Begin(spec);
  return attack;
}

}  // namespace dfkd
