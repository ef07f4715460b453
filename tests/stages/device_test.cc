// Every plugin and detector at work on the CPU and on a GPU: networks in float64, in which both
// round so finely that what differs is a mistake. Without a GPU the CPU is compared with itself.
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <dlfcn.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <initializer_list>

#include "bench/core/detector.h"
#include "bench/nn/freed_memory.h"
#include "bench/nn/random.h"
#include "bench/stages/gateway.h"
#include "bench/stages/gateway_detector.h"
#include "bench/stages/train.h"
#include "tests/methods/fakes.h"
#include "tests/stages/device_runs.h"

namespace dfkd::testing::device_test {

constexpr int64_t kRounds = 3;
const ImageSpec kToys = {3, 16, 16, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};

// The last device that is there: of a machine without a GPU, the CPU.
at::Device OtherDevice() { return DeviceFrom(AvailableDevices().back()); }

void SayWhatIsCompared() {
  if (OtherDevice().is_cpu()) BOOST_TEST_MESSAGE("no GPU here: the CPU is compared with itself");
}

// 100 images; labels run 0 … 9, 0 … 9, …
Split ToysOn(const at::Device& device) {
  const auto pixels = Integers(Rng(1), 256, {100, 3, 16, 16}, device).to(at::kByte);
  return {pixels, at::arange(100, at::kLong).remainder(10).to(device)};
}

class ContextOn final : public FakeDistillContext {
 public:
  ContextOn(const Classifier& teacher, Classifier& student, const at::Device& device)
      : FakeDistillContext(teacher, student, kRounds), device_(device) {
    UseTransferSet(ToysOn(device));
  }
  at::Device device() const override { return device_; }

