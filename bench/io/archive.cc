#include "bench/io/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr size_t kDeepest = 64;
constexpr uint64_t kRatioFree = 64 << 20;

// Names in an archive may hold line breaks and terminal codes; messages may not.
std::string Printable(std::string text) {
  constexpr size_t kLongest = 200;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

// Keeps the archive open and locked, so that two processes do not share the temporary folder.
class LockedFile {
 public:
  explicit LockedFile(const fs::path& path)
      : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
    struct stat status = {};
    if (fd_ < 0 || ::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) {
      const std::string reason = fd_ < 0 ? std::strerror(errno) : "not a file";
      if (fd_ >= 0) ::close(fd_);
      throw MakeError(FailureClass::kIo, "{}: cannot be read: {}", path.string(), reason);
    }
    // Where the file system cannot lock (some NFS mounts), we go without.
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(fd_);
      throw MakeError(FailureClass::kIo, "{}: another process is unpacking it", path.string());
    }
    size_ = status.st_size;
  }
  ~LockedFile() { ::close(fd_); }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  int fd() const { return fd_; }
  uint64_t size() const { return size_; }

 private:
  int fd_;
  uint64_t size_ = 0;
};

// A folder of our own that is gone when this is.
class ScratchFolder {
 public:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!error) fs::create_directories(path_.parent_path(), error);
    if (!error) fs::create_directory(path_, error);
    if (error) {
      throw MakeError(FailureClass::kIo, "{}: cannot be created: {}", path_.string(),
                      error.message());
    }
  }
  ~ScratchFolder() {
    std::error_code ignored;  // the next call tries again
    fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct CloseArchive {
  void operator()(struct archive* reader) const { archive_read_free(reader); }
};

// Reads one archive and writes it below an empty folder.
class Unpacker {
 public:
  Unpacker(const fs::path& name, const LockedFile& file, const fs::path& folder,
           const UnpackLimits& limits, const UnpackProgress& progress)
      : name_(name), file_(file), folder_(folder), limits_(limits), progress_(progress) {
    reader_.reset(archive_read_new());
    DFKD_CHECK(reader_ != nullptr);
    // Named one by one: "all" would bring parsers that nobody needs, and programs run as filters.
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_xz(reader_.get());
    archive_read_support_format_tar(reader_.get());
    archive_read_support_format_zip(reader_.get());
    constexpr size_t kBlock = 1 << 16;
    if (archive_read_open_fd(reader_.get(), file.fd(), kBlock) != ARCHIVE_OK) Damaged();
  }

  std::vector<std::string> Run() {
    struct archive_entry* entry = nullptr;
    uint64_t entries = 0;
    while (Next(&entry)) {
      entry_.clear();
      if (++entries > limits_.entries)
        Fail(fmt::format("holds more than {} entries", limits_.entries));
      Write(entry);
    }
    if (top_.empty()) Fail("holds no files");
    return {top_.begin(), top_.end()};
  }

 private:
  [[noreturn]] void Fail(const std::string& reason) const {
    const auto entry = entry_.empty() ? "" : fmt::format(" entry '{}'", Printable(entry_));
    throw MakeError(FailureClass::kIo, "{}:{} {}", name_.string(), entry, reason);
  }

  [[noreturn]] void Damaged() const {
    const char* reason = archive_error_string(reader_.get());
    Fail(fmt::format("cannot be unpacked: {}", reason ? Printable(reason) : "damaged"));
  }

  bool Next(struct archive_entry** entry) {
    const int code = archive_read_next_header(reader_.get(), entry);
    if (code == ARCHIVE_EOF) return false;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) Damaged();
    if (progress_) progress_(archive_filter_bytes(reader_.get(), -1), file_.size());
    // Headers alone can be a bomb too, and they are unpacked bytes of the outermost filter.
    RequireRoom(archive_filter_bytes(reader_.get(), 0), 0);
    return true;
  }

  void Write(struct archive_entry* entry) {
    const auto parts = PartsOf(entry);
    if (archive_entry_hardlink(entry) != nullptr) Fail("is a hard link");
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) return MakeFolders(parts, parts.size());
    if (parts.empty()) Fail("has no name");
    MakeFolders(parts, parts.size() - 1);
    if (type == AE_IFREG) return WriteFile(entry, PathOf(parts, parts.size()));
    if (type == AE_IFLNK) return WriteLink(entry, parts);
    Fail("is neither file, folder nor link");
  }

  // The components of the entry's path, all of them harmless.
  std::vector<std::string> PartsOf(struct archive_entry* entry) {
    const char* path = archive_entry_pathname(entry);
    if (path == nullptr) path = archive_entry_pathname_utf8(entry);  // no locale is set
    if (path == nullptr || *path == '\0') Fail("holds an entry without a name");
    entry_ = path;
    if (entry_.front() == '/') Fail("has an absolute path");
    std::vector<std::string> parts;
    for (const auto& part : fs::path(entry_)) {
      if (part == "..") Fail("leads out of the folder");
      if (!part.empty() && part != ".") parts.push_back(part.string());
    }
    if (parts.size() > kDeepest) Fail(fmt::format("is more than {} folders deep", kDeepest));
    if (!parts.empty()) top_.insert(parts.front());
    return parts;
  }

  fs::path PathOf(const std::vector<std::string>& parts, size_t count) const {
    fs::path path;
    for (size_t i = 0; i < count; ++i) path /= parts[i];
    return path;
  }

  // Only folders made here are ever written to: never through a link.
  void MakeFolders(const std::vector<std::string>& parts, size_t count) {
    for (size_t i = 1; i <= count; ++i) {
      const auto path = PathOf(parts, i);
      if (made_.contains(path.string())) continue;
      if (::mkdir((folder_ / path).c_str(), 0755) != 0) Fail(CannotWrite());
      made_.insert(path.string());
    }
  }

  static std::string CannotWrite() {
    if (errno == EEXIST) return "is there twice, or below something that is no folder";
    return fmt::format("cannot be written: {}", std::strerror(errno));
  }

  void WriteFile(struct archive_entry* entry, const fs::path& path) {
    if (archive_entry_size_is_set(entry)) RequireRoom(unpacked_, archive_entry_size(entry));
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const int fd = ::open((folder_ / path).c_str(), flags, 0644);
    if (fd < 0) Fail(CannotWrite());
    const auto close = [](const int* open) { ::close(*open); };
    const std::unique_ptr<const int, decltype(close)> closer(&fd, close);
    int64_t size = 0;
    for (Block block; NextBlock(block); size = block.offset + block.size) WriteBlock(fd, block);
    if (archive_entry_size_is_set(entry)) size = std::max(size, archive_entry_size(entry));
    if (::ftruncate(fd, size) != 0) Fail(CannotWrite());  // a sparse file may end in a hole
    unpacked_ += size;
  }

  struct Block {
    const void* bytes = nullptr;
    size_t size = 0;
    int64_t offset = 0;
  };

  bool NextBlock(Block& block) {
    const int code =
        archive_read_data_block(reader_.get(), &block.bytes, &block.size, &block.offset);
    if (code == ARCHIVE_EOF) return false;
    if (code != ARCHIVE_OK || block.offset < 0) Damaged();
    RequireRoom(unpacked_, static_cast<uint64_t>(block.offset) + block.size);
    return true;
  }

  void WriteBlock(int fd, const Block& block) const {
    for (size_t done = 0; done < block.size;) {
      const ssize_t written = ::pwrite(fd, static_cast<const char*>(block.bytes) + done,
                                       block.size - done, block.offset + done);
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) Fail(CannotWrite());
      done += written;
    }
  }

  // `before` bytes are there and `more` would come; neither sum nor product can overflow.
  void RequireRoom(uint64_t before, uint64_t more) const {
    if (before > limits_.bytes || more > limits_.bytes - before) {
      Fail(fmt::format("would make more than {} bytes", limits_.bytes));
    }
    const uint64_t beyond = before + more > kRatioFree ? before + more - kRatioFree : 0;
    if (beyond / std::max<uint64_t>(limits_.ratio, 1) > file_.size()) {
      Fail(fmt::format("would make more than {} times the size of the archive", limits_.ratio));
    }
  }

  // Allowed: "../" any number of times but never past the top, then names. The parents of a link
  // are folders, not links, so the "../" go where they seem to; a "../" after a name could follow
  // another link first and come out elsewhere.
  void WriteLink(struct archive_entry* entry, const std::vector<std::string>& parts) {
    const char* target = archive_entry_symlink(entry);
    if (target == nullptr) target = archive_entry_symlink_utf8(entry);
    if (target == nullptr || *target == '\0') Fail("is a link to nothing");
    size_t up = 0;
    bool names = false;
    const auto leaves = fmt::format("is a link that leaves the folder: {}", Printable(target));
    if (*target == '/') Fail(leaves);
    for (const auto& part : fs::path(target)) {
      if (part == ".." && (names || ++up >= parts.size())) Fail(leaves);
      names = names || (part != ".." && part != "." && !part.empty());
    }
    if (::symlink(target, (folder_ / PathOf(parts, parts.size())).c_str()) != 0)
      Fail(CannotWrite());
  }

  const fs::path& name_;
  const LockedFile& file_;
  const fs::path& folder_;
  const UnpackLimits& limits_;
  const UnpackProgress& progress_;
  std::unique_ptr<struct archive, CloseArchive> reader_;
  std::string entry_;           // the one being written, for messages
  std::set<std::string> made_;  // folders
  std::set<std::string> top_;
  uint64_t unpacked_ = 0;
};

