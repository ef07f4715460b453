// Run-time contracts: what an attack, a distiller and a defence implement, and all that they may
// touch. A context holds no poisoned data, trigger, target label or test data, so that a plugin
// cannot cheat by accident.
//
// Stored images: uint8 [N,C,H,W]. Network inputs: float32 [N,C,H,W], normalised by the ImageSpec.
// Labels: int64 [N]. Logits: [N, classes]. Nothing here is shared between threads: one stage, one
// thread, one set of instances.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/image.h"
#include "bench/core/plugin_card.h"
#include "bench/core/rng.h"

namespace dfkd {

class Classifier;  // bench/nn/classifier.h; a const Classifier& is frozen: eval mode, no parameter
                   // gradients

struct Split {
  at::Tensor images;  // uint8 [N,C,H,W]
  at::Tensor labels;  // int64 [N]; undefined where there are none (a transfer set)
};

// Names everything that a resumed run needs. One Visit function saves and loads: it calls the
// visitor for each item, always in the same order, and the visitor reads it or replaces it. An
// undefined tensor stays undefined.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void Tensor(const std::string& name, at::Tensor& value) = 0;
  virtual void Number(const std::string& name, int64_t& value) = 0;
};

// Scalars for the curves and for people. Cheap to call: nothing is kept unless Wants(round).
class Progress {
 public:
  virtual ~Progress() = default;
  virtual bool Wants(int64_t round) const = 0;  // about a hundred rounds of a run
  virtual void Scalar(const std::string& name, double value, int64_t round) = 0;
  virtual void Tick(int64_t done, int64_t total) = 0;
};

enum class Mode { kEval, kTrain };  // batch normalisation: running statistics, or the batch's own
enum class Grad { kNone, kInputs, kAll };  // what a forward pass may be differentiated by

// How a learning rate moves. Positions are counted in rounds (per_round) from the start of the
// phase.
struct Schedule {
  std::string kind = "constant";  // constant, cosine (to 0), one_cycle, multistep
  std::vector<int64_t> milestones = {};
  double gamma = 1;   // multistep: factor at each milestone
  double warmup = 0;  // one_cycle: share of the total that rises
};

struct OptimizerSpec {
  std::string kind = "sgd";  // sgd, adam, radam
  double lr = 0.1, momentum = 0, weight_decay = 0, beta1 = 0.9, beta2 = 0.999;
  double clip_norm = 0;  // of the whole gradient; 0 = off
  bool nesterov = false;
  Schedule schedule = {};
};

// KL(teacher || student) at a temperature. KLmean of the references divides by classes as well as
// by the batch.
struct KdLoss {
  double temperature = 1;
  bool mean_over_classes = false, tau_squared = true;
};

// One batch on which the student imitates the teacher.
struct TransferBatch {
  at::Tensor images;  // float32 [N,C,H,W], normalised; carries grad while it is being synthesised
  at::Tensor teacher_logits;                       // [N, classes]
  KdLoss kd;                                       // the distiller's own loss
  std::map<std::string, at::Tensor> teacher_taps;  // what Defense::Taps asked for
  int64_t round = 0, step = 0;                     // step counts student steps inside a round
};

// --- Attack
// ----------

struct Poisoned {
  Split data;                    // the training set with triggers and labels in place
  std::vector<int64_t> indices;  // what was poisoned, ascending
};

// What an attack that learns something before any teacher is trained may touch.
struct CraftContext {
  const Split& train;               // clean, on the CPU
  const Classifier* clean_teacher;  // on the device; null unless the card says needs_clean_teacher
  ImageSpec spec;
  at::Device device;
  Rng rng;  // the very stream that Poison is given: the same forks choose the same images
  Progress& progress;  // Tick often: that is where a stage that must stop is stopped
};

// How the teacher will be trained, as the matrix's recipe says; schedules count epochs, one_cycle
// steps.
struct TrainingPlan {
  OptimizerSpec optimizer;
  int64_t epochs = 0, batch_size = 0;
};

// The images of one training step, as stored: neither augmented nor normalised. On the device.
struct LabelledBatch {
  at::Tensor pixels;  // uint8 [N,C,H,W]; of the poisoned set
  at::Tensor labels;  // int64 [N]
  int64_t step = 0;
};

