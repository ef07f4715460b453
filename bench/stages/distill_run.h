// The context that a distiller and the parts of a defence see while a student is distilled.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/interfaces.h"
#include "bench/nn/optim.h"
#include "bench/stages/parts.h"
#include "bench/stages/state.h"

namespace dfkd {

class DistillRun final : public DistillContext {
 public:
  explicit DistillRun(StageRun& run);

  // One round: parts that begin now are begun, late phases entered, then the distiller's turn.
  void Round(int64_t round);
  // Everything, for a state after `round` rounds: on loading, parts that had acted by then are
  // begun first.
  void Visit(StateVisitor& visitor, int64_t round);

  const Classifier& teacher() const override { return *teacher_; }
  Classifier& student() override { return *student_; }
  const ImageSpec& spec() const override { return teacher_->spec(); }
  at::Device device() const override { return run_.device(); }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return log_; }
  int64_t total_rounds() const override { return traits_.rounds; }
  const Split& transfer_set() const override { return transfer_set_; }
  void UseStudentOptimizer(const OptimizerSpec& spec) override;
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round, Grad grad,
                      const std::vector<std::string>& taps) override;
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override;
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override;

  // Throws Error if no round has moved the student, and says who held it. For the end of the last
  // round.
  void RequireTaught();
  // What the distiller synthesizes after the rounds done.
  at::Tensor Samples(int64_t count);

  ScalarLog& log() { return log_; }
  // Normalised, of the last step.
  const at::Tensor& last_images() const { return last_images_; }

 private:
  using Clock = std::chrono::steady_clock;

  // Called at every batch, for a round may take an hour. Throws Error (timeout) past the limit, and
  // (lost) where a stop was asked for and the round does not end by itself: what it did is lost,
  // not the checkpoint before it.
  void StopInside();
  // From which round the present optimizer counts, and with which settings.
  void EnterPhase(int64_t first_round);
  const StudentPhase* PhaseAt(int64_t first_round);
  void Begin(ActivePart& part);
  at::Tensor Weighted(const TransferBatch& batch, const at::Tensor& per_sample_loss);
  double RateFactor(int64_t round);
  // Throws Error, naming the teacher, if its last answer, to ordinary images, was not finite: `why`
  // is what diverged behind it.
  void BlameTeacher(int64_t round, const Error& why) const;
  // Notes the loss of a step where that is wanted. Throws HookError if it is no number.
  void LookAt(const at::Tensor& loss, const TransferBatch& batch);

  // The distiller's own; a late phase may begin at round 0, too.
  static constexpr int64_t kBasePhase = -1;

  StageRun& run_;
  const DistillerTraits traits_;
  const Rng rng_;
  const std::unique_ptr<Classifier> teacher_;
  const std::unique_ptr<Classifier> student_;
  const Split transfer_set_;
  ScalarLog log_;
  // Undefined unless a part needs it.
  const Split clean_subset_;
  std::unique_ptr<Distiller> distiller_;
  std::vector<ActivePart> parts_;
  std::map<int64_t, StudentPhase> phases_;  // by first round
  OptimizerSpec base_;
  std::unique_ptr<Optimizer> optimizer_;
  int64_t phase_first_ = kBasePhase;
  int64_t round_ = -1, step_ = 0;
  Clock::time_point round_began_ = Clock::now();
  // Since when this round knows that it must stop.
  std::optional<Clock::time_point> stop_seen_;
  at::Tensor last_images_;
  // Of the last call of Teach, without graphs.
  at::Tensor asked_, answer_;
  // What a defence gave in the last step, and which; undefined if none did.
  at::Tensor coefficients_;
  std::string weighted_by_;
};

}  // namespace dfkd
