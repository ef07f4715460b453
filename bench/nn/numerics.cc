#include "bench/nn/numerics.h"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <dlfcn.h>
#include <fmt/ranges.h>
#include <torch/cuda.h>
#include <torch/nn/module.h>
#include <torch/version.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include <cstdlib>
#include <fstream>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/nn/blas_memory.h"

// Since 2.4 autocast is addressed by device type, and the older functions are on their way out.
#define DFKD_AUTOCAST_BY_DEVICE \
  (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4))
// Since 2.2 lists of tensors are copied at once, and multiplied by one that stays where it is.
#define DFKD_NEWER_FOREACH \
  (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 2))

namespace dfkd {
namespace {

void SetThreads(int threads) {
  at::set_num_threads(threads);
  if (at::get_num_interop_threads() == 1) {
    return;
  }
  try {
    at::set_num_interop_threads(1);
  } catch (const c10::Error&) {
    // Only possible before the pool's first use. No operator of ours runs on it.
  }
}

void SetDeterminism(bool deterministic) {
  auto& context = at::globalContext();
  // cuBLAS reads it once, when it starts, which may be in a stage before the one that needs it.
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // what the user has set stays
  context.setDeterministicAlgorithms(deterministic, /*warn_only=*/false);
  context.setDeterministicCuDNN(deterministic);
  context.setBenchmarkCuDNN(!deterministic);
}

// "Name of the processor", "" if the system does not say.
std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name") && line.find(": ") != std::string::npos) {
      return line.substr(line.find(": ") + 2);
    }
  }
  return "";
}

// Through the driver's C interface, which needs no CUDA headers at build time. It counts devices as
// LibTorch does.
std::string GpuName(int index) {
  using InitFunction = int (*)(unsigned);
  using NameFunction = int (*)(char*, int, int);
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY);
  if (!driver) {
    return "";
  }
  const auto start = reinterpret_cast<InitFunction>(dlsym(driver, "cuInit"));
  const auto name = reinterpret_cast<NameFunction>(dlsym(driver, "cuDeviceGetName"));
  char text[256] = "";
  const bool found = start && name && start(0) == 0 && name(text, sizeof(text), index) == 0;
  dlclose(driver);
  return found ? text : "";
}

bool ConvolvesInBf16() {
  try {
    const auto images = at::ones({1, 16, 4, 4}, at::kBFloat16);
    at::conv2d(images, at::ones({16, 16, 3, 3}, at::kBFloat16));
    return true;
  } catch (const std::exception&) {  // of oneDNN
    return false;
  }
}

// The rest of the line of at::show_config() in which `key` stands; "" if there is none.
std::string ConfigValue(const std::string& config, const std::string& key) {
  const auto at = config.find(key);
  if (at == std::string::npos) {
    return "";
  }
  const auto start = at + key.size();
  return config.substr(start, config.find_first_of(",\n", start) - start);
}

}  // namespace

at::ScalarType PrecisionOf(Profile profile) {
  return profile == Profile::kFp64 ? at::kDouble : at::kFloat;
}

bool Runs(Profile profile, const at::Device& device) {
  if (profile != Profile::kBf16 || !device.is_cpu()) return true;
  static const bool runs = ConvolvesInBf16();
  return runs;
}

void Move(torch::nn::Module& module, const at::Device& device, Profile profile) {
  if (profile == Profile::kTf32 && device.is_cpu()) {
    throw Error("profile tf32: only a GPU computes in it; use fp32");
  }
  if (!Runs(profile, device)) {
    throw MakeError("profile {}: oneDNN has no bfloat16 in this process; use fp32{}", Name(profile),
                    std::getenv("ONEDNN_MAX_CPU_ISA") ? " or unset ONEDNN_MAX_CPU_ISA" : "");
  }
  module.to(device);
  auto tensors = module.parameters();
  for (const auto& buffer : module.buffers()) tensors.push_back(buffer);
  for (auto& tensor : tensors) {
    const auto plain = tensor.detach();
    tensor.set_data(tensor.is_floating_point() ? plain.to(PrecisionOf(profile))
                                               : plain.to(at::kCPU));
  }
}

Profile SecondOrder(Profile profile) {
  return profile == Profile::kFp64 ? Profile::kFp64 : Profile::kFp32;
}

at::Tensor AtLeastFloat(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? x : x.to(at::kFloat);
}

void CopyEach(at::TensorList to, at::TensorList from) {
#if DFKD_NEWER_FOREACH
  at::_foreach_copy_(to, from);
#else
  for (size_t i = 0; i < to.size(); ++i) to[i].copy_(from[i]);
#endif
}

void MultiplyAll(at::TensorList tensors, const at::Tensor& factor) {
#if DFKD_NEWER_FOREACH
  at::_foreach_mul_(tensors, factor);
#else
  for (const auto& tensor : tensors) tensor.mul_(factor);
#endif
}

