#include "leaderboard/standings/drift.h"

#include <fmt/format.h>

#include <cmath>

#include "bench/core/hash.h"
#include "leaderboard/standings/distributions.h"
#include "leaderboard/standings/statistics.h"

namespace dfkd {
namespace {

struct Metric {
  const char* name;
  std::optional<double> StudentScore::*value;
  std::optional<Count> Counts::*count;
};
constexpr Metric kMetrics[] = {{"ACC", &StudentScore::acc, &Counts::clean},
                               {"ASR", &StudentScore::asr, &Counts::target}};

std::optional<double> ValueOf(const Score& score, const Metric& metric) {
  return score.student ? (*score.student).*metric.value : std::nullopt;
}

bool IsPredicted(double value, const Metric& metric, const std::vector<const Score*>& siblings) {
  std::vector<double> values;
  for (const auto* sibling : siblings) {
    if (const auto one = ValueOf(*sibling, metric)) values.push_back(*one);
  }
  if (values.size() < 3) return false;
  const auto summary = *Summarize(values);
  const auto n = static_cast<double>(summary.count);
  const double reach =
      StudentQuantile(0.995, summary.count - 1) * *summary.sd * std::sqrt(1 + 1 / n);
  return std::abs(value - summary.mean) <= reach;
}

std::optional<Interval> IntervalOf(const Score& score, const Metric& metric) {
  const auto counts = score.counts.find("student");
  if (counts == score.counts.end()) return std::nullopt;
  const auto count = counts->second.*metric.count;
  return count ? std::optional(Wilson(count->hits, count->of)) : std::nullopt;
}

bool Overlap(const std::optional<Interval>& a, const std::optional<Interval>& b) {
  return a && b && a->low <= b->high && b->low <= a->high;
}

std::string Moved(const Metric& metric, double before, double after) {
  return fmt::format("{} {:.2f} % became {:.2f} %", metric.name, 100 * before, 100 * after);
}

std::string Numbers(const Score& before, const Score& after) {
  std::string text;
  for (const auto& metric : kMetrics) {
    const auto then = ValueOf(before, metric), now = ValueOf(after, metric);
    if (then && now && *then != *now)
      text += (text.empty() ? "" : ", ") + Moved(metric, *then, *now);
  }
  return text;
}

}  // namespace

std::string NumbersDigest(const Score& score) {
  Json json = ToJson(score);
  for (const char* name : {"cost", "provenance", "media", "numerics"}) json.erase(name);
  if (json["student"].is_object()) json["student"].erase("acc_per_class");
  return Sha256Hex(Canonical(json));
}

std::optional<std::string> WhyOther(const CommittedResult& before, const CommittedResult& after,
                                    const std::vector<const Score*>& siblings) {
  const auto& then = before.score;
  const auto& now = after.score;
  if (NumbersDigest(then) == NumbersDigest(now)) return std::nullopt;
  if (then.status != now.status) {
    return fmt::format("{} became {}{}", Name(then.status), Name(now.status),
                       now.reason ? ": " + *now.reason : "");
  }
  const auto numbers = Numbers(then, now);
  const bool equal_bits = !before.machine.empty() && before.machine == after.machine &&
                          then.numerics.deterministic && now.numerics.deterministic;
  if (equal_bits) {
    return numbers.empty() ? "other numbers, though neither ACC nor ASR moved" : numbers;
  }
  for (const auto& metric : kMetrics) {
    const auto was = ValueOf(then, metric), is = ValueOf(now, metric);
    if (!was || !is) continue;
    if (IsPredicted(*is, metric, siblings)) continue;
    if (!Overlap(IntervalOf(then, metric), IntervalOf(now, metric)))
      return Moved(metric, *was, *is) + ", outside the interval";
  }
  return std::nullopt;
}

}  // namespace dfkd
