#include "bench/store/lease_record.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "bench/core/json.h"
#include "bench/store/disk.h"

namespace dfkd::store {
namespace {

namespace fs = std::filesystem;

// "" where the system does not say.
std::string BootId() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

std::string PidNamespace() {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/ns/pid", unknown).string();
}

struct ProcessState {
  std::string state, started;
  bool IsDead() const { return state == "Z" || state == "X"; }
};

// Fields 3 and 22 of /proc/<pid>/stat. Nullopt if it cannot be read, which a process that lives may
// have many reasons for: another user's, a container, no descriptor left.
std::optional<ProcessState> StateOf(int64_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) return std::nullopt;
  std::istringstream fields(text.substr(text.rfind(')') + 1));  // the name may hold anything
  ProcessState process;
  fields >> process.state;
  for (int number = 4; number <= 22; ++number) fields >> process.started;
  return process;
}

}  // namespace

LeaseRecord OwnRecord() {
  const int64_t pid = ::getpid();
  return {.host = HostName(),
          .boot = BootId(),
          .pid_namespace = PidNamespace(),
          .pid = pid,
          .started = StateOf(pid).value_or(ProcessState{}).started,
          .token = NewToken()};
}

std::string ToText(const LeaseRecord& record) {
  return Canonical({{"host", record.host},
                    {"boot", record.boot},
                    {"pid_namespace", record.pid_namespace},
                    {"pid", record.pid},
                    {"started", record.started},
                    {"token", record.token}}) +
         "\n";
}

std::optional<LeaseRecord> LeaseRecordFrom(std::string_view text) try {
  const Json json = Json::parse(text);
  // A number that no int64_t holds would be converted to anything.
  if (!json.at("pid").is_number_integer()) return std::nullopt;
  return LeaseRecord{json.at("host"), json.at("boot"),    json.at("pid_namespace"),
                     json.at("pid"),  json.at("started"), json.at("token")};
} catch (const Json::exception&) {
  return std::nullopt;
}

bool ProcessIsGone(const LeaseRecord& record) {
  if (record.host != HostName() || record.boot != BootId()) return false;
  if (record.pid_namespace != PidNamespace() || record.pid <= 0) return false;
  if (::kill(static_cast<pid_t>(record.pid), 0) != 0 && errno == ESRCH) return true;
  const auto process = StateOf(record.pid);
  if (!process) return false;
  return process->IsDead() || (!record.started.empty() && process->started != record.started);
}

}  // namespace dfkd::store