 private:
  const at::Device device_;
};

// The student after the rounds; `defense` may be null.
std::unique_ptr<Classifier> StudentOf(const Json& distiller, const Json& defense,
                                      const at::Device& device) {
  auto teacher = MakeTeacher("vgg-s-4", 1, kToys), student = MakeNet("vgg-s-4", 2, kToys);
  for (auto* net : {teacher.get(), student.get()}) net->Use(device, Profile::kFp64);
  ContextOn context(*teacher, *student, device);
  FakeProgress progress;
  std::unique_ptr<Defense> part;
  if (!defense.is_null()) {
    part = MakeChecked<Defense>(defense.at("plugin"), defense.at("options"));
    DefenseContext given{*teacher, kToys, TraitsIn(distiller), Rng(5), progress};
    given.device = device;
    part->Begin(given);
    context.defense = part.get();
  }
  const auto plugin = MakeChecked<Distiller>(distiller.at("plugin"), distiller.at("options"));
  plugin->Begin(context);
  for (int64_t round = 0; round < kRounds; ++round) plugin->Round(context, round);
  student->Use(at::kCPU, Profile::kFp64);
  return student;
}

std::unique_ptr<Classifier> TaughtBy(const std::string& name, const Json& options,
                                     const at::Device& device) {
  const auto attack = MakeChecked<Attack>(name, options);
  attack->Begin(kToys);
  const auto recipe = TableOf<TeacherRecipe>().Read(ResolveOptions(
      TableOf<TeacherRecipe>().cards(),
      {{"epochs", 1}, {"batch_size", 24}, {"lr", 0.01}, {"augment", "crop_flip"}}, "toy"));
  const auto clean = MakeTeacher("vgg-s-4", 3, kToys);
  auto model = MakeNet("vgg-s-4", 2, kToys);
  for (auto* net : {clean.get(), model.get()}) net->Use(device, Profile::kFp64);
  const auto train = attack->Poison(ToysOn(device), Rng(1)).data;
  FakeProgress progress;
  Training training(*model, train, recipe, Rng(1), progress, {attack.get(), clean.get()});
  while (training.done() < training.total()) training.Step();
  model->Use(at::kCPU, Profile::kFp64);
  return model;
}

// What it has learned, of clean images on the CPU.
MemoryState CraftedBy(const PluginCard& card, const Json& options, const at::Device& device) {
  const auto attack = MakeChecked<Attack>(card.name, options);
  attack->Begin(kToys);
  const auto clean = MakeTeacher("vgg-s-4", 3, kToys);
  clean->Use(device, Profile::kFp64);
  const auto train = ToysOn(at::kCPU);
  const auto* teacher = card.needs_clean_teacher(options) ? clean.get() : nullptr;
  FakeProgress progress;
  CraftContext context{train, teacher, kToys, device, Rng(1), progress};
  attack->Craft(context);
  MemoryState state;
  attack->Visit(state);
  return state;
}

// A model after a defence that sanitises teachers or repairs students, with what its card asks for.
std::unique_ptr<Classifier> ChangedBy(const PluginCard& card, const Json& options,
                                      const at::Device& device) {
  const auto teacher = MakeTeacher("vgg-s-4", 1, kToys);
  auto model = MakeNet("vgg-s-4", 2, kToys);
  for (auto* net : {teacher.get(), model.get()}) net->Use(device, Profile::kFp64);
  const auto all = ToysOn(device);
  const Split few = {all.images.slice(0, 0, 24), all.labels.slice(0, 0, 24)};
  FakeProgress progress;
  DefenseContext context{.teacher = *teacher, .spec = kToys, .rng = Rng(5), .progress = progress};
  if (card.needs_clean_data(options)) context.clean_subset = &few;
  if (card.needs_synthetic_data(options)) context.synthetic = &few;
  context.device = device;
  const auto defense = MakeChecked<Defense>(card.name, options);
  if (card.sanitizes_teacher(options)) defense->SanitizeTeacher(*model, context);
  if (card.repairs_student(options)) defense->RepairStudent(*model, context);
  model->Use(at::kCPU, Profile::kFp64);
  return model;
}

at::Tensor DetectedBy(const std::string& detector, const at::Device& device) {
  const auto teacher = MakeTeacher("vgg-s-4", 1, kToys);
  teacher->Use(device, Profile::kFp64);
  FakeProgress progress;
  const auto found = Detect(ResolveDetector(detector, {{"steps", 3}}), *teacher, Rng(5), progress);
  return at::tensor(found.per_class, at::kDouble);
}

// The bias of a convolution before a batch normalisation, which takes it away again, and the
// running mean, which follows it: the gradient is what rounding leaves of 0, and Adam makes steps
// of it.
bool IsFree(const std::string& name) {
  return name.ends_with(".conv.bias") || name.ends_with(".norm.running_mean");
}

// std::max would pass over what is not a number.
void RequireFinite(std::initializer_list<at::Tensor> values, const std::string& name) {
  for (const auto& value : values) BOOST_TEST_REQUIRE(value.isfinite().all().item<bool>(), name);
}

// Largest mean difference of a tensor, relative to the largest of its values.
double Difference(const MemoryState& a, const MemoryState& b) {
  double largest = 0;
  for (const auto& [name, value] : a.tensors) {
    const auto& other = b.tensors.at(name);
    BOOST_TEST_REQUIRE(value.defined() == other.defined());
    if (!value.defined() || value.numel() == 0 || IsFree(name)) continue;
    const auto ours = value.to(at::kCPU, at::kDouble), theirs = other.to(at::kCPU, at::kDouble);
    RequireFinite({ours, theirs}, name);
    const double scale = std::max(1e-12, ours.abs().max().item<double>());
    largest = std::max(largest, (ours - theirs).abs().mean().item<double>() / scale);
  }
  return largest;
}

// Largest difference of a parameter, relative to the largest parameter.
double Difference(const Classifier& a, const Classifier& b) {
  const auto of_a = a.Parameters(), of_b = b.Parameters();
  double largest = 0, scale = 0;
  for (size_t i = 0; i < of_a.size(); ++i) {
    RequireFinite({of_a[i].value, of_b[i].value}, of_a[i].name);
    largest = std::max(largest, (of_a[i].value - of_b[i].value).abs().max().item<double>());
    scale = std::max(scale, of_a[i].value.abs().max().item<double>());
  }
  return largest / scale;
}

// Images and latents are made in float32, so more than the digits of float64 may differ.
void RequireSame(const Classifier& a, const Classifier& b, double tolerance) {
  BOOST_TEST(Difference(a, b) <= (OtherDevice().is_cpu() ? 0 : tolerance));
}

Json CheapDistiller(const std::string& name) {
  return Cheap(PluginKind::kDistiller, name, {{"rounds", kRounds}});
}

// Some recipes compute in float32 whatever the networks do, and outside of a stage LibTorch's own
// default rounds the convolutions of a GPU to TF32.
struct WithoutTf32 {
  WithoutTf32() { at::globalContext().setAllowTF32CuDNN(false); }
};

BOOST_AUTO_TEST_SUITE(devices, *boost::unit_test::fixture<WithoutTf32>())

// Bytes of the GPU that this thread has worked on; of the driver, which needs no headers of CUDA.
size_t FreeOnGpu() {
  using MemoryFunction = int (*)(size_t*, size_t*);
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  BOOST_TEST_REQUIRE((driver != nullptr));
  const auto ask = reinterpret_cast<MemoryFunction>(dlsym(driver, "cuMemGetInfo_v2"));
  size_t left = 0, all = 0;
  BOOST_TEST_REQUIRE((ask != nullptr && ask(&left, &all) == 0));
  dlclose(driver);
  return left;
}

// Other processes may take and give less meanwhile.
BOOST_AUTO_TEST_CASE(what_a_stage_has_freed_of_a_gpu_goes_back_at_its_end) {
  constexpr size_t kBytes = size_t{4} << 30;
  const auto device = OtherDevice();
  if (device.is_cpu()) {
    BOOST_TEST_MESSAGE("no GPU here: nothing is asked");
    return;
  }
  size_t kept = 0;
  {
    const KeepFreedMemory keep(device);
    const auto bytes = static_cast<int64_t>(kBytes);
    at::empty({bytes}, at::TensorOptions(at::kByte).device(device)).zero_();
    kept = FreeOnGpu();
  }
  BOOST_TEST(FreeOnGpu() > kept + kBytes / 2);
}

// A GPU divides by a number of the host otherwise than the CPU does.
BOOST_AUTO_TEST_CASE(images_are_normalised_to_the_same_bits_on_every_device) {
  SayWhatIsCompared();
  const auto here = Normalize(ToysOn(at::kCPU).images, kToys),
             there = Normalize(ToysOn(OtherDevice()).images, kToys);
  BOOST_TEST(here.equal(there.to(at::kCPU)));
}

BOOST_AUTO_TEST_CASE(every_distiller_makes_the_same_student_on_every_device) {
  SayWhatIsCompared();
  for (const auto& name : DistillersHere()) {
    const auto distiller = CheapDistiller(name);
    BOOST_TEST_CONTEXT(name) {
      RequireSame(*StudentOf(distiller, {}, at::kCPU), *StudentOf(distiller, {}, OtherDevice()),
                  1e-6);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_defence_makes_the_same_student_on_every_device) {
  SayWhatIsCompared();
  for (const auto& name : DefensesOfRounds()) {
    const auto defense =
        Cheap(PluginKind::kDefense, name, {{"cache_batches", 0}, {"last_rounds", kRounds}});
    for (const std::string beside : {"zskt", "ood_kd"}) {
      const auto distiller = CheapDistiller(beside);
      BOOST_TEST_CONTEXT(name << " beside " << beside) {
        RequireSame(*StudentOf(distiller, defense, at::kCPU),
                    *StudentOf(distiller, defense, OtherDevice()), 1e-6);
      }
    }
  }
}

// A warped pixel may be rounded to the next level.
BOOST_AUTO_TEST_CASE(every_attack_makes_the_same_teacher_on_every_device) {
  SayWhatIsCompared();
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const auto options = ResolveFor(*card, CheapOptions(*card), "fixed");
    if (card->name.starts_with("test_") || card->crafts(options)) continue;
    BOOST_TEST_CONTEXT(card->name) {
      RequireSame(*TaughtBy(card->name, options, at::kCPU),
                  *TaughtBy(card->name, options, OtherDevice()), 1e-3);
    }
  }
}

// Of those that learn before any teacher. Where steps go along signs, a rounding turns some around:
// the mean counts.
BOOST_AUTO_TEST_CASE(every_attack_that_crafts_learns_the_same_on_every_device) {
  SayWhatIsCompared();
  const Json short_ones = {{"craft_batch", 20}, {"student_epochs", 1}};
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kAttack)) {
    const auto options = ResolveFor(*card, CheapOptions(*card, short_ones), "fixed");
    if (card->name.starts_with("test_") || !card->crafts(options)) continue;
    BOOST_TEST_CONTEXT(card->name) {
      const auto here = CraftedBy(*card, options, at::kCPU),
                 there = CraftedBy(*card, options, OtherDevice());
      BOOST_TEST((here.numbers == there.numbers));
      BOOST_TEST_REQUIRE(here.tensors.size() == there.tensors.size());
      BOOST_TEST(here.tensors.size() > 0U);
      BOOST_TEST(Difference(here, there) <= (OtherDevice().is_cpu() ? 0 : 0.02));
    }
    ++seen;
  }
  BOOST_TEST(seen >= 3);
}

