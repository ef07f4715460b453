#include "bench/stages/hook.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cfenv>
#include <clocale>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

#include "bench/core/printable.h"
#include "bench/nn/device.h"
#include "bench/nn/numerics.h"
#include "bench/stages/stage_run.h"
#include "bench/store/reasons.h"

namespace dfkd {
namespace {

std::string NameOf(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return "float32";
    case at::kDouble:
      return "float64";
    case at::kHalf:
      return "float16";
    case at::kBFloat16:
      return "bfloat16";
    case at::kByte:
      return "uint8";
    case at::kInt:
      return "int32";
    case at::kLong:
      return "int64";
    case at::kBool:
      return "bool";
    default:
      return c10::toString(dtype);
  }
}

std::string DescribeAs(at::ScalarType dtype, at::IntArrayRef sizes, const at::Device& device) {
  return fmt::format("{} [{}] on {}", NameOf(dtype), fmt::join(sizes, ","), device.str());
}

uint64_t SumOfBytes(const void* bytes, size_t count) {
  uint64_t sum = count;
  const auto* from = static_cast<const unsigned char*>(bytes);
  for (; count >= sizeof(uint64_t); count -= sizeof(uint64_t), from += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, from, sizeof(word));
    sum = (sum ^ word) * 0x9E3779B97F4A7C15U;
    sum ^= sum >> 32U;
  }
  for (; count > 0; --count) sum = sum * 31 + *from++;
  return sum;
}

uint64_t SumOf(const at::Tensor& tensor) {
  const auto here = tensor.detach().contiguous();
  return SumOfBytes(here.data_ptr(), here.nbytes());
}

at::mt19937_data_pod CpuGenerator() {
  const auto& generator = at::detail::getDefaultCPUGenerator();
  return at::check_generator<at::CPUGeneratorImpl>(generator)->engine().data();
}

bool Same(const at::mt19937_data_pod& a, const at::mt19937_data_pod& b) {
  return a.seed_ == b.seed_ && a.left_ == b.left_ && a.next_ == b.next_ && a.state_ == b.state_;
}

at::Tensor GpuGenerator(const at::Device& device) {
  return at::globalContext().defaultGenerator(device).get_state();
}

// Empty if it was removed under this process.
std::filesystem::path WorkingFolder() {
  std::error_code gone;
  return std::filesystem::current_path(gone);
}

}  // namespace

// What code of any library may set for the whole process or thread.
struct ProcessSettings {
  bool gradients = c10::GradMode::is_enabled();
  bool deterministic = at::globalContext().deterministicAlgorithms();
  bool onednn = at::globalContext().userEnabledMkldnn();
  bool cudnn = at::globalContext().userEnabledCuDNN();
  bool autocast = AutocastEnabled(at::kCPU), gpu_autocast = AutocastEnabled(at::kCUDA);
  int threads = at::get_num_threads();
  at::ScalarType dtype = c10::get_default_dtype_as_scalartype();
  int rounding = std::fegetround();
  uint32_t floats = FloatControl();
  at::ScalarType autocast_dtype = AutocastDtype(at::kCPU);
  at::ScalarType gpu_autocast_dtype = AutocastDtype(at::kCUDA);
  std::string locale = std::setlocale(LC_ALL, nullptr);
  std::filesystem::path folder = WorkingFolder();

