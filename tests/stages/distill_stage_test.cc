// Distillation cut anywhere, in any way, ends in the same bits as one that was not.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/stages/stages_testing.h"

namespace dfkd::distill_stage_test {

using namespace testing;  // NOLINT: the helpers of this folder

const Json kNoise = {{"rounds", 12}, {"batch_size", 16}, {"lr", 0.01}};
const Json kOod = {{"rounds", 12},     {"batch_size", 16}, {"lr", 0.01}, {"count", 200},
                   {"source", "bank"}, {"balance", true},  {"crop", 2},  {"order", "epochs"}};
const Json kZskt = {{"rounds", 8}, {"batch_size", 8},      {"student_steps", 2},
                    {"latent", 8}, {"generator_width", 8}, {"at_weight", 0.0}};
// With the reference's accidents: the bank is exactly full after three rounds.
const Json kCmi = {{"rounds", 8},
                   {"synthesis_batch", 4},
                   {"synthesis_steps", 2},
                   {"student_steps", 2},
                   {"batch_size", 4},
                   {"latent", 8},
                   {"generator_width", 8},
                   {"head_width", 8},
                   {"bank_size", 12},
                   {"bank_forgets_when_full", true},
                   {"restart_in_late_phase", true}};
const Json kAdi = {{"rounds", 8},
                   {"synthesis_batch", 4},
                   {"synthesis_steps", 2},
                   {"student_steps", 2},
                   {"batch_size", 4}};

struct Method {
  const char* name;
  Json options;
  std::string defense = "none";
};
std::ostream& operator<<(std::ostream& out, const Method& method) {
  return out << method.name << " with " << method.defense;
}

const Method kMethods[] = {{"noise_kd", kNoise},
                           {"noise_kd", kNoise, "sv"},
                           {"noise_kd", kNoise, "sr"},
                           {"noise_kd", kNoise, "abd"},
                           {"noise_kd", kNoise, "sr_all"},
                           {"ood_kd", kOod},
                           {"ood_kd", kOod, "abd"},
                           {"zskt", kZskt},
                           {"zskt", kZskt, "abd"},
                           {"cmi", kCmi},
                           {"cmi", kCmi, "abd"},
                           {"adi", kAdi},
                           {"adi", kAdi, "abd"}};

std::vector<Json> PartsOf(const std::string& defense, const Json& vaccine = {}) {
  Json options = {{"layers", 2},
                  {"copies", 2},
                  {"cache_batches", 3},
                  {"ignored_batches", 1},
                  {"threshold", 0.0}};
  if (!vaccine.is_null()) options.update(vaccine);
  const auto sv = PluginJson(PluginKind::kDefense, "shuffling_vaccine", options);
  const auto sr = PluginJson(PluginKind::kDefense, "self_retrospection",
                             {{"perturbation_steps", 2}, {"terms", 1}, {"last_rounds", 4}});
  if (defense == "none") return {};
  if (defense == "sv") return {sv};
  if (defense == "sr") return {sr};
  if (defense == "sr_all") {  // its late phase begins at round 0
    return {PluginJson(PluginKind::kDefense, "self_retrospection",
                       {{"perturbation_steps", 1}, {"terms", 0}, {"last_rounds", 100}})};
  }
  return {sv, sr};
}

// A laboratory with the poisoned teacher and the method's transfer set.
struct Bench {
  explicit Bench(const Method& method) : laboratory(ToyTeachers().laboratory) {
    run.teacher = ToyTeachers().poisoned;
    run.distiller = PluginJson(PluginKind::kDistiller, method.name, method.options);
    run.parts = PartsOf(method.defense);
    const auto& card = Registry::Get().Card(PluginKind::kDistiller, method.name);
    if (card.transfer_set(run.distiller.at("options")).is_null()) return;
    run.transfer_set = laboratory.Make(TransferSetStage(run.distiller, run.teacher));
  }
  std::string Digest(const std::string& ref) { return laboratory.DigestOf(ref); }
  Laboratory laboratory;
  Distillation run;
};

std::string WholeDigest(const Method& method) {
  Bench bench(method);
  return bench.Digest(bench.laboratory.Make(bench.run.To(bench.run.Rounds())));
}

// Stopped and continued until it is done; returns how often it was stopped.
int RunInterrupted(Laboratory& laboratory, const Stage& stage, Rng& random, int64_t longest) {
  int stops = 0;
  while (true) {
    int64_t left = random.Below(longest);
    const auto outcome = laboratory.Run(stage, {}, [&] { return left-- <= 0; });
    if (outcome.status == StageStatus::kDone) return stops;
    BOOST_TEST_REQUIRE((outcome.status == StageStatus::kInterrupted), outcome.message);
    BOOST_TEST_REQUIRE(++stops < 1000);
  }
}

BOOST_DATA_TEST_CASE(stopped_at_random_rounds_it_ends_in_the_same_bits,
                     boost::unit_test::data::make(kMethods)) {
  const auto expected = WholeDigest(sample);
  Bench bench(sample);
  const auto stage = bench.run.To(bench.run.Rounds());
  Rng random = Rng(5).Fork(sample.name).Fork(sample.defense);
  int stops = RunInterrupted(bench.laboratory, stage, random, 5);
  BOOST_TEST(stops > 0);
  BOOST_TEST(bench.Digest(stage.ref) == expected);
}

BOOST_DATA_TEST_CASE(cut_at_random_rounds_it_ends_in_the_same_bits,
                     boost::unit_test::data::make(kMethods)) {
  const auto expected = WholeDigest(sample);
  Rng random = Rng(6).Fork(sample.name).Fork(sample.defense);
  Bench bench(sample);
  std::vector<std::string> states;
  for (int64_t round = 1 + random.Below(3); round < bench.run.Rounds();
       round += 1 + random.Below(4)) {
    bench.laboratory.UseFreshRunner();
    states.insert(states.begin(), bench.laboratory.Make(bench.run.To(round), states));
  }
  BOOST_TEST(states.size() > 1U);
  const auto last = bench.laboratory.Make(bench.run.To(bench.run.Rounds()), states);
  BOOST_TEST(bench.Digest(last) == expected);
}

BOOST_AUTO_TEST_CASE(it_continues_from_the_latest_state_that_exists) {
  Bench bench({"noise_kd", kNoise});
  const auto early = bench.laboratory.Make(bench.run.To(2));
  const auto lost = bench.run.To(8).ref;
  int64_t asked = 0;
  const auto outcome = bench.laboratory.Run(bench.run.To(12), {lost, early}, [&] {
    ++asked;
    return false;
  });
  BOOST_TEST((outcome.status == StageStatus::kDone));
  BOOST_TEST(asked == 10);
}

BOOST_AUTO_TEST_CASE(a_defence_that_begins_late_continues_the_undefended_student) {
  const Method sr = {"noise_kd", kNoise, "sr"};
  Bench bench(sr);
  auto undefended = bench.run;
  undefended.parts.clear();
  BOOST_TEST(undefended.To(8).ref == bench.run.To(8).ref);
  const auto state = bench.laboratory.Make(undefended.To(8));
  const auto last = bench.laboratory.Make(bench.run.To(12), {state});
  BOOST_TEST(bench.Digest(last) == WholeDigest(sr));
}

// A distiller that keeps the round before which a late phase began.
class Witness final : public Distiller {
 public:
  explicit Witness(const NoOptions&) {}
  void Begin(DistillContext& ctx) override { ctx.UseStudentOptimizer({}); }
  void Round(DistillContext& ctx, int64_t round) override {
    const auto x = at::ones({2, ctx.spec().channels, ctx.spec().height, ctx.spec().width});
    const auto batch = ctx.Teach(x, {}, round);
    ctx.StepStudent(batch, ctx.student().Logits(x, Mode::kTrain, Grad::kAll).square().mean(1));
    next_round_ = round + 1;
  }
  void EnterLatePhase(DistillContext&) override { entered_ = next_round_; }
  void Visit(StateVisitor& visitor) override {
    visitor.Number("next_round", next_round_);
    visitor.Number("entered", entered_);
  }

