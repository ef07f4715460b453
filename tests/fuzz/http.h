// Any bytes as the answer of a web server: status, headers, Content-Range, chunks, redirects.
// A server on this machine gives them; it is the proxy, too, so that an answer which leads
// elsewhere leads back here and nobody else is ever contacted. Where the build has no libcurl
// (DFKD_FETCH=OFF) there is nothing to try.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/scratch.h"
#if DFKD_WITH_FETCH
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/download.h"
#include "bench/io/file.h"
#endif

namespace dfkd::fuzz {

inline std::vector<std::string> HttpSeeds() {
  return {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
          "HTTP/1.1 206 Partial Content\r\nETag: \"1\"\r\nContent-Range: bytes 3-5/6\r\n"
          "Content-Length: 3\r\n\r\ndef",
          "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */6\r\n"
          "Content-Length: 0\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n",
          "HTTP/1.1 302 Found\r\nLocation: https://a.invalid/b\r\nContent-Length: 0\r\n\r\n",
          "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"};
}

#if DFKD_WITH_FETCH

// Answers every request with the same bytes and hangs up.
class AnyServer {
 public:
  AnyServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, any, size) != 0 || ::listen(socket_, 64) != 0 ||
        ::getsockname(socket_, any, &size) != 0)
      throw std::logic_error("no server on this machine");
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~AnyServer() {
    ::shutdown(socket_, SHUT_RDWR);  // ends its accept
    thread_.join();
    ::close(socket_);
  }
  AnyServer(const AnyServer&) = delete;
  AnyServer& operator=(const AnyServer&) = delete;

  const std::string& url() const { return url_; }
  void Answer(std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    answer_ = bytes;
  }

 private:
  void Serve() {
    for (int peer = 0; (peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
      ReadRequest(peer);
      const auto answer = [this] {
        const std::lock_guard lock(mutex_);
        return answer_;
      }();
      for (size_t sent = 0; sent < answer.size();) {
        const auto wrote = ::send(peer, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (wrote <= 0) break;
        sent += static_cast<size_t>(wrote);
      }
      ::close(peer);
    }
  }

  // All of it: what is left unread would take the answer away.
  static void ReadRequest(int peer) {
    std::string request;
    std::array<char, 4096> block;
    while (request.find("\r\n\r\n") == request.npos) {
      const auto got = ::recv(peer, block.data(), block.size(), 0);
      if (got <= 0) return;
      request.append(block.data(), static_cast<size_t>(got));
    }
  }

  int socket_;
  std::string url_;
  std::mutex mutex_;
  std::string answer_;
  std::thread thread_;
};

// Variables of the environment, as they were again at the end.
class Environment {
 public:
  void Set(const char* name, const char* value) {
    const char* before = std::getenv(name);
    before_.try_emplace(name, before ? std::optional<std::string>(before) : std::nullopt);
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  Environment() = default;
  ~Environment() {
    for (const auto& [name, value] : before_)
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

// A file of which half is there already: it ends whole, or not at all.
inline void AskForTheRest(const std::string& url, const DownloadPolicy& policy) {
  const auto target = EmptyScratch("download") / "file";
  const ExpectedFile expected{.sha256 = Sha256Hex("abcdef"), .bytes = 6};
  WriteScratch("download/file.part", "abc");
  try {
    (void)Download(url, target, expected, {}, policy);
  } catch (const DownloadError&) {
    if (std::filesystem::exists(target)) throw std::logic_error("a file that is not whole");
    return;
  }
  if (ReadBytes(target) != "abcdef") throw std::logic_error("another file than expected");
}

inline void TakeAnswer(std::string_view bytes) {
  static AnyServer server;
  server.Answer(bytes);
  Environment environment;
  for (const char* proxy : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
    environment.Set(proxy, server.url().c_str());
  for (const char* none : {"no_proxy", "NO_PROXY"}) environment.Set(none, nullptr);
  const DownloadPolicy policy{.attempts = 2,
                              .first_wait = std::chrono::milliseconds(0),
                              .connect_seconds = 5,
                              .stall_seconds = 5,
                              .most_bytes = 4096,
                              .guarded = true,
                              .announces_attempts = false};
  AskForTheRest(server.url() + "/file", policy);
  if (DownloadText(server.url() + "/text", {}, policy).size() > policy.most_bytes)
    throw std::logic_error("more than allowed");
}

#else

inline void TakeAnswer(std::string_view) {}

#endif

}  // namespace dfkd::fuzz
