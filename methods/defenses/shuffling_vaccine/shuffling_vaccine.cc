#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>

#include <algorithm>

#include "bench/core/error.h"
#include "bench/nn/losses.h"
#include "bench/nn/random.h"

namespace dfkd::shuffling_vaccine {
namespace {

constexpr int64_t kSlice = 128;  // images of the cache that are scored at a time

// Indices of the last n convolutions, in registration order; n < 0: of the first |n|.
std::vector<size_t> Selected(int64_t count, int64_t n) {
  const int64_t size = std::min(count, std::abs(n));
  std::vector<size_t> indices;
  for (int64_t i = 0; i < size; ++i) indices.push_back(n < 0 ? i : count - size + i);
  return indices;
}

// bool [N]: shuffled and true teacher predict the same class. Not differentiated.
at::Tensor Suspicious(const at::Tensor& teacher_logits, const at::Tensor& vaccine_logits) {
  return teacher_logits.argmax(1) == vaccine_logits.argmax(1);
}

// [N]: KL(T || T~) / classes, always at temperature 1.
at::Tensor Divergence(const at::Tensor& teacher_logits, const at::Tensor& vaccine_logits) {
  const auto classes = static_cast<double>(teacher_logits.size(1));
  return KlPerSample(teacher_logits, vaccine_logits, /*tau=*/1) / classes;
}

// [N] log10 of divergences; the score of the selection.
at::Tensor Scores(const at::Tensor& divergence, bool guard_nan) {
  const auto d = divergence.to(at::kDouble);
  return (guard_nan ? d.clamp_min(1e-12) : d).log10();
}

}  // namespace

double TailRatio(const at::Tensor& scores) {
  const auto q = scores.to(at::kDouble);
  const auto bound = q.mean() - 3 * q.std(/*unbiased=*/false);
  return (q < bound).to(at::kDouble).mean().item<double>();
}

// If every image is suspicious, the reference's mean over the kept ones has the value NaN, but no
// gradient: 0 here, so that the suspicious ones are un-distilled as there.
at::Tensor Coefficients(const at::Tensor& suspicious, double coefficient) {
  const auto out = suspicious.to(at::kFloat);
  const auto kept = 1 - out;
  return kept / kept.sum().clamp_min(1) - coefficient * out / out.sum().clamp_min(1);
}

ShufflingVaccine::ShufflingVaccine(const Options& options) : options_(options) {
  if (options.layers == 0) throw Error("shuffling_vaccine: layers = 0 must not be 0");
  if (options.cache_batches > 0 && options.cache_batches <= options.ignored_batches) {
    throw MakeError("shuffling_vaccine: cache_batches = {} must exceed ignored_batches = {}",
                    options.cache_batches, options.ignored_batches);
  }
}

void ShufflingVaccine::Begin(DefenseContext& context) {
  context_.emplace(context);
  const auto convolutions = context.teacher.Convolutions();
  shuffled_ = Selected(static_cast<int64_t>(convolutions.size()), options_.layers);
  DFKD_CHECK(!shuffled_.empty());
  first_segment_ = convolutions[shuffled_.front()].segment;
  for (const auto index : shuffled_) {
    first_segment_ = std::min(first_segment_, convolutions[index].segment);
  }
  taps_.clear();
  if (first_segment_ > 0) taps_.push_back(context.teacher.Segments()[first_segment_ - 1]);
  copies_.clear();
  for (int64_t copy = 0; copy < options_.copies; ++copy) {
    copies_.push_back(context.teacher.Clone());
    copies_.back()->Freeze();
  }
  cache_.clear();
  seen_ = 0;
  verdict_ = options_.cache_batches > 0 ? kCollecting : kAccepted;
  Draw(/*trial=*/0);
}

// A permutation of a permutation is a fresh uniform one, so a trial need not start from the last.
void ShufflingVaccine::Draw(int64_t trial) {
  const auto convolutions = context_->teacher.Convolutions();
  const Rng rng = context_->rng.Fork("shuffle", trial);
  permutations_.clear();
  for (int64_t copy = 0; copy < options_.copies; ++copy) {
    auto& layers = permutations_.emplace_back();
    for (const auto index : shuffled_) {
      const auto stream = rng.Fork("copy", copy).Fork("layer", static_cast<int64_t>(index));
      layers.push_back(Permutation(stream, convolutions[index].weight.size(1)));
    }
  }
  ApplyPermutations();
}

void ShufflingVaccine::ApplyPermutations() {
  const at::NoGradGuard no_grad;
  const auto original = context_->teacher.Convolutions();
  for (size_t copy = 0; copy < copies_.size(); ++copy) {
    const auto shuffled = copies_[copy]->Convolutions();
    for (size_t layer = 0; layer < shuffled_.size(); ++layer) {
      const auto& weight = original[shuffled_[layer]].weight;  // [out, in, kh, kw]
      const auto order = permutations_[copy][layer].to(weight.device());
      shuffled[shuffled_[layer]].weight.copy_(weight.index_select(1, order));
    }
  }
}

at::Tensor ShufflingVaccine::VaccineLogits(const TransferBatch& batch, Grad grad) const {
  const auto tap = taps_.empty() ? batch.teacher_taps.end() : batch.teacher_taps.find(taps_[0]);
  const bool shared = tap != batch.teacher_taps.end() && tap->second.defined();
  const at::Tensor& input = shared ? tap->second : batch.images;
  at::Tensor sum;  // [N, classes]
  for (const auto& copy : copies_) {
    const auto logits = copy->LogitsFrom(shared ? first_segment_ : 0, input, grad);
    sum = sum.defined() ? sum + logits : logits;
  }
  return sum / static_cast<double>(copies_.size());
}

// The shuffled teachers are asked once about a batch: the steps of a ZSKT round see the same
// images, those of a CMI round others each time.
void ShufflingVaccine::Observe(const TransferBatch& batch) {
  if (!ActsOn(batch.use)) return;
  const bool on_student = batch.use == BatchUse::kStudent;
  if (on_student && batch.step > 0 && batch.images.is_same(observed_)) return;
  observed_ = batch.images;
  Collect(batch);
  vaccine_logits_ = at::Tensor();
  if (!Acts(batch)) return;
  const bool differentiated = !on_student && options_.vaccine_gradient;
  vaccine_logits_ = VaccineLogits(batch, differentiated ? Grad::kInputs : Grad::kNone);
  Report(batch);
}

// L_SV = -coefficient * mean over suspicious images of KL(T || T~) / C: synthesis is driven to
// images on which shuffled teachers do not agree. The gradient flows through both teachers.
at::Tensor ShufflingVaccine::SynthesisPenalty(const TransferBatch& batch) const {
  if (!ActsOn(BatchUse::kSynthesis) || !vaccine_logits_.defined()) return {};
  const auto mask =
      Suspicious(batch.teacher_logits, vaccine_logits_).to(batch.teacher_logits.dtype());
  const auto divergence = Divergence(batch.teacher_logits, vaccine_logits_);  // [N]
  return -options_.coefficient * (mask * divergence).sum() / mask.sum().clamp_min(1);
}

// The form for fixed images: suspicious ones are un-distilled.
at::Tensor ShufflingVaccine::SampleCoefficients(const TransferBatch& batch) const {
  if (!ActsOn(BatchUse::kStudent) || !vaccine_logits_.defined()) return {};
  const bool drop = IsLate(batch) && options_.late == "drop";
  const auto suspicious = Suspicious(batch.teacher_logits, vaccine_logits_);
  return Coefficients(suspicious, drop ? 0 : options_.coefficient)
      .to(batch.teacher_logits.scalar_type());
}

bool ShufflingVaccine::ActsOn(BatchUse use) const {
  const auto& traits = context_->distiller;
  return use == BatchUse::kStudent ? ActsOnStudent(options_, traits)
                                   : ActsOnSynthesis(options_, traits);
}

// Synthesis ahead of the rounds has no late phase: its steps are not rounds.
bool ShufflingVaccine::IsLate(const TransferBatch& batch) const {
  const auto& traits = context_->distiller;
  if (!ActsOnStudent(options_, traits) && !traits.trains_generator) return false;
  return batch.round >= traits.rounds - LateRounds(options_.late_rounds, traits.rounds);
}

bool ShufflingVaccine::Acts(const TransferBatch& batch) const {
  if (verdict_ != kAccepted) return false;
  const bool stays = options_.late == "keep" ||
                     (options_.late == "drop" && ActsOnStudent(options_, context_->distiller));
  return stays || !IsLate(batch);
}

// While collecting, training proceeds as without a vaccine.
// Deviation: one copy of each batch of a synthesis. The reference caches a ZSKT round's images
// eleven times: once as the generator's step sees them, ten times as they are after it.
void ShufflingVaccine::Collect(const TransferBatch& batch) {
  if (verdict_ != kCollecting) return;
  if (seen_ == options_.cache_batches) return SelectShuffle(batch.round);
  if (seen_ >= options_.ignored_batches) {
    TransferBatch kept;
    kept.images = batch.images.detach();
    kept.teacher_logits = batch.teacher_logits.detach();
    cache_.push_back(std::move(kept));
  }
  ++seen_;
}

void ShufflingVaccine::SelectShuffle(int64_t round) {
  verdict_ = kRefused;
  for (int64_t trial = 0; trial < options_.trials && verdict_ == kRefused; ++trial) {
    if (trial > 0) Draw(trial);
    const double ratio = TailRatio(Scores(CachedDivergence(), options_.guard_nan));
    context_->progress.Scalar("shuffling_vaccine/selection_tail_ratio", ratio, round);
    if (ratio > options_.threshold) verdict_ = kAccepted;
  }
  context_->progress.Scalar("shuffling_vaccine/accepted", verdict_ == kAccepted, round);
  cache_.clear();
}

// In slices of the whole cache, which do not depend on where it was cut into batches: a resumed run
// finds it in one piece.
at::Tensor ShufflingVaccine::CachedDivergence() const {
  const TransferBatch all = MergedCache();
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < all.images.size(0); first += kSlice) {
    TransferBatch slice;
    slice.images = all.images.slice(0, first, first + kSlice);
    slice.teacher_logits = all.teacher_logits.slice(0, first, first + kSlice);
    parts.push_back(Divergence(slice.teacher_logits, VaccineLogits(slice, Grad::kNone)));
  }
  return at::cat(parts);
}

