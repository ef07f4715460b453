#include "bench/engines/control_group.h"

#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>
#include <vector>

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Where nothing limits, version 1 says a number near 2^63.
constexpr int64_t kUnlimited = int64_t{1} << 60;

std::string TextOf(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<int64_t> NumberIn(const fs::path& file) {
  std::ifstream in(file);
  int64_t number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

// "200000 100000" or "max 100000"; before version 2 two files, -1 for no limit.
std::optional<double> CoresIn(const fs::path& folder) {
  std::ifstream in(folder / "cpu.max");
  double quota = 0, period = 0;
  if (in >> quota >> period && period > 0) return quota / period;
  const auto before = NumberIn(folder / "cpu.cfs_quota_us");
  const auto of = NumberIn(folder / "cpu.cfs_period_us");
  if (!before || !of || *before <= 0 || *of <= 0) return std::nullopt;
  return static_cast<double>(*before) / static_cast<double>(*of);
}

std::optional<int64_t> MemoryIn(const fs::path& folder) {
  auto bytes = NumberIn(folder / "memory.max");
  if (!bytes) bytes = NumberIn(folder / "memory.limit_in_bytes");
  return bytes && *bytes < kUnlimited ? bytes : std::nullopt;
}

std::optional<int64_t> KillsIn(const fs::path& file) {
  std::ifstream in(file);
  std::string name;
  for (int64_t value = 0; in >> name >> value;) {
    if (name == "oom_kill") return value;
  }
  return std::nullopt;
}

}  // namespace

ControlGroup::ControlGroup() : ControlGroup(TextOf("/proc/self/cgroup"), "/sys/fs/cgroup") {}

ControlGroup::ControlGroup(std::string memberships, fs::path root)
    : memberships_(std::move(memberships)), root_(std::move(root)) {}

// Lines are "number:controllers:/path"; without controllers it is version 2. A container may see
// its own group as the root: then the path leads nowhere, and the folders above it are there.
std::vector<fs::path> ControlGroup::FoldersOf(const std::string& controller) const {
  std::vector<Folder> folders;
  std::istringstream lines(memberships_);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto names = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool unified = names == ",,";
    if (!unified && names.find("," + controller + ",") == std::string::npos) continue;
    const auto top = unified ? root_ : root_ / controller;
    for (Folder path = line.substr(second + 1);; path = path.parent_path()) {
      folders.push_back(top / path.relative_path());
      if (path == path.parent_path()) break;
    }
  }
  return folders;
}

template <class Value>
std::optional<Value> ControlGroup::Least(const std::string& controller,
                                         std::optional<Value> (*read)(const Folder&)) const {
  std::optional<Value> least;
  for (const auto& folder : FoldersOf(controller)) {
    const auto value = read(folder);
    if (value && (!least || *value < *least)) least = value;
  }
  return least;
}

std::optional<double> ControlGroup::Cores() const { return Least("cpu", CoresIn); }

std::optional<int64_t> ControlGroup::MemoryBytes() const { return Least("memory", MemoryIn); }

std::optional<int64_t> ControlGroup::OomKills() const {
  for (const auto& folder : FoldersOf("memory")) {
    for (const char* file : {"memory.events", "memory.oom_control"}) {
      if (const auto kills = KillsIn(folder / file)) return kills;
    }
  }
  return std::nullopt;
}

}  // namespace dfkd