 private:
  int64_t next_round_ = 0, entered_ = -1;
};
const bool kWitness = Register<Witness>(DistillerCard<NoOptions>{
    .name = "test_witness", .summary = "witness of late phases", .traits = [](const NoOptions&) {
      return DistillerTraits{.rounds = 6};
    }});

BOOST_AUTO_TEST_CASE(a_distiller_is_told_before_the_first_round_of_a_late_phase) {
  Bench bench({"test_witness", {}, "sr"});
  const auto entered = [&](int64_t round) {
    const auto state = bench.laboratory.Make(bench.run.To(round));
    const auto file = bench.laboratory.store().Open(state).File("state.safetensors");
    return ReadTensors(file).at("distiller.entered").item<int64_t>();
  };
  BOOST_TEST(entered(2) == -1);
  BOOST_TEST(entered(6) == 2);
}

// Adam's first step moves a parameter by the learning rate, whatever the gradient.
BOOST_AUTO_TEST_CASE(a_late_phase_starts_a_fresh_optimizer_at_its_own_rate) {
  Bench bench({"noise_kd", kNoise, "sr"});
  bench.run.parts[0]["options"]["learning_rate"] = 2e-3;
  bench.run.parts[0]["options"]["last_rounds"] = 3;
  const auto before = bench.laboratory.Make(bench.run.To(9));
  const auto after = bench.laboratory.Make(bench.run.To(10), {before});
  const auto a = bench.laboratory.Model(before)->Parameters(),
             b = bench.laboratory.Model(after)->Parameters();
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i].value - b[i].value).abs().max().item<double>());
  }
  BOOST_TEST(largest == 2e-3, boost::test_tools::tolerance(0.01));
}

