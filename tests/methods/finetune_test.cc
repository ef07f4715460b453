// ft and ft_syn: what they share stands in bench/recipes/finetune.h.
#include "bench/recipes/finetune.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "methods/defenses/ft/ft.h"
#include "methods/defenses/ft_syn/ft_syn.h"
#include "tests/methods/fakes.h"

namespace dfkd::finetune_test {

BOOST_AUTO_TEST_SUITE(finetune_suite)

struct Setup : RepairSetup {
  double Loss() const {
    const auto logits =
        student->Logits(Normalize(data.images, SmallSpec()), Mode::kTrain, Grad::kNone);
    return CrossEntropyPerSample(logits, data.labels).mean().item<double>();
  }
};

FineTuneOptions Given(Json given) {
  const Json plain = {{"crop", 0}, {"flip", false}};
  given.update(plain);
  return Read<FineTuneOptions>(given);
}

// p - lr (g + wd p), g from a pass of our own.
BOOST_AUTO_TEST_CASE(the_first_step_is_sgd_on_the_cross_entropy) {
  Setup setup;
  setup.student->Use(at::kCPU, Profile::kFp64);
  const auto other = setup.student->Clone();
  const auto logits =
      other->Logits(Normalize(setup.data.images, SmallSpec()), Mode::kTrain, Grad::kAll);
  at::nll_loss(at::log_softmax(logits, 1), setup.data.labels).backward();
  const auto options = Given({{"epochs", 1}, {"lr", 0.5}, {"weight_decay", 0.1}});
  FineTune(*setup.student, setup.data, options, setup.context, "ft");
  const auto ours = setup.student->Parameters(), before = other->Parameters();
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto p = before[i].value.detach();
    const auto expected = p - 0.5 * (before[i].value.grad() + 0.1 * p);
    BOOST_TEST(MaxDifference(ours[i].value.detach(), expected) < 1e-12, ours[i].name);
  }
}

BOOST_AUTO_TEST_CASE(labels_are_learned) {
  Setup setup;
  const double before = setup.Loss();
  FineTune(*setup.student, setup.data, Given({{"epochs", 30}, {"batch_size", 8}, {"lr", 0.05}}),
           setup.context, "ft");
  BOOST_TEST(setup.Loss() < 0.3 * before);
  BOOST_TEST(setup.progress.scalars.at("ft/loss").size() == 30U);
}

BOOST_AUTO_TEST_CASE(crops_and_flips_are_options) {
  const auto tuned = [](const Json& given) {
    Setup setup;
    auto options = Read<FineTuneOptions>(given);
    options.epochs = 1;
    FineTune(*setup.student, setup.data, options, setup.context, "ft");
    return setup.student->Parameters()[0].value.detach().clone();
  };
  const auto plain = tuned({{"crop", 0}, {"flip", false}});
  BOOST_TEST(!plain.equal(tuned({{"crop", 2}, {"flip", false}})));
  BOOST_TEST(!plain.equal(tuned({{"crop", 0}, {"flip", true}})));
}

BOOST_AUTO_TEST_CASE(only_images_that_show_their_class_when_mirrored_are_mirrored) {
  const auto tuned = [](bool mirrors, const Json& flip) {
    Setup setup;
    setup.context.spec.mirrors = mirrors;
    const Json given = {{"crop", 0}, {"epochs", 1}, {"flip", flip}};
    FineTune(*setup.student, setup.data, Read<FineTuneOptions>(given), setup.context, "ft");
    return setup.student->Parameters()[0].value.detach().clone();
  };
  BOOST_TEST(tuned(false, "auto").equal(tuned(true, false)));
  BOOST_TEST(tuned(true, "auto").equal(tuned(true, true)));
  BOOST_TEST(tuned(false, "true").equal(tuned(true, true)));
}

BOOST_AUTO_TEST_CASE(a_rate_that_explodes_is_called_diverged) {
  Setup setup;
  const auto options = Given({{"epochs", 20}, {"lr", 1e30}});
  try {
    FineTune(*setup.student, setup.data, options, setup.context, "ft");
    BOOST_ERROR("nothing was thrown");
  } catch (const Error& e) {
    BOOST_TEST((e.failure() == FailureClass::kDiverged));
  }
}

BOOST_AUTO_TEST_CASE(each_has_its_data_and_its_place) {
  for (const std::string where : {"student", "teacher"}) {
    const auto& clean = Registry::Get().Card(PluginKind::kDefense, "ft");
    const auto& synthetic = Registry::Get().Card(PluginKind::kDefense, "ft_syn");
    for (const auto* card : {&clean, &synthetic}) {
      const auto options = ResolveFor(*card, {{"where", where}});
      BOOST_TEST(card->repairs_student(options) == (where == "student"));
      BOOST_TEST(card->sanitizes_teacher(options) == (where == "teacher"));
      BOOST_TEST(card->needs_clean_data(options) == (card == &clean));
      BOOST_TEST(card->needs_synthetic_data(options) == (card == &synthetic));
    }
  }
}

BOOST_AUTO_TEST_CASE(with_equal_data_both_do_the_same) {
  Setup clean, synthetic;
  clean.context.clean_subset = &clean.data;
  synthetic.context.synthetic = &synthetic.data;
  const Json given = {{"epochs", 1}};
  ft::Ft(Read<FineTuneOptions>(given)).RepairStudent(*clean.student, clean.context);
  ft_syn::FtSyn(Read<FineTuneOptions>(given)).RepairStudent(*synthetic.student, synthetic.context);
  BOOST_TEST(clean.student->Parameters()[0].value.equal(synthetic.student->Parameters()[0].value));
  BOOST_TEST(!clean.student->Parameters()[0].value.equal(Setup().student->Parameters()[0].value));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::finetune_test
