// Shared by the tests of store/: scratch folders, children that may die, small artifacts.
#pragma once
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/store.h"

namespace dfkd::testing {

namespace fs = std::filesystem;

class ScratchFolder {
 public:
  ScratchFolder() : path_(fs::temp_directory_path() / ("dfkd-store-" + store::NewToken())) {
    fs::create_directories(path_);
  }
  ~ScratchFolder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

inline void Write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

// The message of the Error that `action` throws; "" if it throws none.
inline std::string ErrorOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

inline bool ThrowsIo(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    const std::string message = e.what();
    return e.failure() == FailureClass::kIo && message.find('\n') == std::string::npos;
  }
  return false;
}

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Runs `body` in a forked child, which does not outlive us; 99 stands for an exception.
inline pid_t Fork(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int code = 99;
  try {
    code = body();
  } catch (const std::exception&) {
  }
  ::_exit(code);
}

inline int Wait(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

// A description of its own for each `name`, and a publication of `content` under it.
inline Json DescriptionOf(const std::string& name) { return {{"name", name}, {"seed", 1}}; }
inline std::string RefTo(const std::string& name) { return RefOf("teacher", DescriptionOf(name)); }

inline Publication Staged(const fs::path& root, const std::string& name,
                          const std::string& content = "weights") {
  const fs::path staged = root / "work" / ("staging-" + store::NewToken());
  Write(staged / "model.bin", content);
  Write(staged / "curves" / "acc.csv", "1,2\n");
  return {.ref = RefTo(name),
          .description = DescriptionOf(name),
          .staged = staged,
          .numerics = {{"device", "cpu"}, {"threads", 1}},
          .facts = {{"host", "here"}, {"wall_seconds", 2.5}},
          .label = "teacher wrn-16-2"};
}

}  // namespace dfkd::testing
