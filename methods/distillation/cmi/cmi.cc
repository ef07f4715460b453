#include "methods/distillation/cmi/cmi.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/images/views.h"
#include "bench/nn/device.h"
#include "bench/nn/losses.h"
#include "bench/nn/norm_statistics.h"
#include "bench/nn/optim.h"
#include "bench/nn/random.h"
#include "bench/nn/synthesis_losses.h"

namespace dfkd::cmi {
namespace {

constexpr int64_t kViewPadding = 4;  // of the global view, whatever the data set

}  // namespace

Cmi::Cmi(const Options& options)
    : options_(options), bank_(options.bank_size, options.bank_forgets_when_full) {
  if (options.bank_size < options.synthesis_batch) {
    throw MakeError("cmi: bank_size = {} must be at least synthesis_batch = {}", options.bank_size,
                    options.synthesis_batch);
  }
}

void Cmi::Begin(DistillContext& ctx) {
  ctx.UseStudentOptimizer({.kind = "sgd",
                           .lr = options_.lr,
                           .momentum = 0.9,
                           .weight_decay = 1e-4,
                           .schedule = {.kind = "cosine"}});
  GeneratorSpec spec;
  spec.kind = GeneratorKind::kDataFree;
  spec.latent = options_.latent;
  spec.width = options_.generator_width;
  generator_.emplace(spec, ctx.spec());
  generator_->Use(ctx.device(), ctx.teacher().profile());
  const auto precision = PrecisionOf(SecondOrder(ctx.teacher().profile()));
  head_.emplace(CountFeatures(ctx.teacher()), options_.head_width, options_.head_lr,
                at::TensorOptions(precision).device(ctx.device()));
  head_->Initialize(ctx.rng().Fork("head"));
}

void Cmi::Round(DistillContext& ctx, int64_t round) {
  AddImages(ctx, round);
  DistilOnPool(ctx, pool_.images(), Steps(ctx.spec()), round);
}

// A synthesis: generator and latents drawn anew, the iteration of the lowest loss kept.
void Cmi::AddImages(DistillContext& ctx, int64_t round) {
  const Rng rng = ctx.rng().Fork("synthesis", round);
  const int64_t count = options_.synthesis_batch;
  generator_->Reset(rng.Fork("generator"));
  const auto latent = Normal(rng.Fork("latent"), {count, options_.latent}, ctx.device(),
                             PrecisionOf(ctx.teacher().profile()))
                          .requires_grad_(true);
  const auto drawn = Integers(rng.Fork("labels"), ctx.spec().classes, {count});
  const auto labels = Upload(std::get<0>(drawn.sort()), ctx.device());
  auto trained = generator_->Parameters();
  trained.push_back({"latent", latent});
  Optimizer adam(trained, {.kind = "adam", .lr = options_.generator_lr, .beta1 = 0.5});
  auto weights = Contrasts() ? head_->Weights() : std::vector<at::Tensor>{};
  const auto of_head = static_cast<std::ptrdiff_t>(weights.size());
  for (const auto& parameter : trained) weights.push_back(parameter.value);
  // The reference's bank that forgets makes every cost NaN: the first iteration is kept.
  const bool blind = bank_.was_filled() && bank_.size() == 0;
  BestOffer best;
  for (int64_t step = 0; step < options_.synthesis_steps; ++step) {
    const auto images = generator_->Images(latent, Grad::kAll);  // [N,C,H,W] in [0,1]
    const auto pass = Look(ctx, images, labels, round, step);
    best.Offer(pass.loss,
               Contrasts() ? std::vector{pass.images, pass.features} : std::vector{pass.images});
    const auto gradients = Gradients(pass.loss, weights);
    const auto of_generator = gradients.begin() + of_head;
    if (Contrasts()) head_->Step({gradients.begin(), of_generator});
    adam.DescendAlong({of_generator, gradients.end()});
  }
  if (const double cost = best.cost().item<double>(); !std::isfinite(cost) && !blind) {
    throw MakeError(FailureClass::kDiverged, "cmi: round {}: the loss of the images is {}", round,
                    cost);
  }
  pool_.Append(best.tensors()[0]);
  if (Contrasts()) bank_.Push(best.tensors()[1]);
}

// L = L_inv + w L_cr + what the defences add, and what is kept if it is the best.
Cmi::Pass Cmi::Look(DistillContext& ctx, const at::Tensor& images, const at::Tensor& labels,
                    int64_t round, int64_t step) {
  const Rng rng = ctx.rng().Fork("views", round).Fork("step", step);
  const int64_t n = images.size(0);
  const auto view = [&](const View& v) { return NormalizeUnit(Seen(images, v), ctx.spec()); };
  const auto global =
      view(CropView(rng.Fork("global"), n, ctx.spec(), kViewPadding, /*flip=*/true));
  TransferBatch batch;
  at::Tensor norm, of_global, of_local;
  {
    NormWatch watch(ctx.teacher());
    batch = ctx.Teach(global, Kd(), round, Grad::kInputs);
    norm = NormDistance(watch.seen);
    if (Contrasts()) {
      of_global = SpatialMeans(watch.seen);  // [N,d]
      watch.seen.clear();
      ctx.teacher().Logits(view(ResizedCropView(rng.Fork("local"), n, ctx.spec(), {},
                                                /*flip=*/true, images.scalar_type())),
                           Grad::kInputs);
      of_local = SpatialMeans(watch.seen);
    }
  }
  batch.step = step;
  const auto one_hot = CrossEntropyPerSample(batch.teacher_logits, labels).mean();
  auto adversarial = at::zeros({}, one_hot.options()), contrast = adversarial;
  if (options_.adversarial_weight > 0) {
    const auto student = ctx.student().Logits(global, Mode::kEval, Grad::kInputs);
    adversarial = DecisionAdversarialLoss(batch.teacher_logits, student);
  }
  if (Contrasts()) contrast = Contrast(of_local, of_global, rng);
  const auto loss = options_.norm_weight * norm + options_.one_hot_weight * one_hot +
                    options_.adversarial_weight * adversarial +
                    options_.contrast_weight * contrast + ctx.SynthesisPenalty(batch);
  if (step + 1 == options_.synthesis_steps && ctx.progress().Wants(round)) {
    const auto report = [&](const char* name, const at::Tensor& value) {
      ctx.progress().Scalar(std::string("cmi/") + name, value.item<double>(), round);
    };
    report("norm_distance", norm), report("cross_entropy", one_hot);
    report("adversarial", adversarial), report("contrast", contrast), report("loss", loss);
  }
  return {images, loss, Contrasts() ? at::cat({of_local, of_global}, 1) : at::Tensor()};
}

// Gradients reach the images through their local views only.
at::Tensor Cmi::Contrast(const at::Tensor& local, const at::Tensor& global, const Rng& rng) const {
  std::vector<at::Tensor> locals = {local}, globals = {global.detach()};
  if (bank_.was_filled()) {
    const auto cached = bank_.Draw(rng.Fork("negatives"), options_.negatives).chunk(2, 1);
    locals.push_back(cached[0]);
    globals.push_back(cached[1]);
  }
  const auto u = head_->Project(at::cat(locals));  // [N + negatives, head_width]
  at::Tensor v;
  {
    const at::NoGradGuard no_grad;
    v = head_->Project(at::cat(globals));
  }
  return ContrastiveLoss(u, v, local.size(0), options_.contrast_temperature, bank_.was_filled());
}

void Cmi::EnterLatePhase(DistillContext& ctx) {
  if (!options_.restart_in_late_phase) return;
  pool_.Clear();
  bank_.Clear();
  head_->Initialize(ctx.rng().Fork("late_head"));
}

void Cmi::Visit(StateVisitor& visitor) {
  head_->Visit(visitor, "head");
  bank_.Visit(visitor, "bank");
  pool_.Visit(visitor, "pool");
}

}  // namespace dfkd::cmi
