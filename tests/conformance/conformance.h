// What must hold for every registered plugin. Cases are made in main, when all have registered.
#pragma once
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

#include "bench/core/cheap_options.h"
#include "bench/nn/random.h"
#include "bench/recipes/transfer_set.h"
#include "bench/stages/gateway.h"
#include "tests/methods/fakes.h"

namespace dfkd::conformance {

void AddAttackCases();
void AddDatasetCases();
void AddDefenseCases();
void AddDetectorCases();
void AddDistillerCases();
void AddIdleOptionCases();
void AddOptionCases();

// "detector mm_bd: teachers of 64 by 64 are looked at"
inline void AddCase(const std::string& subject, const std::string& sentence,
                    const std::function<void()>& body) {
  auto name = fmt::format("{}__{}", subject, sentence);
  std::replace(name.begin(), name.end(), ' ', '_');
  boost::unit_test::framework::master_test_suite().add(
      boost::unit_test::make_test_case(body, name, __FILE__, __LINE__));
}

// "attack blend: its trigger is pure"
inline void AddCase(const PluginCard& card, const std::string& sentence,
                    const std::function<void()>& body) {
  AddCase(fmt::format("{}_{}", Name(card.kind), card.name), sentence, body);
}

inline ImageSpec ToySpec(int64_t channels = 3, int64_t size = 16) {
  return {channels,
          size,
          size,
          10,
          std::vector<double>(channels, 0.5),
          std::vector<double>(channels, 0.25)};
}

// Labels run 0 … 9, 0 … 9, …
inline Split ToyImages(const ImageSpec& spec = ToySpec(), int64_t count = 100) {
  const auto images =
      Integers(Rng(1).Fork("toy"), 256, {count, spec.channels, spec.height, spec.width});
  return {images.to(at::kByte), at::arange(count, at::kLong).remainder(10)};
}

// The options that make a plugin cheap, as far as it has them.
inline Json ToyOptions(const PluginCard& card, const Json& more = Json::object(),
                       const std::string& preset = "") {
  return ResolveFor(card, CheapOptions(card, more), preset);
}

inline at::Tensor GlobalGenerator() { return at::detail::getDefaultCPUGenerator().get_state(); }

inline std::vector<at::Tensor> CopyOf(const Classifier& net, bool buffers = true) {
  std::vector<at::Tensor> copies;
  for (const auto& [name, value] : net.Parameters()) copies.push_back(value.detach().clone());
  if (!buffers) return copies;
  for (const auto& [name, value] : net.Buffers()) copies.push_back(value.detach().clone());
  return copies;
}

inline bool Equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.equal(y); });
}

inline bool Equal(const MemoryState& a, const MemoryState& b) {
  if (a.tensors.size() != b.tensors.size() || a.numbers != b.numbers) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto& other = b.tensors.at(name);
    if (tensor.defined() != other.defined()) return false;
    if (tensor.defined() && !tensor.equal(other)) return false;
  }
  return true;
}

template <class Visitable>
MemoryState Save(Visitable& visitable) {
  MemoryState state;
  visitable.Visit(state);
  return state;
}

template <class Visitable>
void Load(Visitable& visitable, MemoryState state) {
  state.loading = true;
  visitable.Visit(state);
}

// One distiller at work on a toy teacher, from a seed.
class Session {
 public:
  // `steps`: false leaves the student untrained when StepStudent is called.
  explicit Session(const PluginCard& card, uint64_t seed = 1, bool steps = true)
      : Session(card, ToyOptions(card), seed, steps) {}
  // `listener`: is asked about what is synthesized before the rounds; put it into `context` for the
  // rounds.
  Session(const PluginCard& card, const Json& resolved, uint64_t seed = 1, bool steps = true,
          const ImageSpec& spec = ToySpec(), Defense* listener = nullptr);

  void Rounds(int64_t first, int64_t last);
  at::Tensor Samples(int64_t count) { return distiller_->Samples(*context_, count); }
  MemoryState State();
  void Restore(const MemoryState& state);

  const DistillerTraits& traits() const { return traits_; }
  const Classifier& teacher() const { return *teacher_; }
  Classifier& student() { return *student_; }
  FakeDistillContext& context() { return *context_; }
  // Called before each round.
  std::function<void(int64_t round)> before = [](int64_t) {};

 private:
  Split Images(uint64_t seed, Defense* listener);

  const PluginCard& card_;
  const Json options_;
  const DistillerTraits traits_;
  const ImageSpec spec_;
  const std::unique_ptr<Classifier> teacher_, student_;
  std::unique_ptr<FakeDistillContext> context_;
  std::unique_ptr<Distiller> distiller_;
};

}  // namespace dfkd::conformance
