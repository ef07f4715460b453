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
  session.Rounds(0, 3);
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
  }
}

}  // namespace dfkd::conformance
