#include "bench/store/fingerprint_cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// A copy that keeps size and time of modification (cp -p, rsync -t, a restored backup) has another
// inode, or was changed later.
Json SourceIdentity(const fs::path& source) {
  struct stat status {};
  if (::stat(source.c_str(), &status) != 0) throw store::IoError("look at", source, errno);
  return {{"path", Printable(fs::absolute(source).lexically_normal().native())},
          {"bytes", status.st_size},
          {"inode", status.st_ino},
          {"modified_ns", store::Nanoseconds(status.st_mtim)},
          {"changed_ns", store::Nanoseconds(status.st_ctim)}};
}

// A fingerprint of which one bit is wrong would be believed, and every stage refuse the data.
Json Sealed(const std::string& key, const KnownData& data) {
  auto sealed = fmt::format("{}{} {}", key, data.fingerprint, data.training_images);
  Json line = {{"fingerprint", data.fingerprint}, {"training_images", data.training_images}};
  if (!data.class_images.empty()) {
    line["class_images"] = data.class_images;
    sealed += line["class_images"].dump();
  }
  line["seal"] = Sha256Hex(sealed);
  return line;
}

// Absent: they are no counts.
std::optional<std::vector<int64_t>> CountsIn(const Json& counts) {
  const bool numbers = std::all_of(counts.begin(), counts.end(),
                                   [](const Json& count) { return count.is_number_integer(); });
  if (!counts.is_array() || !numbers) return std::nullopt;
  return counts.get<std::vector<int64_t>>();
}

Json ReadOrEmpty(const fs::path& file) try {
  Json cache = ReadJson(file);
  return cache.is_object() ? cache : Json::object();
} catch (const Error&) {
  return Json::object();
}

}  // namespace

Json DatasetIdentity(const std::string& plugin, int revision, const Json& resolved_options,
                     const std::vector<fs::path>& sources) {
  Json identity = {{"plugin", plugin},
                   {"revision", revision},
                   {"options", resolved_options},
                   {"sources", Json::array()}};
  for (const auto& source : sources) identity["sources"].push_back(SourceIdentity(source));
  return identity;
}

FingerprintCache::FingerprintCache(const fs::path& root) : file_(root / "fingerprints.json") {}

std::optional<KnownData> FingerprintCache::Find(const Json& identity) const {
  const Json cache = ReadOrEmpty(file_);
  const auto key = Sha256Hex(Canonical(identity));
  const auto found = cache.find(key);
  if (found == cache.end() || !found->is_object()) return std::nullopt;
  const Json fingerprint = found->value("fingerprint", Json());
  const Json images = found->value("training_images", Json());
  const auto classes = CountsIn(found->value("class_images", Json::array()));
  if (!fingerprint.is_string() || !images.is_number_integer() || !classes) return std::nullopt;
  const KnownData data{fingerprint, images, *classes};
  if (*found != Sealed(key, data)) return std::nullopt;
  return data;
}

void FingerprintCache::Remember(const Json& identity, const KnownData& data) const {
  Json cache = ReadOrEmpty(file_);
  const auto key = Sha256Hex(Canonical(identity));
  cache[key] = Sealed(key, data);
  WriteFileAtomically(file_, cache.dump(1) + "\n");
}

}  // namespace dfkd
