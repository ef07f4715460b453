#include "leaderboard/standings/verification.h"

#include <fmt/format.h>

namespace dfkd {
namespace {

std::optional<Count> CountedIn(const Score& score, const std::string& who,
                               std::optional<Count> Counts::*which) {
  const auto found = score.counts.find(who);
  return found == score.counts.end() ? std::nullopt : found->second.*which;
}

CheckedNumber Check(const std::string& name, const std::optional<Count>& claimed,
                    const std::optional<Count>& again) {
  CheckedNumber number{.name = name, .claimed = claimed, .again = again};
  if (!claimed || !again) {
    number.equal = number.inside = claimed.has_value() == again.has_value();
    return number;
  }
  number.interval = Wilson(claimed->hits, claimed->of);
  const double value = static_cast<double>(again->hits) / static_cast<double>(again->of);
  number.equal = claimed->hits == again->hits && claimed->of == again->of;
  number.inside =
      claimed->of == again->of && number.interval->low <= value && value <= number.interval->high;
  number.inside |= number.equal;
  return number;
}

bool SameNumerics(const Score& a, const Score& b) {
  const auto &x = a.numerics, &y = b.numerics;
  return x.profile == y.profile && x.device == y.device && x.threads == y.threads &&
         x.deterministic && y.deterministic && !a.provenance.commit.empty() &&
         a.provenance.commit == b.provenance.commit;
}

std::string Share(const std::optional<Count>& count) {
  if (!count) return "–";
  return fmt::format("{:.1f} % ({} of {})",
                     100 * static_cast<double>(count->hits) / static_cast<double>(count->of),
                     count->hits, count->of);
}

// Why the score is not confirmed, one line; "" if it is.
std::string Refusal(const Verification& found, const Score& claimed, const Score& again) {
  if (found.identical) return "";
  if (claimed.status != again.status)
    return fmt::format("it says {}, the second computation {}{}", Name(claimed.status),
                       Name(again.status), again.reason ? ": " + *again.reason : "");
  for (const auto& number : found.numbers) {
    if (!number.inside)
      return fmt::format("{}: {} is claimed, {} came out", number.name, Share(number.claimed),
                         Share(number.again));
  }
  for (const auto& number : found.numbers) {
    if (!number.equal && found.same_numerics)
      return fmt::format(
          "{}: {} is claimed, {} came out with the same numerics; that is inside the interval, and "
          "only another kind of processor may explain it",
          number.name, Share(number.claimed), Share(number.again));
  }
  return "";
}

Json CountJson(const std::optional<Count>& count) {
  return count ? Json::array({count->hits, count->of}) : Json(nullptr);
}

}  // namespace

Verification Verify(const Score& claimed, const Score& again, bool floor) {
  Verification found;
  const auto add = [&](const char* name, const char* who, std::optional<Count> Counts::*which) {
    found.numbers.push_back(
        Check(name, CountedIn(claimed, who, which), CountedIn(again, who, which)));
  };
  add("student ACC", "student", &Counts::clean);
  add("student ASR", "student", &Counts::target);
  add("student RA", "student", &Counts::true_label);
  add("teacher ACC", "teacher", &Counts::clean);
  add("teacher ASR", "teacher", &Counts::target);
  if (floor) add("floor", "floor", &Counts::target);
  auto same = again;
  same.media = claimed.media;  // beside the score, not of it
  found.identical = Digest(claimed) == Digest(same);
  found.same_numerics = SameNumerics(claimed, again);
  found.reason = Refusal(found, claimed, again);
  found.confirmed = found.reason.empty();
  return found;
}

std::string OtherStage(const Score& claimed, const Score& again) {
  for (const auto& [title, key] : claimed.provenance.stages) {
    const auto found = again.provenance.stages.find(title);
    if (found != again.provenance.stages.end() && found->second != key) return title;
  }
  return "";
}

Json ToJson(const Verification& verification) {
  Json numbers = Json::array();
  for (const auto& number : verification.numbers) {
    numbers.push_back({{"name", number.name},
                       {"claimed", CountJson(number.claimed)},
                       {"again", CountJson(number.again)},
                       {"equal", number.equal},
                       {"inside", number.inside}});
  }
  return {{"confirmed", verification.confirmed},
          {"identical", verification.identical},
          {"same_numerics", verification.same_numerics},
          {"reason", verification.reason.empty() ? Json(nullptr) : Json(verification.reason)},
          {"numbers", std::move(numbers)}};
}

std::string ToText(const Verification& verification) {
  std::string text;
  for (const auto& number : verification.numbers) {
    if (!number.claimed && !number.again) continue;
    text += fmt::format("{:<12} {:<24} again {:<24} {}\n", number.name, Share(number.claimed),
                        Share(number.again),
                        number.equal    ? "equal"
                        : number.inside ? "inside the interval"
                                        : "differs");
  }
  if (verification.identical) return text + "confirmed: the digests are equal\n";
  if (verification.confirmed) return text + "confirmed\n";
  return text + "not confirmed: " + verification.reason + "\n";
}

}  // namespace dfkd
