// The losses of the distillers against an implementation in PyTorch: case_losses.py.
#include "bench/nn/losses.h"

#include "bench/images/augment.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::losses_test {

BOOST_AUTO_TEST_CASE(losses_of_logits_agree) {
  Fixture expected("losses_logits");
  const Logits x;
  const auto compare = [&](const std::string& name, const at::Tensor& loss) {
    ExpectLoss(expected, name, loss, x.both());
  };
  const auto kd = [&](const KdLoss& loss) {
    return KdPerSample(x.teacher, x.student, loss).mean();
  };
  compare("kl_mean", kd({1, true, false}));
  compare("kl_mean_half", kd({0.5, true, false}));
  compare("kl_mean_8", kd({8, true, false}));
  compare("kl_batch_20", kd({20, false, true}));
  compare("kl_plain_8", kd({8, false, false}));
  const auto labelled = CrossEntropyPerSample(x.student, x.labels).mean();
  compare("clean_kd", 0.95 * kd({6, true, true}) + 0.05 * labelled);
  ExpectLoss(expected, "cross_entropy", labelled, {{"student", x.student}});
  ExpectLoss(expected, "one_hot", CrossEntropyPerSample(x.teacher, x.teacher.argmax(1)).mean(),
             {{"teacher", x.teacher}});
}

BOOST_AUTO_TEST_CASE(attention_transfer_agrees) {
  Fixture expected("losses_attention");
  const auto student = Values("activation.student", {3, 4, 6, 5}, 1, 0.3).requires_grad_(true);
  const auto teacher = Values("activation.teacher", {3, 7, 6, 5}, 1, 0.2).requires_grad_(true);
  expected.Expect("attention_map", AttentionMap(student));
  ExpectLoss(expected, "attention_transfer",
             (AttentionMap(student) - AttentionMap(teacher)).square().mean(),
             {{"student", student}, {"teacher", teacher}});
}

BOOST_AUTO_TEST_CASE(cutmix_pastes_the_same_boxes) {
  Fixture expected("cutmix");
  const auto images = Values("cutmix_images", {5, 3, 16, 12});
  for (int seed = 0; seed < 6; ++seed) {
    expected.Expect("seed" + std::to_string(seed), CutMix(images, Rng(seed), 0.25));
  }
}

}  // namespace dfkd::parity::losses_test