// Undefined tensors if nothing is cached.
TransferBatch ShufflingVaccine::MergedCache() const {
  TransferBatch merged;
  if (cache_.empty()) return merged;
  std::vector<at::Tensor> images, logits;
  for (const auto& batch : cache_) {
    images.push_back(batch.images);
    logits.push_back(batch.teacher_logits);
  }
  merged.images = at::cat(images);
  merged.teacher_logits = at::cat(logits);
  return merged;
}

// On the first images of a round.
void ShufflingVaccine::Report(const TransferBatch& batch) {
  auto& progress = context_->progress;
  if (batch.step != 0 || batch.round == reported_ || !progress.Wants(batch.round)) return;
  reported_ = batch.round;
  const at::NoGradGuard no_grad;
  const auto mask = Suspicious(batch.teacher_logits, vaccine_logits_).to(at::kDouble);
  const auto report = [&](const std::string& name, double value) {
    progress.Scalar("shuffling_vaccine/" + name, value, batch.round);
  };
  report("masked_share", mask.mean().item<double>());
  const auto divergence = Divergence(batch.teacher_logits, vaccine_logits_);
  report("tail_ratio", TailRatio(Scores(divergence, options_.guard_nan)));
  const auto predicted = batch.teacher_logits.argmax(1);
  for (int64_t label = 0; label < batch.teacher_logits.size(1); ++label) {
    const auto of_class = (predicted == label).to(at::kDouble);
    const double count = of_class.sum().item<double>();
    if (count > 0) {
      report(fmt::format("masked_share_class_{}", label),
             (mask * of_class).sum().item<double>() / count);
    }
  }
}

void ShufflingVaccine::Visit(StateVisitor& visitor) {
  for (size_t copy = 0; copy < permutations_.size(); ++copy) {
    for (size_t layer = 0; layer < permutations_[copy].size(); ++layer) {
      visitor.Tensor(fmt::format("permutation.{}.{}", copy, layer), permutations_[copy][layer]);
    }
  }
  TransferBatch merged = MergedCache();
  visitor.Tensor("cached_images", merged.images);
  visitor.Tensor("cached_logits", merged.teacher_logits);
  visitor.Number("seen", seen_);
  visitor.Number("verdict", verdict_);
  cache_.clear();
  if (merged.images.defined()) cache_.push_back(std::move(merged));
  if (context_) ApplyPermutations();
}

}  // namespace dfkd::shuffling_vaccine
