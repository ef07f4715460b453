#include "bench/io/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <thread>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Where the bytes go.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual uint64_t size() const = 0;
  virtual void Append(const char* bytes, size_t count) = 0;
  virtual void Clear() = 0;
  // As Clear, for good.
  virtual void Remove() = 0;
};

class TextSink final : public Sink {
 public:
  uint64_t size() const override { return text.size(); }
  void Append(const char* bytes, size_t count) override { text.append(bytes, count); }
  void Clear() override { text.clear(); }
  void Remove() override { text.clear(); }

  std::string text;
};

// A file, open and locked as long as this lives.
class PartFile final : public Sink {
 public:
  explicit PartFile(fs::path path) : path_(std::move(path)) {
    while (!TryOpen()) {
    }
  }
  // An empty one is of no use to who comes next.
  ~PartFile() override {
    if (size_ == 0 && named_) ::unlink(path_.c_str());
    ::close(fd_);
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  uint64_t size() const override { return size_; }
  const fs::path& path() const { return path_; }

  void Append(const char* bytes, size_t count) override {
    while (count > 0) {
      const ssize_t written = ::pwrite(fd_, bytes, count, static_cast<off_t>(size_));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) Fail("cannot be written");
      bytes += written;
      count -= written;
      size_ += written;
    }
  }

  void Clear() override {
    if (::ftruncate(fd_, 0) != 0) Fail("cannot be emptied");
    size_ = 0;
  }

  void Remove() override {
    Clear();  // first, so that no second process continues an inode without a name
    ::unlink(path_.c_str());
    named_ = false;
  }

  void MoveTo(const fs::path& target) {
    if (::fsync(fd_) != 0) Fail("cannot be synced");
    if (::rename(path_.c_str(), target.c_str()) != 0) Fail("cannot be renamed");
    named_ = false;
    SyncFolder(fs::absolute(target).parent_path());
  }

 private:
  // False if another process finished between our open and our lock: what we hold is then its
  // target.
  bool TryOpen() {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd_ < 0) Fail("cannot be opened");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(fd_);
      throw MakeError(FailureClass::kIo, "{}: another process is downloading it", path_.string());
    }
    struct stat ours = {}, named = {};
    const bool same = ::fstat(fd_, &ours) == 0 && ::stat(path_.c_str(), &named) == 0 &&
                      ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
    if (!same) ::close(fd_);
    size_ = ours.st_size;
    return same;
  }

  [[noreturn]] void Fail(const char* what) const {
    throw MakeError(FailureClass::kIo, "{}: {}: {}", path_.string(), what, std::strerror(errno));
  }

  fs::path path_;
  int fd_ = -1;
  uint64_t size_ = 0;
  bool named_ = true;  // the path is ours: nobody else is there while we hold the lock
};

// How one request ended, where it did not end the download by throwing.
struct Outcome {
  enum Kind { kComplete, kStartOver, kTransient } kind = kComplete;
  std::string reason;
};

[[noreturn]] void Refuse(const std::string& url, const std::string& reason,
                         DownloadFault fault = DownloadFault::kWrong) {
  throw DownloadError(fmt::format("{}: {}", url, reason), fault);
}

bool StartsWith(const std::string& text, const char* prefix) {
  return ::strncasecmp(text.c_str(), prefix, std::strlen(prefix)) == 0;
}

void RequireKnownProtocol(const std::string& url) {
  for (const char* known : {"http://", "https://", "file://"}) {
    if (StartsWith(url, known)) return;
  }
  Refuse(url, "must start with http://, https:// or file://");
}

bool IsThisMachine(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return ntohl(four.sin_addr.s_addr) >> 24 == 127;
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 six{};
  std::memcpy(&six, &address, sizeof six);
  return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) != 0;
}

// A thread's own, so that its next request finds the connection open.
CURL* HandleOfThread() {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) return nullptr;
  thread_local const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(),
                                                                                &curl_easy_cleanup);
  if (handle) curl_easy_reset(handle.get());
  return handle.get();
}

