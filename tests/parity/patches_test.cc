// DHBE against an implementation in PyTorch: case_patches.py.
#include "methods/defenses/dhbe/dhbe.h"
#include "tests/parity/parity.h"

namespace dfkd::parity::patches_test {

// Puts the formula's weights in place of the generator's; everything else stays.
class PatchFiller final : public StateVisitor {
 public:
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (name.starts_with("generator.")) value = WeightOf("patch_" + name, value.sizes());
  }
  void Number(const std::string&, int64_t&) override {}
};

// Two steps of a student that stays where it is; the generator learns between them.
void CompareSteps(const std::string& name, const std::string& scale) {
  Fixture expected("patches_" + name);
  const auto teacher = MakeFrozen("wrn-16-1", TinySpec(), "teacher");
  const auto student = MakeFilled("wrn-16-1", TinySpec(), "student");
  FakeProgress progress;
  DefenseContext context{.teacher = *teacher,
                         .spec = TinySpec(),
                         .distiller = {.rounds = 100},
                         .rng = Rng(5),
                         .progress = progress};
  dhbe::Dhbe defense(
      Read<dhbe::Options>({{"scale", scale}, {"latent", 10}, {"width", 8}, {"student_steps", 1}}));
  defense.Begin(context);
  PatchFiller filler;
  defense.Visit(filler);
  for (int64_t step = 0; step < 2; ++step) {
    const auto images = Images(fmt::format("patch_images{}", step), TinySpec(), 12);
    auto batch = TaughtBatch(*teacher, images, {});
    batch.kd = {.temperature = 4, .mean_over_classes = false, .tau_squared = true};
    batch.step = step;
    student->ZeroGrad();
    defense.AddStudentGradients(*student, batch);
    if (step == 0) expected.Expect("change", progress.scalars.at("dhbe/change").at(0));
    expected.ExpectGradients(fmt::format("gradient{}.", step), student->Parameters());
  }
  MemoryState state;
  defense.Visit(state);
  for (const auto& [weight, value] : state.tensors) {
    if (!weight.starts_with("generator.")) continue;
    const auto key = "moved." + weight.substr(weight.find('.') + 1);
    if (!expected.Has(key) && !expected.Has(key + "#sketch")) continue;  // see the script
    expected.Expect(key, value - WeightOf("patch_" + weight, value.sizes()));
  }
  expected.ExpectAll("student.", student->Buffers());
}

BOOST_AUTO_TEST_CASE(steps_beside_patches_as_loud_as_the_papers_agree) {
  CompareSteps("as_loud", "kd");
}
BOOST_AUTO_TEST_CASE(steps_beside_patches_as_they_are_agree) { CompareSteps("as_it_is", "none"); }

}  // namespace dfkd::parity::patches_test
