#include "bench/scores/check_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace dfkd {
namespace {

using CountOf = std::optional<Count> Counts::*;

bool IsShareOf(double value, int64_t images) {
  const auto of = static_cast<double>(images);
  return std::abs(value - std::round(value * of) / of) <= kRoundingOfScores;
}

class CountChecker {
 public:
  CountChecker(const Score& score, const std::filesystem::path& file)
      : score_(score), file_(file) {}

  std::vector<Problem> Run() {
    CheckEachCount();
    CheckValues();
    CheckNothingIsLeftOut();
    CheckSums();
    CheckSizes();
    CheckCleanTeacher();
    CheckAgreement();
    return std::move(problems_);
  }

 private:
  template <class... Args>
  void Add(const std::string& path, fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back({file_, path, fmt::format(format, std::forward<Args>(args)...)});
  }

  std::optional<Count> Find(const std::string& who, CountOf which) const {
    const auto found = score_.counts.find(who);
    return found == score_.counts.end() ? std::nullopt : found->second.*which;
  }

  // As Find; absent also if it cannot be, which is told elsewhere.
  std::optional<Count> FindSound(const std::string& who, CountOf which) const {
    const auto count = Find(who, which);
    return count && IsCount(*count) ? count : std::nullopt;
  }

  void CheckEachCount() {
    const std::pair<const char*, CountOf> members[] = {{"clean", &Counts::clean},
                                                       {"target", &Counts::target},
                                                       {"true_label", &Counts::true_label}};
    for (const auto& [who, counts] : score_.counts) {
      for (const auto& [name, which] : members) {
        const auto& count = counts.*which;
        if (!count || IsCount(*count)) continue;
        Add(fmt::format("/counts/{}/{}", who, name),
            "[{}, {}]: k must lie in [0, n], n must be above 0", count->hits, count->of);
      }
    }
  }

  // A value is its count, and there is no value without one.
  void CheckValue(const std::string& path, std::optional<double> value, const std::string& who,
                  CountOf which, const char* name) {
    const auto count = Find(who, which);
    const auto count_path = fmt::format("/counts/{}/{}", who, name);
    if (value.has_value() != count.has_value()) {
      Add(path, "{} but {} is {}", value ? "is a number" : "is null", count_path,
          count ? "there" : "null");
      return;
    }
    if (!count) return;
    if (!IsCount(*count)) return;  // told by CheckEachCount
    const double exact = static_cast<double>(count->hits) / static_cast<double>(count->of);
    if (std::abs(*value - exact) > kRoundingOfScores) {
      Add(path, "{} is not {}/{} = {}", *value, count->hits, count->of, exact);
    }
  }

  void CheckValues() {
    const auto student = score_.student.value_or(StudentScore());
    const auto teacher = score_.teacher.value_or(TeacherScore());
    const auto floor = score_.floor.value_or(FloorScore());
    CheckValue("/student/acc", student.acc, "student", &Counts::clean, "clean");
    CheckValue("/student/asr", student.asr, "student", &Counts::target, "target");
    CheckValue("/student/ra", student.ra, "student", &Counts::true_label, "true_label");
    CheckValue("/teacher/acc", teacher.acc, "teacher", &Counts::clean, "clean");
    CheckValue("/teacher/asr", teacher.asr, "teacher", &Counts::target, "target");
    CheckValue("/floor/asr", floor.asr, "floor", &Counts::target, "target");
  }

  // A value without its count is told by CheckValues.
  void Require(const std::string& path, std::optional<double> value, const std::string& who,
               CountOf which) {
    if (value || Find(who, which)) return;
    Add(path, "must be a number, because status is ok and there is an attack");
  }

