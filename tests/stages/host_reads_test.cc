// What a round, a step of a synthesis and a step of a teacher's training read back from the device.
// Each read waits for everything that was launched before it.
#include "tests/stages/host_reads.h"

#include <boost/test/unit_test.hpp>

#include "bench/nn/random.h"
#include "bench/stages/gateway.h"
#include "bench/stages/train.h"
#include "tests/stages/device_runs.h"

namespace dfkd::testing::host_reads_test {

// Nobody wants a curve's point of, and nobody looks at, the rounds after the first and before the
// twentieth but the sixteenth.
constexpr int64_t kRounds = 2000, kFirst = 4, kLast = 8;

// Of a round, whatever its steps: the loss of the images that were kept tells whether the synthesis
// has diverged. A round of cpnet and one of nayer synthesise twice here.
const std::map<std::string, int64_t> kDeclared = {
    {"adi", 1}, {"cmi", 1}, {"cpnet", 2}, {"fast_meta", 1}, {"nayer", 2}};

std::string Listed(const std::map<std::string, int64_t>& calls) { return Json(calls).dump(); }

int64_t ReadsTo(const Distillation& run, Laboratory& laboratory, int64_t round) {
  const HostReads reads;
  laboratory.Make(run.To(round));
  BOOST_TEST_MESSAGE("to round " << round << ": " << Listed(HostReads::SoFar()));
  return HostReads::Count();
}

double ReadsOfARound(const std::string& distiller, const std::vector<Json>& parts) {
  Laboratory shorter(ToyTeachers().laboratory), longer(ToyTeachers().laboratory);
  shorter.device = longer.device = AvailableDevices().back();
  const Json steps = {{"rounds", kRounds},    {"student_steps", 3},  {"generator_steps", 1},
                      {"synthesis_steps", 3}, {"last_rounds", 2000}, {"late_rounds", 0},
                      {"synthesis_batch", 8}, {"cache_batches", 0}};
  const auto first = DistillationOf(shorter, distiller, steps, parts);
  const auto second = DistillationOf(longer, distiller, steps, parts);
  const auto more = ReadsTo(second, longer, kLast) - ReadsTo(first, shorter, kFirst);
  return static_cast<double>(more) / (kLast - kFirst);
}

double Declared(const std::string& distiller) {
  const auto found = kDeclared.find(distiller);
  return found == kDeclared.end() ? 0 : static_cast<double>(found->second);
}

BOOST_AUTO_TEST_SUITE(host_reads)

BOOST_AUTO_TEST_CASE(a_round_of_a_distiller_reads_what_is_declared) {
  for (const auto& distiller : DistillersHere()) {
    BOOST_TEST_CONTEXT(distiller) {
      BOOST_TEST(ReadsOfARound(distiller, {}) == Declared(distiller));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_defence_adds_no_reads_to_a_round) {
  const Json steps = {{"cache_batches", 0}, {"last_rounds", 2000}};
  for (const auto& defense : DefensesOfRounds()) {
    const auto part = Cheap(PluginKind::kDefense, defense, steps);
    for (const std::string distiller : {"zskt", "cmi", "ood_kd"}) {
      BOOST_TEST_CONTEXT(defense << " beside " << distiller) {
        BOOST_TEST(ReadsOfARound(distiller, {part}) == Declared(distiller));
      }
    }
  }
}

class Quiet final : public Progress {
 public:
  bool Wants(int64_t) const override { return false; }
  void Scalar(const std::string&, double, int64_t) override {}
  void Tick(int64_t, int64_t) override {}
};

const ImageSpec kToys = {3, 16, 16, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};

// Of the steps after the first.
int64_t ReadsOfTraining(const std::string& name) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, name);
  const auto options = ResolveFor(card, CheapOptions(card), "fixed");
  const auto attack = MakeChecked<Attack>(name, options);
  attack->Begin(kToys);
  const auto device = DeviceFrom(AvailableDevices().back());
  const auto pixels = Integers(Rng(1), 256, {100, 3, 16, 16}, device).to(at::kByte);
  const auto labels = at::arange(100, at::kLong).remainder(10).to(device);
  const Split train{pixels, labels};
  const auto recipe = TableOf<TeacherRecipe>().Read(
      ResolveOptions(TableOf<TeacherRecipe>().cards(),
                     {{"epochs", 2}, {"batch_size", 24}, {"augment", "crop_flip"}}, "toy"));
  Classifier model("vgg-s-4", kToys), clean("vgg-s-4", kToys);
  model.Initialize(Rng(2));
  clean.Initialize(Rng(3));
  for (auto* net : {&model, &clean}) net->Use(device, Profile::kFp32);
  clean.Freeze();
  Quiet progress;
  if (card.crafts(options)) {
    const Split stored{pixels.cpu(), labels.cpu()};
    CraftContext context{stored, &clean, kToys, device, Rng(1), progress};
    attack->Craft(context);
  }
  Training training(model, train, recipe, Rng(1), progress, {attack.get(), &clean});
  training.Step();
  const HostReads reads;
  for (int step = 0; step < 5; ++step) training.Step();
  return HostReads::Count();
}

BOOST_AUTO_TEST_CASE(a_step_of_a_teachers_training_reads_nothing) {
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (card->name.starts_with("test_") || (card->name != "none" && !card->trains_teacher(options)))
      continue;
    BOOST_TEST_CONTEXT(card->name) { BOOST_TEST(ReadsOfTraining(card->name) == 0); }
    ++seen;
  }
  BOOST_TEST(seen >= 3);
}

BOOST_AUTO_TEST_CASE(what_is_counted_is_what_waits) {
  const auto ones = at::ones({4});
  const HostReads reads;
  BOOST_TEST(ones.sum().item<double>() == 4);
  BOOST_TEST(ones.nonzero().size(0) == 4);
  BOOST_TEST(HostReads::SoFar().at("aten::_local_scalar_dense") == 1);
  BOOST_TEST(HostReads::SoFar().at("aten::nonzero") == 1);
  BOOST_TEST(!MayRead(at::kCPU, 3));
  BOOST_TEST(MayRead(at::kCPU, 32));
  BOOST_TEST(!MayRead(at::kCPU, 32, 1));
}

BOOST_AUTO_TEST_CASE(where_nobody_waits_every_value_is_looked_at) {
  BOOST_TEST(MayRead(at::kCPU, 3, 1));
  BOOST_TEST(!MayRead(at::Device(at::kCUDA, 0), 3));
  BOOST_TEST(MayRead(at::Device(at::kCUDA, 0), 16));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::host_reads_test