// Its loss is the sum of the student's logits: a step moves each bias of the head by the rate.
class Linear final : public Distiller {
 public:
  explicit Linear(const NoOptions&) {}
  void Begin(DistillContext& ctx) override { ctx.UseStudentOptimizer({}); }
  void Round(DistillContext& ctx, int64_t round) override {
    const auto x = at::ones({2, ctx.spec().channels, ctx.spec().height, ctx.spec().width});
    const auto batch = ctx.Teach(x, {}, round);
    ctx.StepStudent(batch, ctx.student().Logits(x, Mode::kEval, Grad::kAll).sum(1));
  }
};

class Holder final : public Defense {
 public:
  explicit Holder(const NoOptions&) {}
  std::optional<StudentPhase> LatePhase() const override {
    return StudentPhase{.first_round = 0, .lr = 0.25, .hold = 2};
  }
};
const bool kHolder =
    Register<Linear>(DistillerCard<NoOptions>{
        .name = "test_linear",
        .summary = "moves biases",
        .traits = [](const NoOptions&) { return DistillerTraits{.rounds = 3}; }}) &&
    Register<Holder>(
        DefenseCard<NoOptions>{.name = "test_holder",
                               .summary = "holds the rate for two rounds",
                               .active = [](const NoOptions&, const DistillerTraits& d) {
                                 return Rounds{0, d.rounds};
                               }});

// Self-retrospection beside OOD: the reference moves the rate once an epoch.
BOOST_AUTO_TEST_CASE(a_late_phase_may_hold_its_rate_for_rounds) {
  Bench bench({"test_linear", {}});
  bench.run.parts = {PluginJson(PluginKind::kDefense, "test_holder")};
  const auto bias = [&](int64_t round) {
    const auto model = bench.laboratory.Model(bench.laboratory.Make(bench.run.To(round)));
    return model->Parameters().back().value[0].item<double>();
  };
  const double first = bias(1), second = bias(2), third = bias(3);
  BOOST_TEST(first - second == 0.25, boost::test_tools::tolerance(1e-5));
  BOOST_TEST(second - third == 0.125, boost::test_tools::tolerance(1e-5));  // cosine, half way
}

bool SameModel(Bench& a, Bench& b) {
  const auto one = a.laboratory.Make(a.run.To(12)), two = b.laboratory.Make(b.run.To(12));
  return SameTensors(*a.laboratory.Model(one), *b.laboratory.Model(two));
}

// Without a selection a vaccine counts as found.
BOOST_AUTO_TEST_CASE(retrospection_that_rests_leaves_the_student_of_the_vaccine) {
  Bench both({"noise_kd", kNoise, "abd"}), vaccine({"noise_kd", kNoise, "sv"});
  for (auto* bench : {&both, &vaccine}) bench->run.parts[0]["options"]["cache_batches"] = 0;
  both.run.parts[1]["options"]["when"] = "no_vaccine";
  BOOST_TEST(SameModel(both, vaccine));
  both.run.parts[1]["options"]["when"] = "always";
  BOOST_TEST(!SameModel(both, vaccine));
}

