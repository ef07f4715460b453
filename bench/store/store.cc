#include "bench/store/store.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/place.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;
using store::kKeyFile;
using store::kManifestFile;

bool IsKind(const std::string& name) {
  constexpr size_t kLongest = 64;
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto may_follow = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kLongest && is_letter(name[0]) &&
         std::all_of(name.begin(), name.end(), may_follow);
}

Ref CheckedRef(const Publication& publication) {
  const Ref ref = ParseRef(publication.ref);
  const std::string key = Sha256Hex(Canonical(publication.description));
  if (key != ref.key) {
    throw MakeError("{}: wrong key, the SHA-256 of the description is {}", publication.ref, key);
  }
  return ref;
}

Json ListStaged(const fs::path& staged) {
  if (fs::is_symlink(staged) || !fs::is_directory(staged)) {
    throw MakeError(FailureClass::kIo, "{}: not a folder, nothing to publish", staged.string());
  }
  for (const char* name : {kKeyFile, kManifestFile}) {
    if (store::Exists(staged / name)) {
      throw MakeError("{}: this name belongs to the store", (staged / name).string());
    }
  }
  Json files = store::ListFiles(staged);
  if (files.empty()) throw MakeError("{}: empty, nothing to publish", staged.string());
  return files;
}

// After this the staged folder is a whole artifact, on disk, and lacks only its place.
Json Complete(const Publication& publication, const Ref& ref, const Json& files) {
  const fs::path& staged = publication.staged;
  const Json manifest = store::MakeManifest(ref, files, publication);
  store::Reach("publish: listed");
  WriteFileAtomically(staged / kKeyFile, Canonical(publication.description));
  WriteFileAtomically(staged / kManifestFile, store::ManifestText(manifest));
  store::Reach("publish: manifest written");
  store::SyncTree(staged);
  store::Reach("publish: synced");
  return manifest;
}

// Whether the same computation under these numerics gives the same bits.
bool PromisesEqualBits(const Json& numerics) {
  return numerics.value("device", "cpu").starts_with("cpu") ||
         numerics.value("deterministic", false);
}

}  // namespace

Ref ParseRef(const std::string& ref) {
  const auto slash = ref.find('/');
  if (slash == ref.npos || !IsKind(ref.substr(0, slash)) || !store::IsKey(ref.substr(slash + 1))) {
    throw MakeError("ref '{}' must be <kind in snake_case>/<64 lower-case hex digits>", ref);
  }
  return {ref.substr(0, slash), ref.substr(slash + 1)};
}

std::string RefOf(const std::string& kind, const Json& description) {
  return RefOfText(kind, Canonical(description));
}

std::string RefOfText(const std::string& kind, std::string_view canonical) {
  auto ref = kind + "/" + Sha256Hex(canonical);
  if (!IsKind(kind)) ParseRef(ref);  // says why; the rest is a key in any case
  return ref;
}

fs::path Artifact::File(const std::string& name) const {
  const Json& files = manifest.at("files");
  if (files.contains(name)) return folder / name;
  std::vector<std::string> names;
  for (const auto& [known, unused] : files.items()) names.push_back(known);
  throw MakeError(FailureClass::kIo, "{}: has no file '{}'; it has {}", folder.string(), name,
                  fmt::join(names, ", "));
}

Store::Store(fs::path root, size_t most_remembered)
    : root_(std::move(root)), most_remembered_(most_remembered) {}

fs::path Store::FolderOf(const std::string& ref) const {
  return store::FolderIn(root_, ParseRef(ref));
}

bool Store::Has(const std::string& ref) const {
  return store::Exists(FolderOf(ref) / kManifestFile);
}

bool Store::HasByNow(const std::string& ref) const {
  // Opening a folder makes a client of a network file system ask whether it has changed.
  const fs::path folder = FolderOf(ref), prefix = folder.parent_path();
  for (const auto& above : {root_, prefix.parent_path(), prefix}) {
    const int descriptor = ::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) ::close(descriptor);
  }
  return Has(ref);
}

std::optional<Artifact> Store::Find(const std::string& ref) {
  if (!Has(ref)) return std::nullopt;
  return Open(ref);
}

Artifact Store::Open(const std::string& ref) {
  return store::Patiently([&] { return OpenOnce(ref); });
}

