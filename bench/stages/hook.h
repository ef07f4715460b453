// One call of a plugin's hook: who is called, what it was lent, and what it may not have touched.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/core/error.h"
#include "bench/nn/classifier.h"

namespace dfkd {

// An Error that says already which plugin and hook it came from.
class HookError : public Error {
 public:
  using Error::Error;
};

// "float32 [64,10] on cpu"; "nothing" if it is undefined.
std::string Describe(const at::Tensor& tensor);

// Why a stage fails of what was thrown: memory where it was short, an Error's own class, else
// error.
FailureClass FailureOf(const std::exception& thrown);
// The first line of its message: LibTorch appends its stack.
std::string MessageOf(const std::exception& thrown);

// What a hook is lent, as it was: tensors that it must not change, the global random generators,
// the constants of bench/nn/device.h and the settings of the process. Settings (threads, gradients,
// default dtype, locale, working folder …) that were changed are put back when it is destroyed, and
// constants forgotten, so that the next stage of this process is not touched.
class Lent {
 public:
  // A tensor changed by an operation is always noticed. `thorough` also compares the bytes of those
  // on the CPU, which notices what was written through a pointer, and costs as much as reading
  // them.
  explicit Lent(bool thorough = false);
  ~Lent();
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;

  // `what` must outlive this. Undefined tensors may be lent.
  void Add(const char* what, const at::Tensor& tensor) { Add(what, tensor, thorough_); }
  void Add(const char* what, const std::vector<at::Tensor>& tensors);
  // Too large to be read at every call: never thorough.
  void AddLarge(const char* what, const at::Tensor& tensor) { Add(what, tensor, false); }

  // What the hook did that it may not have done: "changed the teacher"; "" if nothing.
  std::string Misdeed() const;

 private:
  struct Item {
    const char* what;
    at::Tensor tensor;
    int64_t version;
    bool requires_grad;
    std::vector<int64_t> sizes;
    bool summed;
    uint64_t sum;
  };
  struct Process;

  void Add(const char* what, const at::Tensor& tensor, bool summed);
  static bool Changed(const Item& item);

  const bool thorough_;
  std::vector<Item> items_;
  const std::unique_ptr<Process> process_;
};

// Names a hook, calls it, and is the one that says what was wrong with it.
class Hook {
 public:
  static constexpr int64_t kNoRound = -1;

  // `who` = "defence drop_confident", `name` = "SampleCoefficients"; `when` is the word for what
  // `at` counts. All must outlive this.
  Hook(const std::string& who, const char* name, int64_t at = kNoRound, const char* when = "round")
      : who_(who), name_(name), at_(at), when_(when) {}

  // Throws HookError with what Says.
  [[noreturn]] void Fail(const std::string& what,
                         FailureClass failure = FailureClass::kError) const;

  // "<who>: <name> in round <at>: <what>".
  std::string Says(const std::string& what) const { return Prefix() + what; }

  // Calls `body`. What it throws, of whatever type, goes on as a HookError; an Error that stops the
  // stage from outside (time limit, interruption, disk) and a HookError go on as they are. Throws
  // HookError too if what was lent is not as it was.
  template <class Body>
  auto Call(const Lent& lent, Body&& body) const {
    using Result = std::invoke_result_t<Body>;
    if constexpr (std::is_void_v<Result>) {
      Named(body);
      RequireUntouched(lent);
    } else {
      Result result = Named(body);
      RequireUntouched(lent);
      return result;
    }
  }

  // Without a look at what was lent.
  template <class Body>
  auto Named(Body&& body) const {
    try {
      const Running running(*this);
      return body();
    } catch (...) {
      Rethrow();
    }
  }

  // Throws HookError unless it is a dense tensor of this dtype, these sizes and this device.
  void Require(const char* what, const at::Tensor& got, at::ScalarType dtype, at::IntArrayRef sizes,
               const at::Device& device) const;
  // ... unless it is a float of no dimension.
  void RequireScalar(const char* what, const at::Tensor& got, const at::Device& device) const;
  // ... unless all values are finite numbers. Waits for a GPU.
  void RequireFinite(const char* what, const at::Tensor& got) const;
  // ... unless it holds N > 0 images of this size, N <= `most`: uint8 if `stored`, else as networks
  // read them.
  void RequireImages(const char* what, const at::Tensor& got, const ImageSpec& spec, bool stored,
                     int64_t most = INT64_MAX) const;
  // ... if a constant of bench/nn/device.h was written to.
  void RequireConstants() const;
  // ... unless int64 [count] in [0, classes).
  void RequireLabels(const char* what, const at::Tensor& got, int64_t count, int64_t classes) const;

  // From now on, what a crash of this process writes to standard error last is the hook in which it
  // happened. Leaves signals alone that somebody else handles.
  static void NameInCrashes();

 private:
  // While it lives, this hook is the one that runs in this thread.
  class Running {
   public:
    explicit Running(const Hook& hook);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    const Hook* const outer_;
  };

  static void OnCrash(int signal);
  std::string Prefix() const;
  [[noreturn]] void Rethrow() const;
  void RequireUntouched(const Lent& lent) const;

  const std::string& who_;
  const char* const name_;
  const int64_t at_;
  const char* const when_;
};

// Rounds in which bytes are compared, too: 0, 1, 2, 4, 8 …
inline bool IsThorough(int64_t round) { return (round & (round - 1)) == 0; }

// Parameters and buffers, sharing storage with the network.
std::vector<at::Tensor> ValuesOf(const Classifier& model);
// What Teach may be asked to tap: segments and "features".
std::vector<std::string> TapNames(const Classifier& model);
// Of the bytes of those on the CPU: another where one was written to.
uint64_t SumOf(const std::vector<at::Tensor>& tensors);
// Throws HookError if one of `taps` is not in `known`.
void RequireTaps(const Hook& hook, const std::vector<std::string>& taps,
                 const std::vector<std::string>& known);

}  // namespace dfkd
