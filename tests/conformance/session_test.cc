#include <c10/core/GradMode.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

class Context final : public FakeDistillContext {
 public:
  Context(const Classifier& teacher, Classifier& student, int64_t rounds, uint64_t seed, bool steps)
      : FakeDistillContext(teacher, student, rounds), rng_(seed), steps_(steps) {}
  const Rng& rng() const override { return rng_; }
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    BOOST_TEST(per_sample_loss.dim() == 1);
    BOOST_TEST(per_sample_loss.size(0) == batch.images.size(0));
    ItsAnswerIsTheStudents(batch);
    if (steps_) FakeDistillContext::StepStudent(batch, per_sample_loss);
  }

 private:
  // Defences take it for a pass of their own.
  void ItsAnswerIsTheStudents(const TransferBatch& batch) {
    if (!batch.student_logits.defined()) return;
    const auto copy = student().Clone();  // a pass moves running statistics
    const auto answer = copy->Logits(batch.images, Mode::kTrain, Grad::kNone);
    BOOST_TEST(batch.student_logits.equal(answer));
  }

  const Rng rng_;
  const bool steps_;
};

class Synthesis final : public SynthesisContext {
 public:
  Synthesis(const Classifier& teacher, uint64_t seed, Split start, Defense* listener)
      : teacher_(teacher), rng_(seed), start_(std::move(start)), listener_(listener) {}
  const Classifier& teacher() const override { return teacher_; }
  const ImageSpec& spec() const override { return teacher_.spec(); }
  at::Device device() const override { return at::kCPU; }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return progress_; }
  const Split& start() const override { return start_; }
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t step) override {
    const auto taps = listener_ ? listener_->Taps() : std::vector<std::string>();
    auto batch = TaughtBatch(teacher_, images, taps, Grad::kInputs);
    batch.kd = kd, batch.round = step;
    return batch;
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    const auto penalty = listener_ ? PenaltyOf(*listener_, batch) : at::Tensor();
    return penalty.defined() ? penalty : batch.teacher_logits.sum() * 0;
  }

 private:
  const Classifier& teacher_;
  const Rng rng_;
  const Split start_;
  Defense* const listener_;
  FakeProgress progress_;
};

// Sessions come in twos and more that differ in what happens in their rounds only, and a set takes
// longer to make than their rounds.
class TransferSets {
 public:
  static Split Of(const Json& recipe, uint64_t seed, const Classifier& teacher) {
    static std::deque<std::pair<Json, Split>> recent;
    const auto& spec = teacher.spec();
    const Json name = {recipe,       seed,      spec.channels, spec.height, spec.width,
                       spec.classes, spec.mean, spec.stddev,   spec.mirrors};
    auto found = std::find_if(recent.begin(), recent.end(),
                              [&](const auto& made) { return made.first == name; });
    if (found == recent.end()) {
      if (recent.size() == kKept) recent.pop_front();
      found = recent.insert(recent.end(), {name, Make(recipe, seed, teacher)});
    }
    const auto& [images, labels] = found->second;
    return {images.clone(), labels.defined() ? labels.clone() : labels};
  }

 private:
  static constexpr size_t kKept = 6;

  static Split Make(const Json& recipe, uint64_t seed, const Classifier& teacher) {
    FakeProgress progress;
    const auto train = ToyImages(teacher.spec());
    TransferSetContext context{recipe.at("needs_teacher") ? &teacher : nullptr,
                               recipe.at("needs_train") ? &train : nullptr,
                               teacher.spec(),
                               Rng(seed),
                               at::kCPU,
                               progress};
    return MakeTransferSet(recipe, context);
  }
};

}  // namespace

Session::Session(const PluginCard& card, const Json& resolved, uint64_t seed, bool steps,
                 const ImageSpec& spec, Defense* listener)
    : card_(card),
      options_(resolved),
      traits_(card.traits(options_)),
      spec_(spec),
      teacher_(MakeTeacher("vgg-s-4", 1, spec_)),
      student_(MakeNet("vgg-s-4", 2, spec_)),
      context_(std::make_unique<Context>(*teacher_, *student_, traits_.rounds, seed, steps)) {
  context_->UseTransferSet(Images(seed, listener));
  distiller_ = MakeChecked<Distiller>(card.name, options_);
  distiller_->Begin(*context_);
}

Split Session::Images(uint64_t seed, Defense* listener) {
  Split images;
  if (const Json recipe = card_.transfer_set(options_); !recipe.is_null())
    images = TransferSets::Of(recipe, seed, *teacher_);
  if (!traits_.synthesizes) return images;
  Synthesis synthesis(*teacher_, seed, images, listener);
  return MakeChecked<Distiller>(card_.name, options_)->Synthesize(synthesis);
}

void Session::Rounds(int64_t first, int64_t last) {
  for (int64_t round = first; round < last; ++round) {
    before(round);
    distiller_->Round(*context_, round);
  }
}

MemoryState Session::State() {
  auto state = Save(*distiller_);
  student_->Visit(state, "student.");
  context_->optimizer().Visit(state, "optimizer.");
  return state;
}

void Session::Restore(const MemoryState& saved) {
  const c10::NoGradGuard no_grad;
  const auto into = [](const MemoryState& from) {
    MemoryState state = from;
    state.loading = true;
    return state;
  };
  auto state = into(saved);
  distiller_->Visit(state);
  student_->Visit(state, "student.");
  context_->optimizer().Visit(state, "optimizer.");
}

}  // namespace dfkd::conformance
