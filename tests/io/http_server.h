// Starts tests/io/http_server.py and stops it at the end of the scope. And a scratch folder.
#pragma once
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "tests/io/python.h"

namespace dfkd::testing {

namespace fs = std::filesystem;

class Scratch {
 public:
  Scratch() {
    std::string name = (fs::temp_directory_path() / "dfkd-test-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Scratch() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  fs::path operator/(const std::string& name) const { return path_ / name; }

  // Names of everything in the folder, sorted, hidden files too.
  std::vector<std::string> Names(const std::string& below = "") const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path_ / below)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  fs::path path_;
};

// The address of a local file or folder, whatever characters the way to it has.
inline std::string FileUrl(const fs::path& path) {
  std::string url = "file://";
  for (const unsigned char c : path.string()) {
    const bool plain = c < 0x80 && (std::isalnum(c) != 0 || c == '/' || c == '.' || c == '-');
    url += plain ? std::string(1, static_cast<char>(c)) : fmt::format("%{:02X}", c);
  }
  return url;
}

class HttpServer {
 public:
  explicit HttpServer(const fs::path& folder) : folder_(folder) {
    ::setenv("no_proxy", "127.0.0.1", 1);
    int to_server[2], from_server[2];
    BOOST_REQUIRE(::pipe2(to_server, O_CLOEXEC) == 0 && ::pipe2(from_server, O_CLOEXEC) == 0);
    pid_ = ::fork();
    BOOST_REQUIRE(pid_ >= 0);
    if (pid_ == 0) Become(to_server[0], from_server[1]);
    ::close(to_server[0]), ::close(from_server[1]);
    stop_ = to_server[1];
    FILE* out = ::fdopen(from_server[0], "r");
    const bool started = std::fscanf(out, "%d", &port_) == 1;
    std::fclose(out);
    BOOST_REQUIRE_MESSAGE(started, "tests/io/http_server.py does not start; is python3 installed?");
  }
  ~HttpServer() {
    ::close(stop_);  // it ends when its standard input does
    ::waitpid(pid_, nullptr, 0);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string Url(const std::string& mode, const std::string& name) const {
    return Base(mode) + "/" + name;
  }
  std::string Base(const std::string& mode) const {
    return fmt::format("http://127.0.0.1:{}/{}", port_, mode);
  }

  // "<mode> <name> <Range or ->", one per request so far.
  std::vector<std::string> Requests() const {
    std::vector<std::string> lines;
    std::ifstream in(folder_ / "requests.log");
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

 private:
  [[noreturn]] void Become(int in, int out) const {
    ::dup2(in, STDIN_FILENO), ::dup2(out, STDOUT_FILENO);
    RunAsPython({DFKD_SOURCE_DIR "/tests/io/http_server.py", folder_.string()});
  }

  const fs::path folder_;
  pid_t pid_ = -1;
  int stop_ = -1, port_ = 0;
};

}  // namespace dfkd::testing
