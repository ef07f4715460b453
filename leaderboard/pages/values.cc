#include "leaderboard/pages/values.h"

#include <fmt/format.h>

#include <cmath>

#include "leaderboard/standings/statistics.h"

namespace dfkd::site {

Json Shown(const std::string& text, const std::string& note) {
  return {{"text", text}, {"note", note}, {"missing", nullptr}};
}

Json Missing(const std::string& reason) {
  return {{"text", nullptr}, {"note", nullptr}, {"missing", reason}};
}

Json PercentOr(std::optional<double> fraction, const std::string& reason, const std::string& note) {
  return fraction ? Shown(Percent(*fraction), note) : Missing(reason);
}

Json DurationOr(std::optional<double> seconds, const std::string& reason) {
  return seconds ? Shown(Duration(*seconds)) : Missing(reason);
}

std::string Percent(double fraction) { return fmt::format("{:.1f}", 100 * fraction); }

std::string Points(double difference) {
  const double points = std::round(1000 * difference) / 10;
  return fmt::format("{}{:.1f}", points < 0 ? "−" : "+", std::abs(points));
}

std::string Duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = std::llround(seconds);
  if (whole < 100) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string Bytes(int64_t bytes) {
  const double mebi = static_cast<double>(bytes) / (1 << 20);
  return mebi < 1024 ? fmt::format("{:.0f} MiB", mebi) : fmt::format("{:.1f} GiB", mebi / 1024);
}

std::string Interval(int64_t hits, int64_t of) {
  const auto interval = Wilson(hits, of);
  return fmt::format("{:.1f}–{:.1f}", 100 * interval.low, 100 * interval.high);
}

std::string Plural(int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

Json ListOrNull(Json list) {
  if (list.empty()) return nullptr;
  return {{"items", std::move(list)}};
}

}  // namespace dfkd::site
