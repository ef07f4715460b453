#include "leaderboard/standings/verification.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/scores/validity.h"

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

// Of the same numbers of images; whether both tried these is told by the members.
void AddReactivation(const Score& claimed, const Score& again, bool floor,
                     std::vector<CheckedNumber>& numbers) {
  for (const auto& then : claimed.reactivation) {
    for (const auto& now : again.reactivation) {
      if (then.images != now.images) continue;
      const auto name = fmt::format("reactivation {} ", then.images);
      numbers.push_back(Check(name + "ACC", then.student.clean, now.student.clean));
      numbers.push_back(Check(name + "ASR", then.student.target, now.student.target));
      if (floor) numbers.push_back(Check(name + "floor", then.floor.target, now.floor.target));
    }
  }
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

// What hangs on the student of the clean teacher.
void DropFloor(Json& json) {
  json.erase("floor");
  json["counts"].erase("floor");
  for (auto& tried : json["reactivation"]) {
    for (const char* name : {"floor", "floor_asr", "kappa"}) tried.erase(name);
  }
  Json flags = Json::array();
  for (const auto& flag : json["validity"]) {
    if (flag != "high_floor" && flag != "no_floor") flags.push_back(flag);
  }
  json["validity"] = std::move(flags);
}

// A detection but for its statistic; which class stands out matters where one does.
Json SaidBy(const Json& said) {
  if (said.is_null()) return said;
  return {{"suspicious", said.at("suspicious")},
          {"target", said.at("suspicious").get<bool>() ? said.at("target") : Json()}};
}

// What numbers move: they have their intervals, and flags that follow from them are checked with
// each score by itself.
void DropNumbers(const Score& score, Json& json) {
  for (const char* name : {"student", "floor", "counts"}) json.erase(name);
  if (score.teacher) json["teacher"] = {{"gate", json["teacher"]["gate"]}};
  for (auto& [id, said] : json["detectors"].items()) {
    said = {{"teacher", SaidBy(said.at("teacher"))},
            {"clean_teacher", SaidBy(said.at("clean_teacher"))}};
  }
  for (auto& tried : json["reactivation"]) tried = tried.at("images");
  const auto own = OwnFlags(score);
  Json flags = Json::array();
  for (const auto& flag : json["validity"]) {
    if (!own.contains(flag.get<std::string>())) flags.push_back(flag);
  }
  json["validity"] = std::move(flags);
}

// What a second computation from the same keys has to say again.
Json Repeated(const Score& score, bool same_numerics, bool floor) {
  Json json = ToJson(score);
  for (const char* name : {"cost", "provenance", "media", "numerics"}) json.erase(name);
  // Of a failure it is a message of the machine.
  if (score.status != Status::kAttackFailed || !same_numerics) json.erase("reason");
  // A score that has none leaves the member out.
  if (!json.contains("detectors")) json["detectors"] = Json::object();
  if (!json.contains("reactivation")) json["reactivation"] = Json::array();
  if (!floor) DropFloor(json);
  if (!same_numerics) DropNumbers(score, json);
  return json;
}

// One line, whatever it holds.
std::string Excerpt(const Json& value) {
  constexpr size_t kMost = 80;
  const auto text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "…";
}

// The first member that says something else, "" if none does.
std::string OtherMember(const Json& claimed, const Json& again) {
  for (const auto& [name, value] : claimed.items()) {
    const auto found = again.value(name, Json());
    if (found != value) {
      return fmt::format("{}: {} is claimed, {} came out", name, Excerpt(value), Excerpt(found));
    }
  }
  return "";
}

// Why the score is not confirmed, one line; "" if it is.
std::string Refusal(const Verification& found, const Score& claimed, const Score& again,
                    bool floor) {
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
  return OtherMember(Repeated(claimed, found.same_numerics, floor),
                     Repeated(again, found.same_numerics, floor));
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
  AddReactivation(claimed, again, floor, found.numbers);
  auto same = again;
  same.media = claimed.media;  // beside the score, not of it
  found.identical = Digest(claimed) == Digest(same);
  found.same_numerics = SameNumerics(claimed, again);
  found.reason = Refusal(found, claimed, again, floor);
  found.confirmed = found.reason.empty();
  return found;
}

std::string OtherStage(const Score& claimed, const Score& again) {
  for (const auto& [title, key] : claimed.provenance.stages) {
    const auto& stages = again.provenance.stages;
    // Under whatever title: scores of before stages of one title were told apart name the last.
    const bool same = std::any_of(stages.begin(), stages.end(),
                                  [&](const auto& stage) { return stage.second == key; });
    if (!same && stages.contains(title)) return title;
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
