// What a round, a step of a synthesis, of a teacher's training, of a repair, of crafting and of a
// detector read back from the device. Each read waits for everything that was launched before it.
#include "tests/stages/host_reads.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/detector.h"
#include "bench/nn/random.h"
#include "bench/stages/gateway.h"
#include "bench/stages/gateway_detector.h"
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

constexpr int64_t kTrainingSteps = 5;  // that are counted, after the first

int64_t ReadsOfTraining(const PluginCard& card, const Json& options) {
  const auto attack = MakeChecked<Attack>(card.name, options);
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
  for (int64_t step = 0; step < kTrainingSteps; ++step) training.Step();
  return HostReads::Count();
}

BOOST_AUTO_TEST_CASE(a_step_of_a_teachers_training_reads_nothing) {
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (card->name.starts_with("test_") || (card->name != "none" && !card->trains_teacher(options)))
      continue;
    BOOST_TEST_CONTEXT(card->name) { BOOST_TEST(ReadsOfTraining(*card, options) == 0); }
    ++seen;
  }
  BOOST_TEST(seen >= 3);
}

// Each switch the other way and each other word of a choice, with all else as it is.
std::vector<Json> Variations(const PluginCard& card) {
  std::vector<Json> found;
  const auto add = [&](const std::string& option, const Json& value) {
    Json given = CheapOptions(card);
    given[option] = value;
    found.push_back(given);
  };
  for (const auto& option : card.options) {
    const auto& initial = option.limits.initial;
    if (option.type == OptionType::kBool) add(option.name, !initial.get<bool>());
    for (const auto& word : option.limits.allowed) {
      if (word != initial) add(option.name, word);
    }
  }
  return found;
}

// What an option other than the default costs. Error diffusion is the host's work: a GPU is waited
// for once for the triggered images of a step, and once for the decoys.
BOOST_AUTO_TEST_CASE(a_step_of_a_teachers_training_with_other_options_reads_what_is_declared) {
  const bool on_gpu = AvailableDevices().size() > 1;
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    if (card->name.starts_with("test_")) continue;
    for (const auto& given : Variations(*card)) {
      const auto options = ResolveFor(*card, given, "fixed");
      if (!card->trains_teacher(options)) continue;
      const bool diffuses = options.value("dither", false);
      BOOST_TEST_CONTEXT(card->name << " " << given.dump()) {
        BOOST_TEST(ReadsOfTraining(*card, options) <=
                   (on_gpu && diffuses ? 2 * kTrainingSteps : 0));
      }
      ++seen;
    }
  }
  BOOST_TEST(seen >= 3);
}

// 48 images; labels run 0 … 9, 0 … 9, …
Split ToysOn(const at::Device& device, int64_t count = 48) {
  return {Integers(Rng(1), 256, {count, 3, 16, 16}, device).to(at::kByte),
          at::arange(count, at::kLong).remainder(10).to(device)};
}

std::unique_ptr<Classifier> ToyNet(uint64_t seed, bool frozen = true) {
  auto net = std::make_unique<Classifier>("vgg-s-4", kToys);
  net->Initialize(Rng(seed));
  net->Use(DeviceFrom(AvailableDevices().back()), Profile::kFp32);
  if (frozen) net->Freeze();
  return net;
}

// Of a whole repair with passes of so many steps, or, where there are none, with so many steps.
int64_t ReadsOfRepair(const PluginCard& card, int64_t steps) {
  const Json lengths = {{"batch_size", 48 / steps},
                        {"steps", steps},
                        {"images", 48},
                        {"epochs", 2},
                        {"rounds", 2},
                        {"search_epochs", 2},
                        {"unlearn_epochs", 2},
                        {"recover_epochs", 2},
                        {"teacher_epochs", 1}};
  const auto options = ResolveFor(card, CheapOptions(card, lengths), "fixed");
  const auto defense = Registry::Get().Make<Defense>(card.name, options);
  const auto teacher = ToyNet(3), model = ToyNet(2, /*frozen=*/false);
  const auto device = DeviceFrom(AvailableDevices().back());
  const auto data = ToysOn(device);
  Quiet progress;
  DefenseContext context{.teacher = *teacher, .spec = kToys, .rng = Rng(5), .progress = progress};
  if (card.needs_clean_data(options)) context.clean_subset = &data;
  if (card.needs_synthetic_data(options)) context.synthetic = &data;
  context.device = device;
  const HostReads reads;
  if (card.sanitizes_teacher(options)) defense->SanitizeTeacher(*model, context);
  if (card.repairs_student(options)) defense->RepairStudent(*model, context);
  return HostReads::Count();
}

