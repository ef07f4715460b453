#include "bench/store/place.h"

#include <cerrno>
#include <cstdio>

#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"

namespace dfkd::store {

namespace fs = std::filesystem;

fs::path FolderIn(const fs::path& root, const Ref& ref) {
  return root / ref.kind / ref.key.substr(0, 2) / ref.key;
}

fs::path DamagedPlace(const fs::path& root, const Ref& ref) {
  CreateFolders(root / "damaged");
  return root / "damaged" / fmt::format("{}-{}-{}", ref.kind, ref.key, NewToken());
}

bool MoveIntoPlace(const fs::path& staged, const fs::path& root, const Ref& ref) {
  const fs::path target = FolderIn(root, ref);
  CreateFolders(target.parent_path());
  // Has says no to a folder without a manifest, so it must not be in the way for ever.
  if (Exists(target) && !Exists(target / kManifestFile)) Rename(target, DamagedPlace(root, ref));
  if (::rename(staged.c_str(), target.c_str()) != 0) {
    if (errno == EEXIST || errno == ENOTEMPTY) return false;
    throw IoError("publish", target, errno);
  }
  Reach("publish: renamed");
  SyncFolder(target.parent_path());
  SyncFolder(root / ref.kind);
  SyncFolder(root);
  return true;
}

namespace {

double WallSeconds(const Json& facts) {
  const auto seconds = facts.find("wall_seconds");
  return seconds != facts.end() && seconds->is_number() ? seconds->get<double>() : 0;
}

}  // namespace

void Remember(const fs::path& root, const Ref& ref, const std::string& label,
              const Json& manifest) try {
  const Json& facts = manifest.at("facts");
  AppendHistoryLine(root / "history.jsonl", {.kind = ref.kind,
                                             .key = ref.key,
                                             .label = label,
                                             .host = facts.at("host"),
                                             .created = manifest.at("created"),
                                             .seconds = WallSeconds(facts)});
} catch (const Error& e) {
  spdlog::warn("{}: published, but not in the history: {}", ref.key, e.what());
}

}  // namespace dfkd::store