  // Who leaves out what does not flatter him would win.
  void CheckNothingIsLeftOut() {
    const bool attacked = score_.cell.attack != "none";
    if (score_.status != Status::kOk || !attacked || !score_.student) return;
    Require("/student/asr", score_.student->asr, "student", &Counts::target);
    Require("/student/ra", score_.student->ra, "student", &Counts::true_label);
    if (!score_.teacher)
      return Add("/teacher", "must be there, because status is ok and there is an attack");
    Require("/teacher/acc", score_.teacher->acc, "teacher", &Counts::clean);
    Require("/teacher/asr", score_.teacher->asr, "teacher", &Counts::target);
  }

  // No image is classified as the target and as its own label, because the target's images are left
  // out.
  void CheckSums() {
    for (const auto& [who, counts] : score_.counts) {
      const auto target = FindSound(who, &Counts::target);
      const auto own = FindSound(who, &Counts::true_label);
      if (!target || !own || own->of != target->of || own->hits <= own->of - target->hits) continue;
      Add(who == "student" ? "/student/ra" : fmt::format("/counts/{}/true_label", who),
          "asr + ra = {} + {} of {} must be at most 1", target->hits, own->hits, own->of);
    }
  }

  // Everybody was asked about the same images.
  void CheckSize(CountOf which, const char* name, std::optional<int64_t>& n) {
    for (const auto& [who, counts] : score_.counts) {
      const auto& count = counts.*which;
      if (!count || !IsCount(*count)) continue;
      if (n && *n != count->of) {
        Add(fmt::format("/counts/{}/{}", who, name), "n = {} is not {} as elsewhere", count->of,
            *n);
      }
      n = n.value_or(count->of);
    }
  }

  void CheckSizes() {
    std::optional<int64_t> clean, triggered;
    CheckSize(&Counts::clean, "clean", clean);
    CheckSize(&Counts::target, "target", triggered);
    CheckSize(&Counts::true_label, "true_label", triggered);
    if (clean && triggered && *triggered > *clean) {
      Add("/counts", "{} triggered images of {} clean ones", *triggered, *clean);
    }
  }

  // Its count is in no score, but it saw the images that the teacher saw.
  void CheckCleanTeacher() {
    const auto images = FindSound("teacher", &Counts::clean);
    if (!images || !score_.teacher || !score_.teacher->clean_acc) return;
    const double acc = *score_.teacher->clean_acc;
    if (!IsShareOf(acc, images->of)) Add("/teacher/clean_acc", "{} is no k/{}", acc, images->of);
  }

  void CheckAgreement() {
    const auto images = FindSound("student", &Counts::clean);
    if (!images || !score_.student || !score_.student->agreement) return;
    const double agreement = *score_.student->agreement;
    if (!IsShareOf(agreement, images->of))
      return Add("/student/agreement", "{} is no k/{}", agreement, images->of);
    const auto teacher = FindSound("teacher", &Counts::clean);
    if (teacher && teacher->of == images->of)
      CheckWhoCanAgree(agreement, images->hits, teacher->hits, images->of);
  }

  // Where one alone is right they disagree, where both are they agree. Either of them may have been
  // asked once more, on another machine, where a few answers differ.
  void CheckWhoCanAgree(double agreement, int64_t student, int64_t teacher, int64_t images) {
    const int64_t slack = 2 + images / 200;
    const auto most = std::min(images, images - std::abs(student - teacher) + slack);
    const auto least = std::max<int64_t>(0, student + teacher - images - slack);
    const auto agreed = std::llround(agreement * static_cast<double>(images));
    if (agreed >= least && agreed <= most) return;
    Add("/student/agreement",
        "{} of {} must lie in [{}, {}], because student and teacher are right {} and {} times",
        agreed, images, least, most, student, teacher);
  }

  const Score& score_;
  const std::filesystem::path& file_;
  std::vector<Problem> problems_;
};

}  // namespace

bool IsCount(const Count& count) { return count.of > 0 && count.hits <= count.of; }

std::vector<Problem> CheckCounts(const Score& score, const std::filesystem::path& file) {
  return CountChecker(score, file).Run();
}

}  // namespace dfkd
