// Detectors: what they must say of any teacher. Asked through the gateway, which requires that the
// teacher stays as it is and that the verdict is in range.
#include "bench/core/detector.h"

#include <stdexcept>

#include "bench/stages/gateway_detector.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

// Counts what a detector tells of its progress; interrupts it where it is told to.
class Counting final : public FakeProgress {
 public:
  explicit Counting(int64_t last = INT64_MAX) : last_(last) {}
  void Tick(int64_t, int64_t) override {
    if (++ticks >= last_) throw std::out_of_range("stop");
  }
  int64_t ticks = 0;

 private:
  const int64_t last_;
};

Json ToyDetector(const PluginCard& card) {
  return ResolveDetector(card.name, CheapOptions(card, {{"images", 2}}));
}

Detection Ask(const PluginCard& card, const Classifier& teacher, Progress& progress) {
  return Detect(ToyDetector(card), teacher, Rng(1), progress);
}

// Colour and grey, small and large; residual networks have other segments.
void TeachersOfAnyImagesAreLookedAt(const PluginCard& card) {
  for (const auto& spec : {ToySpec(3, 64), ToySpec(1, 16)}) {
    for (const char* network : {"vgg-s-4", "wrn-10-1-s2"}) {
      const auto teacher = MakeTeacher(network, 1, spec);
      const auto before = CopyOf(*teacher);
      const auto generator = GlobalGenerator();
      Counting progress;
      const auto found = Ask(card, *teacher, progress);
      BOOST_TEST(found.per_class.size() == 10U);
      BOOST_TEST(Equal(CopyOf(*teacher), before));
      BOOST_TEST(GlobalGenerator().equal(generator));
    }
  }
}

// One instance as well as two: nothing is kept from one teacher to the next.
void ItSaysTheSameWheneverItIsAsked(const PluginCard& card) {
  const auto teacher = MakeTeacher("vgg-s-4", 1, ToySpec()),
             other = MakeTeacher("vgg-s-4", 2, ToySpec());
  Counting progress;
  const auto first = Ask(card, *teacher, progress);
  const auto detector = MakeCheckedDetector(card.name, ToyDetector(card).at("options"));
  const auto look = [&](const Classifier& model) {
    DetectorContext context{model, Rng(1), progress};
    return detector->Look(context);
  };
  look(*other);
  const auto again = look(*teacher);
  BOOST_TEST(first.statistic == again.statistic);
  BOOST_TEST(first.suspicious == again.suspicious);
  BOOST_TEST(first.target == again.target);
  BOOST_TEST(first.per_class == again.per_class, boost::test_tools::per_element());
}

void ItTicksAndStopsWhereItIsToldTo(const PluginCard& card) {
  const auto teacher = MakeTeacher("vgg-s-4", 1, ToySpec());
  Counting whole;
  Ask(card, *teacher, whole);
  BOOST_TEST_REQUIRE(whole.ticks > 0);
  Counting cut(whole.ticks);
  BOOST_CHECK_THROW(Ask(card, *teacher, cut), std::out_of_range);
  BOOST_TEST(cut.ticks == whole.ticks);
}

}  // namespace

void AddDetectorCases() {
  for (const auto* card : Registry::Get().Cards(PluginKind::kDetector)) {
    AddCase(*card, "teachers of any images are looked at",
            [card] { TeachersOfAnyImagesAreLookedAt(*card); });
    AddCase(*card, "it says the same whenever it is asked",
            [card] { ItSaysTheSameWheneverItIsAsked(*card); });
    AddCase(*card, "it ticks and stops where it is told to",
            [card] { ItTicksAndStopsWhereItIsToldTo(*card); });
  }
}

}  // namespace dfkd::conformance