  // Which one differs; "" if none.
  std::string Differs(const ProcessSettings& now) const {
    if (now.gradients != gradients) return "left gradients switched on or off";
    if (now.threads != threads) return "changed the number of threads";
    if (now.dtype != dtype) return "changed the default dtype";
    if (now.autocast != autocast || now.gpu_autocast != gpu_autocast)
      return "left autocast switched on or off";
    if (now.autocast_dtype != autocast_dtype || now.gpu_autocast_dtype != gpu_autocast_dtype)
      return "changed the dtype of autocast";
    if (now.deterministic != deterministic || now.onednn != onednn || now.cudnn != cudnn)
      return "changed global settings of LibTorch";
    if (now.locale != locale) return "changed the locale";
    if (now.folder != folder) return "changed the working folder";
    if (now.rounding != rounding) return "changed the rounding mode";
    return now.floats != floats ? "changed how the processor rounds, traps or flushes to zero" : "";
  }
  void PutBack(const ProcessSettings& now) const {
    if (now.gradients != gradients) c10::GradMode::set_enabled(gradients);
    if (now.threads != threads) at::set_num_threads(threads);
    if (now.autocast != autocast) EnableAutocast(at::kCPU, autocast);
    if (now.gpu_autocast != gpu_autocast) EnableAutocast(at::kCUDA, gpu_autocast);
    if (now.dtype != dtype) c10::set_default_dtype(c10::scalarTypeToTypeMeta(dtype));
    if (now.deterministic != deterministic)
      at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
    if (now.onednn != onednn) at::globalContext().setUserEnabledMkldnn(onednn);
    if (now.cudnn != cudnn) at::globalContext().setUserEnabledCuDNN(cudnn);
    if (now.autocast_dtype != autocast_dtype) SetAutocastDtype(at::kCPU, autocast_dtype);
    if (now.gpu_autocast_dtype != gpu_autocast_dtype)
      SetAutocastDtype(at::kCUDA, gpu_autocast_dtype);
    if (now.locale != locale) std::setlocale(LC_ALL, locale.c_str());
    std::error_code ignored;  // it may be gone
    if (now.folder != folder) std::filesystem::current_path(folder, ignored);
    if (now.rounding != rounding) std::fesetround(rounding);
    if (now.floats != floats) SetFloatControl(floats);
  }
};

namespace {

bool IsFloat(at::ScalarType dtype) { return dtype == at::kFloat || dtype == at::kDouble; }

// Whatever class a plugin names: that a machine or a limit was to blame is for stages to say.
FailureClass ClassOfPlugins(const std::exception& thrown) {
  const auto failure = FailureOf(thrown);
  const bool claims = failure == FailureClass::kLost || failure == FailureClass::kTimeout ||
                      store::ConcernsEveryStage(failure, thrown.what());
  return claims ? FailureClass::kError : failure;
}

}  // namespace

std::string Describe(const at::Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  const char* sparse = tensor.layout() == at::kStrided ? "" : "sparse ";
  return sparse + DescribeAs(tensor.scalar_type(), tensor.sizes(), tensor.device());
}

FailureClass FailureOf(const std::exception& thrown) {
  if (const auto* error = dynamic_cast<const Error*>(&thrown)) return error->failure();
  if (dynamic_cast<const std::filesystem::filesystem_error*>(&thrown)) return FailureClass::kIo;
  const bool memory =
      dynamic_cast<const std::bad_alloc*>(&thrown) || store::SaysOutOfMemory(thrown.what());
  return memory ? FailureClass::kMemory : FailureClass::kError;
}

std::string MessageOf(const std::exception& thrown) {
  if (dynamic_cast<const std::bad_alloc*>(&thrown)) return "out of memory";
  const std::string what = thrown.what();
  const bool ours = dynamic_cast<const Error*>(&thrown) != nullptr;
  return PrintableLines(ours ? what : what.substr(0, what.find('\n')));  // it goes into JSON
}

// --- Lent

namespace {

constexpr char kChangedConstant[] =
    "changed a constant in place: what Constant and PerChannel return belongs to everybody; clone "
    "it to write to it";

}  // namespace

struct Lent::Process {
  const ProcessSettings settings;
  // By whoever is outside of this hook.
  const bool constants_changed = ConstantsChanged();
  const at::mt19937_data_pod cpu = CpuGenerator();
  at::Device device = at::kCPU;
  at::Tensor gpu;  // the generator of `device`, where that is one
};

Lent::Lent(bool thorough) : thorough_(thorough), process_(std::make_unique<Process>()) {
  items_.reserve(8);
}

