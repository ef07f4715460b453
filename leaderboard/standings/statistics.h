// The statistics of the leaderboard. Pure functions; fractions in [0, 1].
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

namespace dfkd {

struct Interval {
  double low = 0, high = 0;
};

// Wilson score interval of k hits in n, 95 %. It behaves at 0 and n, where the normal one has no
// width. n > 0.
Interval Wilson(int64_t hits, int64_t of);

// Defence effectiveness rating (Zhu et al., ICCV 2023): [max(0, ASR drop) - max(0, ACC drop) + 1] /
// 2 in [0, 1]; 0.5 = no effect. "before" is the undefended student, not the teacher: the frame must
// be said with the number.
double DefenseEffectiveness(double asr_before, double asr_after, double acc_before,
                            double acc_after);

// ASR of the student in relation to the teacher's; absent if the teacher's is 0.
std::optional<double> TransferRatio(double student_asr, double teacher_asr);

struct Summary {
  int64_t count = 0;
  double mean = 0;
  // With n - 1; absent for fewer than two.
  std::optional<double> sd;
};

// Absent for none.
std::optional<Summary> Summarize(const std::vector<double>& values);

}  // namespace dfkd
