#include "bench/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "bench/core/error.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

Error IoError(const char* action, const fs::path& path, int code) {
  return MakeError(FailureClass::kIo, "cannot {} {}: {}", action, path.string(),
                   std::generic_category().message(code));
}

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor(const char* action, const fs::path& path, int flags, mode_t mode = 0)
      : descriptor_(Open(path, flags, mode)) {
    if (descriptor_ < 0) throw IoError(action, path, errno);
  }
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return descriptor_; }

  // Some file systems (NFS) report a full disk only here.
  void Close(const char* action, const fs::path& path) {
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) {
      throw IoError(action, path, errno);
    }
  }

 private:
  static int Open(const fs::path& path, int flags, mode_t mode) {
    int descriptor = -1;
    do {
      descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    } while (descriptor < 0 && errno == EINTR);
    return descriptor;
  }

  int descriptor_;
};

// Some file systems cannot sync (EINVAL, ENOTSUP); that is their promise to break, not an error of
// ours.
void Sync(int descriptor, const fs::path& path) {
  while (::fsync(descriptor) != 0) {
    if (errno == EINTR) continue;
    if (errno == EINVAL || errno == ENOTSUP || errno == EROFS) return;
    throw IoError("write", path, errno);
  }
}

void WriteAll(int descriptor, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw IoError("write", path, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

Error TooLarge(const fs::path& file, uint64_t limit) {
  return MakeError(FailureClass::kIo, "cannot read {}: it is larger than {} bytes", file.string(),
                   limit);
}

// What fstat says: 0 for pipes and /proc, whose size is found by reading.
uint64_t ReportedSize(int descriptor, const fs::path& file, uint64_t limit) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw IoError("read", file, errno);
  if (S_ISDIR(status.st_mode)) throw IoError("read", file, EISDIR);
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
    throw MakeError(FailureClass::kIo, "cannot read {}: it is a device", file.string());
  }
  const auto size = S_ISREG(status.st_mode) ? static_cast<uint64_t>(status.st_size) : uint64_t{0};
  if (size > limit) throw TooLarge(file, limit);
  return size;
}

// A name that no other writer draws: process ids are shared by containers and by machines on one
// file system. Hidden, so that folder listings skip a left-over of a killed process.
fs::path TemporaryBeside(const fs::path& file) {
  std::random_device device;
  const uint64_t high = device();
  return file.parent_path() / fmt::format(".{}.{:016x}.tmp",
                                          file.filename().string().substr(0, 120),
                                          high << 32 | device());
}

void CreateFolder(const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) throw IoError("create", folder, code.value());
}

// A temporary file beside `file` takes its place, synced if that is asked for.
void Replace(const fs::path& file, std::string_view bytes, bool durably) {
  RequireReplaceable(file);
  const fs::path temporary = TemporaryBeside(file);
  Descriptor out("write", temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);  // ours from here on
  try {
    WriteAll(out.get(), bytes, file);
    if (durably) Sync(out.get(), file);
    out.Close("write", file);
    if (::rename(temporary.c_str(), file.c_str()) != 0) throw IoError("write", file, errno);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

fs::path FolderOf(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

bool HasContent(const fs::path& file, std::string_view bytes) {
  std::error_code failed;
  return fs::is_regular_file(fs::symlink_status(file, failed)) &&
         fs::file_size(file, failed) == bytes.size() && ReadBytes(file, bytes.size()) == bytes;
}

}  // namespace

std::string ReadBytes(const fs::path& file, uint64_t limit) {
  // A named pipe that nobody writes to is empty, not waited for.
  const Descriptor in("read", file, O_RDONLY | O_NONBLOCK);
  if (::fcntl(in.get(), F_SETFL, O_RDONLY) != 0) throw IoError("read", file, errno);
  // One byte of room beyond the reported size finds the end, or a file that grew, without a copy.
  std::string bytes(ReportedSize(in.get(), file, limit) + 1, '\0');
  size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(std::max<size_t>(4096, 2 * filled));
    const ssize_t got = ::read(in.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw IoError("read", file, errno);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    if (filled > limit) throw TooLarge(file, limit);
  }
  bytes.resize(filled);
  return bytes;
}

void RequireReplaceable(const fs::path& file) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return;  // whoever writes learns why
  if (S_ISREG(status.st_mode) || S_ISLNK(status.st_mode) || S_ISDIR(status.st_mode)) return;
  throw MakeError(FailureClass::kIo, "cannot write {}: it is a device or a pipe, no file",
                  file.string());
}

void WriteFileAtomically(const fs::path& file, std::string_view bytes) {
  const auto folder = FolderOf(file);
  CreateFolder(folder);
  Replace(file, bytes, /*durably=*/true);
  SyncFolder(folder);
}

void WriteFileSoon(const fs::path& file, std::string_view bytes) {
  if (HasContent(file, bytes)) return;
  CreateFolder(FolderOf(file));
  Replace(file, bytes, /*durably=*/false);
}

void SyncFileSystem(const fs::path& folder) {
  const Descriptor descriptor("sync", folder, O_RDONLY | O_DIRECTORY);
#ifdef __linux__
  if (::syncfs(descriptor.get()) != 0) throw IoError("write", folder, errno);
#else
  ::sync();
#endif
}

void SyncFile(const fs::path& file) {
  const Descriptor descriptor("sync", file, O_RDONLY);
  Sync(descriptor.get(), file);
}

void SyncFolder(const fs::path& folder) {
  const Descriptor descriptor("sync", folder, O_RDONLY | O_DIRECTORY);
  Sync(descriptor.get(), folder);
}

}  // namespace dfkd