Lent::~Lent() {
  process_->settings.PutBack(ProcessSettings());
  if (ConstantsChanged() && !process_->constants_changed) ForgetConstants();
}

void Lent::Add(const char* what, const at::Tensor& tensor, bool summed) {
  if (!tensor.defined()) return;
  summed = summed && tensor.is_cpu() && tensor.layout() == at::kStrided;
  items_.push_back({what, tensor, static_cast<int64_t>(tensor._version()), tensor.requires_grad(),
                    tensor.sizes().vec(), summed, summed ? SumOf(tensor) : 0});
  if (tensor.is_cuda() && !process_->gpu.defined()) {
    process_->device = tensor.device();
    process_->gpu = GpuGenerator(tensor.device());
  }
}

void Lent::Add(const char* what, const std::vector<at::Tensor>& tensors) {
  for (const auto& tensor : tensors) Add(what, tensor);
}

bool Lent::Changed(const Item& item) {
  return static_cast<int64_t>(item.tensor._version()) != item.version ||
         item.tensor.sizes() != at::IntArrayRef(item.sizes) ||
         (item.summed && SumOf(item.tensor) != item.sum);
}

std::string Lent::Misdeed() const {
  for (const auto& item : items_) {
    if (Changed(item)) return fmt::format("changed {}, which it may only read", item.what);
    if (item.tensor.requires_grad() != item.requires_grad)
      return fmt::format("switched requires_grad of {}, which it may only read", item.what);
  }
  if (ConstantsChanged() && !process_->constants_changed) return kChangedConstant;
  const bool drew =
      !Same(process_->cpu, CpuGenerator()) ||
      (process_->gpu.defined() && !process_->gpu.equal(GpuGenerator(process_->device)));
  if (drew) return "drew from the global random generator; fork the Rng that it is given";
  return process_->settings.Differs(ProcessSettings());
}

// --- Hook

