// <root>/fingerprints.json: which fingerprint a data set had, and how many training images of which
// class, so that planning does not decode them. Keyed by all that can change it short of the
// loader's code: plugin, revision, options, and path, size, inode and times (of modification and of
// change) of the sources.
//
// A cache and no more: a lost file, or a corrupted line of it, means decoding again, of two writers
// at once one may lose its line.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/json.h"

namespace dfkd {

// The identity of a data set as its sources are now. Throws Error (io) if one of them does not
// exist.
Json DatasetIdentity(const std::string& plugin, int revision, const Json& resolved_options,
                     const std::vector<std::filesystem::path>& sources);

struct KnownData {
  std::string fingerprint;
  int64_t training_images = 0;
  // Training images by class; empty where there are none, and in what earlier versions wrote.
  std::vector<int64_t> class_images = {};
  bool operator==(const KnownData&) const = default;
};

class FingerprintCache {
 public:
  // `root` is that of the store.
  explicit FingerprintCache(const std::filesystem::path& root);

  std::optional<KnownData> Find(const Json& identity) const;
  // Throws Error (io).
  void Remember(const Json& identity, const KnownData& data) const;

 private:
  std::filesystem::path file_;
};

}  // namespace dfkd
