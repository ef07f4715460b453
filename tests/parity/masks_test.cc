// ANP and RNP against an implementation in PyTorch: case_masks.py.
#include "bench/recipes/adversarial_pruning.h"
#include "bench/recipes/reconstructive_pruning.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::masks_test {

constexpr int64_t kCount = 12, kBatch = 8;

struct Setup {
  explicit Setup(const std::string& fixture) : expected(fixture) {}
  void ExpectPruned() {
    for (const auto& norm : model->Norms()) expected.Expect("pruned." + norm.name, norm.weight);
  }
  Json With(Json options) {
    options.update(Json{{"batch_size", kBatch}, {"crop", 0}, {"flip", "false"}});
    options["threshold"] = expected.Get("threshold").at(0);
    return options;
  }
  Fixture expected;
  const Split data = {(Values("masks_images", {kCount, 3, 16, 16}, 0.5, 0.5) * 255).to(at::kByte),
                      at::tensor({9, 9, 9, 9, 9, 9, 9, 9, 0, 1, 2, 3}, at::kLong)};
  const std::unique_ptr<Classifier> model = MakeFilled("wrn-16-1", TinySpec(), "student");
  FakeProgress progress;
  DefenseContext context{
      .teacher = *model, .spec = TinySpec(), .rng = Rng(5), .progress = progress};
};

BOOST_AUTO_TEST_CASE(the_worst_noise_and_what_is_pruned_under_it_agree) {
  Setup setup("masks_anp");
  const auto options =
      Read<AdversarialPruningOptions>(setup.With({{"steps", 4}, {"lr", 2.0}, {"reach_steps", 2}}));
  const auto rows = Integers(Rng(5).Fork("order").Fork("rows", 0), kCount, {kBatch});
  const FineTuneBatch batch = {Normalize(setup.data.images.index_select(0, rows), TinySpec()),
                               setup.data.labels.index_select(0, rows)};
  const auto copy = setup.model->Clone();
  NormMasks masks(*copy);
  const auto noise = WorstNoise(*copy, masks, batch, options, Rng(5).Fork("noise", 0));
  for (size_t i = 0; i < noise.scale.size(); ++i) {
    const auto name = "noise." + masks.masks()[i].name;
    setup.expected.Expect(name + ".scale", noise.scale[i]);
    setup.expected.Expect(name + ".shift", noise.shift[i]);
  }
  PruneAdversarially(*setup.model, setup.data, options, setup.context, "anp");
  setup.expected.Expect("loss", setup.progress.scalars.at("anp/loss").at(0));
  setup.ExpectPruned();
}

// Twelve passes, the last two at a tenth of the rate; then a pruning that unlearns until 0.4 of the
// answers are right.
BOOST_AUTO_TEST_CASE(what_is_unlearned_and_what_is_pruned_after_recovery_agree) {
  Setup setup("masks_rnp");
  Json given = setup.With({{"unlearn_epochs", 12},
                           {"unlearn_lr", 0.0003},
                           {"unlearned", 0},
                           {"recover_epochs", 3},
                           {"recover_lr", 5.0}});
  const auto copy = setup.model->Clone();
  setup.expected.Expect(
      "unlearned.right",
      UnlearnImages(*copy, setup.data, Read<ReconstructivePruningOptions>(given), setup.context));
  setup.expected.ExpectAll("unlearned.", copy->Parameters());
  setup.expected.ExpectAll("unlearned.", copy->Buffers());

  given["unlearned"] = 0.4;
  PruneReconstructively(*setup.model, setup.data, Read<ReconstructivePruningOptions>(given),
                        setup.context, "rnp");
  const auto& scalars = setup.progress.scalars;
  setup.expected.Expect("right", scalars.at("rnp/unlearned_accuracy").at(0));
  for (size_t epoch = 0; epoch < 3; ++epoch)
    setup.expected.Expect(fmt::format("loss{}", epoch), scalars.at("rnp/loss").at(epoch));
  setup.ExpectPruned();
}

}  // namespace dfkd::parity::masks_test
