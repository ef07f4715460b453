// Run-time contracts: what an attack, a distiller and a defence implement, and all that they may
// touch. A context holds no poisoned data, trigger, target label or test data, so that a plugin
// cannot cheat by accident.
//
// Stored images are uint8 [N,C,H,W]; what networks read is float32 [N,C,H,W], normalised by the
// ImageSpec. Labels are int64 [N], logits [N, classes].
//
// Nothing here is shared between threads: a stage is one thread with one set of instances.
//
// A context is lent. Unless its class says otherwise the object itself is gone when the call
// returns, but what it refers to (teacher, student, progress, data) outlives every hook of the
// plugin that was given it: a plugin may keep a copy, or a pointer to such a part, and use it in
// later hooks, though not in its destructor.
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

// A network, bench/nn/classifier.h. A const Classifier& is frozen: it answers in evaluation mode
// and has no gradients of parameters.
class Classifier;

struct Split {
  // uint8 [N,C,H,W].
  at::Tensor images;
  // int64 [N]; undefined where there are none (a transfer set).
  at::Tensor labels;
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

// Scalars for curves and people, kept where Wants(round): up to 200 names of 100 bytes, else Error.
class Progress {
 public:
  virtual ~Progress() = default;
  // True for about a hundred rounds of a run.
  virtual bool Wants(int64_t round) const = 0;
  virtual void Scalar(const std::string& name, double value, int64_t round) = 0;
  virtual void Tick(int64_t done, int64_t total) = 0;
};

// Whether batch normalisation uses its running statistics (evaluation), or those of the batch,
// which then also move the running ones (training).
enum class Mode { kEval, kTrain };

// By what a forward pass may be differentiated.
enum class Grad { kNone, kInputs, kAll };

// How a learning rate moves. Positions are counted in rounds (per_round) from the start of the
// phase.
struct Schedule {
  // constant, cosine (to 0), one_cycle or multistep.
  std::string kind = "constant";
  std::vector<int64_t> milestones = {};
  // multistep: the factor at each milestone.
  double gamma = 1;
  // one_cycle: the share of the total that rises.
  double warmup = 0;
};

struct OptimizerSpec {
  // sgd, adam or radam.
  std::string kind = "sgd";
  double lr = 0.1, momentum = 0, weight_decay = 0, beta1 = 0.9, beta2 = 0.999;
  // Of the whole gradient; 0 switches clipping off.
  double clip_norm = 0;
  bool nesterov = false;
  Schedule schedule = {};
};

// KL(teacher || student) at a temperature. KLmean of the references divides by classes as well as
// by the batch.
struct KdLoss {
  double temperature = 1;
  bool mean_over_classes = false, tau_squared = true;
};

// What becomes of a batch: its images are being made, or the student takes a step on it.
enum class BatchUse { kSynthesis, kStudent };

// One batch on which the student imitates the teacher. Nobody changes its tensors in place, so
// images that are the same tensor as before (is_same) hold the same pixels.
struct TransferBatch {
  // float32 [N,C,H,W], normalised; carries a graph while it is being synthesised.
  at::Tensor images;
  // [N, classes].
  at::Tensor teacher_logits;
  // The distiller's own loss.
  KdLoss kd;
  // Activations of the teacher by name: those that the defences which act in this round ask for
  // (Defense::Taps), and those that the distiller asked for.
  std::map<std::string, at::Tensor> teacher_taps;
  // `step` counts the student's steps inside the round, as StepStudent sees them; while images are
  // made, it is the distiller's to set.
  int64_t round = 0, step = 0;
  // How much the distiller's loss counts beyond the mean over images of its KdLoss, so that a
  // defence that puts another loss in its place keeps the measure. Finite, above 0.
  double weight = 1;
  // [N, classes]: what the student answered to `images` in train mode, before this step. A
  // distiller that has it leaves it here for StepStudent, so that no defence asks again; undefined
  // is allowed. Hooks get its values without a graph.
  at::Tensor student_logits;
  // Set by the context before the batch reaches a hook.
  BatchUse use = BatchUse::kStudent;
};

// --- Attack

struct Poisoned {
  // The training set with triggers and labels in place.
  Split data;
  // What was poisoned, ascending.
  std::vector<int64_t> indices;
  // Cover samples, ascending: they carry the trigger too, and keep their labels. None is poisoned.
  std::vector<int64_t> covers = {};
};

// What an attack that learns something before any teacher is trained may touch.
struct CraftContext {
  // Clean, on the CPU.
  const Split& train;
  // On the device; null unless the card says needs_clean_teacher.
  const Classifier* clean_teacher;
  ImageSpec spec;
  at::Device device;
  // The very stream that Poison is given: the same forks choose the same images.
  Rng rng;
  // Tick often: that is where a stage that must stop is stopped.
  Progress& progress;
};

// How the teacher will be trained, as the matrix's recipe says. Schedules count epochs, one_cycle
// steps.
struct TrainingPlan {
  OptimizerSpec optimizer;
  int64_t epochs = 0, batch_size = 0;
};

// The images of one training step, as stored: neither augmented nor normalised. On the device.
struct LabelledBatch {
  // uint8 [N,C,H,W], of the poisoned set.
  at::Tensor pixels;
  // int64 [N].
  at::Tensor labels;
  int64_t step = 0;
};

// What an attack that takes part in the teacher's training may touch. The context itself lives as
// long as the training.
class TeacherContext {
 public:
  virtual ~TeacherContext() = default;
  virtual Classifier& teacher() = 0;
  // Null unless the card says needs_clean_teacher.
  virtual const Classifier* clean_teacher() const = 0;
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  // The attack's own; fork it by name and step.
  virtual const Rng& rng() const = 0;
  virtual Progress& progress() = 0;
  virtual const TrainingPlan& plan() const = 0;
  virtual int64_t total_steps() const = 0;
  // The plan's schedule at `step`, for optimizers beside it.
  virtual double RateFactor(int64_t step) const = 0;
  // The recipe's augmentation as it falls in this step: the same crops and flips whatever is given.
  // [N,C,H,W] of pixel values in any dtype, differentiable if they are; Normalize what comes out.
  virtual at::Tensor Augment(const at::Tensor& pixels, int64_t step) const = 0;
};

// What an attack that poisons transfer sets may touch.
struct TransferPoisonContext {
  // As the distiller's recipe made it, on the CPU; labels are undefined unless the recipe has them.
  const Split& transfer_set;
  // As its user receives it, on the device; a defence may sanitise it afterwards.
  const Classifier& teacher;
  ImageSpec spec;
  at::Device device;
  Rng rng;
  // Tick often: that is where a stage that must stop is stopped.
  Progress& progress;
};

// In the order of a teacher's making: Begin, Craft (in a stage of its own, once for all that share
// its inputs), Poison, then the hooks of training. Evaluation begins it and restores its state.
class Attack {
 public:
  static constexpr PluginKind kKind = PluginKind::kAttack;
  virtual ~Attack() = default;