namespace {

thread_local const Hook* t_running = nullptr;

void Write(const char* text) {
  // Nothing can be done where this fails.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

}  // namespace

Hook::Running::Running(const Hook& hook) : outer_(t_running) { t_running = &hook; }
Hook::Running::~Running() { t_running = outer_; }

// Only what is safe in a handler of signals.
void Hook::OnCrash(int signal) {
  if (t_running) {
    Write("\nin ");
    Write(t_running->who_.c_str());
    Write(": ");
    Write(t_running->name_);
    Write("\n");
  }
  ::raise(signal);  // the default action, once this handler has returned
}

void Hook::NameInCrashes() {
  static std::array<char, 65536> stack;  // its own: the other one may have overflowed
  stack_t other{};
  ::sigaltstack(nullptr, &other);
  if ((other.ss_flags & SS_DISABLE) != 0) {
    const stack_t ours{.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
    ::sigaltstack(&ours, nullptr);
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    struct sigaction now {};
    ::sigaction(signal, nullptr, &now);
    if (now.sa_handler != SIG_DFL) continue;
    struct sigaction ours {};
    ours.sa_handler = OnCrash;
    ours.sa_flags = SA_RESETHAND | SA_ONSTACK;
    ::sigaction(signal, &ours, nullptr);
  }
}

std::string Hook::Prefix() const {
  return at_ == kNoRound ? fmt::format("{}: {}: ", who_, name_)
                         : fmt::format("{}: {} in {} {}: ", who_, name_, when_, at_);
}

void Hook::Fail(const std::string& what, FailureClass failure) const {
  throw HookError(Says(what), failure);
}

void Hook::Rethrow() const {
  try {
    throw;
  } catch (const HookError&) {
    throw;
  } catch (const Interrupted&) {
    throw;
  } catch (const std::exception& e) {
    Fail(MessageOf(e), ClassOfPlugins(e));
  } catch (...) {
    Fail("threw what is no std::exception");
  }
}

void Hook::RequireUntouched(const Lent& lent) const {
  if (const auto misdeed = lent.Misdeed(); !misdeed.empty()) Fail(misdeed);
}

void Hook::RequireConstants() const {
  if (ConstantsChanged()) Fail(kChangedConstant);
}

void Hook::Require(const char* what, const at::Tensor& got, at::ScalarType dtype,
                   at::IntArrayRef sizes, const at::Device& device) const {
  const bool fits = got.defined() && got.layout() == at::kStrided && got.scalar_type() == dtype &&
                    got.sizes() == sizes && got.device() == device;
  if (fits) return;
  Fail(fmt::format("{} must be {}, not {}", what, DescribeAs(dtype, sizes, device), Describe(got)));
}

void Hook::RequireScalar(const char* what, const at::Tensor& got, const at::Device& device) const {
  const bool fits = got.defined() && got.layout() == at::kStrided && IsFloat(got.scalar_type()) &&
                    got.dim() == 0 && got.device() == device;
  if (fits) return;
  Fail(fmt::format("{} must be {}, not {}", what, DescribeAs(at::kFloat, {}, device),
                   Describe(got)));
}

void Hook::RequireFinite(const char* what, const at::Tensor& got) const {
  const auto values = got.detach().flatten();
  const auto wrong = at::isfinite(values).logical_not().nonzero();
  if (wrong.size(0) == 0) return;
  const auto first = wrong[0][0].item<int64_t>();
  Fail(fmt::format("{} must be finite: {} of {} are not, the first ({}) at {}", what, wrong.size(0),
                   values.size(0), values[first].item<double>(), first));
}

void Hook::RequireImages(const char* what, const at::Tensor& got, const ImageSpec& spec,
                         bool stored, int64_t most) const {
  const bool dense = got.defined() && got.layout() == at::kStrided && got.dim() == 4;
  const bool dtype =
      dense && (stored ? got.scalar_type() == at::kByte : IsFloat(got.scalar_type()));
  const bool fits = dtype && got.size(0) > 0 && got.size(0) <= most &&
                    got.size(1) == spec.channels && got.size(2) == spec.height &&
                    got.size(3) == spec.width;
  if (fits) return;
  const auto limit = most == INT64_MAX ? "N > 0" : fmt::format("0 < N <= {}", most);
  Fail(fmt::format("{} must be {} [N,{},{},{}] with {}, not {}", what, stored ? "uint8" : "float32",
                   spec.channels, spec.height, spec.width, limit, Describe(got)));
}

void Hook::RequireLabels(const char* what, const at::Tensor& got, int64_t count,
                         int64_t classes) const {
  Require(what, got, at::kLong, {count}, got.defined() ? got.device() : at::Device(at::kCPU));
  const auto wrong = (got.lt(0) | got.ge(classes)).nonzero();
  if (wrong.size(0) == 0) return;
  const auto first = wrong[0][0].item<int64_t>();
  Fail(fmt::format("{} must lie in [0, {}): {} at {} does not", what, classes,
                   got[first].item<int64_t>(), first));
}

std::vector<at::Tensor> ValuesOf(const Classifier& model) {
  std::vector<at::Tensor> values;
  for (const auto& list : {model.Parameters(), model.Buffers()}) {
    for (const auto& [name, value] : list) values.push_back(value);
  }
  return values;
}

uint64_t SumOf(const std::vector<at::Tensor>& tensors) {
  uint64_t sum = 0;
  for (const auto& tensor : tensors) sum = sum * 31 + (tensor.is_cpu() ? SumOf(tensor) : 0);
  return sum;
}

std::vector<std::string> TapNames(const Classifier& model) {
  auto names = model.Segments();
  names.emplace_back("features");
  return names;
}

void RequireTaps(const Hook& hook, const std::vector<std::string>& taps,
                 const std::vector<std::string>& known) {
  for (const auto& tap : taps) {
    if (std::find(known.begin(), known.end(), tap) != known.end()) continue;
    hook.Fail(
        fmt::format("the teacher has no segment '{}'; it has {}", tap, fmt::join(known, ", ")));
  }
}

}  // namespace dfkd