void Move(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  throw MakeError(FailureClass::kIo, "{}: cannot be moved to {}: {}", from.string(), to.string(),
                  error.message());
}

// Old entries go to `replaced`, new ones take their place; a failure moves both back.
void PutInPlace(const std::vector<std::string>& names, const fs::path& from,
                const fs::path& replaced, const fs::path& folder) {
  std::vector<std::pair<fs::path, fs::path>> moves;  // done so far
  const auto move = [&](const fs::path& source, const fs::path& target) {
    Move(source, target);
    moves.emplace_back(source, target);
  };
  try {
    for (const auto& name : names) {
      std::error_code unknown;
      if (fs::exists(fs::symlink_status(folder / name, unknown)))
        move(folder / name, replaced / name);
      move(from / name, folder / name);
    }
  } catch (...) {
    std::error_code ignored;
    for (auto done = moves.rbegin(); done != moves.rend(); ++done) {
      fs::rename(done->second, done->first, ignored);
    }
    throw;
  }
}

}  // namespace

std::vector<std::string> Unpack(const std::filesystem::path& archive,
                                const std::filesystem::path& folder, const UnpackLimits& limits,
                                const UnpackProgress& progress) {
  const LockedFile file(archive);
  const auto scratch_name = "." + archive.filename().string() + ".unpacking";
  const ScratchFolder scratch(fs::absolute(folder) / scratch_name);
  const ScratchFolder fresh(scratch.path() / "new"), replaced(scratch.path() / "old");
  const auto names = Unpacker(archive, file, fresh.path(), limits, progress).Run();
  for (const auto& name : names) {
    std::error_code other;
    if (name == scratch_name || fs::equivalent(folder / name, archive, other)) {
      throw MakeError(FailureClass::kIo, "{}: holds an entry '{}', which would replace it",
                      archive.string(), Printable(name));
    }
  }
  SyncFileSystem(fresh.path());  // one call instead of one per image
  PutInPlace(names, fresh.path(), replaced.path(), fs::absolute(folder));
  SyncFolder(fs::absolute(folder));
  return names;
}

}  // namespace dfkd
