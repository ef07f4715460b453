#include "bench/scores/validity.h"

#include <algorithm>

namespace dfkd {
namespace {

constexpr double kCollapsedShare = 0.5;  // of the teacher's accuracy
constexpr double kTransferred = 0.2;     // ASR of the undefended student
constexpr double kHighFloor = 0.15;
constexpr double kObviousPsnr = 15;  // dB: 45 of 255 grey levels, root mean square

// Less than half of what the teacher knows, or less than twice what guessing gives.
std::optional<bool> Collapsed(const Score& score) {
  const auto& student = *score.student;
  const double acc = student.acc.value_or(0);
  const double teacher_acc = score.teacher ? score.teacher->acc.value_or(1) : 1;
  if (acc < kCollapsedShare * teacher_acc) return true;
  if (!student.acc_per_class || student.acc_per_class->empty()) return std::nullopt;
  return acc < 2.0 / static_cast<double>(student.acc_per_class->size());
}

bool Obvious(const Score& score) {
  const bool measured = score.teacher && score.teacher->visibility;
  return measured && score.teacher->visibility->psnr.value_or(kObviousPsnr) < kObviousPsnr;
}

bool AttackAware(const Score& score) {
  return std::any_of(score.entries.begin(), score.entries.end(),
                     [](const auto& e) { return e.second.attack_aware; });
}

}  // namespace

std::map<std::string, std::optional<bool>> OwnFlags(const Score& score) {
  return {{"attack_ineffective", score.teacher && score.teacher->gate == "ignored"},
          {"utility_collapse", Collapsed(score)},
          {"nondeterministic", !score.numerics.deterministic},
          {"high_floor", score.floor && score.floor->asr.value_or(0) > kHighFloor},
          {"attack_aware", AttackAware(score)},
          {"obvious_trigger", Obvious(score)}};
}

bool HasFlag(const Score& score, const std::string& flag) {
  return std::count(score.validity.begin(), score.validity.end(), flag) > 0;
}

bool NotTransferred(double undefended_asr) { return undefended_asr < kTransferred; }

std::vector<std::string> ValidityOf(const Score& score, const Circumstances& circumstances) {
  std::vector<std::string> flags;
  const auto add = [&](bool applies, const char* flag) {
    if (applies) flags.push_back(flag);
  };
  const auto own = OwnFlags(score);
  const auto add_own = [&](const char* flag) { add(own.at(flag).value_or(false), flag); };
  const bool attacked = score.entries.at("attack").plugin != "none";
  add_own("attack_ineffective");
  add_own("utility_collapse");
  add(attacked && circumstances.teacher_from_file, "no_clean_teacher");
  add(attacked && NotTransferred(circumstances.undefended_asr.value_or(1)), "not_transferred");
  add(circumstances.no_undefended, "no_undefended");
  add(circumstances.no_floor, "no_floor");
  add_own("nondeterministic");
  add_own("high_floor");
  add_own("attack_aware");
  add_own("obvious_trigger");
  return flags;
}

bool CountsForAsr(const Score& score) {
  const auto& flags = score.validity;
  return score.status == Status::kOk && score.entries.at("attack").plugin != "none" &&
         score.student && score.student->asr &&
         std::none_of(flags.begin(), flags.end(), [](const std::string& flag) {
           return flag == "not_transferred" || flag == "attack_ineffective" ||
                  flag == "no_undefended";
         });
}

}  // namespace dfkd