// One HTTP or file request that continues what is there.
class Request {
 public:
  Request(const std::string& url, Sink& part, const ExpectedFile& expected,
          const ProgressCallback& progress, const DownloadPolicy& policy)
      : url_(url), part_(part), expected_(expected), progress_(progress), policy_(policy) {
    handle_ = HandleOfThread();
    if (handle_ == nullptr) Refuse(url_, "libcurl does not start", DownloadFault::kUnreachable);
  }
  ~Request() { curl_slist_free_all(headers_); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  Outcome Run() {
    offset_ = part_.size();
    Configure();
    const CURLcode code = curl_easy_perform(handle_);
    if (thrown_) std::rethrow_exception(thrown_);
    if (!refusal_.empty()) Refuse(url_, refusal_, refused_for_);
    return Judge(code);
  }

 private:
  template <class Value>
  void Set(CURLoption option, Value value) {
    if (curl_easy_setopt(handle_, option, value) != CURLE_OK) {
      Refuse(url_, "libcurl refuses an option, it may lack http or https",
             DownloadFault::kUnreachable);
    }
  }

  void Configure() {
    Set(CURLOPT_URL, url_.c_str());
    Set(CURLOPT_ERRORBUFFER, message_);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_FAILONERROR, 1L);
    Set(CURLOPT_FOLLOWLOCATION, 1L);
    Set(CURLOPT_MAXREDIRS, 10L);
    Set(CURLOPT_USERAGENT, "dfkd-bench");
    Set(CURLOPT_CONNECTTIMEOUT, long{policy_.connect_seconds});
    Set(CURLOPT_LOW_SPEED_TIME, long{policy_.stall_seconds});
    Set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(policy_.stall_bytes));
    if (offset_ > 0) Set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(offset_));
    AllowProtocols();
    Authorize();
    Set(CURLOPT_WRITEFUNCTION, &Request::OnBytes);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &Request::OnProgress);
    Set(CURLOPT_XFERINFODATA, this);
  }

  // A server must not make us read local files, nor take the encryption away.
  void AllowProtocols() {
    const bool encrypted = StartsWith(url_, "https:");
    if (policy_.guarded) {
      Set(CURLOPT_OPENSOCKETFUNCTION, &Request::OnSocket);
      Set(CURLOPT_OPENSOCKETDATA, this);
    }
#if LIBCURL_VERSION_NUM >= 0x075500
    Set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    Set(CURLOPT_REDIR_PROTOCOLS_STR, encrypted ? "https" : "http,https");
#else
    Set(CURLOPT_PROTOCOLS, long{CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_FILE});
    Set(CURLOPT_REDIR_PROTOCOLS,
        encrypted ? long{CURLPROTO_HTTPS} : long{CURLPROTO_HTTP | CURLPROTO_HTTPS});
#endif
  }

  // A header of our own is sent to the host and port of the first address only.
  void Authorize() {
    if (policy_.bearer_token.empty()) return;
    headers_ =
        curl_slist_append(nullptr, ("Authorization: Bearer " + policy_.bearer_token).c_str());
    Set(CURLOPT_HTTPHEADER, headers_);
  }

  // Before anybody is contacted.
  static curl_socket_t OnSocket(void* self, curlsocktype, curl_sockaddr* peer) {
    const auto check = [peer](Request& r) { r.CheckPeer(peer->addr); };
    if (!static_cast<Request*>(self)->Guarded(check)) return CURL_SOCKET_BAD;
    return ::socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
  }

  void CheckPeer(const sockaddr& address) {
    const char* now = nullptr;
    curl_easy_getinfo(handle_, CURLINFO_EFFECTIVE_URL, &now);
    if (now == nullptr || StartsWith(now, "https:") || IsThisMachine(address)) return;
    refusal_ =
        fmt::format("leads to {}: http is spoken to this machine only, https to others", now);
    refused_for_ = DownloadFault::kUnreachable;
  }

  static size_t OnBytes(char* bytes, size_t, size_t count, void* self) {
    return static_cast<Request*>(self)->Guarded([&](Request& r) { r.Receive(bytes, count); })
               ? count
               : 0;
  }

  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Request*>(self)->Guarded([](Request& r) { r.Report(); }) ? 0 : 1;
  }

  // No exception may cross libcurl, which is C. False = stop.
  template <class Action>
  bool Guarded(const Action& action) {
    if (thrown_ || !refusal_.empty()) return false;
    try {
      action(*this);
    } catch (...) {
      thrown_ = std::current_exception();
    }
    return !thrown_ && refusal_.empty();
  }

  uint64_t Cap() const { return expected_.bytes > 0 ? expected_.bytes : policy_.most_bytes; }

  void Receive(const char* bytes, size_t count) {
    if (!announced_) CheckAnnouncedSize();
    if (!refusal_.empty()) return;
    if (part_.size() + count > Cap()) {
      part_.Remove();
      refusal_ = fmt::format("sends more than the {} bytes {}", Cap(),
                             expected_.bytes > 0 ? "expected" : "allowed");
      return;
    }
    part_.Append(bytes, count);
  }

  void CheckAnnouncedSize() {
    curl_off_t rest = -1;
    curl_easy_getinfo(handle_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &rest);
    announced_ = rest < 0 ? 0 : offset_ + rest;
    if (rest < 0) return;
    if (expected_.bytes > 0 && *announced_ != expected_.bytes) {
      refusal_ = fmt::format("is {} bytes long, not {}", *announced_, expected_.bytes);
    } else if (*announced_ > Cap()) {
      refusal_ = fmt::format("is {} bytes long, at most {} are allowed", *announced_, Cap());
    }
  }

  void Report() {
    if (progress_)
      progress_(part_.size(), expected_.bytes > 0 ? expected_.bytes : announced_.value_or(0));
  }

  Outcome Judge(CURLcode code) {
    long status = 0;
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
    const bool cannot_resume = code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
                               status == 416;  // what we have is no prefix of what is there
    if (cannot_resume && offset_ > 0) return {Outcome::kStartOver, Reason(code, status)};
    if (code == CURLE_OK && part_.size() < expected_.bytes) {
      return {Outcome::kTransient,
              fmt::format("ended after {} of {} bytes", part_.size(), expected_.bytes)};
    }
    if (code == CURLE_OK) return {};
    if (!IsTransient(code, status)) Refuse(url_, Reason(code, status), FaultOf(code, status));
    return {Outcome::kTransient, Reason(code, status)};
  }

  static bool IsTransient(CURLcode code, long status) {
    if (code == CURLE_HTTP_RETURNED_ERROR) {
      return status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501);
    }
    constexpr CURLcode kTransient[] = {CURLE_COULDNT_RESOLVE_PROXY,
                                       CURLE_COULDNT_RESOLVE_HOST,
                                       CURLE_COULDNT_CONNECT,
                                       CURLE_PARTIAL_FILE,
                                       CURLE_OPERATION_TIMEDOUT,
                                       CURLE_SSL_CONNECT_ERROR,
                                       CURLE_GOT_NOTHING,
                                       CURLE_SEND_ERROR,
                                       CURLE_RECV_ERROR,
                                       CURLE_HTTP2,
                                       CURLE_HTTP2_STREAM};
    return std::find(std::begin(kTransient), std::end(kTransient), code) != std::end(kTransient);
  }

  static DownloadFault FaultOf(CURLcode code, long status) {
    const bool no_file = code == CURLE_FILE_COULDNT_READ_FILE;
    if (no_file || status == 404 || status == 410) return DownloadFault::kMissing;
    return DownloadFault::kUnreachable;
  }

  std::string Reason(CURLcode code, long status) const {
    if (code == CURLE_HTTP_RETURNED_ERROR || code == CURLE_OK) {
      return fmt::format("the server answers {}", status);
    }
    return message_[0] != '\0' ? message_ : curl_easy_strerror(code);
  }

  const std::string& url_;
  Sink& part_;
  const ExpectedFile& expected_;
  const ProgressCallback& progress_;
  const DownloadPolicy& policy_;
  CURL* handle_ = nullptr;
  curl_slist* headers_ = nullptr;
  char message_[CURL_ERROR_SIZE] = "";
  uint64_t offset_ = 0;
  std::optional<uint64_t> announced_;  // length of the whole file, 0 = not announced
  std::string refusal_;                // set: stop, the answer is of no use
  DownloadFault refused_for_ = DownloadFault::kWrong;
  std::exception_ptr thrown_;
};

