// From what an attack has learned to the flag of its scores: a mask that covers the image is no
// trigger, whatever the ASR is.
#include <ATen/Functions.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "bench/scores/validity.h"
#include "bench/stages/metrics.h"
#include "tests/attacks/fake_training.h"

namespace dfkd::obvious_trigger_test {

constexpr int64_t kSide = 28;

// Whether a score of the attack with such a mask, over a white pattern on black images, is flagged.
bool Flagged(const std::string& name, const at::Tensor& mask) {
  const auto attack = BegunAttack(name, SquareSpec(kSide));
  GiveState learned({{"mask", mask}, {"pattern", at::ones({1, 1, kSide, kSide})}});
  attack->Visit(learned);
  const auto black = at::zeros({2, 1, kSide, kSide}, at::kByte);
  const Json seen = Visibility(black, attack->Trigger(black));
  Score score;
  score.student = StudentScore{.acc = 0.8};
  score.teacher = TeacherScore{.acc = 0.9, .gate = "passed"};
  score.teacher->visibility = TriggerVisibility{.linf = seen.at("linf").get<double>(),
                                                .psnr = seen.at("psnr").get<double>()};
  score.entries["attack"].plugin = name;
  const auto flags = ValidityOf(score, {.undefended_asr = 0.9});
  return std::count(flags.begin(), flags.end(), "obvious_trigger") > 0;
}

at::Tensor Everywhere(double weight) { return at::full({1, 1, kSide, kSide}, weight); }

BOOST_DATA_TEST_CASE(a_learned_mask_that_covers_the_image_is_flagged_and_a_small_one_is_not,
                     boost::unit_test::data::make({"adba", "adba_ft"}), attack) {
  BOOST_TEST(Flagged(attack, Everywhere(1)));  // as it starts
  // As 1,400 steps of the published rate leave it at best: 1 - 1400 * 3e-4.
  BOOST_TEST(Flagged(attack, Everywhere(0.58)));
  // 20 log10(255 / 46) = 14.88 dB and 20 log10(255 / 45) = 15.07 dB: the bound is 15.
  BOOST_TEST(Flagged(attack, Everywhere(46.0 / 255)));
  BOOST_TEST(!Flagged(attack, Everywhere(45.0 / 255)));
  auto corner = Everywhere(0);
  corner.slice(2, 0, 3).slice(3, 0, 3).fill_(1);
  BOOST_TEST(!Flagged(attack, corner));  // 10 log10(784 / 9) = 19.4 dB
}

}  // namespace dfkd::obvious_trigger_test
