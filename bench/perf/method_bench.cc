// A turn of each method's loop on WRN-16-2 -> WRN-16-1 at the reference's batch sizes. The peers of
// the same names in bench/perf/peers are what PyTorch users run.
#include <ctime>

#include "bench/core/registry.h"
#include "bench/perf/perf.h"

namespace dfkd::perf {
namespace {

const Json kNobody = Json::array();
const Json kVaccine = {{{"plugin", "shuffling_vaccine"}}};
// As in the reference's sweeps: ten steps of search on the teacher.
const Json kRetrospection = {
    {{"plugin", "self_retrospection"}, {"options", {{"perturbation_steps", 10}}}}};

void ZsktRound(benchmark::State& state, Profile profile, const Json& parts) {
  Distillation run("zskt", Json::object(), parts, profile);
  TimeSteps(state, [&](int64_t round) { run.Round(round); });
}
BENCHMARK_CAPTURE(ZsktRound, fp32, Profile::kFp32, kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ZsktRound, bf16, Profile::kBf16, kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ZsktRound, sv_fp32, Profile::kFp32, kVaccine)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ZsktRound, sv_bf16, Profile::kBf16, kVaccine)->Unit(benchmark::kMillisecond);
// A round of the last ones, in which every step of the student looks back.
BENCHMARK_CAPTURE(ZsktRound, sr_fp32, Profile::kFp32, kRetrospection)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ZsktRound, sr_bf16, Profile::kBf16, kRetrospection)
    ->Unit(benchmark::kMillisecond);

// One student step on a batch of 128: KD alone, or with the gradients of self-retrospection.
void KdStep(benchmark::State& state, Profile profile, const Json& parts) {
  const Json options = {{"batch_size", 128}};
  Distillation run("noise_kd", options, parts, profile);
  TimeSteps(state, [&](int64_t round) { run.Round(round); });
}
BENCHMARK_CAPTURE(KdStep, fp32, Profile::kFp32, kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(KdStep, sr_fp32, Profile::kFp32, kRetrospection)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(KdStep, sr_bf16, Profile::kBf16, kRetrospection)->Unit(benchmark::kMillisecond);

void OodKdStep(benchmark::State& state, Profile profile, const Json& parts) {
  Distillation run("ood_kd", Json::object(), parts, profile, Pictures(4096));
  TimeSteps(state, [&](int64_t round) { run.Round(round); });
}
BENCHMARK_CAPTURE(OodKdStep, fp32, Profile::kFp32, kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(OodKdStep, bf16, Profile::kBf16, kNobody)->Unit(benchmark::kMillisecond);

// A short synthesis of 256 images, four iterations instead of 200, and one student step.
void CmiRound(benchmark::State& state, Profile profile, const Json& parts) {
  const Json options = {{"synthesis_steps", 4}, {"student_steps", 1}};
  Distillation run("cmi", options, parts, profile);
  TimeSteps(state, [&](int64_t round) { run.Round(round); });
}
BENCHMARK_CAPTURE(CmiRound, fp32, Profile::kFp32, kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(CmiRound, bf16, Profile::kBf16, kNobody)->Unit(benchmark::kMillisecond);

// What the checks of every hook cost: the same steps behind them and without, in turn. The counter
// `ratio` is of the processor's time; the time of an iteration is of both.
void Gateway(benchmark::State& state, const std::string& distiller, const Json& parts) {
  const Json options = {{"batch_size", 128}};
  Distillation checked(distiller, options, parts, Profile::kFp32);
  Distillation plain(distiller, options, parts, Profile::kFp32, {}, Plugins::kPlain);
  std::clock_t with = 0, without = 0;
  int64_t calls = 0;
  TimeSteps(state, [&](int64_t round) {
    const auto start = std::clock();
    checked.Round(round);
    const auto middle = std::clock();
    plain.Round(round);
    if (calls++ == 0) return;  // makes buffers and kernels
    with += middle - start;
    without += std::clock() - middle;
  });
  state.counters["ratio"] = static_cast<double>(with) / static_cast<double>(without);
}
BENCHMARK_CAPTURE(Gateway, noise_kd, "noise_kd", kNobody)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Gateway, zskt_sv, "zskt", kVaccine)->Unit(benchmark::kMillisecond);

// What DeepInversion is given: a teacher and nobody else.
class Inversion final : public SynthesisContext {
 public:
  explicit Inversion(Profile profile) : teacher_(Network("wrn-16-2", true, profile)) {}
  const Classifier& teacher() const override { return teacher_; }
  const ImageSpec& spec() const override { return kSpec; }
  at::Device device() const override { return Target(); }
  const Rng& rng() const override { return rng_; }
  Progress& progress() override { return silent_; }
  const Split& start() const override { return start_; }
  TransferBatch Teach(const at::Tensor& images, const KdLoss& kd, int64_t step) override {
    return Taught(teacher_, {}, images, kd, step, Grad::kInputs);
  }
  at::Tensor SynthesisPenalty(const TransferBatch& batch) override {
    return at::zeros({}, batch.teacher_logits.options());
  }

 private:
  const Rng rng_{7};
  Silent silent_;
  const Classifier teacher_;
  const Split start_;
};

void InversionStep(benchmark::State& state, Profile profile) {
  const Json options = {
      {"start", "noise"}, {"images", 256}, {"synthesis_batch", 256}, {"synthesis_steps", 1}};
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, "deepinversion");
  const auto method = Registry::Get().Make<Distiller>("deepinversion", ResolveFor(card, options));
  Inversion inversion(profile);
  TimeSteps(state, [&](int64_t) { benchmark::DoNotOptimize(method->Synthesize(inversion)); });
}
BENCHMARK_CAPTURE(InversionStep, fp32, Profile::kFp32)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(InversionStep, bf16, Profile::kBf16)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dfkd::perf
