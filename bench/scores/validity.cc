#include "bench/scores/validity.h"

#include <algorithm>

namespace dfkd {
namespace {

constexpr double kCollapsedShare = 0.5;  // of the teacher's accuracy
constexpr double kTransferred = 0.2;     // ASR of the undefended student
constexpr double kHighFloor = 0.15;
constexpr double kObviousPsnr = 15;  // dB: 45 of 255 grey levels, root mean square

// Less than half of what the teacher knows, or less than twice what guessing gives.
bool Collapsed(const Score& score) {
  const auto& student = *score.student;
  const double teacher_acc = score.teacher ? score.teacher->acc.value_or(1) : 1;
  const double chance = 1.0 / static_cast<double>(student.acc_per_class->size());
  return student.acc.value_or(0) < std::max(2 * chance, kCollapsedShare * teacher_acc);
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

std::vector<std::string> ValidityOf(const Score& score, const Circumstances& circumstances) {
  std::vector<std::string> flags;
  const auto add = [&](bool applies, const char* flag) {
    if (applies) flags.push_back(flag);
  };
  const bool attacked = score.entries.at("attack").plugin != "none";
  add(circumstances.gate_ignored, "attack_ineffective");
  add(Collapsed(score), "utility_collapse");
  add(attacked && circumstances.teacher_from_file, "no_clean_teacher");
  add(attacked && circumstances.undefended_asr.value_or(1) < kTransferred, "not_transferred");
  add(circumstances.no_undefended, "no_undefended");
  add(circumstances.no_floor, "no_floor");
  add(!score.numerics.deterministic, "nondeterministic");
  add(score.floor && score.floor->asr.value_or(0) > kHighFloor, "high_floor");
  add(AttackAware(score), "attack_aware");
  add(Obvious(score), "obvious_trigger");
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