  // Called once before anything else: makes the trigger for this image size.
  virtual void Begin(const ImageSpec& spec) = 0;
  // Called if the card says crafts: learns state (adversarial images, a perturbation) that Visit
  // keeps.
  virtual void Craft(CraftContext&) {}
  virtual int64_t TargetLabel(int64_t true_label) const = 0;
  // uint8 [N,C,H,W] -> the same shape and dtype. Pure.
  virtual at::Tensor Trigger(const at::Tensor& images) const = 0;
  virtual Poisoned Poison(const Split& train, const Rng& rng) const = 0;
  // Called if the card says poisons_transfer, after training and once for each student seed: as
  // many images, uint8 [N,C,H,W] on the CPU, with poison among them. Their labels stay.
  virtual at::Tensor PoisonTransfer(TransferPoisonContext& ctx) const {
    return ctx.transfer_set.images;
  }
  // All that Trigger, Poison and PoisonTransfer need beside the options.
  virtual void Visit(StateVisitor&) {}

  // The hooks below are called if the card says trains_teacher. The stage keeps the loop, the
  // teacher's optimizer, checkpoints and limits; a hook that is not overridden leaves training as
  // it is.

  // Another optimizer, other epochs.
  virtual void PlanTraining(TrainingPlan&) const {}
  // Before the first step (a resumed run: again, then Visit and VisitTraining restore). The teacher
  // is freshly initialised: other weights may be copied into it, parameters be frozen.
  virtual void BeginTraining(TeacherContext&) {}
  // Scalar to descend in this step; undefined stands for cross entropy on the augmented batch.
  virtual at::Tensor TeacherLoss(TeacherContext&, const LabelledBatch&) { return {}; }
  // After the teacher's step on the same batch: what is learned beside it.
  virtual void AfterStep(TeacherContext&, const LabelledBatch&) {}
  // What a training cut here needs beside Visit (a shadow model, optimizers). Not in the artifact.
  virtual void VisitTraining(StateVisitor&) {}
};

// --- Defence

// What a part of a defence may touch. It may be copied and kept.
struct DefenseContext {
  const Classifier& teacher;
  ImageSpec spec;
  DistillerTraits distiller;
  // Forked for this part; fork further by name and round.
  Rng rng;
  Progress& progress;
  // Null unless the card says needs_clean_data: 5 % of the training images, at most 2,500.
  const Split* clean_subset = nullptr;
  // For SanitizeTeacher and RepairStudent if the card says needs_synthetic_data, else null: as many
  // images (fewer where there are no more) that the distiller made or distils on, labelled by the
  // teacher (argmax). Its labels may be poisoned: that is the risk to measure.
  const Split* synthetic = nullptr;
  // Whether another part of this distillation, named by its plugin, has Found what it looks for.
  std::function<bool(const std::string& plugin)> found = [](const std::string&) { return false; };
  // Where teacher, student and images are.
  at::Device device = at::kCPU;
};

// A late phase restarts the student's optimizer: the distiller's kind with fresh state.
struct StudentPhase {
  int64_t first_round;
  // Falls to 0 over the remaining rounds, as a cosine.
  double lr;
  // Keep the distiller's clipping of gradients.
  bool clip = false;
  // Rounds between moves of the rate: an epoch, where rounds are steps.
  int64_t hold = 1;
};

// One part of a defence. Override any subset of the hooks; doing nothing is always a valid answer.
//
// A stage that sanitises or repairs calls that hook alone. Every other stage calls Begin once,
// before the other hooks. Hooks of several parts run in the order of the list; penalties and
// gradients add; only one part may give coefficients.
//
// In the rounds in which a part acts, its hooks are called so:
//
//   while images are made, at each step of their synthesis, with one batch (use = kSynthesis):
//     Observe of every part, then SynthesisPenalty of every part, each exactly once
//   at each step of the student, with one batch (use = kStudent):
//     Observe of every part, then SampleCoefficients of every part, each exactly once;
//     the backward pass; AddStudentGradients of every part, once; the optimizer's step
//
// A ZSKT round with ten student steps thus calls Observe eleven times. How many steps there are,
// and whether a round makes images at all, is the distiller's to say. Where images are made in a
// stage of their own (card: acts_on_synthesis), only the first kind of step exists, `round` counts
// these steps, and every part acts in all of them.
class Defense {
 public:
  static constexpr PluginKind kKind = PluginKind::kDefense;
  virtual ~Defense() = default;

