#include "methods/distillation/zskt/zskt.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"
#include "tests/methods/fakes.h"

namespace dfkd::zskt {
namespace {

const Json kSmall = {{"rounds", 6},       {"batch_size", 8},      {"student_steps", 3},
                     {"latent", 10},      {"generator_width", 8}, {"at_weight", 10.0},
                     {"temperature", 2.0}};

Json With(const Json& given) {
  Json options = kSmall;
  options.update(given);
  return options;
}

struct Setup {
  explicit Setup(const Json& given = kSmall, const std::string& teacher_network = "wrn-10-2",
                 const std::string& student_network = "wrn-10-1")
      : teacher(MakeTeacher(teacher_network, 1)),
        student(MakeNet(student_network, 2)),
        context(*teacher, *student, given.at("rounds")),
        zskt(Read<Options>(given)) {
    zskt.Begin(context);
  }
  MemoryState Save() {
    MemoryState state;
    student->Visit(state, "student");
    context.optimizer().Visit(state, "optimizer");
    zskt.Visit(state);
    return state;
  }
  void Load(MemoryState state) {
    state.loading = true;
    student->Visit(state, "student");
    context.optimizer().Visit(state, "optimizer");
    zskt.Visit(state);
  }

  std::unique_ptr<Classifier> teacher, student;
  FakeDistillContext context;
  Zskt zskt;
};

bool Equal(const MemoryState& a, const MemoryState& b) {
  if (a.tensors.size() != b.tensors.size() || a.numbers != b.numbers) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto& other = b.tensors.at(name);
    if (tensor.defined() != other.defined()) return false;
    if (tensor.defined() && !tensor.equal(other)) return false;
  }
  return true;
}

BOOST_AUTO_TEST_CASE(a_round_asks_the_teacher_twice_and_steps_the_student_as_often_as_told) {
  Setup setup;
  setup.zskt.Round(setup.context, 0);
  BOOST_TEST(setup.context.taught == 2);
  BOOST_TEST(setup.context.losses.size() == 3u);
}

BOOST_AUTO_TEST_CASE(student_steps_on_one_batch_lower_its_loss) {
  Setup setup(With({{"student_steps", 30}}));
  setup.zskt.Round(setup.context, 0);
  BOOST_TEST(setup.context.losses.back() < setup.context.losses.front());
}

BOOST_AUTO_TEST_CASE(the_generator_moves_towards_disagreement) {
  // A student that hardly moves: what changes the disagreement is the generator.
  Setup setup(
      With({{"rounds", 60}, {"student_lr", 0.0}, {"at_weight", 0.0}, {"student_steps", 1}}));
  for (int64_t round = 0; round < 60; ++round) setup.zskt.Round(setup.context, round);
  const auto& scalars = static_cast<FakeProgress&>(setup.context.progress()).scalars;
  const auto& curve = scalars.at("zskt/disagreement");
  double early = 0, late = 0;
  for (size_t i = 0; i < 10; ++i) early += curve[i], late += curve[curve.size() - 1 - i];
  BOOST_TEST(late > early);
}

BOOST_AUTO_TEST_CASE(attention_transfer_adds_its_mean_squared_distance) {
  Setup with, without(With({{"at_weight", 0.0}}));
  with.zskt.Round(with.context, 0);
  without.zskt.Round(without.context, 0);
  BOOST_TEST(with.context.losses[0] > without.context.losses[0]);
}

BOOST_AUTO_TEST_CASE(networks_without_common_segments_need_attention_transfer_off) {
  BOOST_CHECK_THROW(Setup(kSmall, "wrn-10-1", "vgg-s-4"), Error);
  Setup off(With({{"at_weight", 0.0}}), "wrn-10-1", "vgg-s-4");
  off.zskt.Round(off.context, 0);
  Setup vgg(kSmall, "vgg-s-8", "vgg-s-4");
  vgg.zskt.Round(vgg.context, 0);
  BOOST_TEST(std::isfinite(vgg.context.losses[0]));
}

BOOST_AUTO_TEST_CASE(segments_of_different_size_are_refused) {
  BOOST_CHECK_THROW(Setup(kSmall, "wrn-10-1", "wrn-10-1-s2"), Error);
}

BOOST_AUTO_TEST_CASE(a_run_resumed_from_its_state_ends_in_the_same_bits) {
  Setup whole, first, second;
  for (int64_t round = 0; round < 4; ++round) whole.zskt.Round(whole.context, round);
  for (int64_t round = 0; round < 2; ++round) first.zskt.Round(first.context, round);
  second.Load(first.Save());
  for (int64_t round = 2; round < 4; ++round) second.zskt.Round(second.context, round);
  BOOST_TEST(Equal(whole.Save(), second.Save()));
}

BOOST_AUTO_TEST_CASE(a_vaccine_changes_the_generator_and_leaves_the_student_to_itself) {
  Setup plain, vaccinated;
  shuffling_vaccine::ShufflingVaccine vaccine(
      Read<shuffling_vaccine::Options>({{"coefficient", 10.0}, {"layers", 2}}));
  FakeProgress progress;
  DefenseContext context{
      *vaccinated.teacher, SmallSpec(), {.rounds = 6, .trains_generator = true}, Rng(5), progress};
  vaccine.Begin(context);
  vaccinated.context.defense = &vaccine;
  plain.zskt.Round(plain.context, 0);
  vaccinated.zskt.Round(vaccinated.context, 0);
  MemoryState a, b;
  plain.zskt.Visit(a);
  vaccinated.zskt.Visit(b);
  BOOST_TEST(!Equal(a, b));
}

}  // namespace
}  // namespace dfkd::zskt
