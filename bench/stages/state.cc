#include "bench/stages/state.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <set>

#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

constexpr char kUndefined[] = "undefined";  // metadata: names of undefined tensors, joined by '\n'

const std::map<at::ScalarType, std::string>& TypeNames() {
  static const std::map<at::ScalarType, std::string> names = {
      {at::kDouble, "F64"}, {at::kFloat, "F32"}, {at::kHalf, "F16"}, {at::kBFloat16, "BF16"},
      {at::kLong, "I64"},   {at::kInt, "I32"},   {at::kByte, "U8"},  {at::kBool, "BOOL"}};
  return names;
}

at::ScalarType TypeFrom(const std::string& name) {
  for (const auto& [type, known] : TypeNames()) {
    if (known == name) return type;
  }
  throw MakeError("tensor type '{}' is not supported", name);
}

// Keeps the contiguous CPU copies alive while the file is written.
class TensorWriter {
 public:
  void Add(const std::string& name, const at::Tensor& value) {
    const auto plain = value.detach().to(at::kCPU).contiguous();
    kept_.push_back(plain);
    const std::string_view bytes(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
    const bool added = map_.try_emplace(name, TensorBytes{TypeNames().at(plain.scalar_type()),
                                                          plain.sizes().vec(), bytes})
                           .second;
    if (!added) throw MakeError("state '{}' is named twice", name);
  }
  void Write(const std::filesystem::path& file, const TensorMetadata& metadata) const {
    WriteSafetensors(file, map_, metadata);
  }

 private:
  std::vector<at::Tensor> kept_;
  TensorMap map_;
};

class SaveVisitor final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (value.defined()) {
      writer_.Add(name, value);
    } else {
      undefined_ += name + "\n";
    }
  }
  void Number(const std::string& name, int64_t& value) override {
    writer_.Add(name, at::tensor(value, at::kLong));
  }
  void Write(const std::filesystem::path& file) const {
    writer_.Write(file, {{kUndefined, undefined_}});
  }

 private:
  TensorWriter writer_;
  std::string undefined_;
};

class LoadVisitor final : public StateVisitor {
 public:
  LoadVisitor(const std::filesystem::path& file, const at::Device& device)
      : file_(file), device_(device), content_(ReadSafetensors(file)) {
    const auto found = content_.metadata.find(kUndefined);
    if (found != content_.metadata.end()) undefined_ = "\n" + found->second;
  }

  void Tensor(const std::string& name, at::Tensor& value) override {
    if (undefined_.find("\n" + name + "\n") != std::string::npos) {
      value = at::Tensor();
      return;
    }
    const auto loaded = TensorFrom(Take(name));
    if (!value.defined()) {
      value = loaded.to(device_);
      return;
    }
    if (value.sizes() != loaded.sizes()) {
      throw MakeError("{}: '{}' has shape {}, expected {}", file_.string(), name, Shape(loaded),
                      Shape(value));
    }
    value.copy_(loaded);
  }

  void Number(const std::string& name, int64_t& value) override {
    value = TensorFrom(Take(name)).item<int64_t>();
  }

  void RequireAllTaken() const {
    for (const auto& [name, unused] : content_.tensors) {
      if (!taken_.contains(name)) throw MakeError("{}: '{}' is left over", file_.string(), name);
    }
  }

 private:
  static std::string Shape(const at::Tensor& tensor) {
    std::string text;
    for (const int64_t size : tensor.sizes())
      text += (text.empty() ? "" : "x") + std::to_string(size);
    return text.empty() ? "()" : text;
  }

  const TensorBytes& Take(const std::string& name) {
    const auto found = content_.tensors.find(name);
    if (found == content_.tensors.end())
      throw MakeError("{}: '{}' is missing", file_.string(), name);
    taken_.insert(name);
    return found->second;
  }

  const std::filesystem::path file_;
  const at::Device device_;
  const Safetensors content_;
  std::string undefined_;
  std::set<std::string> taken_;
};

}  // namespace

