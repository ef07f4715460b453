// Supervised training that may be stopped after any step.
#include "bench/stages/train.h"

#include <ATen/ATen.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/stages/stages_testing.h"

namespace dfkd::train_test {

using namespace testing;  // NOLINT: the helpers of this folder

class Quiet final : public Progress {
 public:
  bool Wants(int64_t) const override { return true; }
  void Scalar(const std::string&, double value, int64_t) override { losses.push_back(value); }
  void Tick(int64_t done, int64_t) override { ticks = done; }
  std::vector<double> losses;
  int64_t ticks = 0;
};

TeacherRecipe Recipe(const Json& given = Json::object()) {
  Json options = {
      {"epochs", 3}, {"batch_size", 32}, {"augment", "crop_flip"}, {"schedule", "one_cycle"}};
  options.update(given);
  return TableOf<TeacherRecipe>().Read(
      ResolveOptions(TableOf<TeacherRecipe>().cards(), options, "test"));
}

struct Session {
  explicit Session(const TeacherRecipe& recipe = Recipe(), bool mirrors = true)
      : model("vgg-s-2", {1, 16, 16, 10, {0.5}, {0.25}, mirrors}),
        data{Toy().images, Toy().labels},
        training(model, data, recipe, Rng(4), progress) {
    model.Initialize(Rng(4).Fork("init"));
  }
  static const Split& Toy() {
    static const auto loaded = DataCache().Load(ShapesJson(), "");
    static const Split first = {loaded->train.images.narrow(0, 0, 200),
                                loaded->train.labels.narrow(0, 0, 200)};
    return first;
  }
  void StepTo(int64_t step) {
    while (training.done() < step) training.Step();
  }
  Classifier model;
  const Split data;
  Quiet progress;
  Training training;
};

BOOST_AUTO_TEST_CASE(the_rest_of_an_epoch_is_dropped) {
  Session session;
  BOOST_TEST(session.training.total() == 3 * (200 / 32));
  session.StepTo(session.training.total());
  BOOST_TEST(session.progress.ticks == 18);
  BOOST_TEST(session.progress.losses.size() == 18U);
}

BOOST_AUTO_TEST_CASE(training_lowers_the_loss) {
  Session session(Recipe({{"epochs", 20}, {"augment", "none"}}));
  session.StepTo(session.training.total());
  BOOST_TEST(session.progress.losses.back() < 0.8 * session.progress.losses.front());
}

BOOST_DATA_TEST_CASE(a_training_stopped_anywhere_ends_in_the_same_bits,
                     boost::unit_test::data::make({"sgd", "adam"}), optimizer) {
  const auto recipe = Recipe({{"optimizer", optimizer}, {"lr", 0.01}, {"nesterov", true}});
  Session whole(recipe);
  whole.StepTo(whole.training.total());
  const ScratchFolder scratch;
  Rng random(11);
  for (int trial = 0; trial < 4; ++trial) {
    const auto file = scratch.path() / "state";
    const int64_t cut = 1 + random.Below(17);
    Session first(recipe), second(recipe);
    first.StepTo(cut);
    SaveState(file, [&](StateVisitor& v) { first.training.Visit(v); });
    LoadState(file, at::kCPU, [&](StateVisitor& v) { second.training.Visit(v); });
    BOOST_TEST(second.training.done() == cut);
    second.StepTo(second.training.total());
    BOOST_TEST(SameTensors(whole.model, second.model), "cut at " << cut);
  }
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_is_divergence) {
  auto recipe = Recipe();
  recipe.lr = 1e38;
  recipe.schedule = "constant";
  Session session(recipe);
  try {
    session.StepTo(session.training.total());
    BOOST_ERROR("it did not diverge");
  } catch (const Error& e) {
    BOOST_TEST((e.failure() == FailureClass::kDiverged));
    BOOST_TEST(Contains(e.what(), "teacher: loss is"), e.what());
  }
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_the_data_is_told_both_numbers) {
  const auto message = ErrorOf([] { Session(Recipe({{"batch_size", 500}})); });
  BOOST_TEST(Contains(message, "batch_size 500"), message);
  BOOST_TEST(Contains(message, "200 images"), message);
}

BOOST_AUTO_TEST_CASE(the_recipe_auto_mirrors_what_its_data_set_lets_it) {
  const auto trained = [](const char* augment, bool mirrors) {
    Session session(Recipe({{"augment", augment}}), mirrors);
    session.StepTo(2);
    return session.model.Clone();
  };
  BOOST_TEST(SameTensors(*trained("auto", true), *trained("crop_flip", true)));
  BOOST_TEST(SameTensors(*trained("auto", false), *trained("crop", true)));
  BOOST_TEST(!SameTensors(*trained("auto", false), *trained("crop_flip", false)));
}

BOOST_AUTO_TEST_CASE(augmentation_changes_what_is_learned_and_the_seed_the_order) {
  Session augmented, plain(Recipe({{"augment", "none"}}));
  augmented.StepTo(2), plain.StepTo(2);
  BOOST_TEST(!SameTensors(augmented.model, plain.model));
}

}  // namespace dfkd::train_test