// Requests until everything is there.
void Receive(const std::string& url, Sink& part, const ExpectedFile& expected,
             const ProgressCallback& progress, const DownloadPolicy& policy) {
  auto wait = policy.first_wait;
  for (int attempt = 1;; ++attempt) {
    const Outcome outcome = Request(url, part, expected, progress, policy).Run();
    if (outcome.kind == Outcome::kComplete) return;
    if (outcome.kind == Outcome::kStartOver) part.Clear();
    // Without a digest nobody would notice that the two halves belong to different files.
    if (expected.sha256.empty()) part.Clear();
    if (attempt >= policy.attempts) {
      Refuse(url, fmt::format("{} (attempt {} of {})", outcome.reason, attempt, policy.attempts),
             DownloadFault::kUnreachable);
    }
    if (policy.announces_attempts) spdlog::warn("{}: {}; trying again", url, outcome.reason);
    if (outcome.kind == Outcome::kStartOver) continue;
    std::this_thread::sleep_for(wait);
    wait *= 2;
  }
}

bool EqualDigests(std::string a, std::string b) {
  const auto lower = [](std::string& text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  };
  lower(a), lower(b);
  return a == b;
}

void MakeFolder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    throw MakeError(FailureClass::kIo, "{}: cannot be created: {}", folder.string(),
                    error.message());
  }
}

