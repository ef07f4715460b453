// Archives as strangers could make them, written with libarchive.
#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace dfkd::testing {

struct Item {
  std::string name, content = "";
  mode_t type = AE_IFREG;
  std::string symlink = "", hardlink = "";
  mode_t mode = 0644;
  int64_t sparse_size = 0;  // > 0: `content`, then a hole up to here
};

inline Item Folder(const std::string& name) {
  return {.name = name, .type = AE_IFDIR, .mode = 0755};
}
inline Item Link(const std::string& name, const std::string& target) {
  return {.name = name, .type = AE_IFLNK, .symlink = target};
}

inline void WriteItem(struct archive* writer, const Item& item) {
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, item.name.c_str());
  archive_entry_set_filetype(entry, item.type);
  archive_entry_set_perm(entry, item.mode);
  archive_entry_set_size(entry, item.sparse_size > 0 ? item.sparse_size : item.content.size());
  if (item.sparse_size > 0) archive_entry_sparse_add_entry(entry, 0, item.content.size());
  if (!item.symlink.empty()) archive_entry_set_symlink(entry, item.symlink.c_str());
  if (!item.hardlink.empty()) archive_entry_set_hardlink(entry, item.hardlink.c_str());
  BOOST_REQUIRE(archive_write_header(writer, entry) >= ARCHIVE_WARN);
  if (!item.content.empty()) {
    BOOST_REQUIRE(archive_write_data(writer, item.content.data(), item.content.size()) >= 0);
  }
  archive_entry_free(entry);
}

// The kind follows from the name: .tar, .tar.gz, .tar.xz, .zip.
inline void WriteArchive(const std::filesystem::path& file, const std::vector<Item>& items) {
  struct archive* writer = archive_write_new();
  const std::string extension = file.extension().string();
  extension == ".zip" ? archive_write_set_format_zip(writer) : archive_write_set_format_pax(writer);
  if (extension == ".gz") archive_write_add_filter_gzip(writer);
  if (extension == ".xz") archive_write_add_filter_xz(writer);
  BOOST_REQUIRE(archive_write_open_filename(writer, file.c_str()) == ARCHIVE_OK);
  for (const auto& item : items) WriteItem(writer, item);
  BOOST_REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
}

}  // namespace dfkd::testing
