// Tensors, numbers and models to files and back. Safetensors only: nothing in such a file is
// executed.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "bench/core/interfaces.h"
#include "bench/core/json.h"
#include "bench/io/safetensors.h"
#include "bench/nn/classifier.h"
#include "bench/store/store.h"

namespace dfkd {

using Visited = std::function<void(StateVisitor&)>;

// All that `visited` names, in one file; and back. Loading copies into defined tensors of equal
// shape and makes the others on `device`. Throws Error naming what is missing, left over or of
// another shape.
void SaveState(const std::filesystem::path& file, const Visited& visited);
void LoadState(const std::filesystem::path& file, const at::Device& device, const Visited& visited);

// Puts a prefix before every name, so that two plugins may choose the same ones.
class PrefixVisitor final : public StateVisitor {
 public:
  PrefixVisitor(StateVisitor& inner, std::string prefix)
      : inner_(inner), prefix_(std::move(prefix)) {}
  void Tensor(const std::string& name, at::Tensor& value) override {
    inner_.Tensor(prefix_ + name, value);
  }
  void Number(const std::string& name, int64_t& value) override {
    inner_.Number(prefix_ + name, value);
  }

 private:
  StateVisitor& inner_;
  const std::string prefix_;
};

using TensorsByName = std::map<std::string, at::Tensor>;
// A copy, on the CPU.
at::Tensor TensorFrom(const TensorBytes& entry);
void WriteTensors(const std::filesystem::path& file, const TensorsByName& tensors);
TensorsByName ReadTensors(const std::filesystem::path& file, const at::Device& device = at::kCPU);

// model.json {"network", "spec"} and model.safetensors: what every artifact that holds a model has.
void SaveModel(const std::filesystem::path& folder, Classifier& model);
// Throws Error (diverged) if a parameter or a running statistic is not finite.
void RequireFinite(const Classifier& model, const std::string& when);

std::unique_ptr<Classifier> LoadModel(const Artifact& artifact, const at::Device& device,
                                      Profile profile);

Json ToJson(const ImageSpec& spec);
ImageSpec SpecFrom(const Json& json);

// The scalars of a run: {"name": [[round, value], …]}; log.json of an artifact.
class ScalarLog final : public Progress {
 public:
  static constexpr size_t kMostCurves = 200, kLongestName = 100;

  // `tick` is called with every Tick.
  ScalarLog(int64_t total, std::function<void(int64_t, int64_t)> tick)
      : total_(total), tick_(std::move(tick)) {}
  bool Wants(int64_t round) const override;
  // Throws Error beyond these: what is logged is copied beside every score.
  void Scalar(const std::string& name, double value, int64_t round) override;
  void Tick(int64_t done, int64_t total) override { tick_(done, total); }
  void Save(const std::filesystem::path& file) const;
  void Load(const std::filesystem::path& file);

 private:
  const int64_t total_;
  const std::function<void(int64_t, int64_t)> tick_;
  Json scalars_ = Json::object();
};

}  // namespace dfkd
