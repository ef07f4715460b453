// What a lease file says about its holder, and whether that process is still there.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dfkd::store {

// Process ids mean something only on one host, since one boot, within one process namespace (two
// containers may share a host name), and are given out again: hence the start time.
struct LeaseRecord {
  std::string host, boot, pid_namespace;
  int64_t pid = 0;
  std::string started;  // clock ticks since boot
  std::string token;
  bool operator==(const LeaseRecord&) const = default;
};

LeaseRecord OwnRecord();
std::string ToText(const LeaseRecord& record);
// Nullopt if it is none.
std::optional<LeaseRecord> LeaseRecordFrom(std::string_view text);

// True only if it can be known from here: that its state cannot be read is no sign of death.
bool ProcessIsGone(const LeaseRecord& record);

}  // namespace dfkd::store
