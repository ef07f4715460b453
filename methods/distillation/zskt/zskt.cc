#include "methods/distillation/zskt/zskt.h"

#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/nn/losses.h"

namespace dfkd::zskt {
namespace {

// Of the segments in `names`, each [N, H*W].
std::map<std::string, at::Tensor> AttentionMaps(const Taps& taps,
                                                const std::vector<std::string>& names) {
  std::map<std::string, at::Tensor> maps;
  for (const auto& name : names) maps[name] = AttentionMap(taps.at(name));
  return maps;
}

// [N]: sum over segments of the mean squared difference of the attention maps.
at::Tensor AttentionDistance(const std::map<std::string, at::Tensor>& teacher,
                             const Taps& student) {
  at::Tensor sum;
  for (const auto& [name, map] : teacher) {
    const auto distance = (AttentionMap(student.at(name)) - map).square().mean(1);
    sum = sum.defined() ? sum + distance : distance;
  }
  return sum;
}

}  // namespace

// L_G = -KLmean(T || S) + what the defences add. The student is in train mode, so that its running
// statistics see the images before the generator moves, as in the reference.
void Zskt::UpdateGenerator(DistillContext& ctx, const at::Tensor& latent, int64_t round) {
  const auto images = generator_->Images(latent, Grad::kAll);
  const auto batch = ctx.Teach(images, Kd(), round, Grad::kInputs);
  const auto student_logits = ctx.student().Logits(images, Mode::kTrain, Grad::kInputs);
  const auto divergence = KdPerSample(batch.teacher_logits, student_logits, batch.kd).mean();
  generator_->Descend(ctx.SynthesisPenalty(batch) - divergence, round);
  if (ctx.progress().Wants(round)) {
    ctx.progress().Scalar("zskt/disagreement", divergence.item<double>(), round);
  }
}

// The generator rests meanwhile: images and the teacher's answers are made once for all steps.
void Zskt::UpdateStudent(DistillContext& ctx, const at::Tensor& latent, int64_t round) {
  const auto images = generator_->Images(latent, Grad::kNone);
  auto batch = ctx.Teach(images, Kd(), round, Grad::kNone, attention_taps_);
  const auto teacher_maps = AttentionMaps(batch.teacher_taps, attention_taps_);
  for (batch.step = 0; batch.step < options_.student_steps; ++batch.step) {
    auto taps = WantedTaps(attention_taps_);
    batch.student_logits = ctx.student().Logits(images, Mode::kTrain, Grad::kAll, &taps);
    auto loss = KdPerSample(batch);  // [N]
    if (!taps.empty()) loss = loss + options_.at_weight * AttentionDistance(teacher_maps, taps);
    ctx.StepStudent(batch, loss);
  }
}

// Outputs of groups (wide ResNets, ResNets, VGG), of vgg-s networks those of every segment but the
// first and the head. Both networks must have them in the same spatial size.
std::vector<std::string> Zskt::AttentionTaps(DistillContext& ctx) {
  const auto teacher = ctx.teacher().Segments(), student = ctx.student().Segments();
  std::vector<std::string> names;
  for (const std::string name :
       {"group1", "group2", "group3", "group4", "group5", "conv2", "conv3", "conv4"}) {
    const bool both = std::count(teacher.begin(), teacher.end(), name) > 0 &&
                      std::count(student.begin(), student.end(), name) > 0;
    if (both) names.push_back(name);
  }
  auto ours = WantedTaps(names), theirs = WantedTaps(names);
  const auto images = generator_->Images(generator_->Latent(2, 0), Grad::kNone);
  ctx.teacher().Logits(images, Grad::kNone, &ours);
  ctx.student().Logits(images, Mode::kEval, Grad::kNone, &theirs);
  const bool match = std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return ours[name].sizes().slice(2) == theirs[name].sizes().slice(2);
  });
  if (names.empty() || !match) {
    throw MakeError(
        "zskt: at_weight = {} needs segments of equal size in {} ({}) and {} ({}); 0 switches "
        "attention transfer off",
        options_.at_weight, ctx.teacher().name(), fmt::join(teacher, ", "), ctx.student().name(),
        fmt::join(student, ", "));
  }
  return names;
}

}  // namespace dfkd::zskt
