// Immutable artifacts by content address: <root>/<kind>/<key[0:2]>/<key>/. A *ref* is "kind/key":
// kind in snake_case, key the SHA-256 of the canonical description, so equal work has one place
// however many processes and machines do it.
//
// An artifact is a folder with
//   key.json       the canonical description; its SHA-256 is the key
//   manifest.json  files (bytes, SHA-256), digest, numerics, facts, time
// and the files of the stage. It becomes visible by one rename after everything is on disk: readers
// see all of it or nothing, also after a crash at any point. What is on its way lies in <root>/work
// (work.h); leftovers there are harmless.
//
// Errors: a bad ref or a wrong key is a plain Error; whatever the disk refuses (full, read-only,
// permission) and damage are class io, one line, with the path. Threads: all functions may be
// called from several threads and processes.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/json.h"
#include "bench/store/history.h"

namespace dfkd {

struct Ref {
  std::string kind, key;
};
// Throws Error on anything but snake_case "/" 64 lower-case hex digits.
Ref ParseRef(const std::string& ref);

// What a description is called in the store: "kind/<SHA-256 of its canonical JSON>".
std::string RefOf(const std::string& kind, const Json& description);
// The same of its canonical JSON.
std::string RefOfText(const std::string& kind, std::string_view canonical);

struct Artifact {
  std::string ref;
  std::filesystem::path folder;
  Json manifest;     // {"format","kind","key","files","digest","numerics","facts","created","seal"}
  Json description;  // of key.json

  std::string digest() const { return manifest.at("digest"); }
  // The path of one of the artifact's files; throws Error (io) listing them if it has no such file.
  std::filesystem::path File(const std::string& name) const;
};

struct Publication {
  std::string ref;
  Json description;
  // A folder on the store's file system with regular files only (subfolders are fine), at least
  // one, none named key.json or manifest.json. Publish takes it: afterwards it is gone, unless
  // Publish threw.
  std::filesystem::path staged;
  // What must be equal for bits to be equal: device, threads, instruction set, library versions.
  Json numerics = Json::object();
  // What is merely worth knowing: host (filled in if missing), commit, wall_seconds, peak_bytes,
  // started_from, …
  Json facts = Json::object();
  // Similar stages have the same; expected times are medians over a label.
  std::string label;
};

struct Published {
  // False: it was there already, and that one stays.
  bool published = false;
  // Of the artifact that is in the store now.
  std::string digest;
};

class Store {
 public:
  // Nothing is touched or created before the first Publish. Of so many artifacts it remembers that
  // they were whole; then it forgets them, and reads again what is opened.
  explicit Store(std::filesystem::path root, size_t most_remembered = 4096);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path FolderOf(const std::string& ref) const;

  // Cheap: whether the manifest exists. The artifact may still turn out damaged when it is opened.
  bool Has(const std::string& ref) const;
  // As Has, but asks the file server: a network file system may remember for half a minute that
  // something was not there. For whoever has just taken the lease, and before it is called missing.
  bool HasByNow(const std::string& ref) const;

  // Find: nullopt if it is not there. Open: then an Error. Both read every file and check it when
  // this Store sees the artifact for the first time, or if a size, time or inode changed
  // since; a file that is changed, missing or too many is an Error that names it with the expected
  // and the found digest.
  std::optional<Artifact> Find(const std::string& ref);
  Artifact Open(const std::string& ref);

  // What the manifest of an artifact says, nullopt if it is not there. Checked is the manifest's
  // own seal alone: no other file is read, however large. An Error (io) if it is damaged.
  std::optional<Json> Manifest(const std::string& ref, LeftOut left_out = {}) const;
  // The content of one file of an artifact, of which `manifest` is what Manifest returned; no other
  // is read. An Error (io) if it differs from what the manifest says.
  std::string ReadFile(const std::string& ref, const Json& manifest, const std::string& name) const;

  // Checks again; a damaged artifact is moved aside to <root>/damaged/, so that it is computed
  // again. False if it is intact, or not there (any more). A file that cannot be read is an Error,
  // not damage.
  bool Discard(const std::string& ref);

  // Atomic. If the artifact exists already: equal digests, or different ones under different
  // numerics, drop ours; different digests under equal numerics are an Error that names both
  // digests and both hosts, unless the numerics promise no equal bits (not "deterministic", which
  // of a CPU is taken for granted): then ours is dropped, too. Publishing succeeds even where the
  // line of history cannot be written (a warning is logged).
  Published Publish(const Publication& publication);

  History ReadHistory() const;

  // Of how many artifacts it remembers that they were whole.
  size_t remembered();

 private:
  struct Stamp {
    uint64_t bytes = 0, inode = 0;
    int64_t modified = 0, changed = 0;
    bool operator==(const Stamp&) const = default;
  };
  // By file name relative to the artifact.
  using Stamps = std::map<std::string, Stamp>;

  Artifact OpenOnce(const std::string& ref);
  static Stamps StampsOf(const std::filesystem::path& folder);
  bool IsVerified(const std::string& ref, const Stamps& stamps);
  Published SettleWithTwin(const Publication& publication, const Json& ours);

  std::filesystem::path root_;
  const size_t most_remembered_;
  std::mutex mutex_;
  std::map<std::string, Stamps> verified_;
};

}  // namespace dfkd