void ConfigureNumerics(Profile profile, int threads) {
  if (threads < 1) {
    throw MakeError("threads = {} must be at least 1", threads);
  }
  SetThreads(threads);
  TakeBlasBuffers(threads);
  SetDeterminism(profile == Profile::kDeterministic);
  // Off by default; what was linked in or ran before may have switched it on.
  at::globalContext().setFlushDenormal(false);
  auto& context = at::globalContext();
  const bool rounded = profile == Profile::kTf32;  // else no TF32 in products, nor in convolutions
  context.setFloat32MatmulPrecision(rounded ? "high" : "highest");
  context.setAllowTF32CuDNN(rounded);
}

std::vector<std::string> AvailableDevices() {
  std::vector<std::string> names = {"cpu"};
  const auto gpus = static_cast<int>(torch::cuda::device_count());  // of a type of its release
  for (int i = 0; i < gpus; ++i) {
    names.push_back("cuda:" + std::to_string(i));
  }
  return names;
}

at::Device DeviceFrom(const std::string& name) {
  const auto available = AvailableDevices();
  const auto wanted = name == "cuda" ? "cuda:0" : name;
  for (size_t i = 0; i < available.size(); ++i) {
    if (wanted == available[i]) {
      return i == 0 ? at::Device(at::kCPU) : at::Device(at::kCUDA, static_cast<int>(i) - 1);
    }
  }
  throw MakeError("device '{}' is not available; available: {}", name, fmt::join(available, ", "));
}

Json NumericsFacts(const at::Device& device) {
  const auto config = at::show_config();
  return {{"device", device.str()},
          {"device_name", device.is_cuda() ? GpuName(device.index()) : CpuName()},
          {"threads", at::get_num_threads()},
          {"cpu_capability", ConfigValue(config, "CPU capability usage: ")},
          {"libtorch", TORCH_VERSION},
          {"blas", ConfigValue(config, "BLAS_INFO=")},
          {"mkldnn", at::hasMKLDNN()},
          {"deterministic", at::globalContext().deterministicAlgorithms()},
          {"libtorch_config", Sha256Hex(config).substr(0, 16)}};
}

bool AutocastEnabled(at::DeviceType device) {
#if DFKD_AUTOCAST_BY_DEVICE
  return at::autocast::is_autocast_enabled(device);
#else
  return device == at::kCUDA ? at::autocast::is_enabled() : at::autocast::is_cpu_enabled();
#endif
}

void EnableAutocast(at::DeviceType device, bool enabled) {
#if DFKD_AUTOCAST_BY_DEVICE
  at::autocast::set_autocast_enabled(device, enabled);
#else
  if (device == at::kCUDA) {
    at::autocast::set_enabled(enabled);
  } else {
    at::autocast::set_cpu_enabled(enabled);
  }
#endif
}

at::ScalarType AutocastDtype(at::DeviceType device) {
#if DFKD_AUTOCAST_BY_DEVICE
  return at::autocast::get_autocast_dtype(device);
#else
  return device == at::kCUDA ? at::autocast::get_autocast_gpu_dtype()
                             : at::autocast::get_autocast_cpu_dtype();
#endif
}

void SetAutocastDtype(at::DeviceType device, at::ScalarType dtype) {
#if DFKD_AUTOCAST_BY_DEVICE
  at::autocast::set_autocast_dtype(device, dtype);
#else
  if (device == at::kCUDA) {
    at::autocast::set_autocast_gpu_dtype(dtype);
  } else {
    at::autocast::set_autocast_cpu_dtype(dtype);
  }
#endif
}

#ifdef __SSE__
namespace {
constexpr uint32_t kSeenFlags = 0x3F;  // what computing has met since: no setting
}  // namespace

uint32_t FloatControl() { return _mm_getcsr() & ~kSeenFlags; }
void SetFloatControl(uint32_t control) { _mm_setcsr(control | (_mm_getcsr() & kSeenFlags)); }
#else
uint32_t FloatControl() { return 0; }
void SetFloatControl(uint32_t) {}
#endif

AutocastScope::AutocastScope(Profile profile, at::DeviceType device)
    : active_(profile == Profile::kBf16), device_(device == at::kCUDA ? at::kCUDA : at::kCPU) {
  if (active_) {
    before_ = AutocastEnabled(device_);
    dtype_before_ = AutocastDtype(device_);
    SetAutocastDtype(device_, at::kBFloat16);
    EnableAutocast(device_, true);
    at::autocast::increment_nesting();
  }
}

AutocastScope::~AutocastScope() {
  if (active_) {
    at::autocast::decrement_nesting();
    // At the end of inner scopes, too: a copy cached while gradients were off has no history, and
    // one cached before an optimizer's step has the old weights.
    at::autocast::clear_cache();
    EnableAutocast(device_, before_);
    SetAutocastDtype(device_, dtype_before_);
  }
}

}  // namespace dfkd
