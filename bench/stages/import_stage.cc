// The import stage: a teacher from a stranger's file. Nothing in it is executed; names, shapes and
// types must be the network's and every value a finite number.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <utility>
#include <vector>

#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/io/model_file.h"
#include "bench/stages/services.h"
#include "bench/stages/stage_run.h"
#include "bench/stages/state.h"
#include "bench/store/blobs.h"
#include "bench/store/store.h"

namespace dfkd {
namespace {

std::vector<NamedTensor> TensorsOf(const Classifier& model) {
  auto tensors = model.Parameters();
  const auto buffers = model.Buffers();
  tensors.insert(tensors.end(), buffers.begin(), buffers.end());
  return tensors;
}

std::vector<ModelTensor> ExpectedBy(const Classifier& model) {
  std::vector<ModelTensor> expected;
  for (const auto& [name, value] : TensorsOf(model)) {
    expected.push_back({name, value.sizes().vec(), !value.is_floating_point()});
  }
  return expected;
}

// The first value that no model can have, in words; "" if there is none.
std::string Unusable(const std::string& name, const at::Tensor& value) {
  if (!value.is_floating_point()) return "";
  if (!at::isfinite(value).all().item<bool>()) return "holds NaN or infinity (as F32)";
  const bool variance = name.ends_with("running_var");
  if (variance && value.lt(0).any().item<bool>()) return "holds a negative variance";
  return "";
}

// Copies the file into the model, converted to its types. Throws Error with a line for each tensor
// that cannot be used.
void Fill(Classifier& model, const Safetensors& file, const std::string& origin) {
  const at::NoGradGuard no_grad;
  const auto fitted = FitModel(file.tensors, ExpectedBy(model), origin);
  std::string problems;
  for (const auto& [name, value] : TensorsOf(model)) {
    if (!fitted.contains(name)) {  // a counter that the file left out
      at::Tensor(value).zero_();
      continue;
    }
    const auto& theirs = fitted.at(name);
    const auto given = TensorFrom(file.tensors.at(theirs)).to(value.scalar_type());
    if (const auto why = Unusable(name, given); !why.empty())
      problems += fmt::format("\n  '{}' {}", theirs, why);
    at::Tensor(value).copy_(given);
  }
  if (!problems.empty()) throw MakeError("{}: cannot be used:{}", origin, problems);
}

}  // namespace

void CheckModelFile(const std::string& bytes, const std::string& origin, const std::string& network,
                    const ImageSpec& spec) {
  Classifier model(network, spec);
  Fill(model, ParseSafetensors(bytes, origin),
       fmt::format("{} as {} for {}x{}x{} and {} classes", origin, network, spec.channels,
                   spec.height, spec.width, spec.classes));
}

MostAnswered MostAnsweredBy(const Artifact& teacher, const Artifact& images) {
  constexpr int64_t kAsked = 256, kAtOnce = 64;
  const auto all = ReadTensors(images.File("images.safetensors")).at("images");
  const int64_t step = (all.size(0) + kAsked - 1) / kAsked;
  if (step == 0) return {};
  const auto model = LoadModel(teacher, at::kCPU, Profile::kFp32);
  model->Freeze();
  std::vector<at::Tensor> answers;
  for (const auto& some : all.slice(0, 0, all.size(0), step).split(kAtOnce)) {
    const auto pixels = Normalize(some, model->spec());
    answers.push_back(std::as_const(*model).Logits(pixels).argmax(1));
  }
  const auto labels = at::cat(answers), counts = at::bincount(labels);
  const auto label = counts.argmax().item<int64_t>();
  return {labels.size(0), counts[label].item<int64_t>(), label};
}

bool RunImport(StageRun& run) {
  const auto sha256 = run.description().at("sha256").get<std::string>();
  const auto bytes = ReadBlob(run.store().root(), sha256);
  Classifier model(run.description().at("network").get<std::string>(),
                   SpecFrom(run.description().at("spec")));
  const auto origin = "the file with sha256 " + sha256.substr(0, 12);
  Fill(model, ParseSafetensors(bytes, origin), origin);
  SaveModel(run.out(), model);
  return true;
}

}  // namespace dfkd