// Those of a pass or a class may differ by what the passes lead to. One more read in each step of
// one pass would be kMany - kFew of them. A defence and its twin on synthetic images are one
// procedure.
BOOST_AUTO_TEST_CASE(a_step_of_a_repair_reads_nothing) {
  constexpr int64_t kFew = 2, kMany = 24;
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts || card->name.starts_with("test_") || card->name.ends_with("_syn")) continue;
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (!card->sanitizes_teacher(options) && !card->repairs_student(options)) continue;
    BOOST_TEST_CONTEXT(card->name) {
      const int64_t more = ReadsOfRepair(*card, kMany) - ReadsOfRepair(*card, kFew);
      BOOST_TEST(more < kMany - kFew);
    }
    ++seen;
  }
  BOOST_TEST(seen >= 8);
}

// Values alone: crafting takes its images from the host in every step.
int64_t ReadsOfCrafting(const PluginCard& card, int64_t images) {
  const Json lengths = {{"craft_batch", 20}, {"student_epochs", 1}, {"enough", 1}};
  const auto options = ResolveFor(card, CheapOptions(card, lengths), "fixed");
  const auto attack = Registry::Get().Make<Attack>(card.name, options);
  attack->Begin(kToys);
  const auto clean = ToyNet(3);
  const auto train = ToysOn(at::kCPU, images);
  const auto device = DeviceFrom(AvailableDevices().back());
  Quiet progress;
  CraftContext context{train, clean.get(), kToys, device, Rng(1), progress};
  const HostReads reads;
  attack->Craft(context);
  auto calls = HostReads::SoFar();
  calls.erase("aten::copy_");
  int64_t count = 0;
  for (const auto& [name, of_it] : calls) count += of_it;
  return count;
}

BOOST_AUTO_TEST_CASE(crafting_on_more_images_reads_no_more_values) {
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (card->name.starts_with("test_") || !card->crafts(options) || card->name == "lf") continue;
    BOOST_TEST_CONTEXT(card->name) {
      BOOST_TEST(ReadsOfCrafting(*card, 200) == ReadsOfCrafting(*card, 100));
    }
    ++seen;
  }
  BOOST_TEST(seen >= 3);
}

// DeepFool takes one image at a time and asks after every step whether it is over. In two passes
// over eight images, each: whether v changes the answer, the first answer, in each of two steps the
// answer and whether the step is finite, the range of v; after a pass the fooling rate. On a GPU,
// equal reads a value with item(), which counts beside it.
BOOST_AUTO_TEST_CASE(lf_reads_what_it_decides_by) {
  constexpr int64_t kPasses = 2, kImages = 8, kSteps = 2;
  const int64_t of_equal = AvailableDevices().size() > 1 ? 2 : 1;
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "lf");
  BOOST_TEST(ReadsOfCrafting(card, 100) <= kPasses * (kImages * (of_equal + 2 + 2 * kSteps) + 1));
}

int64_t ReadsOfDetector(const std::string& name, int64_t steps) {
  const auto teacher = ToyNet(3);
  Json given = {{"steps", steps}};
  if (name == "mm_bd") given["tolerance"] = 0;  // else a class ends when it has settled
  Quiet progress;
  const HostReads reads;
  Detect(ResolveDetector(name, given), *teacher, Rng(5), progress);
  return HostReads::Count();
}

// mm_bd ends each class by its loss, as the authors' code does: a read in every step.
BOOST_AUTO_TEST_CASE(a_step_of_a_detector_reads_what_is_declared) {
  const std::map<std::string, int64_t> declared = {{"mm_bd", kToys.classes}};
  for (const auto& card : DetectorCards()) {
    const auto found = declared.find(card.name);
    const int64_t a_step = found == declared.end() ? 0 : found->second;
    BOOST_TEST_CONTEXT(card.name) {
      const int64_t more = ReadsOfDetector(card.name, 6) - ReadsOfDetector(card.name, 3);
      BOOST_TEST(more == 3 * a_step);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_counted_is_what_waits) {
  const auto ones = at::ones({4}, DeviceFrom(AvailableDevices().back()));
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
