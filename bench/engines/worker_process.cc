#include "bench/engines/worker_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "bench/core/log.h"
#include "bench/engines/control_group.h"
#include "bench/engines/worker.h"
#include "bench/store/reasons.h"

namespace dfkd {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr size_t kTail = 4096;
constexpr milliseconds kIdleGrace{2000};
// Above all that a worker finds open, so that no dup2 of a spawn can hit the source of another.
constexpr int kLowestDescriptor = 10;

Error SystemError(const char* action, int code) {
  return MakeError(FailureClass::kIo, "{}: {}", action, std::strerror(code));
}

// EINVAL, "Invalid argument", is what Linux says where the limit lies below the number asked for.
Error NoPipe(int code) {
  const bool limited = code == EMFILE || code == EINVAL;
  const auto error = SystemError("open a pipe to a worker", limited ? EMFILE : code);
  return limited ? MakeError(FailureClass::kIo, "{} (ulimit -n)", error.what()) : error;
}

Descriptor Lift(const Descriptor& low) {
  Descriptor lifted(::fcntl(low.get(), F_DUPFD_CLOEXEC, kLowestDescriptor));
  if (lifted.get() < 0) throw NoPipe(errno);
  return lifted;
}

struct Pipe {
  Descriptor read, write;
};

// Neither end survives an exec: a second worker that held the first one's input open would keep it
// from noticing that the runner is gone.
Pipe MakePipe() {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw NoPipe(errno);
  const Descriptor read(ends[0]), write(ends[1]);
  return {Lift(read), Lift(write)};
}

void MakeNonBlocking(const Descriptor& descriptor) {
  ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

// Read when a program starts, and ignored later by some BLAS libraries: hence the environment.
std::vector<std::string> EnvironmentFor(int threads) {
  const std::array<std::string, 3> names = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                            "MKL_NUM_THREADS"};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    const auto name = text.substr(0, text.find('='));
    if (std::find(names.begin(), names.end(), name) == names.end()) variables.push_back(text);
  }
  for (const auto& name : names) variables.push_back(fmt::format("{}={}", name, threads));
  return variables;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The spawn attributes as objects, so that they are freed.
struct SpawnPlan {
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t all, none;
    ::sigfillset(&all);
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  void Connect(const Descriptor& ours, int theirs) {
    ::posix_spawn_file_actions_adddup2(&actions, ours.get(), theirs);
  }
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

// Counted by the kernel: proof enough if it rose while ours was killed. Of our control group, in
// which the workers are, too; the count of the whole machine, which rises for kills elsewhere as
// well, only where no group counts.
int64_t OomKills() {
  if (const auto own = ControlGroup().OomKills()) return *own;
  std::ifstream in("/proc/vmstat");
  std::string name;
  for (int64_t value = 0; in >> name >> value;) {
    if (name == "oom_kill") return value;
  }
  return 0;
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t start = text.rfind('\n');
  return start == std::string::npos ? text : text.substr(start + 1);
}

// What no program does to itself comes from outside: nothing is wrong with the stage.
bool ComesFromOutside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGHUP || signal == SIGALRM;
}

FailureClass ClassOf(int status, bool out_of_memory, const std::string& log) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && out_of_memory) {
    return FailureClass::kMemory;
  }
  if (WIFSIGNALED(status) && ComesFromOutside(WTERMSIG(status))) return FailureClass::kLost;
  // A worker that was told to go, as all of a job are at once, before it read what it was asked.
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return FailureClass::kLost;
  return store::SaysOutOfMemory(log) ? FailureClass::kMemory : FailureClass::kCrash;
}

std::string Describe(int status, const std::string& log) {
  auto text = WIFSIGNALED(status)
                  ? fmt::format("the worker was killed by signal {} ({})", WTERMSIG(status),
                                ::strsignal(WTERMSIG(status)))
                  : fmt::format("the worker ended with exit code {}", WEXITSTATUS(status));
  const auto line = LastLine(log);
  return line.empty() ? text : text + ": " + line;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  Close();
  number_ = std::exchange(other.number_, -1);
  return *this;
}

void Descriptor::Close() {
  if (number_ >= 0) ::close(std::exchange(number_, -1));
}

WorkerProcess::WorkerProcess(const std::string& program, const Slot& slot) {
  auto in = MakePipe(), out = MakePipe(), log = MakePipe();
  SpawnPlan plan;
  ::posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  plan.Connect(log.write, STDOUT_FILENO);
  plan.Connect(log.write, STDERR_FILENO);
  plan.Connect(in.read, kWorkerIn);
  plan.Connect(out.write, kWorkerOut);
  std::vector<std::string> arguments = {"dfkd",      "worker",    "--device",
                                        slot.device, "--threads", std::to_string(slot.threads)};
  auto environment = EnvironmentFor(slot.threads);
  const int code = ::posix_spawn(&pid_, program.c_str(), &plan.actions, &plan.attributes,
                                 Pointers(arguments).data(), Pointers(environment).data());
  if (code != 0) throw SystemError(("start the worker " + program).c_str(), code);
  in_ = std::move(in.write), out_ = std::move(out.read), log_ = std::move(log.read);
  MakeNonBlocking(out_);
  MakeNonBlocking(log_);
}

WorkerProcess::~WorkerProcess() {
  in_.Close();
  if (!WaitFor(kIdleGrace)) End();
}

bool WorkerProcess::Send(const Json& message) { return WriteLine(in_.get(), message); }

void WorkerProcess::BeginStage() {
  log_tail_.clear();
  oom_kills_before_ = OomKills();
}

void WorkerProcess::Signal(int signal) const {
  if (!status_) ::kill(pid_, signal);
}

bool WorkerProcess::WaitFor(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!status_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    if (status_ || Clock::now() >= deadline) break;
    ReadLog();  // a worker that logs into a full pipe could not end
    std::this_thread::sleep_for(milliseconds(2));
  }
  return status_.has_value();
}

WorkerEnd WorkerProcess::End() {
  Signal(SIGKILL);
  if (!status_) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
  }
  ReadLog();
  const bool out_of_memory = OomKills() > oom_kills_before_;
  return {ClassOf(*status_, out_of_memory, log_tail_), Describe(*status_, log_tail_)};
}

std::vector<Json> WorkerProcess::ReadMessages() {
  const bool open = messages_.Fill(out_.get());
  std::vector<Json> messages;
  while (const auto line = messages_.Next()) messages.push_back(ParseJson(*line, "a worker"));
  if (!open) out_.Close();
  return messages;
}

void WorkerProcess::ReadLog() {
  if (log_.get() < 0) return;
  const bool open = log_lines_.Fill(log_.get());
  while (const auto line = log_lines_.Next()) KeepLog(*line);
  if (!open) log_.Close();
}

void WorkerProcess::KeepLog(const std::string& line) {
  spdlog::debug("worker {}: {}", pid_, line);
  log_tail_ += line + "\n";
  if (log_tail_.size() > kTail) log_tail_.erase(0, log_tail_.size() - kTail);
}

}  // namespace dfkd
