#include "bench/store/lease_record.h"

#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <system_error>

#include "bench/core/json.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd::store {
namespace {

namespace fs = std::filesystem;

std::string BootId() {
  std::string id = ReadBytes("/proc/sys/kernel/random/boot_id");
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::string PidNamespace() {
  std::error_code unknown;
  return fs::read_symlink("/proc/self/ns/pid", unknown).string();
}

// Field 22 of /proc/<pid>/stat. Nullopt if there is no such process, or only its zombie.
std::optional<std::string> StartTime(int64_t pid) try {
  const std::string text = ReadBytes(fmt::format("/proc/{}/stat", pid));
  std::istringstream fields(text.substr(text.rfind(')') + 1));  // the name may hold anything
  std::string state, field;
  fields >> state;
  if (state == "Z" || state == "X") return std::nullopt;
  for (int number = 4; number <= 22; ++number) fields >> field;
  return field;
} catch (const Error&) {
  return std::nullopt;
}

}  // namespace

LeaseRecord OwnRecord() {
  const int64_t pid = ::getpid();
  return {.host = HostName(),
          .boot = BootId(),
          .pid_namespace = PidNamespace(),
          .pid = pid,
          .started = StartTime(pid).value_or(""),
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
  return LeaseRecord{json.at("host"), json.at("boot"),    json.at("pid_namespace"),
                     json.at("pid"),  json.at("started"), json.at("token")};
} catch (const Json::exception&) {
  return std::nullopt;
}

bool ProcessIsGone(const LeaseRecord& record) {
  if (record.host != HostName() || record.boot != BootId()) return false;
  if (record.pid_namespace != PidNamespace()) return false;
  return StartTime(record.pid) != record.started;
}

}  // namespace dfkd::store
