// AttackCard::shortage of attacks with cover samples and an option cover_rate. No LibTorch: cards
// ask it.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>

#include "bench/core/plugin_card.h"
#include "bench/recipes/count_of.h"

namespace dfkd {

// Of `all` training images at most `most` may be covers; `which` says why: "are not poisoned".
inline std::optional<Shortage> ShortageOfCovers(double cover_rate, int64_t all, int64_t most,
                                                const std::string& which) {
  const auto asked = CountOf(cover_rate, all);
  if (asked <= most) return std::nullopt;
  const auto millionths = most * 1'000'000 / all;
  return Shortage{
      "cover_rate",
      fmt::format("cover_rate = {} asks for {} of the {} training images as covers, of "
                  "which {} {}; give at most {}",
                  cover_rate, asked, all, most, which, static_cast<double>(millionths) / 1e6)};
}

}  // namespace dfkd