BOOST_AUTO_TEST_CASE(retrospection_runs_where_no_vaccine_was_found_cut_or_not) {
  Bench always({"noise_kd", kNoise, "abd"}), asks({"noise_kd", kNoise, "abd"});
  for (auto* bench : {&always, &asks}) bench->run.parts[0]["options"]["threshold"] = 0.1;
  asks.run.parts[1]["options"]["when"] = "no_vaccine";
  const std::vector<std::string> states = {asks.laboratory.Make(asks.run.To(10))};
  asks.laboratory.UseFreshRunner();
  asks.laboratory.Make(asks.run.To(12), states);
  BOOST_TEST(SameModel(always, asks));
}

BOOST_AUTO_TEST_CASE(a_defence_that_ended_keeps_its_state_apart) {
  Bench bench({"noise_kd", kNoise, "sv"});
  bench.run.parts = PartsOf("sv", {{"late", "off"}, {"late_rounds", 4}});
  Laboratory other(bench.laboratory);
  const auto whole = other.Make(bench.run.To(12));
  const auto states =
      std::vector{bench.laboratory.Make(bench.run.To(10)), bench.laboratory.Make(bench.run.To(8))};
  BOOST_TEST(bench.Digest(bench.laboratory.Make(bench.run.To(12), states)) ==
             other.DigestOf(whole));
}

BOOST_AUTO_TEST_CASE(a_stop_writes_a_checkpoint_and_publication_removes_it) {
  Bench bench({"noise_kd", kNoise});
  const auto stage = bench.run.To(12);
  const WorkFolder work(bench.laboratory.root(), stage.key());
  int64_t left = 5;
  bench.laboratory.Run(stage, {}, [&] { return left-- == 0; });
  const auto checkpoint = work.Checkpoint("checkpoint");
  BOOST_TEST_REQUIRE(checkpoint.has_value());
  BOOST_TEST(ReadJson(*checkpoint / "round.json").at("round") == 5);
  bench.laboratory.Make(stage);
  BOOST_TEST(!fs::exists(work.folder()));
}

Json FactsOf(const std::string& hash) {
  return {{"sources", {{"distiller noise_kd", hash}, {"defense abd", hash}}}};
}

BOOST_AUTO_TEST_CASE(an_artifact_keeps_the_hash_of_its_code_and_no_bit_depends_on_it) {
  Bench bench({"noise_kd", kNoise});
  Laboratory other(bench.laboratory);
  bench.laboratory.facts = FactsOf("older"), other.facts = FactsOf("newer");
  const auto ref = bench.laboratory.Make(bench.run.To(2));
  other.Make(bench.run.To(2));
  BOOST_TEST(bench.Digest(ref) == other.DigestOf(ref));
  const auto artifact = other.store().Open(ref);
  BOOST_TEST(artifact.manifest.at("facts").at("sources") ==
             Json({{"distiller noise_kd", "newer"}}));
}

BOOST_AUTO_TEST_CASE(what_goes_on_from_a_checkpoint_of_older_code_counts_as_older) {
  Bench bench({"noise_kd", kNoise});
  const auto stage = bench.run.To(12);
  bench.laboratory.facts = FactsOf("older");
  int64_t left = 5;
  bench.laboratory.Run(stage, {}, [&] { return left-- == 0; });
  bench.laboratory.facts = FactsOf("newer");
  const auto artifact = bench.laboratory.store().Open(bench.laboratory.Make(stage));
  BOOST_TEST(artifact.manifest.at("facts").at("sources").at("distiller noise_kd") == "older");
}

BOOST_AUTO_TEST_CASE(an_artifact_is_the_same_from_a_fresh_and_a_used_runner) {
  Bench fresh({"ood_kd", kOod, "abd"});
  Bench used({"ood_kd", kOod, "abd"});
  used.laboratory.Make(used.run.To(3));
  auto other = used.run;
  other.parts.clear(), other.seed = 9;
  other.profile = Runs(Profile::kBf16, at::kCPU) ? "bf16" : "deterministic";
  used.laboratory.Make(other.To(12));
  const auto stage = used.run.To(12);
  fresh.laboratory.UseFreshRunner();
  fresh.laboratory.Make(stage), used.laboratory.Make(stage);
  BOOST_TEST(fresh.Digest(stage.ref) == used.Digest(stage.ref));
}

