// A folder for what a parser reads from files: in memory where there is such a place, as syncing a
// disk would cost 50 ms an input. One per process, gone with it.
#pragma once
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "bench/core/log.h"

namespace dfkd::fuzz {

class MemoryFolder {
 public:
  MemoryFolder() {
    const std::filesystem::path memory = "/dev/shm";
    std::string name =
        ((std::filesystem::is_directory(memory) ? memory : ".") / "dfkd-fuzz-XXXXXX");
    if (::mkdtemp(name.data()) == nullptr) throw std::logic_error("no scratch folder");
    path_ = std::filesystem::absolute(name);
  }
  ~MemoryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline const std::filesystem::path& Scratch() {
  static const MemoryFolder folder;
  return folder.path();
}

// Missing folders are created.
inline void WriteScratch(const std::filesystem::path& name, std::string_view bytes) {
  std::filesystem::create_directories((Scratch() / name).parent_path());
  std::ofstream(Scratch() / name, std::ios::binary) << bytes;
}

// An empty folder of this name.
inline std::filesystem::path EmptyScratch(const std::filesystem::path& name) {
  const auto folder = Scratch() / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// For readers that warn of what they leave out, which is nearly every input.
class Quiet {
 public:
  Quiet() : level_(spdlog::get_level()) { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(level_); }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  const spdlog::level::level_enum level_;
};

}  // namespace dfkd::fuzz