// What an attack that takes part in the teacher's training may touch.
class TeacherContext {
 public:
  virtual ~TeacherContext() = default;
  virtual Classifier& teacher() = 0;
  virtual const Classifier* clean_teacher() const = 0;  // null unless needs_clean_teacher
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  virtual const Rng& rng() const = 0;  // the attack's own; fork it by name and step
  virtual Progress& progress() = 0;
  virtual const TrainingPlan& plan() const = 0;
  virtual int64_t total_steps() const = 0;
  virtual double RateFactor(
      int64_t step) const = 0;  // the plan's schedule, for optimizers beside it
  // The recipe's augmentation as it falls in this step: the same crops and flips whatever is given.
  // [N,C,H,W] of pixel values in any dtype, differentiable if they are; Normalize what comes out.
  virtual at::Tensor Augment(const at::Tensor& pixels, int64_t step) const = 0;
};

// In the order of a teacher's making: Begin, Craft (in a stage of its own, once for all that share
// its inputs), Poison, then the hooks of training. Evaluation begins it and restores its state.
class Attack {
 public:
  static constexpr PluginKind kKind = PluginKind::kAttack;
  virtual ~Attack() = default;

  // Called once before anything else: makes the trigger for this image size.
  virtual void Begin(const ImageSpec& spec) = 0;
  // For attacks whose card says crafts: learns state (adversarial images, a perturbation) kept by
  // Visit.
  virtual void Craft(CraftContext&) {}
  virtual int64_t TargetLabel(int64_t true_label) const = 0;
  // uint8 [N,C,H,W] -> the same shape and dtype. Pure.
  virtual at::Tensor Trigger(const at::Tensor& images) const = 0;
  virtual Poisoned Poison(const Split& train, const Rng& rng) const = 0;
  // All that Trigger and Poison need beside the options.
  virtual void Visit(StateVisitor&) {}

  // --- For attacks whose card says trains_teacher; the others leave training as it is. The stage
  // keeps the loop, the teacher's optimizer, checkpoints and limits.
  // Another optimizer, other epochs.
  virtual void PlanTraining(TrainingPlan&) const {}
  // Before the first step (a resumed run: again, then Visit and VisitTraining restore). The teacher
  // is freshly initialised: other weights may be copied into it, parameters be frozen.
  virtual void BeginTraining(TeacherContext&) {}
  // Scalar to descend in this step; undefined: cross entropy on the augmented batch.
  virtual at::Tensor TeacherLoss(TeacherContext&, const LabelledBatch&) { return {}; }
  // After the teacher's step on the same batch: what is learned beside it.
  virtual void AfterStep(TeacherContext&, const LabelledBatch&) {}
  // What a training cut here needs beside Visit (a shadow model, optimizers). Not in the artifact.
  virtual void VisitTraining(StateVisitor&) {}
};

// --- Defence
// -----------

struct DefenseContext {
  const Classifier& teacher;
  ImageSpec spec;
  DistillerTraits distiller;
  Rng rng;  // forked for this part; fork further by name and round
  Progress& progress;
  const Split* clean_subset = nullptr;  // null unless the card says needs_clean_data
  // SanitizeTeacher and RepairStudent, if the card says needs_synthetic_data, else null: up to
  // 2,500 images that the distiller made or distils on, labelled by the teacher (argmax). Its
  // labels may be poisoned: that is the risk to measure.
  const Split* synthetic = nullptr;
  // Whether another part of this distillation, named by its plugin, has Found what it looks for.
  std::function<bool(const std::string& plugin)> found = [](const std::string&) { return false; };
};

struct StudentPhase {  // a late phase restarts the student's optimizer: the distiller's kind with
                       // fresh state
  int64_t first_round;
  double lr;          // cosine to 0 over the remaining rounds
  bool clip = false;  // keep the distiller's gradient clipping
  int64_t hold = 1;   // rounds between moves of the rate: an epoch, where rounds are steps
};

// One part of a defence. Override any subset of the hooks; doing nothing is always a valid answer.
// Hooks of several parts run in the order of the list; penalties and gradients add; only one part
// may give coefficients.
class Defense {
 public:
  static constexpr PluginKind kKind = PluginKind::kDefense;
  virtual ~Defense() = default;