  // Before distillation, if the card says sanitizes_teacher: prunes, fine-tunes, unlearns.
  virtual void SanitizeTeacher(Classifier&, DefenseContext&) {}
  // Before the first round in which the part acts (a resumed run: again, then Visit restores).
  virtual void Begin(DefenseContext&) {}
  // Segments of the teacher whose activations every batch shall carry (teacher_taps). Asked at
  // every batch, after Begin.
  virtual std::vector<std::string> Taps() const { return {}; }
  // Where the student's optimizer restarts. Asked once, after Begin.
  virtual std::optional<StudentPhase> LatePhase() const { return {}; }
  // All that a part learns from a batch, for the two hooks below are const. The steps of a round
  // may show the same images again.
  virtual void Observe(const TransferBatch&) {}
  // Scalar, added to the loss of the images; undefined adds nothing. Of the batch just observed.
  virtual at::Tensor SynthesisPenalty(const TransferBatch&) const { return {}; }
  // [N]: the weight of each image in the student's loss, 1/N where it is undefined; below 0
  // un-distils. Of the batch just observed.
  virtual at::Tensor SampleCoefficients(const TransferBatch&) const { return {}; }
  // Adds to the .grad of the student, whose parameters it must not change. Passes in train mode
  // move the student's running statistics.
  virtual void AddStudentGradients(Classifier&, const TransferBatch&) {}
  // After distillation, if the card says repairs_student.
  virtual void RepairStudent(Classifier&, DefenseContext&) {}
  // Of parts that look for something (a vaccine): whether they have it by now, and others may rest.
  virtual bool Found() const { return false; }
  virtual void Visit(StateVisitor&) {}
};

// --- Distiller

// Everything a distiller may touch. The context itself lives as long as the distiller.
class DistillContext {
 public:
  virtual ~DistillContext() = default;
  virtual const Classifier& teacher() const = 0;
  virtual Classifier& student() = 0;
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  // Fork it by name and round; never draw from it.
  virtual const Rng& rng() const = 0;
  virtual Progress& progress() = 0;
  virtual int64_t total_rounds() const = 0;
  // On the device; undefined images if the card names no recipe.
  virtual const Split& transfer_set() const = 0;