Artifact Store::OpenOnce(const std::string& ref) {
  const fs::path folder = FolderOf(ref);
  if (!Has(ref) && !HasByNow(ref))
    throw MakeError(FailureClass::kIo, "{}: not in the store", folder.string());
  // Taken before the check, so that a change during it is noticed the next time.
  const Stamps stamps = StampsOf(folder);
  if (!IsVerified(ref, stamps)) {
    if (const auto damage = store::FindDamage(folder, ParseRef(ref).key)) {
      throw Error(*damage, FailureClass::kIo);
    }
    const std::lock_guard lock(mutex_);
    if (verified_.size() >= most_remembered_) verified_.clear();
    verified_[ref] = stamps;
  }
  return {ref, folder, ReadJson(folder / kManifestFile), ReadJson(folder / kKeyFile)};
}

std::optional<Json> Store::Manifest(const std::string& ref, LeftOut left_out) const {
  if (!Has(ref)) return std::nullopt;
  return store::Patiently(
      [&] { return store::ReadManifest(FolderOf(ref), ParseRef(ref).key, left_out); });
}

std::string Store::ReadFile(const std::string& ref, const Json& manifest,
                            const std::string& name) const {
  const Artifact artifact{ref, FolderOf(ref), manifest, Json()};
  const auto file = artifact.File(name);
  if (!store::Exists(file)) throw store::DamageError(file, "a file", "no file");
  auto bytes = store::Patiently([&] { return ReadBytes(file); });
  const std::string expected = manifest.at("files").at(name).at("sha256");
  if (const auto found = Sha256Hex(bytes); found != expected)
    throw store::DamageError(file, expected, found);
  return bytes;
}

Store::Stamps Store::StampsOf(const fs::path& folder) try {
  Stamps stamps;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    const bool file = ::lstat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (!file) status = {};
    stamps[entry.path().lexically_relative(folder).generic_string()] = {
        static_cast<uint64_t>(status.st_size), status.st_ino, store::Nanoseconds(status.st_mtim),
        store::Nanoseconds(status.st_ctim)};
  }
  return stamps;
} catch (const fs::filesystem_error& e) {
  throw store::IoError("read", e.path1().empty() ? folder : e.path1(), e.code().value());
}

size_t Store::remembered() {
  const std::lock_guard lock(mutex_);
  return verified_.size();
}

bool Store::IsVerified(const std::string& ref, const Stamps& stamps) {
  const std::lock_guard lock(mutex_);
  const auto known = verified_.find(ref);
  return known != verified_.end() && known->second == stamps;
}

bool Store::Discard(const std::string& ref) {
  const fs::path folder = FolderOf(ref);
  const auto find = [&] { return store::FindDamage(folder, ParseRef(ref).key); };
  if (!store::Exists(folder) || !store::Patiently(find)) return false;
  const fs::path place = store::DamagedPlace(root_, ParseRef(ref));
  if (::rename(folder.c_str(), place.c_str()) != 0) {
    if (errno == ENOENT) return false;  // another process was faster
    throw store::IoError("move aside", folder, errno);
  }
  SyncFolder(folder.parent_path());
  const std::lock_guard lock(mutex_);
  verified_.erase(ref);
  return true;
}

Published Store::Publish(const Publication& publication) {
  const Ref ref = CheckedRef(publication);
  const Json files = ListStaged(publication.staged);
  try {
    const Json manifest = Complete(publication, ref, files);
    if (!store::MoveIntoPlace(publication.staged, root_, ref))
      return SettleWithTwin(publication, manifest);
    store::Remember(root_, ref, publication.label, manifest);
    return {true, manifest.at("digest")};
  } catch (...) {  // so that the same folder can be published again
    std::error_code ignored;
    fs::remove(publication.staged / kKeyFile, ignored);
    fs::remove(publication.staged / kManifestFile, ignored);
    throw;
  }
}

Published Store::SettleWithTwin(const Publication& publication, const Json& ours) {
  const Artifact theirs = Open(publication.ref);
  const auto& numerics = ours.at("numerics");
  const bool must_agree = numerics == theirs.manifest["numerics"] && PromisesEqualBits(numerics);
  if (must_agree && ours.at("digest") != theirs.digest()) {
    throw MakeError(
        "{}: two results under equal numerics: digest {} by host {} (stored), digest {} by host {}",
        publication.ref, theirs.digest(), theirs.manifest["facts"]["host"].get<std::string>(),
        ours.at("digest").get<std::string>(), ours.at("facts").at("host").get<std::string>());
  }
  store::RemoveTree(publication.staged, publication.staged.parent_path());
  return {false, theirs.digest()};
}

History Store::ReadHistory() const { return ReadHistoryFile(root_ / "history.jsonl"); }

}  // namespace dfkd
