// What the tests of the attacks share.
#pragma once
#include <ATen/Functions.h>

#include <map>
#include <memory>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/random.h"
#include "tests/golden/golden.h"

namespace dfkd {

inline std::unique_ptr<Attack> MakeAttack(const std::string& name, const ImageSpec& spec,
                                          const Json& options = Json::object(),
                                          const std::string& preset = "") {
  const auto& registry = Registry::Get();
  const Json resolved = ResolveFor(registry.Card(PluginKind::kAttack, name), options, preset);
  auto attack = registry.Make<Attack>(name, resolved);
  attack->Begin(spec);
  return attack;
}

// 200 noisy images whose labels run 0 … 9, 0 … 9, …
inline Split Train(const ImageSpec& spec) {
  const Rng rng(1);
  return {Integers(rng.Fork("images"), 256, {200, spec.channels, spec.height, spec.width})
              .to(at::kByte),
          at::arange(200, at::kLong).remainder(10)};
}

// Keeps the tensors of a state, and gives copies of them back.
struct KeptState : StateVisitor {
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (loading) value = kept.at(name).clone();
    if (!loading) kept[name] = value.clone();
  }
  void Number(const std::string&, int64_t&) override {}
  bool loading = false;
  std::map<std::string, at::Tensor> kept;
};

}  // namespace dfkd
