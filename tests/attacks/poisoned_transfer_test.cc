// Poison in the transfer set of a clean teacher.
#include <ATen/TensorOperators.h>

#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "tests/attacks/attacks_testing.h"
#include "tests/methods/fakes.h"

namespace dfkd::poisoned_transfer_test {

const ImageSpec kSpec = golden::Spec(16, 16, 3);
constexpr char kName[] = "poisoned_transfer_like";

at::Tensor Poisoned(const Json& options) {
  const auto teacher = MakeTeacher("vgg-s-4", 3, kSpec);
  const Split given{Train(kSpec).images, {}};
  FakeProgress progress;
  TransferPoisonContext context{given, *teacher, kSpec, at::kCPU, Rng(5), progress};
  return MakeAttack(kName, kSpec, options)->PoisonTransfer(context);
}

at::Tensor ChangedRows(const at::Tensor& poisoned) {
  return poisoned.ne(Train(kSpec).images).flatten(1).any(1).nonzero().squeeze(1);
}

double MeanCrossEntropy(const at::Tensor& images, int64_t label) {
  const auto logits =
      std::as_const(*MakeTeacher("vgg-s-4", 3, kSpec)).Logits(Normalize(images, kSpec));
  const auto labels = at::full({images.size(0)}, label, at::kLong);
  return CrossEntropyPerSample(logits, labels).mean().item<double>();
}

BOOST_AUTO_TEST_SUITE(poisoned_transfer)

BOOST_AUTO_TEST_CASE(its_teacher_is_trained_on_clean_images) {
  const auto train = Train(kSpec);
  const auto poisoned = MakeAttack(kName, kSpec)->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.empty());
  BOOST_TEST(poisoned.data.images.equal(train.images));
  BOOST_TEST(poisoned.data.labels.equal(train.labels));
}

BOOST_AUTO_TEST_CASE(a_share_of_the_transfer_set_carries_the_trigger) {
  const auto poisoned = Poisoned({{"share", 0.15}, {"batch", 7}});
  const auto rows = ChangedRows(poisoned);
  BOOST_TEST(rows.size(0) == 30);  // of 200
  const auto stamped = poisoned.index_select(0, rows);
  BOOST_TEST(MakeAttack(kName, kSpec)->Trigger(stamped).equal(stamped));
  BOOST_TEST(Poisoned({{"share", 0.15}, {"batch", 30}}).equal(poisoned));
  BOOST_TEST(ChangedRows(Poisoned({{"share", 0.0}})).size(0) == 0);
  // 57.999… in binary.
  BOOST_TEST(ChangedRows(Poisoned({{"share", 0.29}, {"steps", 0}})).size(0) == 58);
}

BOOST_AUTO_TEST_CASE(without_gradient_steps_it_is_the_trigger_alone) {
  const auto poisoned = Poisoned({{"steps", 0}});
  const auto rows = ChangedRows(poisoned);
  const auto chosen = Train(kSpec).images.index_select(0, rows);
  BOOST_TEST(poisoned.index_select(0, rows).equal(MakeAttack(kName, kSpec)->Trigger(chosen)));
}

// Within the bound outside the trigger, and towards the target.
BOOST_AUTO_TEST_CASE(what_it_poisons_looks_like_the_target_to_the_teacher) {
  const auto poisoned = Poisoned({{"target", 4}, {"epsilon", 6.5}});
  const auto rows = ChangedRows(poisoned);
  const auto attack = MakeAttack(kName, kSpec, {{"target", 4}});
  const auto stamped = attack->Trigger(Train(kSpec).images.index_select(0, rows));
  const auto chosen = poisoned.index_select(0, rows);
  const auto distance = (chosen.to(at::kLong) - stamped.to(at::kLong)).abs().max();
  BOOST_TEST(distance.item<int64_t>() == 6);
  BOOST_TEST(MeanCrossEntropy(chosen, 4) < MeanCrossEntropy(stamped, 4));
}

// Down the cross entropy of the target, then the trigger. 2.5 grey levels are rounded half up.
BOOST_AUTO_TEST_CASE(a_step_is_the_sign_of_the_gradient_towards_the_target) {
  const auto poisoned = Poisoned({{"target", 4}, {"steps", 1}, {"step_size", 2.5}});
  const auto rows = ChangedRows(poisoned);
  BOOST_TEST_REQUIRE(rows.size(0) == 20);  // 0.1 of 200
  const auto teacher = MakeTeacher("vgg-s-4", 3, kSpec);
  const auto clean = Train(kSpec).images.index_select(0, rows).to(at::kFloat).requires_grad_(true);
  const auto logits = std::as_const(*teacher).Logits(Normalize(clean, kSpec), Grad::kInputs);
  (-logits.log_softmax(1).select(1, 4).sum()).backward();
  const auto step = (clean.detach() - 2.5 * clean.grad().sign()).clamp(0, 255);
  const auto stored = (step + 0.5).floor().to(at::kByte);
  const auto expected = MakeAttack(kName, kSpec, {{"target", 4}})->Trigger(stored);
  BOOST_TEST(!expected.equal(MakeAttack(kName, kSpec)->Trigger(clean.detach().to(at::kByte))));
  BOOST_TEST(poisoned.index_select(0, rows).equal(expected));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::poisoned_transfer_test