BOOST_AUTO_TEST_CASE(another_seed_gives_another_student) {
  Bench bench({"noise_kd", kNoise});
  auto other = bench.run;
  other.seed = 1;
  BOOST_TEST(bench.Digest(bench.laboratory.Make(bench.run.To(2))) !=
             bench.Digest(bench.laboratory.Make(other.To(2))));
}

BOOST_AUTO_TEST_CASE(twenty_snapshots_are_kept_for_the_curves_at_most) {
  Bench bench({"noise_kd", {{"rounds", 45}, {"batch_size", 4}}});
  const auto state = bench.laboratory.Make(bench.run.To(30));
  const auto ref = bench.laboratory.Make(bench.run.To(45), {state});
  std::set<std::string> rounds;
  const auto artifact = bench.laboratory.store().Open(ref);
  for (const auto& [name, value] : ReadTensors(artifact.File("snapshots.safetensors"))) {
    rounds.insert(name.substr(0, name.find('/')));
  }
  BOOST_TEST(rounds.size() == 20U);
  BOOST_TEST(rounds.contains("45"));
  BOOST_TEST(rounds.contains("3"));  // the first of 45 * k / 20, rounded up
}

BOOST_AUTO_TEST_CASE(self_retrospection_changes_the_student_of_a_backdoored_teacher) {
  Bench bench({"noise_kd", kNoise, "sr"});
  auto undefended = bench.run;
  undefended.parts.clear();
  const auto none = bench.laboratory.Model(bench.laboratory.Make(undefended.To(12)));
  const auto sr = bench.laboratory.Model(bench.laboratory.Make(bench.run.To(12)));
  BOOST_TEST(!SameTensors(*none, *sr));
  const auto data = DataCache().Load(ShapesJson(), "");
  const auto images = Normalize(data->test.images, data->spec);
  const auto difference =
      none->Logits(images, Mode::kEval, Grad::kNone) - sr->Logits(images, Mode::kEval, Grad::kNone);
  BOOST_TEST(difference.abs().max().item<double>() > 1e-4);
}

// A teacher whose weights are finite, and whose answers are not.
std::string OverflowingTeacher(Laboratory& laboratory) {
  const auto teacher = laboratory.Model(ToyTeachers().poisoned);
  const at::NoGradGuard no_grad;
  for (const auto& [name, value] : teacher->Parameters()) at::Tensor(value).fill_(1e38);
  const auto staged = laboratory.root() / "work" / "overflowing";
  fs::create_directories(staged);
  SaveModel(staged, *teacher);
  const auto stage = MakeStage("teacher", {{"overflows", true}, {"inputs", Json::object()}});
  laboratory.store().Publish(
      {.ref = stage.ref, .description = stage.description, .staged = staged});
  return stage.ref;
}

const Method kOverflowing[] = {{"noise_kd", kNoise}, {"zskt", kZskt}};

BOOST_DATA_TEST_CASE(a_teacher_whose_answer_is_not_finite_is_named_and_not_the_student,
                     boost::unit_test::data::make(kOverflowing)) {
  Bench bench(sample);
  bench.run.teacher = OverflowingTeacher(bench.laboratory);
  const auto outcome = bench.laboratory.Run(bench.run.To(2));
  BOOST_TEST((outcome.failure == FailureClass::kDiverged));
  BOOST_TEST(outcome.message.starts_with(
                 "teacher: its answer to ordinary images is not finite in round 0, "),
             outcome.message);
}

BOOST_AUTO_TEST_CASE(a_distiller_that_explodes_has_diverged) {
  Bench bench({"noise_kd", {{"rounds", 12}, {"batch_size", 8}, {"lr", 1e30}}});
  const auto outcome = bench.laboratory.Run(bench.run.To(12));
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kDiverged));
  BOOST_TEST(Contains(outcome.message, "student: loss is"), outcome.message);
}

}  // namespace dfkd::distill_stage_test
