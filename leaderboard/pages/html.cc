#include "leaderboard/pages/html.h"

#include <fmt/format.h>

#include <cmath>

#include "leaderboard/standings/statistics.h"

namespace dfkd::html {

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      // No text can pass for a place of page.html.
      case '{':
        escaped += "&#123;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          escaped += "\xEF\xBF\xBD";
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

std::string Element(const std::string& tag, const std::string& inner) {
  return fmt::format("<{0}>{1}</{0}>", tag, inner);
}

std::string Missing(std::string_view reason) {
  return fmt::format(
      "<span class=\"null\" title=\"{0}\"><span aria-hidden=\"true\">–</span>"
      "<span class=\"vh\">missing: {0}</span></span>",
      Escape(reason));
}

std::string Percent(std::optional<double> fraction, std::string_view reason) {
  return fraction ? fmt::format("{:.1f}", 100 * *fraction) : Missing(reason);
}

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

}  // namespace dfkd::html
