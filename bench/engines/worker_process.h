// One worker as the runner sees it: a process, a channel in, a channel out, a log.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/core/json.h"
#include "bench/engines/engine.h"
#include "bench/engines/wire.h"

namespace dfkd {

// A file descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { Close(); }
  void Close();
  int get() const { return number_; }

 private:
  int number_;
};

// How a worker ended: an exit code or a signal, and what it may be taken for.
struct WorkerEnd {
  FailureClass failure = FailureClass::kCrash;
  std::string message;
};

class WorkerProcess {
 public:
  // Starts `program worker --device D --threads N`, with the number of threads in its environment.
  // Throws Error (io) if it cannot be started.
  WorkerProcess(const std::string& program, const Slot& slot);
  // An idle worker ends by itself when nothing can come any more; one that does not is killed.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  // False if it is gone.
  bool Send(const Json& message);
  void Signal(int signal) const;
  // Waits for its end, at most so long; true if it ended.
  bool WaitFor(std::chrono::milliseconds timeout);
  // Kills it if it still runs.
  WorkerEnd End();

  // To poll for input; -1 once at the end.
  int out() const { return out_.get(); }
  int log() const { return log_.get(); }
  // What has arrived; closes out() at the end of the stream.
  std::vector<Json> ReadMessages();
  void ReadLog();
  // What is known of its log and of the kernel's kills counts from here.
  void BeginStage();
  const std::string& log_tail() const { return log_tail_; }

 private:
  void KeepLog(const std::string& line);

  pid_t pid_ = -1;
  std::optional<int> status_;  // of waitpid
  int64_t oom_kills_before_ = 0;
  Descriptor in_, out_, log_;
  LineBuffer messages_, log_lines_;
  std::string log_tail_;
};

}  // namespace dfkd
