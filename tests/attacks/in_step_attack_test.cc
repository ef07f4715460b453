// WaNet and Bpp: their triggers by hand, and what they do to a batch.
#include <boost/test/unit_test.hpp>

#include "bench/recipes/in_step_poison.h"
#include "tests/attacks/fake_training.h"

namespace dfkd::in_step_attack_test {

BOOST_AUTO_TEST_SUITE(in_step_attacks)

at::Tensor Image(std::initializer_list<int64_t> rows_of_three) {
  return at::tensor(std::vector<int64_t>(rows_of_three), at::kLong)
      .to(at::kByte)
      .view({1, 1, 3, 3});
}

// A warp by the same (x, y) everywhere, in pixels of a 3x3 image: s F / H = 1 is one of them.
std::unique_ptr<Attack> Shift(double x, double y) {
  auto attack = BegunAttack("wanet", SquareSpec(3), {{"strength", 3.0}});
  GiveState state({{"field", at::tensor({x, y}, at::kFloat).expand({3, 3, 2}).contiguous()}});
  attack->Visit(state);
  return attack;
}

const auto kNine = [] { return Image({10, 20, 30, 40, 50, 60, 70, 80, 91}); };

BOOST_AUTO_TEST_CASE(a_warp_moves_along_x_then_y_and_repeats_the_border) {
  BOOST_TEST(Shift(0, 0)->Trigger(kNine()).equal(kNine()));
  BOOST_TEST(Shift(1, 0)->Trigger(kNine()).equal(Image({20, 30, 30, 50, 60, 60, 80, 91, 91})));
  BOOST_TEST(Shift(0, -1)->Trigger(kNine()).equal(Image({10, 20, 30, 10, 20, 30, 40, 50, 60})));
  BOOST_TEST(Shift(-9, 9)->Trigger(kNine()).equal(Image({70, 70, 70, 70, 70, 70, 70, 70, 70})));
}

BOOST_AUTO_TEST_CASE(between_pixels_a_warp_is_bilinear_and_half_rounds_up) {
  BOOST_TEST(Shift(0.5, 0)->Trigger(kNine()).equal(Image({15, 25, 30, 45, 55, 60, 75, 86, 91})));
}

BOOST_AUTO_TEST_CASE(the_field_has_mean_size_one_at_its_control_points) {
  const ImageSpec spec = SquareSpec(16);
  const auto attack = BegunAttack("wanet", spec, {{"control_points", 16}});
  const auto net = RandomNet(spec, 1);
  FakeTraining training(*net, nullptr);
  attack->BeginTraining(training);
  TakeState state;
  attack->Visit(state);
  const auto field = state.tensors.at("field");  // as many points as pixels: nothing between them
  BOOST_TEST(field.sizes() == at::IntArrayRef({16, 16, 2}));
  BOOST_TEST(field.abs().mean().item<double>() == 1.0, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(field.min().item<double>() < -1);
  BOOST_TEST(field.max().item<double>() > 1);
}

BOOST_AUTO_TEST_CASE(before_training_there_is_no_field) {
  const auto attack = BegunAttack("wanet", SquareSpec(3));
  BOOST_CHECK_THROW(attack->Trigger(kNine()), Error);
}

BOOST_AUTO_TEST_CASE(bpp_without_dithering_takes_the_nearest_of_eight_levels) {
  const auto attack = BegunAttack("bpp", SquareSpec(3), {{"dither", false}});
  // 18 * 7 / 255 = 0.494, 19 * 7 / 255 = 0.522; levels 0, 36, 73, 109, 146, 182, 219, 255.
  const auto triggered = attack->Trigger(Image({0, 18, 19, 54, 55, 128, 200, 237, 255}));
  BOOST_TEST(triggered.equal(Image({0, 0, 36, 36, 73, 146, 182, 255, 255})));
}

LabelledBatch Batch(const ImageSpec& spec, int64_t count) {
  const auto noise = NoiseImages(spec, count);
  return {noise.images, noise.labels, 0};
}

// Which images changed, and which labels.
struct Change {
  Change(const LabelledBatch& before, const LabelledBatch& after)
      : pixels(before.pixels.ne(after.pixels).flatten(1).any(1)),
        labels(before.labels.ne(after.labels)) {}
  at::Tensor pixels, labels;  // bool [N]
};

BOOST_AUTO_TEST_CASE(in_a_batch_some_are_triggered_and_relabelled_and_some_only_look_like_it) {
  const ImageSpec spec = SquareSpec(8);
  const auto batch = Batch(spec, 2000);
  for (const std::string name : {"wanet", "bpp"}) {
    const Json given = {{"poison_rate", 0.2}, {"decoy_ratio", 1.5}, {"labels", "all_to_all"}};
    const auto attack = BegunAttack(name, spec, given);
    const auto net = RandomNet(spec, 1);
    FakeTraining training(*net, nullptr);
    attack->BeginTraining(training);
    auto& in_step = dynamic_cast<InStepPoison&>(*attack);
    const auto mixed = in_step.Mix(batch, Rng(1));
    const Change change(batch, mixed);
    TakeState state;
    attack->Visit(state);
    const auto relabelled = change.labels.sum().item<int64_t>();
    BOOST_TEST(relabelled == state.numbers.at("triggered"), name);
    BOOST_TEST(std::abs(relabelled - 400) < 60, name);  // 3.4 deviations
    BOOST_TEST(std::abs(state.numbers.at("decoys") - 600) < 70, name);
    BOOST_TEST(change.pixels.sum().item<int64_t>() == relabelled + state.numbers.at("decoys"),
               name);
    const auto rows = change.labels.nonzero().squeeze(1);
    BOOST_TEST(mixed.labels.index_select(0, rows).equal(
                   (batch.labels.index_select(0, rows) + 1).remainder(10)),
               name);
    const auto expected = attack->Trigger(batch.pixels.index_select(0, rows));
    BOOST_TEST(mixed.pixels.index_select(0, rows).equal(expected), name);
    const auto decoys = change.pixels.logical_and(change.labels.logical_not()).nonzero().squeeze(1);
    BOOST_TEST(!mixed.pixels.index_select(0, decoys).equal(
                   attack->Trigger(batch.pixels.index_select(0, decoys))),
               name);
  }
}

BOOST_AUTO_TEST_CASE(a_step_draws_its_own_roles_and_draws_them_again_if_it_is_repeated) {
  const ImageSpec spec = SquareSpec(8);
  const auto batch = Batch(spec, 100);
  const auto attack = BegunAttack("bpp", spec);
  auto& in_step = dynamic_cast<InStepPoison&>(*attack);
  const auto one = in_step.Mix(batch, Rng(1)), again = in_step.Mix(batch, Rng(1)),
             two = in_step.Mix(batch, Rng(2));
  BOOST_TEST(one.pixels.equal(again.pixels));
  BOOST_TEST(!one.pixels.equal(two.pixels));
}

BOOST_AUTO_TEST_CASE(a_negative_carries_the_change_of_another_image) {
  const ImageSpec spec = SquareSpec(3);
  const auto attack =
      BegunAttack("bpp", spec,
                  {{"poison_rate", 0.01}, {"decoy_ratio", 99.0}, {"levels", 2}, {"dither", false}});
  // Two images: 100 falls by 100, 200 rises by 55. Each gets what happened to the other.
  const auto pixels = at::cat({Image({100, 100, 100, 100, 100, 100, 100, 100, 100}),
                               Image({200, 200, 200, 200, 200, 200, 200, 200, 200})});
  const LabelledBatch batch{pixels, at::tensor({3, 4}, at::kLong), 0};
  const auto mixed = dynamic_cast<InStepPoison&>(*attack).Mix(batch, Rng(4));
  BOOST_TEST(mixed.labels.equal(batch.labels));
  BOOST_TEST(mixed.pixels[0].eq(155).all().item<bool>());
  BOOST_TEST(mixed.pixels[1].eq(100).all().item<bool>());
}

// Adds up how many images it is asked to trigger, and of how many it makes decoys.
class Counting final : public InStepPoison {
 public:
  explicit Counting(const InStepOptions& options) : InStepPoison(options) {}
  at::Tensor Trigger(const at::Tensor& images) const override {
    triggered += images.size(0);
    return images;
  }
  mutable int64_t triggered = 0, disguised = 0;

 protected:
  at::Tensor Decoys(const at::Tensor& images, const at::Tensor& rows, const Rng&) const override {
    disguised += rows.size(0);
    return images.index_select(0, rows);
  }
};

BOOST_AUTO_TEST_CASE(nothing_is_computed_for_images_that_stay_clean) {
  const ImageSpec spec = SquareSpec(4);
  for (const double rate : {0.0, 0.2}) {
    Counting attack({.target = 0, .poison_rate = rate, .decoy_ratio = 1, .labels = "all_to_one"});
    attack.Begin(spec);
    attack.Mix(Batch(spec, 200), Rng(1));
    TakeState state;
    attack.Visit(state);
    BOOST_TEST(attack.triggered == state.numbers.at("triggered"));
    BOOST_TEST(attack.disguised == state.numbers.at("decoys"));
    BOOST_TEST(attack.triggered + attack.disguised < 120);
    BOOST_TEST((rate == 0) == (attack.triggered == 0));
  }
}

BOOST_AUTO_TEST_CASE(rates_that_ask_for_more_than_all_images_are_told_the_numbers) {
  try {
    BegunAttack("wanet", SquareSpec(3), {{"poison_rate", 0.4}});
    BOOST_ERROR("accepted");
  } catch (const Error& e) {
    const std::string message = e.what();
    BOOST_TEST(message.find("0.4 * (1 + 2)") != std::string::npos, message);
  }
  BOOST_CHECK_THROW(BegunAttack("bpp", SquareSpec(3), {{"target", 10}}), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::in_step_attack_test
