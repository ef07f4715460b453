#include "bench/scores/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>

#include "bench/core/parallel.h"

namespace dfkd {
namespace {

constexpr size_t kLongestValue = 120;

void AddPlugins(const Entry& entry, std::string& text) {
  text += fmt::format("{}{} revision {}", text.empty() ? "" : ", ", entry.plugin, entry.revision);
  for (const auto& part : entry.parts) AddPlugins(part, text);
}

Json OptionsOf(const Entry& entry) {
  Json options = entry.options;
  for (const auto& part : entry.parts) options["parts"].push_back(OptionsOf(part));
  return options;
}

const std::string& IdOf(const Cell& cell, const std::string& axis) {
  return axis == "dataset"     ? cell.dataset
         : axis == "attack"    ? cell.attack
         : axis == "distiller" ? cell.distiller
                               : cell.defense;
}

// The place of options: what overrides may tell apart, but for the attack and the defence.
std::string SettingText(const Cell& cell) {
  return fmt::format("{}, {} to {}, {}", cell.dataset, cell.teacher_network, cell.student_network,
                     cell.distiller);
}

void ClaimEntry(const Score& score, const std::string& axis, const Entry& entry,
                std::vector<Claim>& claims) {
  const auto& cell = score.cell;
  const auto who = fmt::format("{} '{}'", axis, IdOf(cell, axis));
  std::string plugins;
  AddPlugins(entry, plugins);
  claims.push_back({who, "/entries/" + axis, plugins});
  auto where = fmt::format("{} on {}", who, SettingText(cell));
  if (entry.attack_aware) where += " under " + cell.attack;
  claims.push_back({"the options of " + where, fmt::format("/entries/{}/options", axis),
                    Canonical(OptionsOf(entry))});
}

// What not every score says. Claims of a kind stand at one place of every list: in the place of one
// that is not made stands an empty one, and all of these agree.

// Of how many images: whoever was asked, since CheckScore wants the same of all.
Claim ImagesClaim(const Score& score, const std::string& what, const char* name,
                  std::optional<Count> Counts::*which) {
  for (const char* who : {"student", "teacher", "floor"}) {
    const auto counts = score.counts.find(who);
    if (counts == score.counts.end() || !(counts->second.*which)) continue;
    return {"the number of " + what, fmt::format("/counts/{}/{}", who, name),
            std::to_string((counts->second.*which)->of)};
  }
  return {};
}

// It is the teacher's, whatever was distilled from it. Whoever ignored that it failed says so, too.
Claim GateClaim(const Score& score) {
  if (!score.teacher || !score.teacher->gate) return {};
  return {fmt::format("the gate of attack '{}', teacher seed {}, on {}", score.cell.attack,
                      score.cell.teacher_seed, SettingText(score.cell)),
          "/teacher/gate", *score.teacher->gate == "passed" ? "passed" : "not passed"};
}

std::string TeacherDigests(const Score& score) {
  std::string digests;
  for (const auto& [label, digest] : score.provenance.artifacts) {
    if (label.starts_with("teacher")) digests += " " + digest;
  }
  return digests;
}

// Where and beside which bits: a teacher that was trained on another machine is another one, and so
// are the clean teacher and its students, of which no score has the digest.
std::string TeacherText(const Score& score) {
  return fmt::format("the teacher{} under '{}' on {}, {} with {} threads", TeacherDigests(score),
                     score.cell.attack, SettingText(score.cell), score.numerics.device,
                     score.numerics.threads);
}

Claim TeacherClaim(const Score& score) {
  if (TeacherDigests(score).empty() || !score.teacher || !score.teacher->acc) return {};
  const auto& asr = score.teacher->asr;
  return {"ACC and ASR of " + TeacherText(score), "/teacher",
          fmt::format("{} and {}", *score.teacher->acc, asr ? fmt::format("{}", *asr) : "none")};
}

Claim CleanTeacherClaim(const Score& score) {
  if (TeacherDigests(score).empty() || !score.teacher || !score.teacher->clean_acc) return {};
  return {fmt::format("the ACC of the clean teacher, seed {}, beside {}", score.cell.teacher_seed,
                      TeacherText(score)),
          "/teacher/clean_acc", fmt::format("{}", *score.teacher->clean_acc)};
}

Claim FloorClaim(const Score& score) {
  const auto place = FloorPlace(score);
  const auto counts = score.counts.find("floor");
  if (place.empty() || counts == score.counts.end() || !counts->second.target) return {};
  return {place, "/floor",
          fmt::format("{} of {}", counts->second.target->hits, counts->second.target->of)};
}

// Chance, and with it utility_collapse, follows from how many there are.
Claim ClassesClaim(const Score& score) {
  if (!score.student || !score.student->acc_per_class) return {};
  return {fmt::format("the number of classes of '{}'", score.cell.dataset),
          "/student/acc_per_class", std::to_string(score.student->acc_per_class->size())};
}

// It hangs on the distiller and on whether the defence is given clean data.
Claim TrackClaim(const Score& score) {
  auto where = fmt::format("defense '{}' on {}", score.cell.defense, SettingText(score.cell));
  const auto defense = score.entries.find("defense");
  if (defense != score.entries.end() && defense->second.attack_aware)
    where += " under " + score.cell.attack;
  return {"the track of " + where, "/track", score.track};
}

Claim OfficialClaim(const Score& score) {
  if (!score.data.official) return {};
  return {fmt::format("whether '{}' is the official data set", score.cell.dataset),
          "/data/official", *score.data.official ? "true" : "false"};
}

std::string NameWithin(const std::string& matrix, const Claim& claim) {
  return matrix + ": " + claim.name;
}

// Where two objects differ first, as "member: value"; whole values that are no objects.
std::pair<std::string, std::string> Shortened(const std::string& a, const std::string& b) {
  const auto x = Json::parse(a, nullptr, false), y = Json::parse(b, nullptr, false);
  if (!x.is_object() || !y.is_object()) return {a, b};
  std::set<std::string> names;
  for (const auto& [name, value] : x.items()) names.insert(name);
  for (const auto& [name, value] : y.items()) names.insert(name);
  const auto text = [](const Json& object, const std::string& name) {
    return object.contains(name) ? name + " = " + object.at(name).dump() : "no " + name;
  };
  for (const auto& name : names) {
    if (x.value(name, Json()) != y.value(name, Json())) return {text(x, name), text(y, name)};
  }
  return {a, b};
}

// What scores say under one name: value -> who says so.
using Votes = std::map<std::string_view, std::vector<size_t>>;

// The value that most say; of several the one that was said first.
std::string_view Majority(const Votes& votes) {
  const auto more = [](const Votes::value_type& a, const Votes::value_type& b) {
    if (a.second.size() != b.second.size()) return a.second.size() < b.second.size();
    return a.second.front() > b.second.front();
  };
  return std::max_element(votes.begin(), votes.end(), more)->first;
}

// Claims by matrix and name, of those scores that are still in.
class Ballot {
 public:
  explicit Ballot(const std::vector<Score>& scores)
      : claims_(scores.size()), in_(scores.size(), true) {
    ParallelFor(scores.size(), [&](size_t i) {
      claims_[i] = ClaimsOf(scores[i]);
      for (auto& claim : claims_[i]) claim.name = NameWithin(scores[i].matrix, claim);
    });
  }

