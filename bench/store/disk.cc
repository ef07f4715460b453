#include "bench/store/disk.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <random>
#include <system_error>

#include "bench/io/file.h"

namespace dfkd::store {

namespace fs = std::filesystem;

Error IoError(const char* action, const fs::path& path, int code) {
  return MakeError(FailureClass::kIo, "cannot {} {}: {}", action, path.string(),
                   std::generic_category().message(code));
}

bool IsKey(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), is_digit);
}

void RequireKey(const std::string& key) {
  if (!IsKey(key)) {
    throw MakeError("key '{}' must be 64 lower-case hexadecimal digits", key);
  }
}

std::string NewToken() {
  std::random_device device;  // not the experiment's randomness: it must differ between twins
  const uint64_t high = device();
  return fmt::format("{:016x}", high << 32 | device());
}

std::string HostName() {
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return known ? name.data() : "unknown";
}

std::string UtcNow(std::chrono::seconds ahead) {
  const std::time_t now = std::time(nullptr) + ahead.count();
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

int64_t Nanoseconds(const timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool Exists(const fs::path& path) {
  return Patiently([&] {
    std::error_code failed;
    const auto status = fs::symlink_status(path, failed);
    if (status.type() == fs::file_type::not_found) return false;
    if (failed) throw IoError("look at", path, failed.value());
    return true;
  });
}

std::vector<fs::directory_entry> EntriesIn(const fs::path& folder) {
  return Patiently([&] {
    std::vector<fs::directory_entry> entries;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      entries.push_back(*entry);
    }
    if (failed == std::errc::no_such_file_or_directory) entries.clear();
    if (failed && failed != std::errc::no_such_file_or_directory)
      throw IoError("read", folder, failed.value());
    return entries;
  });
}

void CreateFolders(const fs::path& folder) {
  // Another process may remove the empty one above it between any two steps: then once more,
  // whichever step the library was at.
  const auto vanished = [](const std::error_code& failed) {
    return failed == std::errc::no_such_file_or_directory || failed == std::errc::not_a_directory ||
           failed == std::errc::file_exists;
  };
  std::error_code failed;
  for (int left = 1000; left > 0; --left) {
    fs::create_directories(folder, failed);
    if (!vanished(failed)) break;
  }
  if (failed) throw IoError("create", folder, failed.value());
}

void Rename(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw IoError("rename into", to, errno);
}

void SyncTree(const fs::path& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return SyncFile(path);
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    SyncTree(entry->path());
  }
  if (failed) throw IoError("read", path, failed.value());
  SyncFolder(path);
}

bool WriteNewFile(const fs::path& file, std::string_view bytes) {
  const fs::path temporary = file.parent_path() / (".new-" + NewToken());
  std::ofstream out(temporary, std::ios::binary);
  out << bytes << std::flush;
  const int written = out ? 0 : errno != 0 ? errno : EIO;
  const int linked = written == 0 && ::link(temporary.c_str(), file.c_str()) != 0 ? errno : 0;
  ::unlink(temporary.c_str());
  if (written != 0 || (linked != 0 && linked != EEXIST)) {
    throw IoError("write", file, written != 0 ? written : linked);
  }
  return linked == 0;
}

void RemoveTree(const fs::path& path, const fs::path& aside) {
  const fs::path trash = aside / (".trash-" + NewToken());
  if (::rename(path.c_str(), trash.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw IoError("remove", path, errno);
  }
  Reach("remove: renamed");
  std::error_code failed;
  fs::remove_all(trash, failed);
  if (failed) throw IoError("remove", trash, failed.value());
}

}  // namespace dfkd::store
