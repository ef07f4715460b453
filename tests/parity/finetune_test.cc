// Fine-tuning against an implementation in PyTorch: case_finetune.py.
#include "bench/recipes/finetune.h"

#include "tests/parity/parity.h"

namespace dfkd::parity::finetune_test {

BOOST_AUTO_TEST_CASE(two_passes_of_fine_tuning_agree) {
  constexpr int64_t kCount = 10;
  Fixture expected("finetune");
  const auto model = MakeFilled("wrn-16-1", TinySpec(), "student");
  const Split data = {
      (Values("finetune_images", {kCount, 3, 16, 16}, 0.5, 0.5) * 255).to(at::kByte),
      at::arange(kCount, at::kLong)};
  FakeProgress progress;
  DefenseContext context{
      .teacher = *model, .spec = TinySpec(), .rng = Rng(5), .progress = progress};
  FineTune(*model, data, Read<FineTuneOptions>({{"epochs", 2}, {"batch_size", 6}}), context, "ft");
  for (size_t epoch = 0; epoch < 2; ++epoch)
    expected.Expect(fmt::format("loss{}", epoch), progress.scalars.at("ft/loss").at(epoch));
  expected.ExpectAll("", model->Parameters());
  expected.ExpectAll("", model->Buffers());
}

}  // namespace dfkd::parity::finetune_test