  // Once, in Begin. The schedule runs over total_rounds.
  virtual void UseStudentOptimizer(const OptimizerSpec& spec) = 0;
  // The teacher's answer to `images`, from one pass: its logits, the activations that the defences
  // asked for, and those that the distiller names in `taps` (a segment of the network, or
  // "features"). Grad::kInputs while synthesising.
  virtual TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t round,
                              Grad grad = Grad::kNone,
                              const std::vector<std::string>& taps = {}) = 0;
  // The sum of every part's SynthesisPenalty; zero (a scalar) if there is none. Every part observes
  // the batch first: call it once for each step of a synthesis, also where the sum has no use.
  virtual at::Tensor SynthesisPenalty(const TransferBatch& batch) = 0;
  // The only way to train the student: lets every part observe the batch, takes the gradients of
  // loss = sum_i c_i * per_sample_loss_i, where c is 1/N or a defence's coefficients, adds those of
  // the defences, clips, and steps with the optimizer of the phase (Defense::LatePhase). Throws
  // Error (diverged) on a non-finite loss.
  virtual void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) = 0;
};

// Synthesis before the rounds, from the transfer set (DeepInversion). No student exists yet. The
// context itself lives as long as the distiller.
class SynthesisContext {
 public:
  virtual ~SynthesisContext() = default;
  virtual const Classifier& teacher() const = 0;
  virtual const ImageSpec& spec() const = 0;
  virtual at::Device device() const = 0;
  virtual const Rng& rng() const = 0;
  virtual Progress& progress() = 0;
  // The transfer set; undefined images if there is none.
  virtual const Split& start() const = 0;
  // As DistillContext::Teach with Grad::kInputs.
  virtual TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t step) = 0;
  // As DistillContext::SynthesisPenalty.
  virtual at::Tensor SynthesisPenalty(const TransferBatch& batch) = 0;
};

class Distiller {
 public:
  static constexpr PluginKind kKind = PluginKind::kDistiller;
  virtual ~Distiller() = default;
  // Called if the traits say `synthesizes`: the transfer set that the rounds will see, uint8
  // [N,C,H,W].
  virtual Split Synthesize(SynthesisContext&) { return {}; }
  virtual void Begin(DistillContext& ctx) = 0;
  // One turn of the paper's loop.
  virtual void Round(DistillContext& ctx, int64_t round) = 0;
  // Before the round in which a defence restarts the student's optimizer (Defense::LatePhase). The
  // reference resumes a saved run there, and what some of its methods did not save is gone.
  virtual void EnterLatePhase(DistillContext&) {}
  // Called if the traits say `samples`, once, after the last round: up to `count` images as the
  // student of the last round saw them, uint8 or normalised [N,C,H,W], drawn from
  // ctx.rng().Fork("samples"). Otherwise the transfer set, if there is one, stands for them.
  virtual at::Tensor Samples(DistillContext&, int64_t) { return {}; }
  virtual void Visit(StateVisitor&) {}
};

}  // namespace dfkd
