#include "methods/distillation/zskt/zskt.h"

#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "bench/nn/norm_statistics.h"
#include "methods/defenses/shuffling_vaccine/shuffling_vaccine.h"
#include "tests/methods/fakes.h"

namespace dfkd::zskt::zskt_test {

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
                 const std::string& student_network = "wrn-10-1", Profile profile = Profile::kFp32)
      : teacher(MakeTeacher(teacher_network, 1)),
        student(MakeNet(student_network, 2)),
        context(*teacher, *student, given.at("rounds")),
        zskt(Read<Options>(given)) {
    teacher->Use(at::kCPU, profile);
    student->Use(at::kCPU, profile);
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

// Attention maps included: they are taken from the pass that gives the logits.
BOOST_AUTO_TEST_CASE(no_other_pass_of_the_teacher_is_made) {
  Setup setup;
  const NormWatch watch(*setup.teacher);
  setup.zskt.Round(setup.context, 0);
  BOOST_TEST(watch.seen.size() == 2 * setup.teacher->Norms().size());
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

// KLmean, over batch and classes without tau squared, plus attention transfer, written out.
double LossByHand(const at::Tensor& t, const at::Tensor& s, const Taps& theirs, const Taps& ours,
                  const Options& o) {
  const auto map = [](const at::Tensor& f) {
    const auto a = f.square().mean(1).flatten(1);
    return a / a.norm(2, 1, /*keepdim=*/true);
  };
  const auto p = (t / o.temperature).softmax(1), q = (s / o.temperature).softmax(1);
  double loss = (p * (p / q).log()).mean().item<double>();
  for (const auto& [name, tap] : theirs) {
    loss += o.at_weight * (map(ours.at(name)) - map(tap)).square().mean().item<double>();
  }
  return loss;
}

struct NaiveRun {
  std::unique_ptr<Classifier> student;
  std::vector<double> losses;  // of the student's steps
};

// One cycle as the reference runs it (abd.md e1): images, the teacher's answer and the generator's
// graph are made anew in each of the 1 + k iterations, and the student's loss is differentiated
// through the generator, too.
NaiveRun NaiveCycle(const Options& o, int64_t round) {
  const auto teacher = MakeTeacher("wrn-10-2", 1);
  NaiveRun run{MakeNet("wrn-10-1", 2), {}};
  teacher->Use(at::kCPU, Profile::kFp64);
  run.student->Use(at::kCPU, Profile::kFp64);
  FakeDistillContext context(*teacher, *run.student, o.rounds);
  Generator generator({.latent = o.latent, .width = o.generator_width}, SmallSpec());
  generator.Initialize(context.rng().Fork("generator"));
  generator.Use(at::kCPU, Profile::kFp64);
  Optimizer to_student(run.student->Parameters(),
                       {.kind = "adam", .lr = o.student_lr, .clip_norm = 5});
  Optimizer to_generator(generator.Parameters(),
                         {.kind = "adam", .lr = o.generator_lr, .clip_norm = 5});
  const auto latent = Normal(context.rng().Fork("latent").Fork("round", round),
                             {o.batch_size, o.latent}, at::kCPU, at::kDouble);
  for (int64_t step = -1; step < o.student_steps; ++step) {
    Taps ours = {{"group1", {}}, {"group2", {}}, {"group3", {}}}, theirs = ours;
    const auto x = generator.Images(latent, Grad::kAll);
    const auto t = std::as_const(*teacher).Logits(x, Grad::kInputs, &theirs);
    const auto s = run.student->Logits(x, Mode::kTrain, Grad::kAll, &ours);
    auto loss = KdPerSample(t, s, {o.temperature, true, false}).mean();
    for (const auto& [name, tap] : theirs) {
      if (step < 0) continue;
      const auto difference = AttentionMap(ours.at(name)) - AttentionMap(tap);
      loss = loss + o.at_weight * difference.square().mean();
    }
    if (step >= 0) run.losses.push_back(LossByHand(t, s, theirs, ours, o));
    to_student.ZeroGrad();
    to_generator.ZeroGrad();
    (step < 0 ? -loss : loss).backward();
    auto& optimizer = step < 0 ? to_generator : to_student;
    optimizer.ClipGradients();
    optimizer.Step(1);
  }
  return run;
}

BOOST_AUTO_TEST_CASE(a_cycle_that_reuses_its_images_ends_where_the_naive_one_does) {  // spec 9.3
  Setup setup(kSmall, "wrn-10-2", "wrn-10-1", Profile::kFp64);
  setup.zskt.Round(setup.context, 0);
  const auto naive = NaiveCycle(Read<Options>(kSmall), 0);
  MemoryState ours, theirs;
  setup.student->Visit(ours, "student");
  naive.student->Visit(theirs, "student");
  for (const auto& [name, value] : ours.tensors) {
    const double off = MaxDifference(value.to(at::kDouble), theirs.tensors.at(name));
    BOOST_TEST(off < 1e-9, name << " is off by " << off);
  }
  BOOST_TEST(setup.context.losses == naive.losses, boost::test_tools::tolerance(1e-9)
                                                       << boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_defaults_are_those_of_cifar_and_a_preset_those_of_gtsrb) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "zskt");
  const Json cifar = ResolveFor(card, Json::object());
  BOOST_TEST(cifar.at("rounds") == 80000);
  BOOST_TEST(cifar.at("temperature") == 1.0);
  BOOST_TEST(cifar.at("at_weight") == 250.0);
  Json signs = ResolveFor(card, Json::object(), "gtsrb");
  BOOST_TEST(signs.at("rounds") == 10000);
  BOOST_TEST(signs.at("temperature") == 0.5);
  BOOST_TEST(signs.at("at_weight") == 0.0);
  for (const auto* name : {"rounds", "temperature", "at_weight"}) signs[name] = cifar.at(name);
  BOOST_TEST(signs == cifar);
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

BOOST_AUTO_TEST_CASE(the_card_knows_the_sizes_that_attention_transfer_compares) {
  auto spec = SmallSpec();
  for (const auto& [height, width] : {std::pair(28, 20), std::pair(64, 24)}) {
    spec.height = height, spec.width = width;
    for (const char* name :
         {"wrn-10-1", "wrn-10-1-s2", "resnet-18", "vgg-8-bn", "vgg-s-2", "mobilenetv2-half"}) {
      const auto sizes = AttentionSizes(name, height, width);
      Taps taps;
      for (const auto& item : sizes) taps[item.first] = at::Tensor();
      MakeTeacher(name, 1, spec)->Logits(at::zeros({1, 3, height, width}), Grad::kNone, &taps);
      for (const auto& [segment, size] : sizes) {
        BOOST_TEST_REQUIRE(taps.at(segment).defined(), name << " " << segment);
        BOOST_TEST(taps.at(segment).size(2) == size.first, name << " " << segment);
        BOOST_TEST(taps.at(segment).size(3) == size.second, name << " " << segment);
      }
    }
  }
}

// Before anything runs, and in a stage.
BOOST_AUTO_TEST_CASE(the_card_refuses_the_networks_that_the_method_refuses) {
  const auto spec = SmallSpec();
  const Json images = {{"height", spec.height}, {"width", spec.width}};
  int fit = 0, unfit = 0;
  for (const auto& [teacher, student] :
       {std::pair("wrn-10-1", "wrn-10-2"), std::pair("wrn-10-1", "wrn-10-1-s2"),
        std::pair("wrn-10-1", "vgg-8-bn"), std::pair("wrn-10-1", "vgg-s-4"),
        std::pair("wrn-10-1", "mobilenetv2-half"), std::pair("vgg-s-8", "vgg-s-4")}) {
    const auto why = WhyUnfit(Read<Options>(kSmall), teacher, student, images);
    bool refused = false;
    try {
      Setup(kSmall, teacher, student);
    } catch (const Error&) {
      refused = true;
    }
    BOOST_TEST(refused == !why.empty(), teacher << " " << student << ": " << why);
    (refused ? unfit : fit) += 1;
    BOOST_TEST(WhyUnfit(Read<Options>(With({{"at_weight", 0}})), teacher, student, images) == "");
  }
  BOOST_TEST(fit >= 3);
  BOOST_TEST(unfit >= 3);
}

}  // namespace dfkd::zskt::zskt_test