  virtual void SanitizeTeacher(Classifier&, DefenseContext&) {
  }  // before distillation: prune, fine-tune, unlearn
  // Once per stage, before the first round in which the part acts (a resumed run: again, then Visit
  // restores).
  virtual void Begin(DefenseContext&) {}
  virtual std::vector<std::string> Taps() const {
    return {};
  }  // teacher activations wanted in every batch
  virtual std::optional<StudentPhase> LatePhase() const { return {}; }
  virtual at::Tensor SynthesisPenalty(const TransferBatch&) {
    return {};
  }  // scalar, added to the synthesis loss
  virtual at::Tensor SampleCoefficients(const TransferBatch&) {
    return {};
  }  // [N], default 1/N; < 0 un-distils
  virtual void AddStudentGradients(Classifier&, const TransferBatch&) {
  }  // into .grad, before the optimizer's step
  virtual void RepairStudent(Classifier&, DefenseContext&) {}  // after distillation
  // Of parts that look for something (a vaccine): whether they have it by now, and others may rest.
  virtual bool Found() const { return false; }
  virtual void Visit(StateVisitor&) {}
};

// --- Distiller
// -------------

// Everything a distiller may touch.
class DistillContext {
 public:
  virtual ~DistillContext() = default;
  virtual const Classifier& teacher() const = 0;
  virtual Classifier& student() = 0;
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  virtual const Rng& rng() const = 0;  // fork it by name and round; never draw from it
  virtual Progress& progress() = 0;
  virtual int64_t total_rounds() const = 0;
  virtual const Split& transfer_set()
      const = 0;  // on the device; undefined images if the card names no recipe

  // Once, in Begin. The schedule runs over total_rounds.
  virtual void UseStudentOptimizer(const OptimizerSpec& spec) = 0;
  // The teacher's answer to `images`, with the taps that the defences asked for. Grad::kInputs
  // while synthesising.
  virtual TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round,
                              Grad grad = Grad::kNone) = 0;
  // The sum of every part's SynthesisPenalty; zero (a scalar) if there is none.
  virtual at::Tensor SynthesisPenalty(const TransferBatch& batch) = 0;
  // The only way to train the student: loss = sum_i c_i * per_sample_loss_i (c = 1/N, or a
  // defence's coefficients), restarts the optimizer where a late phase begins, adds the defences'
  // gradients, clips, steps. Throws Error (diverged) on a non-finite loss.
  virtual void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) = 0;
};

// Synthesis before the rounds, from the transfer set (DeepInversion). No student exists yet.
class SynthesisContext {
 public:
  virtual ~SynthesisContext() = default;
  virtual const Classifier& teacher() const = 0;
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  virtual const Rng& rng() const = 0;
  virtual Progress& progress() = 0;
  virtual const Split& start() const = 0;  // the transfer set; undefined images if there is none
  virtual TransferBatch Teach(const at::Tensor& images, const KdLoss& kd,
                              int64_t step) = 0;  // Grad::kInputs
  virtual at::Tensor SynthesisPenalty(const TransferBatch& batch) = 0;
};

class Distiller {
 public:
  static constexpr PluginKind kKind = PluginKind::kDistiller;
  virtual ~Distiller() = default;
  // For distillers whose traits say `synthesizes`: the transfer set that the rounds will see, uint8
  // [N,C,H,W].
  virtual Split Synthesize(SynthesisContext&) { return {}; }
  virtual void Begin(DistillContext& ctx) = 0;
  virtual void Round(DistillContext& ctx, int64_t round) = 0;  // one turn of the paper's loop
  // Before the round in which a defence restarts the student's optimizer (Defense::LatePhase). The
  // reference resumes a saved run there, and what some of its methods did not save is gone.
  virtual void EnterLatePhase(DistillContext&) {}
  // For distillers whose traits say `samples`: up to `count` images as the student of the last
  // round saw them, uint8 or normalised [N,C,H,W], drawn from ctx.rng().Fork("samples"). Called
  // once, after the last round. Otherwise the transfer set, if there is one, stands for them.
  virtual at::Tensor Samples(DistillContext&, int64_t) { return {}; }
  virtual void Visit(StateVisitor&) {}
};

}  // namespace dfkd
