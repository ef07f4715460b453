#include "leaderboard/pages/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "leaderboard/standings/design.h"

namespace dfkd::site {

std::string Shielded(std::string_view text) {
  // U+061C, U+200E, U+200F; U+202A to U+202E; U+2066 to U+2069.
  static constexpr std::string_view kTurns[] = {"\xD8\x9C",     "\xE2\x80\x8E", "\xE2\x80\x8F",
                                                "\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC",
                                                "\xE2\x80\xAD", "\xE2\x80\xAE", "\xE2\x81\xA6",
                                                "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9"};
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string shielded;
  while (!text.empty()) {
    const auto turn = std::find_if(std::begin(kTurns), std::end(kTurns),
                                   [&](std::string_view one) { return text.starts_with(one); });
    const char c = text.front();
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    const bool bad = control || turn != std::end(kTurns);
    bad ? shielded += kReplacement : shielded += c;
    text.remove_prefix(turn != std::end(kTurns) ? turn->size() : 1);
  }
  return shielded;
}

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
  const char* sign = points < 0 ? "−" : points > 0 ? "+" : "";
  return fmt::format("{}{:.1f}", sign, std::abs(points));
}

std::string Duration(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = std::llround(seconds);
  if (whole < 100) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

std::string Interval(int64_t hits, int64_t of) {
  const auto interval = Wilson(hits, of);
  return fmt::format("{:.1f}–{:.1f}", 100 * interval.low, 100 * interval.high);
}

std::string RangeNote(const std::optional<dfkd::Interval>& interval) {
  if (!interval) return "";
  return fmt::format("{}–{}", Percent(interval->low), Percent(interval->high));
}

std::string CoverageNearTheEnds() {
  return fmt::format("{} to {}", kLeastCoverageNearTheEnds, kMostCoverageNearTheEnds);
}

std::string Plural(int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string Encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.~").find(c) != std::string_view::npos;
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

Json ListOrNull(Json list) {
  if (list.empty()) return nullptr;
  return {{"items", std::move(list)}};
}

}  // namespace dfkd::site
