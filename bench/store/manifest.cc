#include "bench/store/manifest.h"

#include <algorithm>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"

namespace dfkd::store {
namespace {

namespace fs = std::filesystem;

constexpr int kFormat = 1;

Json Describe(const fs::directory_entry& entry) {
  if (entry.is_symlink() || !entry.is_regular_file()) {
    throw MakeError("{}: an artifact holds regular files and folders only", entry.path().string());
  }
  return {{"bytes", entry.file_size()}, {"sha256", Sha256OfFile(entry.path())}};
}

std::string Damaged(const fs::path& file, const std::string& expected, const std::string& found) {
  return fmt::format("{}: damaged: expected SHA-256 {}, found {}", file.string(), expected, found);
}

bool DescribesFile(const Json& file) {
  return file.is_object() && file.contains("sha256") && file["sha256"].is_string();
}

// A seal is no secret: what a stranger's store says may be sealed and still be no manifest.
bool HasForm(const Json& manifest) {
  for (const char* text : {"kind", "key", "digest", "created", "seal"}) {
    if (!manifest.contains(text) || !manifest[text].is_string()) return false;
  }
  for (const char* object : {"files", "numerics", "facts"}) {
    if (!manifest.contains(object) || !manifest[object].is_object()) return false;
  }
  const Json& files = manifest["files"];
  return manifest["facts"].contains("host") && manifest["facts"]["host"].is_string() &&
         std::all_of(files.begin(), files.end(), DescribesFile);
}

std::string WithoutSpace(std::string_view json) {
  std::string rest;
  rest.reserve(json.size());
  bool in_text = false, escaped = false;
  for (const char c : json) {
    if (!in_text && (c == ' ' || c == '\n')) continue;
    if (c == '"' && !escaped) in_text = !in_text;
    escaped = in_text && c == '\\' && !escaped;
    rest += c;
  }
  return rest;
}

// Whether the text, as ManifestText writes it, is what its last member seals: of such a text these
// are the very bytes that SealOf hashes, and they need not be made anew from its values. False says
// nothing of a text of another form.
bool IsSealedAsWritten(std::string_view text, const std::string& seal) {
  auto rest = WithoutSpace(text);
  const auto last = fmt::format(",\"seal\":\"{}\"}}", seal);
  if (!rest.ends_with(last)) return false;
  rest.resize(rest.size() - last.size());
  return Sha256Hex(rest + "}") == seal;
}

std::optional<std::string> ManifestDamage(const fs::path& file, Json& manifest,
                                          LeftOut left_out = {}) {
  if (!Exists(file)) return Damaged(file, "any", "no file");
  const std::string text = ReadBytes(file);
  try {
    manifest = ParseJson(text, file.string(), left_out);
    const std::string expected = manifest.at("seal");
    if (!IsSealedAsWritten(text, expected)) {
      const auto found = SealOf(ParseJson(text, file.string()));
      if (expected != found) return Damaged(file, expected, found);
    }
    if (!HasForm(manifest)) return Damaged(file, "a manifest", Sha256Hex(text));
  } catch (const std::exception&) {  // not JSON any more, or not ours
    return Damaged(file, "a manifest", Sha256Hex(text));
  }
  return std::nullopt;
}

std::optional<std::string> KeyDamage(const fs::path& file, const std::string& key) {
  if (!Exists(file)) return Damaged(file, key, "no file");
  const std::string found = Sha256OfFile(file);
  if (found != key) return Damaged(file, key, found);
  return std::nullopt;
}

std::optional<std::string> FileDamage(const fs::path& folder, const Json& expected,
                                      const Json& found) {
  for (const auto& [name, file] : expected.items()) {
    const std::string want = file.at("sha256");
    if (!found.contains(name)) return Damaged(folder / name, want, "no file");
    const std::string have = found.at(name).at("sha256");
    if (want != have) return Damaged(folder / name, want, have);
  }
  for (const auto& [name, file] : found.items()) {
    if (!expected.contains(name)) return Damaged(folder / name, "no file", file.at("sha256"));
  }
  return std::nullopt;
}

}  // namespace

// The manifest speaks for the files; this speaks for the manifest.
std::string SealOf(Json manifest) {
  manifest.erase("seal");
  return Sha256Hex(Canonical(manifest));
}

std::string ManifestText(const Json& manifest) { return manifest.dump(1) + "\n"; }

Json ListFiles(const fs::path& folder) try {
  Json files = Json::object();
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    if (name == kKeyFile || name == kManifestFile) continue;
    if (entry.is_directory() && !entry.is_symlink()) continue;
    files[name] = Describe(entry);
  }
  return files;
} catch (const fs::filesystem_error& e) {
  throw IoError("read", e.path1().empty() ? folder : e.path1(), e.code().value());
}

Json MakeManifest(const Ref& ref, const Json& files, const Publication& publication) {
  Json manifest = {{"format", kFormat},
                   {"kind", ref.kind},
                   {"key", ref.key},
                   {"files", files},
                   {"digest", Sha256Hex(Canonical(files))},
                   {"numerics", publication.numerics},
                   {"facts", publication.facts},
                   {"created", UtcNow()}};
  if (!manifest["facts"].contains("host")) manifest["facts"]["host"] = HostName();
  manifest["seal"] = SealOf(manifest);
  return manifest;
}

Json ReadManifest(const fs::path& folder, const std::string& key, LeftOut left_out) {
  Json manifest;
  const auto file = folder / kManifestFile;
  if (const auto damage = ManifestDamage(file, manifest, left_out))
    throw Error(*damage, FailureClass::kIo);
  if (manifest.at("key") != key) throw DamageError(file, key, manifest.at("key"));
  return manifest;
}

Error DamageError(const fs::path& file, const std::string& expected, const std::string& found) {
  return Error(Damaged(file, expected, found), FailureClass::kIo);
}

std::optional<std::string> FindDamage(const fs::path& folder, const std::string& key) {
  Json manifest;
  if (auto damage = ManifestDamage(folder / kManifestFile, manifest)) return damage;
  if (auto damage = KeyDamage(folder / kKeyFile, key)) return damage;
  Json found;
  try {
    found = ListFiles(folder);
  } catch (const Error& e) {
    if (e.failure() == FailureClass::kIo) throw;
    return std::string(e.what()) + " (damaged)";  // a link where a file was
  }
  return FileDamage(folder, manifest.at("files"), found);
}

}  // namespace dfkd::store
