// Text to HTML. Every string from a score reaches a page through Escape; nothing else may.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dfkd::html {

// For text and for attributes in double quotes. Control characters become U+FFFD.
std::string Escape(std::string_view text);

std::string Element(const std::string& tag, const std::string& inner);  // inner is HTML

// A dash for people, its reason in the title and for screen readers.
std::string Missing(std::string_view reason);

// "85.8" for 0.858; Missing if absent.
std::string Percent(std::optional<double> fraction, std::string_view reason = "not recorded");
std::string Points(double difference);           // "+1.2", with a true minus sign
std::string Duration(double seconds);            // "42 s", "8 min 43 s", "3 h 05 min"
std::string Bytes(int64_t bytes);                // "584 MiB"
std::string Interval(int64_t hits, int64_t of);  // "2.4–4.8": Wilson, in percent

}  // namespace dfkd::html
