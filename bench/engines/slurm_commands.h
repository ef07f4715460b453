// What is asked of Slurm, by its commands. Accounting (sacct) is never asked: many sites have none.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dfkd::slurm {

struct Answer {
  // -1: the command could not be started, or did not end in time and was killed.
  int code = -1;
  bool started = false;
  std::string out, err;
};

// Runs a program, found as a shell finds it, with nothing to read. Ctrl-C does not reach it.
Answer RunCommand(const std::vector<std::string>& words,
                  std::chrono::milliseconds limit = std::chrono::seconds(30));

// A task of an array, as the scheduler knows it.
struct Task {
  std::string id;  // "17_3", never a plain number: those are no workers of ours
  std::string state, node, reason;
};

// What squeue said of tasks; nullopt for anything but a whole answer, header included. That the
// scheduler does not answer, or not in these words, is no news of any task.
std::optional<std::vector<Task>> ParseQueue(const std::string& text);

// All tasks of jobs with this name that the scheduler remembers, ended ones included. Nullopt:
// unknown. An empty list says that none is known; whether to believe that, AskForWorkers says
// (slurm_workers.h).
std::optional<std::vector<Task>> TasksNamed(const std::string& name);

// For how long the scheduler remembers a job that has ended (MinJobAge). Where it does not say, or
// would remember for ever, what is usual; never more than that.
inline constexpr std::chrono::seconds kUsualMemory{300};
std::chrono::seconds MemoryOfEnded();

// Whether there is a Slurm on this machine that can be asked anything.
bool IsInstalled();

// Files the script; returns the id of the job. Throws Error with the words of sbatch, or, of class
// lost, if no scheduler answers.
std::string File(const std::filesystem::path& script);

// Whether Slurm agreed. `jobs` are ids of jobs or tasks.
bool Cancel(const std::vector<std::string>& jobs);
// Tasks of jobs with this name that wait.
bool CancelWaiting(const std::string& name);
// Waiting tasks of the job are not to start on these nodes: all of them, as only the last list
// counts.
bool KeepAway(const std::string& job, const std::vector<std::string>& nodes);
// To be started anew, which ends the task; "" or why not.
std::string Requeue(const std::string& task);

// What Slurm tells a task of itself by its environment.
struct Self {
  std::string task, job;  // "17_3", "17"; no job: it was started by hand
  std::string node;
  int restarts = 0;
  int gpus = 0, cpus = 1;
  std::optional<double> seconds_left;  // until its time limit
  // Between being filed, or put back, and being started; nullopt if nobody says.
  std::optional<double> seconds_waited = std::nullopt;
};
// Nullopt outside of a job. Outside of an array `task` is the job with "_0".
std::optional<Self> WhoAmI();
// Of a worker that no scheduler started. No other start has the same task.
Self ByHand(int cpus);

}  // namespace dfkd::slurm
