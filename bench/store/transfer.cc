#include "bench/store/transfer.h"

#include <algorithm>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/printable.h"
#include "bench/io/archive.h"
#include "bench/io/file.h"
#include "bench/io/pack.h"
#include "bench/store/adopt.h"
#include "bench/store/catalog.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/place.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// A new folder on a store's disk, which is gone at the end. Its name is one that `dfkd gc` knows.
class TransitFolder {
 public:
  explicit TransitFolder(const fs::path& root)
      : path_(fs::absolute(root) / "work" / (".new-" + store::NewToken())) {
    store::CreateFolders(path_);
  }
  ~TransitFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TransitFolder(const TransitFolder&) = delete;
  TransitFolder& operator=(const TransitFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Throws unless every file is the one that the manifest names.
Json RequireWhole(const Store& store, const std::string& ref) {
  const auto manifest = store.Manifest(ref);
  if (!manifest) {
    throw MakeError(FailureClass::kIo, "{}: not in the store", store.FolderOf(ref).string());
  }
  if (const auto damage = store::FindDamage(store.FolderOf(ref), ParseRef(ref).key))
    throw Error(*damage, FailureClass::kIo);
  return *manifest;
}

// Without what says how the artifact came here: equal in all stores.
std::string PortableManifest(Json manifest) {
  manifest["facts"].erase("fetched_from");
  manifest["seal"] = store::SealOf(manifest);
  return store::ManifestText(manifest);
}

std::string PlaceInArchive(const Ref& ref) {
  return store::FolderIn(fs::path(), ref).generic_string() + "/";
}

void AddArtifact(const Store& store, const std::string& ref, std::vector<PackedFile>& files) {
  const auto manifest = RequireWhole(store, ref);
  const auto folder = store.FolderOf(ref);
  const auto place = PlaceInArchive(ParseRef(ref));
  files.push_back({place + store::kKeyFile, folder / store::kKeyFile});
  files.push_back({place + store::kManifestFile, PortableManifest(manifest)});
  for (const auto& [name, unused] : manifest.at("files").items())
    files.push_back({place + name, folder / name});
}

uint64_t BytesIn(const Json& manifest) {
  uint64_t bytes = 0;
  for (const auto& file : manifest.at("files")) bytes += file.at("bytes").get<uint64_t>();
  return bytes;
}

// The artifacts of an unpacked archive, all of them looked at; messages name the archive.
class Unpacked {
 public:
  Unpacked(const fs::path& folder, const fs::path& archive)
      : folder_(folder), archive_(archive.string()) {
    for (const auto& kind : Entries(folder)) {
      for (const auto& prefix : Entries(kind)) {
        for (const auto& artifact : Entries(prefix)) Look(artifact);
      }
    }
  }

  const std::vector<std::pair<std::string, Json>>& artifacts() const { return artifacts_; }

 private:
  std::string NameOf(const fs::path& path) const {
    return Printable(path.lexically_relative(folder_).generic_string());
  }

  std::vector<fs::path> Entries(const fs::path& folder) const {
    std::vector<fs::path> entries;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.is_symlink() || !entry.is_directory()) Refuse(entry.path());
      entries.push_back(entry.path());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  [[noreturn]] void Refuse(const fs::path& path) const {
    throw MakeError(FailureClass::kIo, "{}: '{}' is no artifact, nothing is imported", archive_,
                    NameOf(path));
  }

  void Look(const fs::path& folder) {
    const auto key = folder.filename().string();
    const auto prefix = folder.parent_path();
    const auto ref = prefix.parent_path().filename().string() + "/" + key;
    if (!store::IsKey(key) || prefix.filename() != key.substr(0, 2)) Refuse(folder);
    for (const char* name : {store::kKeyFile, store::kManifestFile}) {
      if (!fs::is_regular_file(fs::symlink_status(folder / name))) Refuse(folder);
    }
    const auto parsed = ParseRef(ref);
    const auto origin = [&](const char* name) {
      return fmt::format("{}: {}", archive_, NameOf(folder / name));
    };
    CheckForeignDescription(ReadBytes(folder / store::kKeyFile, kLargestManifest),
                            origin(store::kKeyFile), parsed);
    auto manifest = ReadForeignManifest(ReadBytes(folder / store::kManifestFile, kLargestManifest),
                                        origin(store::kManifestFile), parsed);
    RequireUndamaged(folder, key);
    artifacts_.emplace_back(ref, std::move(manifest));
  }

  void RequireUndamaged(const fs::path& folder, const std::string& key) const {
    auto damage = store::FindDamage(folder, key);
    if (!damage) return;
    const auto inside = folder_.string() + "/";
    if (const auto at = damage->find(inside); at != damage->npos) damage->erase(at, inside.size());
    throw MakeError(FailureClass::kIo, "{}: {}", archive_, Printable(*damage));
  }

  const fs::path& folder_;
  const std::string archive_;
  std::vector<std::pair<std::string, Json>> artifacts_;
};

void CopyArtifact(const Store& from, const std::string& ref, const Json& manifest,
                  const fs::path& to) {
  const auto folder = from.FolderOf(ref);
  std::vector<std::string> names = {store::kKeyFile};
  for (const auto& [name, unused] : manifest.at("files").items()) names.push_back(name);
  for (const auto& name : names) {
    store::CreateFolders((to / name).parent_path());
    std::error_code failed;
    fs::copy_file(folder / name, to / name, failed);
    if (failed) throw store::IoError("write", to / name, failed.value());
  }
  WriteFileSoon(to / store::kManifestFile, PortableManifest(manifest));
}

}  // namespace

Transferred ExportArtifacts(const Store& store, std::vector<std::string> refs,
                            const fs::path& archive, const TransferProgress& progress) {
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  Transferred done;
  std::vector<PackedFile> files;
  std::vector<size_t> ends;  // of each artifact, in `files`
  std::vector<uint64_t> bytes;
  for (const auto& ref : refs) {
    AddArtifact(store, ref, files);
    ends.push_back(files.size());
    bytes.push_back(BytesBelow(store.FolderOf(ref)));
  }
  PackTar(files, archive, [&](size_t packed) {
    if (packed != ends[done.artifacts]) return;
    done.bytes += bytes[done.artifacts++];
    if (progress) progress(done.artifacts, refs.size(), done.bytes);
  });
  return done;
}

Transferred ImportArchive(const Store& store, const fs::path& archive,
                          const TransferProgress& progress) {
  const TransitFolder transit(store.root());
  Unpack(archive, transit.path());
  const Unpacked unpacked(transit.path(), archive);
  Transferred done;
  for (const auto& [ref, manifest] : unpacked.artifacts()) {
    const auto staged = store::FolderIn(transit.path(), ParseRef(ref));
    const auto adopted = Adopt(store, ref, staged, archive.filename().string());
    ++(adopted.published ? done.artifacts : done.there);
    if (adopted.published) done.bytes += BytesIn(manifest);
    if (adopted.digest != manifest.at("digest")) done.differing.push_back(ref);
    if (progress) progress(done.artifacts + done.there, unpacked.artifacts().size(), done.bytes);
  }
  return done;
}

Transferred PushArtifacts(const Store& store, const std::vector<std::string>& refs,
                          const fs::path& folder, const TransferProgress& progress) {
  const Store target(fs::absolute(folder));
  Transferred done;
  {
    const TransitFolder transit(target.root());
    for (const auto& ref : refs) {
      if (target.Has(ref)) {
        ++done.there;
      } else {
        const auto manifest = RequireWhole(store, ref);
        const auto staged = transit.path() / ParseRef(ref).key;
        CopyArtifact(store, ref, manifest, staged);
        ++(Adopt(target, ref, staged, "").published ? done.artifacts : done.there);
        done.bytes += BytesIn(manifest);
      }
      if (progress) progress(done.artifacts + done.there, refs.size(), done.bytes);
    }
  }
  std::error_code in_use;
  fs::remove(target.root() / "work", in_use);
  return done;
}

}  // namespace dfkd
