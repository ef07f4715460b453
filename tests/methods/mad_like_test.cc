// A generator's moving average beside it.
#include "methods/distillation/mad_like/mad_like.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"
#include "tests/methods/fakes.h"

namespace dfkd::mad_like::mad_like_test {

// Keeps the batch and the losses of the last step.
struct Recorder final : FakeDistillContext {
  using FakeDistillContext::FakeDistillContext;
  void StepStudent(const TransferBatch& batch, const at::Tensor& per_sample_loss) override {
    last = batch;
    loss = per_sample_loss.detach();
    FakeDistillContext::StepStudent(batch, per_sample_loss);
  }
  TransferBatch last;
  at::Tensor loss;
};

struct Setup {
  explicit Setup(const Json& more = Json::object()) {
    Json given = {{"rounds", 4}, {"batch_size", 6},      {"student_steps", 1},
                  {"latent", 8}, {"generator_width", 8}, {"generator_lr", 1e-2}};
    given.update(more);
    distiller = std::make_unique<MadLike>(Read<Options>(given));
    distiller->Begin(context);
  }
  MemoryState State() {
    MemoryState state;
    distiller->Visit(state);
    return state;
  }
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-4", 1), student = MakeNet("vgg-s-2", 2);
  Recorder context{*teacher, *student, 4};
  std::unique_ptr<MadLike> distiller;
};

BOOST_AUTO_TEST_CASE(the_average_begins_as_the_generator_and_moves_by_its_share) {
  Setup setup;
  auto state = setup.State();
  const auto first = state.tensors.at("generator.fc.weight");
  BOOST_TEST(state.tensors.at("memory.fc.weight").equal(first));
  setup.distiller->Round(setup.context, 0);
  state = setup.State();
  const auto expected = 0.95 * first + 0.05 * state.tensors.at("generator.fc.weight");
  BOOST_TEST(MaxDifference(state.tensors.at("memory.fc.weight"), expected) < 1e-7);
  BOOST_TEST(!state.tensors.at("memory.fc.weight").equal(first));
}

BOOST_AUTO_TEST_CASE(the_student_sees_images_of_both_and_lowers_the_sum_of_both_losses) {
  Setup setup({{"memory_weight", 0.5}, {"student_lr", 0}});
  setup.distiller->Round(setup.context, 0);
  const auto& last = setup.context.last;
  BOOST_TEST(last.images.size(0) == 12);
  const auto each = KdPerSample(last).detach().chunk(2);
  const auto sum = each[0].mean() + 0.5 * each[1].mean();
  BOOST_TEST(setup.context.loss.mean().item<double>() == sum.item<double>(),
             boost::test_tools::tolerance(1e-5));
}

BOOST_AUTO_TEST_CASE(an_order_that_leaves_the_average_out_is_refused) {
  const Json given = {{"order", "simultaneous"}};
  BOOST_CHECK_THROW(Setup{given}, Error);
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "mad_like");
  const auto why = [&](const Json& options, const Json& spec) {
    return card.why_unfit(ResolveFor(card, options), "vgg-s-4", "vgg-s-2", spec);
  };
  BOOST_TEST(why(given, nullptr).starts_with("order = simultaneous shows the student"));
  BOOST_TEST(why({{"order", "student_first"}}, nullptr) == "");
  BOOST_TEST(!why(nullptr, {{"height", 30}, {"width", 30}}).empty());
}

}  // namespace dfkd::mad_like::mad_like_test
