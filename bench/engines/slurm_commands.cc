#include "bench/engines/slurm_commands.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <sstream>
#include <thread>
#include <utility>

#include "bench/core/error.h"
#include "bench/engines/slurm_site.h"
#include "bench/engines/worker_process.h"
#include "bench/store/disk.h"

namespace dfkd::slurm {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kColumns = "%i|%T|%N|%r";
constexpr const char* kHeader = "JOBID|STATE|NODELIST|REASON";
// Time left, when it was filed, when it was started.
constexpr const char* kTimesOfTask = "%L|%V|%S";
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr milliseconds kSoon{5'000}, kPatience{30'000};  // for an answer

// In a process group of its own: Ctrl-C is for us, and must not take an sbatch away whose job the
// controller has just accepted.
class Attributes {
 public:
  Attributes() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// A program with its two outputs in pipes; killed at the end of this object's life.
class Command {
 public:
  explicit Command(std::vector<std::string> words) {
    std::array<int, 2> out{}, err{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0) return;
    out_ = Descriptor(out[0]);
    const Descriptor out_end(out[1]);
    if (::pipe2(err.data(), O_CLOEXEC) != 0) return;
    err_ = Descriptor(err[0]);
    const Descriptor err_end(err[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out_end.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err_end.get(), STDERR_FILENO);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const Attributes apart;
    if (::posix_spawnp(&pid_, arguments[0], &actions, apart.get(), arguments.data(), environ) != 0)
      pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Command() {
    if (pid_ < 0) return;
    ::kill(-pid_, SIGKILL);  // with what it started
    Reap(0);
  }
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  Answer Wait(Clock::time_point deadline) {
    Answer answer;
    if (pid_ < 0) return answer;
    answer.started = true;
    while (out_.get() >= 0 || err_.get() >= 0) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
      std::array<pollfd, 2> polls = {pollfd{out_.get(), POLLIN, 0}, pollfd{err_.get(), POLLIN, 0}};
      if (left <= 0 || answer.out.size() > kMostBytes) return answer;
      if (::poll(polls.data(), polls.size(), static_cast<int>(left)) <= 0) continue;
      if (polls[0].revents != 0) Read(out_, answer.out);
      if (polls[1].revents != 0) Read(err_, answer.err);
    }
    while (!Reap(WNOHANG)) {
      if (Clock::now() >= deadline) return answer;
      std::this_thread::sleep_for(milliseconds(1));
    }
    if (WIFEXITED(status_)) answer.code = WEXITSTATUS(status_);
    return answer;
  }

 private:
  static void Read(Descriptor& from, std::string& text) {
    std::array<char, 65536> bytes;
    const auto count = ::read(from.get(), bytes.data(), bytes.size());
    if (count > 0) text.append(bytes.data(), count);
    if (count == 0 || (count < 0 && errno != EINTR)) from.Close();
  }

  bool Reap(int how) {
    if (pid_ < 0) return true;
    pid_t ended = 0;
    do {
      ended = ::waitpid(pid_, &status_, how);
    } while (ended < 0 && errno == EINTR);
    if (ended == 0) return false;
    pid_ = -1;
    return true;
  }

  pid_t pid_ = -1;
  int status_ = 0;
  Descriptor out_, err_;
};

// The last line, which is the reason.
std::string WordsOf(const Answer& answer) {
  std::istringstream lines(answer.err);
  std::string last = !answer.started   ? "there is no such program here"
                     : answer.code < 0 ? "no answer"
                                       : fmt::format("exit code {}", answer.code);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

std::optional<Task> ParseTask(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream in(line);
  for (std::string field; fields.size() < 3 && std::getline(in, field, '|');)
    fields.push_back(field);
  std::string reason;
  const bool whole = static_cast<bool>(std::getline(in, reason));
  if (fields.size() < 3 || (!whole && line.back() != '|')) return std::nullopt;
  const auto& state = fields[1];
  const auto capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  if (state.empty() || state.find_first_not_of(capitals) != std::string::npos) return std::nullopt;
  if (fields[0].find_first_not_of("0123456789_[]-,%.") != std::string::npos) return std::nullopt;
  return Task{fields[0], state, fields[2], reason};
}

int NumberFrom(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr || *text == '\0' ? otherwise : std::max(0, std::atoi(text));
}

std::string TextFrom(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? "" : text;
}

// Seconds since the epoch.
std::optional<double> MomentFrom(const std::string& text) {
  const bool is_number = !text.empty() && text.size() < 12 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  return is_number ? std::optional(std::stod(text)) : std::nullopt;
}

struct TaskTimes {
  std::optional<double> left, waited;
};

// Both moments are of the scheduler's clock. Asked for as numbers, since its usual way to write
// them names no time zone.
TaskTimes AskTimesOf(const std::string& task, milliseconds limit) {
  const auto answer = RunCommand({"env", "SLURM_TIME_FORMAT=%s", "squeue", "--noheader",
                                  "--jobs=" + task, std::string("--format=") + kTimesOfTask},
                                 limit);
  if (answer.code != 0) return {};
  std::istringstream line(answer.out.substr(0, answer.out.find('\n')));
  std::array<std::string, 3> fields;
  for (auto& field : fields) std::getline(line, field, '|');
  TaskTimes times;
  times.left = SlurmSeconds(fields[0]);
  const auto filed = MomentFrom(fields[1]), started = MomentFrom(fields[2]);
  if (filed && started && *started >= *filed) times.waited = *started - *filed;
  return times;
}

// Newer versions of Slurm say the end by the environment; then the rest is not worth waiting for.
void AskForTimes(const std::string& task, Self& self) {
  const auto end = MomentFrom(TextFrom("SLURM_JOB_END_TIME"));
  const auto times = AskTimesOf(task, end ? kSoon : kPatience);
  const auto now = static_cast<double>(std::time(nullptr));
  self.seconds_left = end ? std::optional(*end - now) : times.left;
  self.seconds_waited = times.waited;
}

}  // namespace

Answer RunCommand(const std::vector<std::string>& words, milliseconds limit) {
  return Command(words).Wait(Clock::now() + limit);
}

std::optional<std::vector<Task>> ParseQueue(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  if (!std::getline(lines, line) || line != kHeader || text.back() != '\n') return std::nullopt;
  std::vector<Task> tasks;
  while (std::getline(lines, line)) {
    auto task = ParseTask(line);
    if (!task) return std::nullopt;
    if (task->id.find('_') != std::string::npos) tasks.push_back(std::move(*task));
  }
  return tasks;
}

std::optional<std::vector<Task>> TasksNamed(const std::string& name) {
  const auto answer = RunCommand(
      {"squeue", "--array", "--states=all", "--name=" + name, std::string("--format=") + kColumns});
  return answer.code == 0 ? ParseQueue(answer.out) : std::nullopt;
}

std::chrono::seconds MemoryOfEnded() {
  const auto answer = RunCommand({"scontrol", "show", "config"});
  std::istringstream lines(answer.out);
  std::string name, equals;
  for (std::string line; answer.code == 0 && std::getline(lines, line);) {
    std::istringstream words(line);  // "MinJobAge               = 300 sec"
    int64_t seconds = 0;
    if (!(words >> name >> equals >> seconds) || name != "MinJobAge" || seconds <= 0) continue;
    return std::min(std::chrono::seconds(seconds), kUsualMemory);
  }
  return kUsualMemory;
}

bool IsInstalled() { return RunCommand({"squeue", "--version"}).started; }

std::string File(const std::filesystem::path& script) {
  const auto answer = RunCommand({"sbatch", "--parsable", script.string()});
  const auto job = answer.out.substr(0, answer.out.find_first_of(";\n"));
  const bool is_number = !job.empty() && job.find_first_not_of("0123456789") == std::string::npos;
  if (answer.code == 0 && is_number) return job;
  const auto why = WordsOf(answer);
  const bool nobody_there =
      answer.started && (answer.code < 0 || why.find("contact") != std::string::npos ||
                         why.find("timed out") != std::string::npos);
  throw MakeError(nobody_there ? FailureClass::kLost : FailureClass::kError,
                  "Slurm did not take the job: {}", why);
}

bool Cancel(const std::vector<std::string>& jobs) {
  std::vector<std::string> words = {"scancel"};
  words.insert(words.end(), jobs.begin(), jobs.end());
  return jobs.empty() || RunCommand(words).code == 0;
}

bool CancelWaiting(const std::string& name) {
  return RunCommand({"scancel", "--state=PENDING", "--name=" + name}).code == 0;
}

bool KeepAway(const std::string& job, const std::vector<std::string>& nodes) {
  const auto list = fmt::format("ExcNodeList={}", fmt::join(nodes, ","));
  return RunCommand({"scontrol", "update", "JobId=" + job, list}).code == 0;
}

std::string Requeue(const std::string& task) {
  const auto answer = RunCommand({"scontrol", "requeue", task});
  return answer.code == 0 ? "" : WordsOf(answer);
}

std::optional<Self> WhoAmI() {
  const auto job = TextFrom("SLURM_JOB_ID"), array = TextFrom("SLURM_ARRAY_JOB_ID");
  if (job.empty()) return std::nullopt;
  Self self;
  self.job = array.empty() ? job : array;
  self.task = self.job + "_" + (array.empty() ? "0" : TextFrom("SLURM_ARRAY_TASK_ID"));
  self.node = TextFrom("SLURMD_NODENAME");
  self.restarts = NumberFrom("SLURM_RESTART_COUNT", 0);
  self.gpus = NumberFrom("SLURM_GPUS_ON_NODE", 0);
  self.cpus = NumberFrom("SLURM_CPUS_ON_NODE", 1);
  AskForTimes(array.empty() ? job : self.task, self);
  return self;
}

Self ByHand(int cpus) {
  const auto host = store::HostName();
  return {.task = fmt::format("{}-{}-{}", host, ::getpid(), store::NewToken().substr(0, 6)),
          .node = host,
          .cpus = cpus};
}

}  // namespace dfkd::slurm