BOOST_AUTO_TEST_CASE(every_repair_makes_the_same_model_on_every_device) {
  SayWhatIsCompared();
  const Json short_ones = {
      {"rounds", 2}, {"unlearn_epochs", 2}, {"recover_epochs", 2}, {"teacher_epochs", 1}};
  int64_t seen = 0;
  for (const auto* card : Registry::Get().Cards(PluginKind::kDefense)) {
    if (card->parts || card->name.starts_with("test_")) continue;
    const auto options = ResolveFor(*card, CheapOptions(*card, short_ones), "fixed");
    if (!card->sanitizes_teacher(options) && !card->repairs_student(options)) continue;
    BOOST_TEST_CONTEXT(card->name) {
      RequireSame(*ChangedBy(*card, options, at::kCPU), *ChangedBy(*card, options, OtherDevice()),
                  1e-3);
    }
    ++seen;
  }
  BOOST_TEST(seen >= 10);
}

BOOST_AUTO_TEST_CASE(every_detector_sees_the_same_on_every_device) {
  SayWhatIsCompared();
  for (const auto& card : DetectorCards()) {
    const auto here = DetectedBy(card.name, at::kCPU), there = DetectedBy(card.name, OtherDevice());
    const double scale = here.abs().max().item<double>();
    BOOST_TEST_CONTEXT(card.name) {
      BOOST_TEST(scale > 0);
      BOOST_TEST(MaxDifference(here, there) <= (OtherDevice().is_cpu() ? 0 : 1e-3 * scale));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::device_test
