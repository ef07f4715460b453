// A Slurm that answers as told.
#pragma once
#include <cstdlib>
#include <string>

#include "tests/store/store_testing.h"

namespace dfkd::testing {

// Commands of Slurm that answer as told, before all others.
class Stubs {
 public:
  Stubs() : path_(std::getenv("PATH")) {
    ::setenv("PATH", (scratch_.path().string() + ":" + path_).c_str(), 1);
  }
  ~Stubs() { ::setenv("PATH", path_.c_str(), 1); }
  void Answer(const std::string& command, const std::string& script) const {
    const auto file = scratch_.path() / command;
    Write(file, "#!/bin/sh\n" + script + "\n");
    fs::permissions(file, fs::perms::owner_all);
  }
  std::string Asked(const std::string& file) const { return ReadBytes(scratch_.path() / file); }
  const fs::path& folder() const { return scratch_.path(); }

 private:
  const std::string path_;
  const ScratchFolder scratch_;
};

}  // namespace dfkd::testing
