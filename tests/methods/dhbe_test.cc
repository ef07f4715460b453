#include "methods/defenses/dhbe/dhbe.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "tests/methods/fakes.h"

namespace dfkd::dhbe::dhbe_test {

struct Setup {
  explicit Setup(const Json& given = nullptr)
      : teacher(MakeTeacher("vgg-s-4", 1)),
        student(MakeNet("vgg-s-4", 2)),
        context{.teacher = *teacher,
                .spec = SmallSpec(),
                .distiller = {.rounds = 100},
                .rng = Rng(5),
                .progress = progress},
        defense(Read<Options>(given)) {
    defense.Begin(context);
    batch = TaughtBatch(*teacher, Normal(Rng(3), {16, 3, 8, 8}), {});
  }
  double Change() {
    progress.scalars.clear();
    student->ZeroGrad();
    defense.AddStudentGradients(*student, batch);
    return progress.scalars.at("dhbe/change").at(0);
  }
  MemoryState State() {
    MemoryState state;
    defense.Visit(state);
    return state;
  }

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher, student;
  DefenseContext context;
  Dhbe defense;
  TransferBatch batch;
};

BOOST_AUTO_TEST_CASE(patches_are_small_bounded_and_one_for_each_image) {
  const auto options = Read<Options>({{"patch_size", 3}, {"latent", 8}, {"width", 4}});
  const PatchGenerator generator(options, 3, Rng(1), at::kCPU);
  const auto patches = generator.Patches(Normal(Rng(2), {6, 8}));
  BOOST_TEST((patches.sizes() == at::IntArrayRef({6, 3, 3, 3})));
  BOOST_TEST(patches.abs().max().item<double>() <= 1);
  BOOST_TEST(MaxDifference(patches[0], patches[1]) > 1e-3);
  BOOST_TEST(patches.requires_grad());
}

BOOST_AUTO_TEST_CASE(a_patch_lies_where_it_is_put) {
  const auto placed = Placed(at::ones({2, 3, 2, 2}), SmallSpec(), /*row=*/1, /*column=*/5);
  BOOST_TEST((placed.sizes() == at::IntArrayRef({2, 3, 8, 8})));
  BOOST_TEST(placed.sum().item<double>() == 2 * 3 * 4);
  BOOST_TEST(placed.slice(2, 1, 3).slice(3, 5, 7).sum().item<double>() == 2 * 3 * 4);
}

BOOST_AUTO_TEST_CASE(the_weight_scales_what_is_added_to_the_gradients) {
  Setup once, twice(Json{{"weight", 0.2}});
  for (const auto& parameter : once.student->Parameters())
    parameter.value.mutable_grad() = at::ones_like(parameter.value);
  once.defense.AddStudentGradients(*once.student, once.batch);
  twice.defense.AddStudentGradients(*twice.student, twice.batch);
  const auto a = once.student->Parameters(), b = twice.student->Parameters();
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto own = a[i].value.grad() - 1;
    largest = std::max(largest, own.abs().max().item<double>());
    BOOST_TEST(MaxDifference(2 * own, b[i].value.grad()) < 1e-5);
  }
  BOOST_TEST(largest > 1e-6);
}

// Latents are other ones in each round; patches of the image's size leave one place only.
BOOST_AUTO_TEST_CASE(patches_learn_to_change_the_answer_of_a_student_that_rests) {
  const auto change = [](double generator_lr) {
    Setup setup({{"student_steps", 1}, {"generator_lr", generator_lr}, {"patch_size", 8}});
    double sum = 0;
    for (setup.batch.round = 0; setup.batch.round < 60; ++setup.batch.round) {
      const double value = setup.Change();
      if (setup.batch.round >= 40) sum += value;
    }
    return sum / 20;
  };
  const double learned = change(0.02), untrained = change(0);
  BOOST_TEST(learned > 1.1 * untrained);
}

