#include "bench/io/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <random>
#include <system_error>

#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

struct FreeWriter {
  void operator()(struct archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(struct archive_entry* entry) const { archive_entry_free(entry); }
};

// A file that is gone at the end unless it was kept.
class NewFile {
 public:
  explicit NewFile(const fs::path& target) : target_(fs::absolute(target)) {
    RequireReplaceable(target_);
    const auto token = std::random_device()();
    path_ =
        target_.parent_path() / fmt::format(".{}.{:08x}.tmp", target.filename().string(), token);
    std::error_code failed;
    fs::create_directories(target_.parent_path(), failed);  // opening it says what is wrong
  }
  ~NewFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  const fs::path& path() const { return path_; }

  void Keep() const {
    SyncFile(path_);
    std::error_code failed;
    fs::rename(path_, target_, failed);
    if (failed)
      throw MakeError(FailureClass::kIo, "cannot write {}: {}", target_.string(), failed.message());
    SyncFolder(target_.parent_path());
  }

 private:
  fs::path target_, path_;
};

enum class PackFormat { kTar, kZip };

class ArchiveWriter {
 public:
  ArchiveWriter(const fs::path& file, PackFormat format)
      : file_(file), writer_(archive_write_new()) {
    DFKD_CHECK(writer_ != nullptr);
    auto* writer = writer_.get();
    if (format == PackFormat::kTar) {
      Require(archive_write_set_format_pax_restricted(writer));  // ustar where that suffices
    } else {
      Require(archive_write_set_format_zip(writer));
      Require(archive_write_set_format_option(writer, "zip", "compression-level", "1"));
    }
    Require(archive_write_add_filter_none(writer));
    Require(archive_write_open_filename(writer, file.c_str()));
  }

  void Add(const PackedFile& file) {
    if (const auto* bytes = std::get_if<std::string>(&file.content)) {
      Begin(file.name, bytes->size());
      Write(bytes->data(), bytes->size());
    } else {
      Copy(file.name, std::get<fs::path>(file.content));
    }
  }

  void Close() { Require(archive_write_close(writer_.get())); }

 private:
  void Require(int code) const {
    if (code == ARCHIVE_OK) return;
    const int reason = archive_errno(writer_.get());
    throw MakeError(FailureClass::kIo, "cannot write {}: {}", file_.string(),
                    reason > 0 ? std::generic_category().message(reason) : "libarchive refuses");
  }

  void Begin(const std::string& name, uint64_t bytes) {
    const std::unique_ptr<struct archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<int64_t>(bytes));
    archive_entry_set_mtime(entry.get(), 0, 0);
    Require(archive_write_header(writer_.get(), entry.get()));
  }

  void Write(const char* bytes, size_t count) {
    if (archive_write_data(writer_.get(), bytes, count) != static_cast<la_ssize_t>(count))
      Require(ARCHIVE_FATAL);
  }

  void Copy(const std::string& name, const fs::path& from) {
    std::error_code failed;
    const uint64_t bytes = fs::file_size(from, failed);
    std::ifstream in(from, std::ios::binary);
    if (failed || !in) throw MakeError(FailureClass::kIo, "cannot read {}", from.string());
    Begin(name, bytes);
    std::array<char, 1 << 16> block{};
    uint64_t left = bytes;
    for (; left > 0 && in; left -= static_cast<uint64_t>(in.gcount())) {
      in.read(block.data(), static_cast<std::streamsize>(std::min<uint64_t>(left, block.size())));
      Write(block.data(), static_cast<size_t>(in.gcount()));
    }
    if (left > 0)
      throw MakeError(FailureClass::kIo, "cannot read {}: it has become shorter", from.string());
  }

  const fs::path& file_;
  std::unique_ptr<struct archive, FreeWriter> writer_;
};

void Pack(const std::vector<PackedFile>& files, const fs::path& archive, PackFormat format,
          const std::function<void(size_t)>& packed) {
  const NewFile fresh(archive);
  ArchiveWriter writer(fresh.path(), format);
  size_t count = 0;
  for (const auto& file : files) {
    writer.Add(file);
    if (packed) packed(++count);
  }
  writer.Close();
  fresh.Keep();
}

}  // namespace

void PackTar(const std::vector<PackedFile>& files, const fs::path& archive,
             const std::function<void(size_t)>& packed) {
  Pack(files, archive, PackFormat::kTar, packed);
}

void PackZip(const std::vector<PackedFile>& files, const fs::path& archive) {
  Pack(files, archive, PackFormat::kZip, {});
}

}  // namespace dfkd
