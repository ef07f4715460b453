// What a student descends, per image, worked out again beside each distiller that steps on given
// images: a wrong sign, temperature or divisor shows. Of ZSKT, DAFL, DFAD and DFQ tests/parity
// compares whole rounds.
#include <ATen/Functions.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/methods/fakes.h"

namespace dfkd::student_loss_test {

struct Case {
  std::string distiller;
  Json options;
  double temperature, scale;  // loss = scale * KL(teacher || student) at the temperature
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.distiller; }

// 4 classes; the published settings of each method (their READMEs name the papers).
const std::vector<Case> kCases = {
    {"noise_kd", {{"batch_size", 8}}, 4, 16},
    {"ood_kd", {{"batch_size", 8}}, 8, 1.0 / 4},
    {"clean_kd", {{"batch_size", 8}, {"alpha", 1}}, 6, 36.0 / 4},
    {"deepinversion", {{"batch_size", 8}}, 4, 1.0 / 4},
    {"adi", {{"batch_size", 8}, {"student_steps", 2}, {"adaptive", false}}, 3, 9},
    {"cmi",
     {{"batch_size", 8},
      {"student_steps", 2},
      {"synthesis_batch", 8},
      {"synthesis_steps", 1},
      {"latent", 4},
      {"generator_width", 4},
      {"head_width", 4}},
     20,
     400}};

// [N]: sum_c p_T (log p_T - log p_S), from the definition.
at::Tensor Divergence(const at::Tensor& teacher, const at::Tensor& student, double temperature) {
  const auto p = (teacher / temperature).softmax(1), q = (student / temperature).softmax(1);
  return (p * (p / q).log()).sum(1);
}

// Compares before it steps; a copy of the student answers, for a pass moves running statistics.
class Judge final : public FakeDistillContext {
 public:
  Judge(const Classifier& teacher, Classifier& student, const Case& c)
      : FakeDistillContext(teacher, student, /*rounds=*/3), case_(c) {}

  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    const auto copy = student().Clone();
    const auto answers = copy->Logits(batch.images, Mode::kTrain, Grad::kNone);
    const auto expected =
        Divergence(teacher().Logits(batch.images), answers, case_.temperature) * case_.scale;
    BOOST_TEST_REQUIRE(per_sample_loss.sizes() == expected.sizes());
    const auto off = (per_sample_loss - expected).norm() / expected.norm();
    BOOST_TEST(off.item<double>() < 1e-9);
    FakeDistillContext::StepStudent(batch, per_sample_loss);
    ++steps;
  }
  int64_t steps = 0;

 private:
  const Case& case_;
};

BOOST_DATA_TEST_CASE(a_student_descends_the_divergence_from_its_teacher, kCases, c) {
  const auto teacher = MakeTeacher("vgg-s-16", 1);
  const auto student = MakeNet("vgg-s-16", 2);
  teacher->Use(at::kCPU, Profile::kFp64);
  student->Use(at::kCPU, Profile::kFp64);
  Judge context(*teacher, *student, c);
  context.UseTransferSet({Integers(Rng(5).Fork("images"), 256, {40, 3, 8, 8}).to(at::kByte),
                          at::arange(40).remainder(4)});
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, c.distiller);
  const auto distiller =
      Registry::Get().Make<Distiller>(c.distiller, ResolveFor(card, c.options, "fixed"));
  distiller->Begin(context);
  for (int64_t round = 0; round < 3; ++round) distiller->Round(context, round);
  BOOST_TEST(context.steps >= 3);
}

}  // namespace dfkd::student_loss_test
