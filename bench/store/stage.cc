#include "bench/store/stage.h"

#include <array>

#include "bench/store/store.h"

namespace dfkd {
namespace {

constexpr int kFormat = 1;
constexpr std::array<const char*, 4> kStatusNames = {"done", "busy", "failed", "interrupted"};

StageStatus StatusFrom(const std::string& name) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (name == kStatusNames[i]) return static_cast<StageStatus>(i);
  }
  throw MakeError("stage status '{}' is unknown", name);
}

}  // namespace

const char* Name(StageStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

std::vector<std::string> InputsOf(const Json& description) {
  std::vector<std::string> refs;
  for (const auto& input : description.at("inputs")) {
    if (input.is_string()) refs.push_back(input);
  }
  return refs;
}

StageText WriteStage(const std::string& kind, Json& description) {
  description["format"] = kFormat;
  description["kind"] = kind;
  if (!description.contains("inputs")) description["inputs"] = Json::object();
  StageText stage{kind, "", Canonical(description)};
  stage.ref = RefOfText(kind, stage.text);
  return stage;
}

Stage MakeStage(const std::string& kind, Json description) {
  auto ref = WriteStage(kind, description).ref;
  return {kind, std::move(description), std::move(ref)};
}

StageText TextOf(const Stage& stage) {
  return {stage.kind, stage.ref, Canonical(stage.description)};
}

Json StageText::description() const { return Json::parse(text); }

Json StageRequest::ToJson() const {
  return {{"kind", stage.kind}, {"description", stage.text},
          {"starts", starts},   {"store", store},
          {"data", data},       {"device", device},
          {"threads", threads}, {"limit_seconds", limit_seconds},
          {"label", label},     {"facts", facts}};
}

StageRequest StageRequest::FromJson(const Json& json) {
  StageRequest request;
  auto& stage = request.stage;
  stage = {.kind = json.at("kind"), .text = json.at("description")};
  stage.ref = RefOfText(stage.kind, stage.text);
  request.starts = json.at("starts").get<std::vector<std::string>>();
  request.store = json.at("store");
  request.data = json.at("data");
  request.device = json.at("device");
  request.threads = json.at("threads");
  request.limit_seconds = json.at("limit_seconds");
  request.label = json.at("label");
  request.facts = json.at("facts");
  return request;
}

Json StageOutcome::ToJson() const {
  return {{"status", Name(status)},
          {"failure", Name(failure)},
          {"message", message},
          {"seconds", seconds}};
}

StageOutcome StageOutcome::FromJson(const Json& json) {
  return {StatusFrom(json.at("status")), FailureClassFrom(json.at("failure")), json.at("message"),
          json.at("seconds")};
}

}  // namespace dfkd
