// Processes are killed at random moments; whatever is left, the next run ends in the same bits.
#include <sys/prctl.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>

#include "bench/engines/inline_engine.h"
#include "bench/engines/scheduler.h"
#include "tests/engines/fake_stages.h"

namespace dfkd::kill_test {

using namespace testing;  // NOLINT: the helpers of this folder
using std::chrono::milliseconds;

constexpr int kSteps = 12, kStepMs = 4;

// A runner with two workers, in a process group of its own.
class Runner {
 public:
  explicit Runner(const fs::path& scratch) {
    const auto store = (scratch / "store").string(), data = scratch.string();
    const auto steps = std::to_string(kSteps), step_ms = std::to_string(kStepMs);
    // Orphans become ours: not every container has an init that waits for them.
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_ = ::fork();
    if (pid_ != 0) {
      ::setpgid(pid_, pid_);
      return;
    }
    ::setpgid(0, 0);
    ::execl(DFKD_FAKE_WORKER, "fake_worker", "run", store.c_str(), data.c_str(), steps.c_str(),
            step_ms.c_str(), nullptr);
    ::_exit(127);
  }
  ~Runner() { ::kill(-pid_, SIGKILL); }

  pid_t pid() const { return pid_; }
  int Wait() const { return testing::Wait(pid_); }
  bool Ended() const {
    siginfo_t info{};
    return ::waitid(P_PID, pid_, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid_;
  }

  std::vector<pid_t> Workers() const {
    std::vector<pid_t> workers;
    std::ifstream in(fmt::format("/proc/{0}/task/{0}/children", pid_));
    for (pid_t worker; in >> worker;) workers.push_back(worker);
    return workers;
  }

  // Workers outlive their runner only to write a checkpoint.
  bool GroupEnds(milliseconds within) const {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (std::chrono::steady_clock::now() < deadline) {
      while (::waitpid(-pid_, nullptr, WNOHANG) > 0) {
      }
      if (::kill(-pid_, 0) != 0 && errno == ESRCH) return true;
      std::this_thread::sleep_for(milliseconds(5));
    }
    return false;
  }

 private:
  pid_t pid_;
};

std::map<std::string, std::string> Expected(const Plan& plan) {
  const ScratchFolder scratch;
  Store store(scratch.path() / "store");
  InlineEngine engine(RunFake);
  Observer observer;
  RunPlan(plan, store, engine, {.data = scratch.path()}, observer);
  return DigestsOf(plan, store.root());
}

void KillSomething(const Runner& runner, std::mt19937& random) {
  const auto workers = runner.Workers();
  const int what = static_cast<int>(random() % 4);
  if (what != 1 && what != 3 && !workers.empty()) {
    ::kill(workers[random() % workers.size()], SIGKILL);
  }
  if (what == 1 || what == 2) ::kill(runner.pid(), SIGKILL);
  if (what == 3) ::kill(-runner.pid(), SIGKILL);
}

// An undisturbed run takes about half a second; on a busy machine longer.
void LetItRun(std::mt19937& random) { std::this_thread::sleep_for(milliseconds(random() % 400)); }

// Stages stand still (FakeStage::Hold) while this lives.
class Held {
 public:
  explicit Held(const fs::path& scratch) : scratch_(scratch) { Write(scratch_ / "hold", ""); }
  ~Held() { fs::remove(scratch_ / "hold"); }

  // Returns when so many stages are in the middle of their work.
  void Await(const Runner& runner, int stages) const {
    while (Count() < stages && !runner.Ended()) std::this_thread::sleep_for(milliseconds(5));
    BOOST_TEST_REQUIRE(!runner.Ended());
  }

 private:
  int Count() const {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(scratch_)) {
      count += entry.path().filename().string().starts_with("held-");
    }
    return count;
  }
  const fs::path scratch_;
};

// Only so that what lives for ever fails instead of hanging.
constexpr milliseconds kAnyMachine{120'000};

// Of three kills each: two hundred, or a thousand.
int Rounds() { return std::getenv("DFKD_LONG") != nullptr ? 334 : 67; }

BOOST_AUTO_TEST_SUITE(kills)

BOOST_AUTO_TEST_CASE(random_kills_of_workers_runners_and_groups_change_no_digest) {
  const auto plan = DiamondPlan(kSteps, kStepMs);
  const auto expected = Expected(plan);
  std::mt19937 random(7);
  auto scratch = std::make_unique<ScratchFolder>();
  for (int round = 0; round < Rounds(); ++round) {
    {
      const Runner runner(scratch->path());
      LetItRun(random);
      KillSomething(runner, random);
      LetItRun(random);
      KillSomething(runner, random);
      ::kill(runner.pid(), SIGKILL);
      runner.Wait();
      BOOST_TEST(runner.GroupEnds(kAnyMachine));
    }
    if (round % 3 != 2) continue;
    const Runner last(scratch->path());
    BOOST_TEST(last.Wait() == 0);
    BOOST_TEST((DigestsOf(plan, scratch->path() / "store") == expected));
    scratch = std::make_unique<ScratchFolder>();
  }
}

BOOST_AUTO_TEST_CASE(workers_stop_when_their_runner_is_killed) {
  const ScratchFolder scratch;
  const Held held(scratch.path());
  const Runner runner(scratch.path());
  held.Await(runner, 2);
  BOOST_TEST(runner.Workers().size() == 2U);
  ::kill(runner.pid(), SIGKILL);
  runner.Wait();
  BOOST_TEST(runner.GroupEnds(kAnyMachine));
}

BOOST_AUTO_TEST_CASE(interrupted_runs_exit_with_130_and_continue) {
  const auto plan = DiamondPlan(kSteps, kStepMs);
  const ScratchFolder scratch;
  {
    const Held held(scratch.path());
    const Runner runner(scratch.path());
    held.Await(runner, 1);
    ::kill(-runner.pid(), SIGINT);  // as a terminal does: workers hear it too, and leave it alone
    const int status = runner.Wait();
    BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 130));
  }
  const Runner again(scratch.path());
  BOOST_TEST(again.Wait() == 0);
  BOOST_TEST((DigestsOf(plan, scratch.path() / "store") == Expected(plan)));
}

BOOST_AUTO_TEST_CASE(two_runners_on_one_store_share_the_work_and_both_finish) {
  const auto plan = DiamondPlan(kSteps, kStepMs);
  const ScratchFolder scratch;
  const Runner one(scratch.path()), other(scratch.path());
  BOOST_TEST(one.Wait() == 0);
  BOOST_TEST(other.Wait() == 0);
  BOOST_TEST((DigestsOf(plan, scratch.path() / "store") == Expected(plan)));
  const auto history = Store(scratch.path() / "store").ReadHistory();
  BOOST_TEST(history.lines().size() == plan.stages.size());  // nothing was done twice
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::kill_test
