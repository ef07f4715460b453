#include "bench/scores/suspicion.h"

#include <fmt/format.h>

#include "bench/scores/results.h"

namespace dfkd {

Plan DetectionsFirst(Plan plan) {
  for (auto& cell : plan.cells) {
    const auto detections = DetectionsOf(cell);
    if (detections.empty()) throw MakeError("{}: no detector is asked", cell.id);
    PlannedCell asked{.cell = cell.cell,
                      .id = cell.id,
                      .entries = cell.entries,
                      .student_evaluation = detections.back(),
                      .detections = cell.detections,
                      .path = detections};
    cell = std::move(asked);
  }
  return plan;
}

std::map<std::string, DetectionScore> SaidOfTeacher(const Plan& plan, Store& store) {
  std::map<std::string, DetectionScore> said;
  const auto& detections = plan.cells.at(0).detections;
  if (!detections) return said;
  Results results(plan, store);
  for (const auto& planned : *detections) {
    if (const auto found = results.DetectionOf(planned.teacher)) said[planned.detector] = *found;
  }
  return said;
}

Json ToJson(const std::map<std::string, DetectionScore>& said) {
  Json json = Json::object();
  for (const auto& [detector, found] : said) json[detector] = ToJson(found);
  return json;
}

std::string Suspicion(const std::map<std::string, DetectionScore>& said) {
  std::string text;
  for (const auto& [detector, found] : said) {
    if (!found.suspicious) continue;
    text += fmt::format("{}{} suspects it (statistic {:.3g}, class {} stands out)",
                        text.empty() ? "" : "; ", detector, found.statistic, found.target);
  }
  return text;
}

}  // namespace dfkd