  // Takes out who contradicts somebody, until nobody does.
  std::vector<Disagreement> Run() {
    std::map<size_t, Disagreement> found;
    const auto contested = Contested();
    for (size_t level = 0; level < contested.size(); ++level) {
      if (contested[level]) Settle(level, found);
    }
    std::vector<Disagreement> disagreements;
    for (auto& [unused, disagreement] : found) disagreements.push_back(std::move(disagreement));
    return disagreements;
  }

 private:
  size_t Levels() const {
    size_t levels = 0;
    for (const auto& claims : claims_) levels = std::max(levels, claims.size());
    return levels;
  }

  // By level, not as bool: several threads write.
  std::vector<char> Contested() const {
    std::vector<char> contested(Levels());
    ParallelFor(contested.size(), [&](size_t level) { contested[level] = IsContested(level); });
    return contested;
  }

  // Whether two scores contradict each other there. Rarely do any.
  bool IsContested(size_t level) const {
    std::unordered_map<std::string_view, std::string_view> said;  // by name
    return std::any_of(claims_.begin(), claims_.end(), [&](const std::vector<Claim>& claims) {
      if (level >= claims.size()) return false;
      const auto& claim = claims[level];
      return said.try_emplace(claim.name, claim.value).first->second != claim.value;
    });
  }