at::Tensor TensorFrom(const TensorBytes& entry) {
  auto tensor = at::empty(entry.shape, at::TensorOptions(TypeFrom(entry.dtype)));
  DFKD_CHECK(tensor.nbytes() == entry.bytes.size());
  std::memcpy(tensor.data_ptr(), entry.bytes.data(), entry.bytes.size());
  return tensor;
}

void SaveState(const std::filesystem::path& file, const Visited& visited) {
  SaveVisitor visitor;
  visited(visitor);
  visitor.Write(file);
}

void LoadState(const std::filesystem::path& file, const at::Device& device,
               const Visited& visited) {
  const at::NoGradGuard no_grad;
  LoadVisitor visitor(file, device);
  visited(visitor);
  visitor.RequireAllTaken();
}

void WriteTensors(const std::filesystem::path& file, const TensorsByName& tensors) {
  TensorWriter writer;
  for (const auto& [name, value] : tensors) writer.Add(name, value);
  writer.Write(file, {});
}

TensorsByName ReadTensors(const std::filesystem::path& file, const at::Device& device) {
  TensorsByName tensors;
  for (const auto& [name, entry] : ReadSafetensors(file).tensors)
    tensors[name] = TensorFrom(entry).to(device);
  return tensors;
}

Json ToJson(const ImageSpec& spec) {
  Json json = {{"channels", spec.channels}, {"height", spec.height}, {"width", spec.width},
               {"classes", spec.classes},   {"mean", spec.mean},     {"stddev", spec.stddev}};
  if (!spec.mirrors) json["mirrors"] = false;
  return json;
}

ImageSpec SpecFrom(const Json& json) {
  return {json.at("channels"), json.at("height"), json.at("width"),           json.at("classes"),
          json.at("mean"),     json.at("stddev"), json.value("mirrors", true)};
}

void SaveModel(const std::filesystem::path& folder, Classifier& model) {
  const Json about = {{"network", model.name()}, {"spec", ToJson(model.spec())}};
  WriteFileAtomically(folder / "model.json", about.dump(2) + "\n");
  SaveState(folder / "model.safetensors", [&](StateVisitor& visitor) { model.Visit(visitor, ""); });
}

std::unique_ptr<Classifier> LoadModel(const Artifact& artifact, const at::Device& device,
                                      Profile profile) {
  const Json about = ReadJson(artifact.File("model.json"));
  auto model = std::make_unique<Classifier>(about.at("network").get<std::string>(),
                                            SpecFrom(about.at("spec")));
  LoadState(artifact.File("model.safetensors"), at::kCPU,
            [&](StateVisitor& visitor) { model->Visit(visitor, ""); });
  model->Use(device, profile);
  return model;
}

void RequireFinite(const Classifier& model, const std::string& when) {
  for (const auto& list : {model.Parameters(), model.Buffers()}) {
    for (const auto& [name, value] : list) {
      if (at::isfinite(value).all().item<bool>()) continue;
      throw MakeError(FailureClass::kDiverged, "{} is not finite {}", name, when);
    }
  }
}

bool ScalarLog::Wants(int64_t round) const {
  return round % std::max<int64_t>(1, total_ / 100) == 0 || round + 1 == total_;
}

void ScalarLog::Scalar(const std::string& name, double value, int64_t round) {
  if (name.size() > kLongestName || (scalars_.size() >= kMostCurves && !scalars_.contains(name))) {
    throw MakeError("scalar '{:.{}}': a stage logs at most {} names, of at most {} bytes each",
                    name, kLongestName, kMostCurves, kLongestName);
  }
  scalars_[name].push_back({round, std::isfinite(value) ? Json(value) : Json()});
}

void ScalarLog::Save(const std::filesystem::path& file) const {
  WriteFileAtomically(file, Canonical(scalars_) + "\n");
}

void ScalarLog::Load(const std::filesystem::path& file) { scalars_ = ReadJson(file); }

}  // namespace dfkd
