// What a container or a batch system grants this process: cores, memory, and whether the kernel
// killed for want of it. Control groups of version 1 and 2.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace dfkd {

class ControlGroup {
 public:
  // That of this process.
  ControlGroup();
  // `memberships` as /proc/self/cgroup has them; `root` is what /sys/fs/cgroup is.
  ControlGroup(std::string memberships, std::filesystem::path root);

  // Of the group or of one above it, whichever grants least; nullopt if none limits.
  std::optional<double> Cores() const;
  std::optional<int64_t> MemoryBytes() const;

  // How often the kernel killed a process of the group because its memory was full; nullopt if
  // nobody counts.
  std::optional<int64_t> OomKills() const;

 private:
  using Folder = std::filesystem::path;
  // The group's folders of a controller and all above them; version 2 has one for all controllers.
  std::vector<Folder> FoldersOf(const std::string& controller) const;
  template <class Value>
  std::optional<Value> Least(const std::string& controller,
                             std::optional<Value> (*read)(const Folder&)) const;

  const std::string memberships_;
  const std::filesystem::path root_;
};

}  // namespace dfkd