// d KL / d logits of an image is (p_S - p_T) / tau, times tau squared or over the classes.
BOOST_AUTO_TEST_CASE(the_scale_is_the_slope_of_the_distillers_loss) {
  Setup setup;
  const auto logits = Normal(Rng(8), {16, 4});
  for (const KdLoss& kd :
       {KdLoss{8, true, false}, KdLoss{20, false, true}, KdLoss{1, true, false}}) {
    setup.batch.kd = kd;
    const auto tau = kd.temperature;
    const auto apart =
        ((logits / tau).softmax(1) - (setup.batch.teacher_logits / tau).softmax(1)).abs().sum();
    const double factor = (kd.tau_squared ? tau * tau : 1) / (kd.mean_over_classes ? 4 : 1);
    BOOST_TEST(
        LossScale(setup.batch, logits).item<double>() == apart.item<double>() / tau / 16 * factor,
        boost::test_tools::tolerance(1e-4));
  }
}

BOOST_AUTO_TEST_CASE(beside_a_softer_loss_patches_weigh_less) {
  const auto added = [](const KdLoss& kd, const char* scale) {
    Setup setup(Json{{"scale", scale}});
    setup.batch.kd = kd;
    const auto before = setup.student->Clone();
    setup.defense.AddStudentGradients(*setup.student, setup.batch);
    const auto logits = before->Logits(setup.batch.images, Mode::kTrain, Grad::kNone);
    const auto part = setup.student->Parameters()[0].value.grad();
    return std::string(scale) == "kd" ? part / LossScale(setup.batch, logits) : part.clone();
  };
  const KdLoss soft{8, true, false}, loud{20, false, true};
  const auto own = added(soft, "none");
  for (const auto& part : {added(soft, "kd"), added(loud, "kd"), added(loud, "none")})
    BOOST_TEST(MaxDifference(part, own) < 1e-4 * own.abs().max().item<double>());
}

// After five student steps, so where the sixth begins.
BOOST_AUTO_TEST_CASE(they_learn_once_in_five_student_steps) {
  Setup setup;
  const auto weights = [&] { return setup.State().tensors.at("generator.linear.weight"); };
  const auto before = weights();
  for (int i = 0; i < 5; ++i) setup.Change();
  BOOST_TEST(weights().equal(before));
  setup.Change();
  const auto after = weights().clone();
  BOOST_TEST(!after.equal(before));
  for (int i = 0; i < 4; ++i) setup.Change();
  BOOST_TEST(weights().equal(after));
  BOOST_TEST(setup.State().numbers.at("steps") == 10);
}

BOOST_AUTO_TEST_CASE(a_student_trained_beside_it_minds_patches_less) {
  const auto sensitivity = [](bool defended) {
    Setup setup({{"weight", 10.0}, {"student_steps", 1}});
    FakeDistillContext run(*setup.teacher, *setup.student, 100);
    run.defense = defended ? &setup.defense : nullptr;
    run.UseStudentOptimizer({.kind = "adam", .lr = 3e-3});
    for (int64_t round = 0; round < 40; ++round) {
      const auto batch = run.Teach(setup.batch.images, {.temperature = 4}, round, Grad::kNone);
      const auto logits = setup.student->Logits(batch.images, Mode::kTrain, Grad::kAll);
      run.StepStudent(batch, KdPerSample(batch.teacher_logits, logits, batch.kd));
    }
    return setup.Change();
  };
  BOOST_TEST(sensitivity(true) < sensitivity(false));
}

// The paper's passes move the student's statistics, so that the distiller's answer cannot stand for
// one of them.
BOOST_AUTO_TEST_CASE(the_statistics_see_clean_and_patched_images_of_every_step) {
  Setup setup;
  setup.batch.student_logits = at::zeros({16, 4});
  const auto counted = [&] {
    for (const auto& [name, value] : setup.student->Buffers()) {
      if (name.ends_with("num_batches_tracked")) return value.item<int64_t>();
    }
    return int64_t{-1};
  };
  const auto before = counted();
  setup.Change();
  BOOST_TEST(counted() == before + 2);
}

BOOST_AUTO_TEST_CASE(a_patch_larger_than_the_image_is_refused) {
  BOOST_CHECK_THROW(Setup(Json{{"patch_size", 9}}), Error);
}

}  // namespace dfkd::dhbe::dhbe_test
