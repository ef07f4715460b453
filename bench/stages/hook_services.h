// What a plugin calls back while a hook of it runs, with a look at what it says there.
#pragma once
#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#include "bench/core/interfaces.h"
#include "bench/stages/hook.h"

namespace dfkd {

// Refuses the names of scalars that are the stage's own.
class CheckedProgress final : public Progress {
 public:
  // Both must outlive this.
  CheckedProgress(const std::string& who, Progress& stage) : who_(who), stage_(stage) {}

  bool Wants(int64_t round) const override { return stage_.Wants(round); }
  void Scalar(const std::string& name, double value, int64_t round) override {
    if (name.empty() || name == "loss") {
      Hook(who_, "Progress::Scalar", round)
          .Fail("'" + name +
                "' is no name for it: write the plugin's name, a slash and what it is");
    }
    stage_.Scalar(name, value, round);
  }
  void Tick(int64_t done, int64_t total) override { stage_.Tick(done, total); }

 private:
  const std::string& who_;
  Progress& stage_;
};

// What the stage gives an attack in training, with a look at its progress.
class CheckedTeacherContext final : public TeacherContext {
 public:
  // Both must outlive this.
  CheckedTeacherContext(const std::string& who, TeacherContext& stage)
      : stage_(stage), progress_(who, stage.progress()) {}

  // Whether it stands for `stage`.
  bool IsOf(const TeacherContext& stage) const { return &stage == &stage_; }

  Classifier& teacher() override { return stage_.teacher(); }
  const Classifier* clean_teacher() const override { return stage_.clean_teacher(); }
  const ImageSpec& spec() const override { return stage_.spec(); }
  at::Device device() const override { return stage_.device(); }
  const Rng& rng() const override { return stage_.rng(); }
  Progress& progress() override { return progress_; }
  const TrainingPlan& plan() const override { return stage_.plan(); }
  int64_t total_steps() const override { return stage_.total_steps(); }
  double RateFactor(int64_t step) const override { return stage_.RateFactor(step); }
  at::Tensor Augment(const at::Tensor& pixels, int64_t step) const override {
    return stage_.Augment(pixels, step);
  }

 private:
  TeacherContext& stage_;
  CheckedProgress progress_;
};

// What a stage threw at a plugin that called back: a limit, a loss that is no number, a fault of a
// defence. A plugin may catch that, and must not go on as if it had not been.
class Thrown {
 public:
  // Calls `body`, what the plugin calls back, and keeps the first thing that is thrown.
  template <class Body>
  auto Keep(Body&& body) {
    try {
      return body();
    } catch (...) {
      if (!first_) first_ = std::current_exception();
      throw;
    }
  }
  // Calls `body`, the hook; then throws what was kept meanwhile, whatever became of it in there.
  template <class Body>
  auto Outlast(Body&& body) {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Body>>) {
        body();
        Rethrow();
      } else {
        auto result = body();
        Rethrow();
        return result;
      }
    } catch (...) {
      Rethrow();
      throw;
    }
  }

 private:
  void Rethrow() {
    if (const auto first = std::exchange(first_, nullptr)) std::rethrow_exception(first);
  }
  std::exception_ptr first_;
};

// Refuses state without a name.
class CheckedVisitor final : public StateVisitor {
 public:
  CheckedVisitor(const Hook& hook, StateVisitor& stage) : hook_(hook), stage_(stage) {}

  void Tensor(const std::string& name, at::Tensor& value) override {
    RequireName(name);
    stage_.Tensor(name, value);
  }
  void Number(const std::string& name, int64_t& value) override {
    RequireName(name);
    stage_.Number(name, value);
  }

 private:
  void RequireName(const std::string& name) const {
    if (name.empty()) hook_.Fail("what it keeps needs a name");
  }
  const Hook& hook_;
  StateVisitor& stage_;
};

// Calls `visit` of a plugin, which names what it keeps to `stage`.
template <class Plugin, class Visit>
void VisitChecked(const Hook& hook, StateVisitor& stage, Plugin& plugin, Visit visit) {
  CheckedVisitor visitor(hook, stage);
  hook.Call(Lent(), [&] { (plugin.*visit)(visitor); });
}

}  // namespace dfkd
