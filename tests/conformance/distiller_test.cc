// Distillers: only StepStudent trains, only the student changes, and only seeds decide how.
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

void OnlyTheStudentChanges(const PluginCard& card) {
  Session session(card);
  const auto teacher = CopyOf(session.teacher()), student = CopyOf(session.student(), false);
  session.Rounds(0, 3);
  BOOST_TEST(Equal(CopyOf(session.teacher()), teacher));
  BOOST_TEST(!Equal(CopyOf(session.student(), false), student));
}

// A context that does not step leaves nothing that could move a parameter.
void EveryStepGoesThroughStepStudent(const PluginCard& card) {
  Session session(card, 1, /*steps=*/false);
  const auto student = CopyOf(session.student(), false);
  session.Rounds(0, 6);
  BOOST_TEST(Equal(CopyOf(session.student(), false), student));
}

void TheSeedDecidesEveryBit(const PluginCard& card) {
  const auto before = GlobalGenerator();
  Session first(card), again(card), other(card, 2);
  for (auto* session : {&first, &again, &other}) session->Rounds(0, 3);
  BOOST_TEST(Equal(first.State(), again.State()));
  BOOST_TEST(!Equal(CopyOf(first.student()), CopyOf(other.student())));
  BOOST_TEST(GlobalGenerator().equal(before));
}

void AResumedRunEndsInTheSameBits(const PluginCard& card) {
  Session whole(card);
  whole.Rounds(0, 4);
  for (const int64_t cut : {1, 3}) {
    Session first(card), second(card);
    first.Rounds(0, cut);
    second.Restore(first.State());
    second.Rounds(cut, 4);
    BOOST_TEST(Equal(second.State(), whole.State()), "cut at " << cut);
  }
}

void RoundsDoNotNeedTheOnesBefore(const PluginCard& card) {
  Session session(card);
  BOOST_TEST(session.traits().rounds == 6);
  session.Rounds(5, 6);  // the last one, as after a resumption
  BOOST_TEST(!session.context().losses.empty());
  for (const double loss : session.context().losses) BOOST_TEST(std::isfinite(loss));
}

void ImagesOf64By64AreDistilledOn(const PluginCard& card) {
  Session session(card, ToyOptions(card), /*seed=*/1, /*steps=*/true, ToySpec(3, 64));
  const auto student = CopyOf(session.student(), false);
  session.Rounds(0, 2);
  BOOST_TEST(!Equal(CopyOf(session.student(), false), student));
  for (const double loss : session.context().losses) BOOST_TEST(std::isfinite(loss));
  const auto images = session.Samples(4);
  if (images.defined())
    BOOST_TEST((images.sizes().slice(1) == at::IntArrayRef({3, 64, 64})), images.sizes());
}

// "samples" in the traits is a promise to defences that need synthetic images.
void ItsSamplesAreWhatItsTraitsPromise(const PluginCard& card) {
  Session first(card), again(card);
  for (auto* session : {&first, &again}) session->Rounds(0, 3);
  const auto images = first.Samples(20);
  BOOST_TEST(images.defined() == first.traits().samples);
  if (!images.defined()) return;
  BOOST_TEST((images.size(0) > 0 && images.size(0) <= 20));
  BOOST_TEST((images.sizes().slice(1) == ToyImages().images.sizes().slice(1)));
  BOOST_TEST((images.scalar_type() == at::kByte || at::isfinite(images).all().item<bool>()));
  BOOST_TEST(!images.requires_grad());
  BOOST_TEST(images.equal(again.Samples(20)));
  BOOST_TEST(Equal(CopyOf(first.student()), CopyOf(again.student())));
}

// Pushes images towards large logits, or towards nothing.
class Pusher final : public Defense {
 public:
  explicit Pusher(double weight) : weight_(weight) {}
  void Observe(const TransferBatch& batch) override {
    if (batch.use == BatchUse::kSynthesis) ++synthesis_steps;
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) const override {
    return -weight_ * batch.teacher_logits.square().mean();
  }
  int64_t synthesis_steps = 0;

 private:
  const double weight_;
};

// All that a distillation makes beside a defence that pushes its images.
MemoryState Pushed(const PluginCard& card, const Json& options, Pusher& pusher) {
  Session session(card, options, /*seed=*/1, /*steps=*/true, ToySpec(), &pusher);
  session.context().defense = &pusher;
  session.Rounds(0, 6);
  auto state = session.State();
  auto images = session.context().transfer_set().images;
  state.Tensor("the images ahead", images);
  return state;
}

// Else a defence that acts on the images does nothing beside it, without a word.
void DefencesActOnTheImagesThatItMakes(const PluginCard& card) {
  const auto options = ToyOptions(card);
  Pusher still(0), pusher(10);
  const auto expected = Pushed(card, options, still), pushed = Pushed(card, options, pusher);
  BOOST_TEST(pusher.synthesis_steps > 0);
  BOOST_TEST(!Equal(pushed, expected));
}

}  // namespace

void AddDistillerCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller)) {
    AddCase(*card, "only the student changes", [card] { OnlyTheStudentChanges(*card); });
    AddCase(*card, "every step goes through StepStudent",
            [card] { EveryStepGoesThroughStepStudent(*card); });
    AddCase(*card, "the seed decides every bit", [card] { TheSeedDecidesEveryBit(*card); });
    AddCase(*card, "a resumed run ends in the same bits",
            [card] { AResumedRunEndsInTheSameBits(*card); });
    AddCase(*card, "rounds do not need the ones before",
            [card] { RoundsDoNotNeedTheOnesBefore(*card); });
    AddCase(*card, "images of 64 by 64 are distilled on",
            [card] { ImagesOf64By64AreDistilledOn(*card); });
    AddCase(*card, "its samples are what its traits promise",
            [card] { ItsSamplesAreWhatItsTraitsPromise(*card); });
    const auto traits = card->traits(ToyOptions(*card));
    if (traits.trains_generator || traits.synthesizes)
      AddCase(*card, "defences act on the images that it makes",
              [card] { DefencesActOnTheImagesThatItMakes(*card); });
  }
}

}  // namespace dfkd::conformance
