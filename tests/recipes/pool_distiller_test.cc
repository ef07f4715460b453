// Distillers whose images do not depend on the student.
#include "bench/recipes/pool_distiller.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "tests/methods/fakes.h"

namespace dfkd::pool_distiller_test {

// Images filled with the number of the round.
class Flat : public PoolDistiller {
 public:
  void Begin(DistillContext& ctx) override { ctx.UseStudentOptimizer({}); }

 private:
  at::Tensor Images(DistillContext&, int64_t round) override {
    return at::full({4, 3, 8, 8}, static_cast<double>(round), at::kFloat);
  }
  KdLoss Kd() const override { return {.temperature = 2}; }
};

class Constant final : public Flat {
  at::Tensor Loss(DistillContext&, const TransferBatch& batch) override {
    return batch.student_logits.sum(1) * 0 + 7;
  }
};

class BlackBox final : public Flat {
  bool HardLabel() const override { return true; }
};

// Looks at the teacher's activations.
struct Nosy final : Defense {
  std::vector<std::string> Taps() const override { return {"features"}; }
};

// Keeps the batch of the last step.
struct Recorder final : FakeDistillContext {
  using FakeDistillContext::FakeDistillContext;
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    last = batch;
    FakeDistillContext::StepStudent(batch, per_sample_loss);
  }
  TransferBatch last;
};

struct Bench {
  explicit Bench(Distiller& distiller) {
    distiller.Begin(context);
    for (int64_t round = 0; round < 3; ++round) distiller.Round(context, round);
  }
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-2", 1), student = MakeNet("vgg-s-2", 2);
  Recorder context{*teacher, *student, 3};
};

BOOST_AUTO_TEST_SUITE(pool_distiller)

BOOST_AUTO_TEST_CASE(a_round_is_one_step_down_the_divergence_on_its_images) {
  Flat distiller;
  Bench bench(distiller);
  BOOST_TEST(bench.context.losses.size() == 3U);
  const auto& last = bench.context.last;
  BOOST_TEST((last.round == 2 && last.kd.temperature == 2));
  BOOST_TEST(last.images.equal(at::full({4, 3, 8, 8}, 2.0, at::kFloat)));
  BOOST_TEST(last.teacher_logits.equal(std::as_const(*bench.teacher).Logits(last.images)));
  const auto loss = KdPerSample(last.teacher_logits, last.student_logits, last.kd).mean();
  BOOST_TEST(bench.context.losses.back() == loss.item<double>());
}

BOOST_AUTO_TEST_CASE(a_method_may_lower_another_loss) {
  Constant distiller;
  Bench bench(distiller);
  for (const double loss : bench.context.losses) BOOST_TEST(loss == 7);
}

BOOST_AUTO_TEST_CASE(of_a_black_box_the_student_learns_the_labels_by_cross_entropy) {
  BlackBox distiller;
  Bench bench(distiller);
  const auto& last = bench.context.last;
  const auto labels = std::as_const(*bench.teacher).Logits(last.images).argmax(1);
  BOOST_TEST(last.teacher_logits.argmax(1).equal(labels));
  for (const double temperature : {0.01, 1.0, 100.0}) {
    const auto answer = (last.teacher_logits / temperature).softmax(1);
    BOOST_TEST(answer.equal(at::one_hot(labels, 4).to(at::kFloat)), temperature);
  }
  const auto loss = CrossEntropyPerSample(last.student_logits, labels).mean().item<double>();
  BOOST_TEST(bench.context.losses.back() == loss, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(a_black_box_shows_no_activation_to_a_defence) {
  BlackBox distiller;
  Nosy defense;
  const auto teacher = MakeTeacher("vgg-s-2", 1), student = MakeNet("vgg-s-2", 2);
  FakeDistillContext context(*teacher, *student, 3);
  context.defense = &defense;
  distiller.Begin(context);
  BOOST_CHECK_EXCEPTION(distiller.Round(context, 0), Error, [](const Error& e) {
    return std::string(e.what()).find("'features'") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::pool_distiller_test