  // The claims at one place of every score's list: those of a kind.
  void Settle(size_t level, std::map<size_t, Disagreement>& found) {
    std::map<std::string_view, Votes> by_name;
    for (size_t i = 0; i < claims_.size(); ++i) {
      if (!in_[i] || level >= claims_[i].size()) continue;
      by_name[claims_[i][level].name][claims_[i][level].value].push_back(i);
    }
    for (const auto& [name, votes] : by_name) {
      const auto majority = Majority(votes);
      for (const auto& [value, voters] : votes) {
        if (value == majority) continue;
        for (const auto i : voters) {
          in_[i] = false;
          found.emplace(i, Disagreement{i, votes.at(majority).front(), claims_[i][level]});
        }
      }
    }
  }

  std::vector<std::vector<Claim>> claims_;
  std::vector<bool> in_;
};

}  // namespace

std::vector<Claim> ClaimsOf(const Score& score) {
  std::vector<Claim> claims = {
      {"the preset", "/preset", score.preset},
      {"the recipe of the teacher", "/teacher_recipe", Canonical(score.teacher_recipe)},
      {"the profile", "/numerics/profile", score.numerics.profile},
      {fmt::format("evaluated on, for data set '{}'", score.cell.dataset), "/evaluated_on",
       score.evaluated_on},
      {fmt::format("the images of '{}'", score.cell.dataset), "/data/fingerprint",
       score.data.fingerprint}};
  for (const auto& [axis, entry] : score.entries) ClaimEntry(score, axis, entry, claims);
  claims.push_back(ImagesClaim(score, fmt::format("test images of '{}'", score.cell.dataset),
                               "clean", &Counts::clean));
  claims.push_back(ImagesClaim(score,
                               fmt::format("triggered test images of attack '{}' on {}",
                                           score.cell.attack, SettingText(score.cell)),
                               "target", &Counts::target));
  claims.push_back(GateClaim(score));
  claims.push_back(TeacherClaim(score));
  claims.push_back(ClassesClaim(score));
  claims.push_back(
      {"whether it is a demonstration", "/demonstration", score.demonstration ? "true" : "false"});
  claims.push_back(TrackClaim(score));
  claims.push_back(OfficialClaim(score));
  claims.push_back(CleanTeacherClaim(score));
  claims.push_back(FloorClaim(score));
  return claims;
}

// An attack that learns from the clean teacher has that one among its stages, too, and its floor is
// of another seed: which, hangs on the seeds of the matrix.
std::string FloorPlace(const Score& score) {
  const auto& artifacts = score.provenance.artifacts;
  const auto teachers = std::count_if(artifacts.begin(), artifacts.end(), [](const auto& artifact) {
    return artifact.first.starts_with("teacher");
  });
  if (score.status != Status::kOk || teachers != 1) return "";
  return fmt::format("the floor of seeds {} and {} beside {}", score.cell.teacher_seed,
                     score.cell.student_seed, TeacherText(score));
}

std::vector<Disagreement> FindDisagreements(const std::vector<Score>& scores) {
  return Ballot(scores).Run();
}

std::string ToText(const Disagreement& disagreement, const std::vector<Score>& scores) {
  const auto& other = scores.at(disagreement.other);
  std::string theirs;
  for (const auto& claim : ClaimsOf(other)) {
    if (NameWithin(other.matrix, claim) == disagreement.claim.name) theirs = claim.value;
  }
  const auto [a, b] = Shortened(disagreement.claim.value, theirs);
  return fmt::format("{}: {} here, {} in {}", disagreement.claim.name, a.substr(0, kLongestValue),
                     b.substr(0, kLongestValue), other.file.string());
}

}  // namespace dfkd
