#include "bench/engines/worker.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <exception>
#include <new>

#include "bench/engines/wire.h"

namespace dfkd {
namespace {

// How long a stage may take for its last checkpoint once nobody is there to end it.
constexpr unsigned kLastSeconds = 60;

volatile std::sig_atomic_t stop_asked = 0;

void AskToStop(int) {
  stop_asked = 1;
  ::alarm(kLastSeconds);  // SIGALRM ends a process that does not hear
}

void Handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;  // without SA_RESTART: a worker that waits for work must wake up
  ::sigaction(signal, &action, nullptr);
}

void SetUpSignals() {
  stop_asked = 0;
  Handle(SIGTERM, AskToStop);
  Handle(SIGINT, SIG_IGN);
  Handle(SIGHUP, SIG_IGN);
  Handle(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

// The runner's end of the pipe is closed: also where it died before we asked to be told.
bool RunnerIsGone(int in_fd) {
  pollfd poll{in_fd, POLLIN, 0};
  return ::poll(&poll, 1, 0) > 0 && (poll.revents & (POLLHUP | POLLERR)) != 0;
}

class Worker {
 public:
  Worker(RunStageFunction run, int in_fd, int out_fd)
      : run_(std::move(run)), in_(in_fd), out_(out_fd) {}

  int Loop() {
    while (!stop_asked) {
      if (const auto line = lines_.Next()) {
        if (RunnerIsGone(in_)) break;  // nobody would end a stage that hangs
        if (!WriteLine(out_, {{"outcome", RunOne(*line).ToJson()}})) return 1;
        continue;
      }
      if (!WaitForInput() || !lines_.Fill(in_)) break;
    }
    return 0;
  }

 private:
  // SIGTERM may come between the check of the flag and the wait: hence the time limit.
  bool WaitForInput() const {
    while (!stop_asked) {
      pollfd poll{in_, POLLIN, 0};
      if (::poll(&poll, 1, 1000) > 0) return true;
    }
    return false;
  }

  StageOutcome RunOne(const std::string& line) try {
    const auto request = StageRequest::FromJson(ParseJson(line, "the runner's request"));
    return run_(
        request, [this](const StageProgress& progress) { Report(progress); },
        [this] { return MustStop(); });
  } catch (const std::bad_alloc&) {
    return {StageStatus::kFailed, FailureClass::kMemory, "out of memory"};
  } catch (const std::exception& e) {
    return {StageStatus::kFailed, FailureClass::kError, e.what()};
  }

  bool MustStop() const {
    if (!stop_asked && RunnerIsGone(in_)) AskToStop(0);
    return stop_asked;
  }

  // Often enough for people; a stage may tick a thousand times a second.
  void Report(const StageProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (now - reported_ < std::chrono::milliseconds(200)) return;
    reported_ = now;
    WriteLine(out_, {{"progress", {{"done", progress.done}, {"total", progress.total}}}});
  }

  const RunStageFunction run_;
  const int in_, out_;
  LineBuffer lines_;
  std::chrono::steady_clock::time_point reported_;
};

}  // namespace

int WorkerLoop(RunStageFunction run, int in_fd, int out_fd) {
  SetUpSignals();
  return Worker(std::move(run), in_fd, out_fd).Loop();
}

}  // namespace dfkd
