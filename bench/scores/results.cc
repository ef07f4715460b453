#include "bench/scores/results.h"

#include <algorithm>

#include "bench/store/stage_sources.h"

namespace dfkd {
namespace {

constexpr std::array<std::string_view, 1> kCosts = {"costs"};

Results::Facts FactsFrom(const Json& manifest) {
  const auto& facts = manifest.at("facts");
  Results::Facts made{.digest = manifest.at("digest"),
                      .commit = facts.value("commit", ""),
                      .created = manifest.at("created"),
                      .threads = manifest.at("numerics").value("threads", 1),
                      .wall_seconds = facts.value("wall_seconds", 0.0)};
  const Json sources = facts.value(kSources, Json::object());
  for (const auto& [plugin, hash] : sources.items()) made.sources.emplace_back(plugin, hash);
  return made;
}

std::optional<TriggerVisibility> VisibilityFrom(const Json& evaluation) {
  const Json seen = evaluation.value("visibility", Json());
  if (seen.is_null()) return std::nullopt;
  TriggerVisibility visibility{seen.at("linf"), seen.at("l2"), std::nullopt, std::nullopt};
  if (!seen.at("psnr").is_null()) visibility.psnr = seen.at("psnr").get<double>();
  if (!seen.at("ssim").is_null()) visibility.ssim = seen.at("ssim").get<double>();
  return visibility;
}

}  // namespace

std::optional<Count> CountFrom(const Json& json) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_array() || json.size() != 2) throw MakeError("{} is no count [k, n]", json.dump());
  return Count{dfkd::CountFrom(json[0], "count"), dfkd::CountFrom(json[1], "count")};
}

Counts CountsFrom(const Json& evaluation) try {
  return {CountFrom(evaluation.at("clean")), CountFrom(evaluation.at("target")),
          CountFrom(evaluation.at("true_label"))};
} catch (const Json::exception& e) {  // an evaluation fetched from others may be anything
  throw MakeError("counts of an evaluation: {}", e.what());
}

Results::Results(const Plan& plan, Store& store)
    : plan_(plan),
      store_(store),
      there_(store),
      failures_(store.root()),
      has_(plan.stages.size()) {}

const Json* Results::Latest::Find(const std::string& ref) const {
  const auto known =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.first == ref; });
  return known == kept_.end() ? nullptr : &known->second;
}

const Json& Results::Latest::Keep(const std::string& ref, Json json) {
  auto& place = kept_[next_++ % kept_.size()];
  place = {ref, std::move(json)};
  return place.second;
}

bool Results::Has(StageId id) {
  if (id == kNoStage) return false;
  auto& has = has_.at(id);
  if (!has) has = there_.Has(plan_.Ref(id));
  return *has;
}

std::vector<Failure> Results::FailuresOf(StageId id) {
  const auto key = plan_.At(id).stage.key();
  return there_.HasFailures(key) ? failures_.ReadAll(key) : std::vector<Failure>();
}

const Json& Results::ReadManifestOf(const std::string& ref, Latest& place, LeftOut left_out) {
  auto manifest = store_.Manifest(ref, left_out);
  if (!manifest) throw MakeError(FailureClass::kIo, "{}: not in the store", ref);
  ++manifests_read_;
  facts_.try_emplace(ref, FactsFrom(*manifest));
  return place.Keep(ref, std::move(*manifest));
}

const Json& Results::ManifestOf(const std::string& ref) {
  if (const auto* known = manifests_.Find(ref)) return *known;
  if (const auto* known = whole_manifests_.Find(ref)) return *known;
  return ReadManifestOf(ref, manifests_, kCosts);
}

const Json& Results::Manifest(StageId id) { return ManifestOf(plan_.Ref(id)); }

const Json& Results::ManifestWithCosts(StageId id) {
  const auto& ref = plan_.Ref(id);
  const auto* known = whole_manifests_.Find(ref);
  return known ? *known : ReadManifestOf(ref, whole_manifests_, {});
}

std::string Results::File(StageId id, const std::string& name) {
  return store_.ReadFile(plan_.Ref(id), Manifest(id), name);
}

const Json& Results::Evaluation(StageId id) {
  constexpr const char* kFile = "evaluation.json";
  const auto& ref = plan_.Ref(id);
  if (const auto* known = evaluations_.Find(ref)) return *known;
  const auto text = store_.ReadFile(ref, ManifestWithCosts(id), kFile);  // are asked for next
  return evaluations_.Keep(ref, ParseJson(text, (store_.FolderOf(ref) / kFile).string()));
}

const Results::Facts* Results::FactsOf(const std::string& ref) {
  auto known = facts_.find(ref);
  if (known == facts_.end()) {
    if (there_.Has(ref)) {
      ManifestOf(ref);
    } else {
      facts_.emplace(ref, std::nullopt);
    }
    known = facts_.find(ref);
  }
  return known->second ? &*known->second : nullptr;
}

const Counts& Results::CountsOf(StageId id) {
  auto known = counts_.find(id);
  if (known == counts_.end()) known = counts_.emplace(id, CountsFrom(Evaluation(id))).first;
  return known->second;
}

const std::optional<TriggerVisibility>& Results::VisibilityOf(StageId id) {
  auto known = visibility_.find(id);
  if (known == visibility_.end())
    known = visibility_.emplace(id, VisibilityFrom(Evaluation(id))).first;
  return known->second;
}

const GateResult& Results::GateOf(const Gate& gate) {
  auto known = gates_.find(gate.teacher_evaluation);
  if (known == gates_.end())
    known = gates_.emplace(gate.teacher_evaluation, EvaluateGate(store_, plan_, gate)).first;
  return known->second;
}

std::optional<DetectionScore> Results::DetectionOf(StageId id) {
  if (!Has(id)) return std::nullopt;
  constexpr const char* kFile = "detection.json";
  const Json found = ParseJson(File(id, kFile), (store_.FolderOf(plan_.Ref(id)) / kFile).string());
  return DetectionScore{found.at("statistic"), found.at("suspicious"), found.at("target")};
}

}  // namespace dfkd
