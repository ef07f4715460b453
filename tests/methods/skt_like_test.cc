// skt_like by hand: what may be kept of a perturbation, and how one learns.
#include "methods/defenses/skt_like/skt_like.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/unit_test.hpp>
#include <utility>

#include "tests/methods/fakes.h"

namespace dfkd::skt_like_test {

namespace tools = boost::test_tools;
using skt_like::Candidates;
using skt_like::InBall;

BOOST_AUTO_TEST_SUITE(skt_like_suite)

BOOST_AUTO_TEST_CASE(a_perturbation_is_shrunk_to_its_radius_and_never_stretched) {
  const auto d = at::tensor({3.0, -4.0}, at::kDouble).view({1, 1, 1, 2});
  const auto half = at::tensor({1.5, -2.0}, at::kDouble).view({1, 1, 1, 2});
  BOOST_TEST(MaxDifference(InBall(d, 2.5), half) < 1e-12);
  BOOST_TEST(InBall(d, 5.5).equal(d));
  const auto nothing = at::zeros_like(d);
  BOOST_TEST(InBall(nothing, 1).equal(nothing));
}

// 16/255 times the root of the number of entries.
BOOST_AUTO_TEST_CASE(the_first_candidate_is_no_longer_than_16_of_255_in_every_entry) {
  const auto long_one = [](int64_t channels, int64_t side) {
    return Normal(Rng(1), {1, channels, side, side}).to(at::kDouble);
  };
  const auto check = [&](const at::Tensor& d, double radius) {
    const auto candidates = Candidates(d);
    BOOST_TEST_REQUIRE(candidates.size() == 3U);
    BOOST_TEST(candidates[0].norm().item<double>() == radius, tools::tolerance(1e-6));
    BOOST_TEST(MaxDifference(candidates[0], d * (radius / d.norm())) < 1e-6);
    BOOST_TEST(candidates[2].norm().item<double>() == radius, tools::tolerance(1e-6));
  };
  check(long_one(3, 32), 3.4776863);
  check(long_one(1, 28), 1.7568627);
  const auto short_one = at::full({1, 3, 32, 32}, 0.01, at::kDouble);
  BOOST_TEST(Candidates(short_one)[0].equal(short_one));
}

// 0.01, -0.02, 0.03, …, -0.12: the two smallest are not among the ten.
BOOST_AUTO_TEST_CASE(the_others_are_the_signs_of_the_ten_largest_entries_and_of_all) {
  const auto size = at::arange(1, 13, at::kDouble);
  const auto sign = at::tensor({1.0, -1.0}, at::kDouble).repeat({6});
  const auto candidates = Candidates((0.01 * size * sign).view({1, 3, 2, 2}));
  auto few = sign.clone();
  few.slice(0, 0, 2).zero_();
  BOOST_TEST(candidates[1].equal(few.view({1, 3, 2, 2})));
  BOOST_TEST(MaxDifference(candidates[2].flatten(), sign * (16.0 / 255)) < 1e-12);
}

// A teacher that was asked about images, some of whose pixels lie outside of [0, 1].
struct Lesson {
  Lesson() {
    teacher->Use(at::kCPU, Profile::kFp64);
    context.distiller.rounds = 10;
    batch = TaughtBatch(*teacher, images, {});
  }

  // The only perturbation of the pool after so many batches.
  at::Tensor After(int64_t batches, Json options) {
    options["pool"] = 1;
    skt_like::SktLike defense(Read<skt_like::Options>(options));
    defense.Begin(context);
    for (int64_t i = 0; i < batches; ++i) defense.Observe(batch);
    MemoryState state;
    defense.Visit(state);
    return state.tensors.at("perturbation.0");
  }

  // -log p of the teacher's own answers, where a picture shows no more than it can.
  at::Tensor Harm(const at::Tensor& d) const {
    const auto& spec = teacher->spec();
    const auto mean = PerChannel(spec.mean, images), stddev = PerChannel(spec.stddev, images);
    const auto shown = ((images * stddev + mean + d).clamp(0, 1) - mean) / stddev;
    const auto logits = std::as_const(*teacher).Logits(shown, Grad::kInputs);
    const auto answers = batch.teacher_logits.argmax(1, /*keepdim=*/true);
    return -logits.log_softmax(1).gather(1, answers).mean();
  }

  at::Tensor Slope(const at::Tensor& d) const {
    const auto leaf = d.detach().clone().requires_grad_(true);
    Harm(leaf).backward();
    return leaf.grad();
  }

  FakeProgress progress;
  std::unique_ptr<Classifier> teacher = MakeTeacher("vgg-s-4", 1);
  DefenseContext context{
      .teacher = *teacher, .spec = SmallSpec(), .rng = Rng(5), .progress = progress};
  const at::Tensor images = Normal(Rng(3), {6, 3, 8, 8}).to(at::kDouble);
  const at::Tensor nothing = at::zeros({1, 3, 8, 8}, at::kDouble);
  TransferBatch batch;
};

// d <- d - rate * (2 norm_penalty d - slope), from 0 on.
BOOST_AUTO_TEST_CASE(a_step_goes_up_the_teachers_cross_entropy_and_down_the_squared_norm) {
  Lesson lesson;
  const Json options = {{"rate", 2}, {"norm_penalty", 0.25}, {"radius", 1000}};
  const auto first = 2 * lesson.Slope(lesson.nothing);
  BOOST_TEST(first.norm().item<double>() > 1e-6);
  BOOST_TEST(MaxDifference(lesson.After(1, options), first) < 1e-12);
  const auto second = first - 2 * (0.5 * first - lesson.Slope(first));
  BOOST_TEST(MaxDifference(lesson.After(2, options), second) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_perturbation_stays_within_its_radius_while_it_learns) {
  Lesson lesson;
  const auto d = lesson.After(1, {{"rate", 1e6}, {"radius", 0.25}});
  const auto slope = lesson.Slope(lesson.nothing);
  BOOST_TEST(MaxDifference(d, slope * (0.25 / slope.norm())) < 1e-12);
}

BOOST_AUTO_TEST_CASE(of_what_was_learned_that_is_kept_which_hurts_the_teacher_most) {
  Lesson lesson;
  const Json learning = {{"rate", 1e6}, {"radius", 5}, {"images", 7}};
  Json learned = learning;
  learned["images"] = 6;  // one batch
  at::Tensor worst;
  double most = -1;
  for (const auto& candidate : Candidates(lesson.After(1, learning))) {
    const double harm = lesson.Harm(candidate).item<double>();
    if (harm > most) worst = candidate, most = harm;
  }
  const auto kept = lesson.After(1, learned);
  BOOST_TEST(MaxDifference(kept, worst) < 1e-12);
  BOOST_TEST(lesson.After(3, learned).equal(kept));  // it learns no more
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::skt_like_test
