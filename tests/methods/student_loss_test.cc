// What a student descends, per image, worked out again beside each distiller that steps on given
// images: a wrong sign, temperature or divisor shows. Of ZSKT, DAFL, DFAD and DFQ tests/parity
// compares whole rounds.
#include <ATen/Functions.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "methods/defenses/temperature/temperature.h"
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

// The student's parameters after a round; `defense` null: undefended.
std::vector<at::Tensor> AfterARound(const Case& c, Defense* defense) {
  const auto teacher = MakeTeacher("vgg-s-8", 1);
  const auto student = MakeNet("vgg-s-8", 2);
  teacher->Use(at::kCPU, Profile::kFp64);
  student->Use(at::kCPU, Profile::kFp64);
  FakeProgress progress;
  DefenseContext beside{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(5), .progress = progress};
  beside.distiller.rounds = 3;
  if (defense) defense->Begin(beside);
  FakeDistillContext context(*teacher, *student, /*rounds=*/3);
  context.defense = defense;
  context.UseTransferSet({Integers(Rng(5).Fork("images"), 256, {40, 3, 8, 8}).to(at::kByte),
                          at::arange(40).remainder(4)});
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, c.distiller);
  const auto distiller =
      Registry::Get().Make<Distiller>(c.distiller, ResolveFor(card, c.options, "fixed"));
  distiller->Begin(context);
  distiller->Round(context, 0);
  std::vector<at::Tensor> after;
  for (const auto& [name, value] : student->Parameters()) after.push_back(value.detach().clone());
  return after;
}

auto WithMemory() {
  auto cases = kCases;
  const Json small = {
      {"batch_size", 8}, {"student_steps", 2}, {"latent", 4}, {"generator_width", 4}};
  cases.push_back({"mad_like", small, 1, 1});
  return cases;
}

// A loss that replaces the distiller's own, and is the same, must change nothing: also where the
// distiller's counts more than its mean.
BOOST_DATA_TEST_CASE(the_distillers_own_temperature_as_a_defence_is_no_defence, WithMemory(), c) {
  temperature::Temperature own(Read<temperature::Options>({{"temperature", c.temperature}}));
  const auto defended = AfterARound(c, &own), undefended = AfterARound(c, nullptr);
  for (size_t i = 0; i < defended.size(); ++i)
    BOOST_TEST(MaxDifference(defended[i], undefended[i]) < 1e-9, i);
}

}  // namespace dfkd::student_loss_test