void RequireSpace(const fs::path& folder, const std::string& url, uint64_t bytes) {
  std::error_code unknown;
  const auto space = fs::space(folder, unknown);
  if (unknown || bytes <= space.available) return;
  throw MakeError(FailureClass::kIo, "{}: needs {} bytes, {} has {} left", url, bytes,
                  folder.string(), space.available);
}

// The digest of the complete part file if it is the expected one, else nothing.
std::optional<std::string> Verified(const PartFile& part, const ExpectedFile& expected,
                                    std::string& found) {
  found = Sha256OfFile(part.path());
  if (expected.sha256.empty() || EqualDigests(found, expected.sha256)) return found;
  return std::nullopt;
}

}  // namespace

std::string Download(const std::string& url, const std::filesystem::path& target,
                     const ExpectedFile& expected, const ProgressCallback& progress,
                     const DownloadPolicy& policy) {
  RequireKnownProtocol(url);
  const fs::path folder = fs::absolute(target).parent_path();
  MakeFolder(folder);
  PartFile part(target.string() + ".part");
  const bool useless = expected.bytes > 0 && part.size() > expected.bytes;
  if (expected.sha256.empty() || useless) part.Clear();
  RequireSpace(folder, url, expected.bytes - std::min(part.size(), expected.bytes));

  std::string found;
  for (bool continued = part.size() > 0;; continued = false) {
    if (expected.bytes == 0 || part.size() < expected.bytes) {
      Receive(url, part, expected, progress, policy);
    }
    if (const auto digest = Verified(part, expected, found)) {
      part.MoveTo(target);
      return *digest;
    }
    if (!continued) break;
    part.Clear();  // the beginning may be of an older file
  }
  part.Remove();
  Refuse(url, fmt::format("has SHA-256 {}, expected is {}", found, expected.sha256));
}

std::string DownloadText(const std::string& url, const ProgressCallback& progress,
                         const DownloadPolicy& policy) {
  RequireKnownProtocol(url);
  TextSink sink;
  Receive(url, sink, {}, progress, policy);
  return std::move(sink.text);
}

}  // namespace dfkd
