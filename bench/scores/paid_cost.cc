#include "bench/scores/paid_cost.h"

#include <algorithm>
#include <array>

namespace dfkd {
namespace {

// What is shorter was not measured, and the quotient would be endless.
constexpr double kShortestMeasured = 1e-9;

}  // namespace

bool IsPaidByDefender(const std::string& ref) {
  static constexpr std::array<const char*, 6> kKinds = {"sanitize", "transfer_set", "synthesis",
                                                        "distill",  "samples",      "repair"};
  const auto kind = ref.substr(0, ref.find('/'));
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

PaidCost PaidCostOf(const Json& costs) {
  PaidCost paid;
  for (const auto& [ref, cost] : costs.items()) {
    if (!IsPaidByDefender(ref)) continue;
    const double wall = cost.at("wall_seconds");
    paid.wall_seconds += wall;
    paid.cpu_seconds += cost.at("cpu_seconds").get<double>();
    paid.peak_bytes = std::max(paid.peak_bytes, cost.at("peak_bytes").get<int64_t>());
    if (cost.value("device", "cpu") != "cpu")
      paid.gpu_seconds = paid.gpu_seconds.value_or(0) + wall;
  }
  return paid;
}

std::optional<double> ComparedSeconds(const Score& score) {
  return score.numerics.device == "cpu" ? score.cost.cpu_seconds : score.cost.gpu_seconds;
}

const char* ComparedDevice(const Score& score) {
  return score.numerics.device == "cpu" ? "CPU" : "GPU";
}

std::optional<double> RelativeSeconds(const Score& score, const Score& other) {
  const auto seconds = ComparedSeconds(score), others = ComparedSeconds(other);
  const bool one_device = std::string(ComparedDevice(score)) == ComparedDevice(other);
  if (!seconds || !others || !one_device || *others < kShortestMeasured) return std::nullopt;
  return *seconds / *others;
}

}  // namespace dfkd
