#include "bench/store/adopt.h"

#include <algorithm>
#include <array>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/place.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFetchedFrom = "fetched_from";
constexpr size_t kMostFiles = 10'000;
constexpr size_t kLongestName = 200;
constexpr uint64_t kMostBytes = uint64_t{1} << 40;  // of one artifact
// Folders of a store that hold no artifacts.
constexpr std::array<const char*, 5> kOtherFolders = {"work", "damaged", "failures", "files",
                                                      "places"};

// Names that mean one file below one folder, on every system and in every address.
bool IsPlainPart(std::string_view part) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !part.empty() && part.front() != '.' && !part.ends_with(".part") &&
         std::all_of(part.begin(), part.end(), is_plain);
}

bool IsPlainName(std::string_view name) {
  if (name.size() > kLongestName || name == store::kKeyFile || name == store::kManifestFile)
    return false;
  while (true) {
    const auto slash = name.find('/');
    if (!IsPlainPart(name.substr(0, slash))) return false;
    if (slash == name.npos) return true;
    name.remove_prefix(slash + 1);
  }
}

bool IsRef(const std::string& text) try {
  ParseRef(text);
  return true;
} catch (const Error&) {
  return false;
}

// Looks at one manifest, and throws at the first thing that is not as expected.
class ForeignManifest {
 public:
  ForeignManifest(const Json& manifest, const std::string& origin)
      : manifest_(manifest), origin_(origin) {}

  void Check(const Ref& ref) const {
    RequireObject(manifest_, "the manifest");
    for (const char* name : {"kind", "key", "digest", "created", "seal"})
      RequireString(manifest_, name);
    for (const char* name : {"files", "numerics", "facts"})
      Require(manifest_.contains(name) && manifest_[name].is_object(), name, "an object");
    RequireEqual("seal", store::SealOf(manifest_));
    RequireEqual("kind", ref.kind);
    RequireEqual("key", ref.key);
    CheckFiles(manifest_["files"]);
    RequireEqual("digest", Sha256Hex(Canonical(manifest_["files"])));
    CheckFacts(manifest_["facts"]);
    CheckNumerics(manifest_["numerics"]);
  }

 private:
  [[noreturn]] void Refuse(const std::string& what, const std::string& expected) const {
    throw Error(Printable(fmt::format("{}: {} is not {}, which is expected", origin_,
                                      what.substr(0, kLongestName), expected)),
                FailureClass::kIo);
  }
  void Require(bool holds, const std::string& what, const std::string& expected) const {
    if (!holds) Refuse(what, expected);
  }
  void RequireObject(const Json& value, const std::string& what) const {
    Require(value.is_object(), what, "an object");
  }
  void RequireString(const Json& object, const char* name) const {
    Require(object.contains(name) && object[name].is_string(), name, "a text");
  }
  void RequireEqual(const char* name, const std::string& expected) const {
    const std::string found = manifest_[name];
    if (found != expected) Refuse(fmt::format("its {} {}", name, found), expected);
  }

  void CheckFiles(const Json& files) const {
    Require(!files.empty() && files.size() <= kMostFiles, fmt::format("{} files", files.size()),
            fmt::format("a number from 1 to {}", kMostFiles));
    uint64_t left = kMostBytes;
    for (const auto& [name, file] : files.items()) {
      Require(IsPlainName(name), "file '" + name + "'", "a plain name");
      const bool has_form = file.is_object() && file.size() == 2 && file.contains("bytes") &&
                            file.contains("sha256") && file["bytes"].is_number_unsigned() &&
                            file["sha256"].is_string() &&
                            store::IsKey(file["sha256"].get_ref<const std::string&>());
      Require(has_form, "file '" + name + "'", "of a size and a SHA-256");
      const uint64_t bytes = file["bytes"];
      Require(bytes <= left, "the size of all files", fmt::format("at most {} bytes", kMostBytes));
      left -= bytes;
    }
  }

  void CheckNumber(const Json& object, const char* name) const {
    if (!object.contains(name)) return;
    const Json& value = object[name];
    Require(value.is_number() && value.get<double>() >= 0, name, "a number from 0");
  }
  void CheckText(const Json& object, const char* name) const {
    if (object.contains(name)) RequireString(object, name);
  }
  void CheckCount(const Json& object, const char* name, int64_t most) const {
    if (!object.contains(name)) return;
    const Json& value = object[name];
    const bool counts =
        value.is_number_unsigned() && value.get<uint64_t>() <= static_cast<uint64_t>(most);
    Require(counts, name, fmt::format("a whole number from 0 to {}", most));
  }

  void CheckFacts(const Json& facts) const {
    RequireString(facts, "host");
    for (const char* name : {"commit", "version", "device", "started_from"}) CheckText(facts, name);
    if (facts.contains("started_from"))
      Require(IsRef(facts["started_from"]), "started_from", "an artifact");
    CheckSpent(facts);
    if (facts.contains("sources")) {
      RequireObject(facts["sources"], "sources");
      for (const auto& [plugin, hash] : facts["sources"].items())
        Require(hash.is_string(), "the source of " + plugin, "a text");
    }
    if (!facts.contains("costs")) return;
    RequireObject(facts["costs"], "costs");
    for (const auto& [ref, cost] : facts["costs"].items()) CheckCost(ref, cost);
  }

  void CheckSpent(const Json& object) const {
    CheckNumber(object, "wall_seconds");
    CheckNumber(object, "cpu_seconds");
    CheckCount(object, "peak_bytes", int64_t{1} << 60);
  }

  void CheckCost(const std::string& ref, const Json& cost) const {
    Require(IsRef(ref), "what cost '" + ref + "'", "an artifact");
    RequireObject(cost, "the cost of " + ref);
    for (const char* name : {"wall_seconds", "cpu_seconds", "peak_bytes"})
      Require(cost.contains(name), "the cost of " + ref, fmt::format("with {}", name));
    CheckSpent(cost);
    RequireString(cost, "label");
    CheckText(cost, "device");
    CheckText(cost, "digest");
    if (cost.contains("digest"))
      Require(store::IsKey(cost["digest"].get_ref<const std::string&>()), "digest", "a SHA-256");
  }

  void CheckNumerics(const Json& numerics) const {
    CheckText(numerics, "device");
    CheckCount(numerics, "threads", 1 << 20);
    const bool says = !numerics.contains("deterministic") || numerics["deterministic"].is_boolean();
    Require(says, "deterministic", "true or false");
  }

  const Json& manifest_;
  const std::string& origin_;
};

// Whatever the text is wrong in, it is no error of class error: those are final.
Json ParseForeign(std::string_view text, const std::string& origin) try {
  return ParseJson(text, origin);
} catch (const Error& e) {
  throw Error(Printable(e.what()), FailureClass::kIo);
}

// The manifest in `folder`, with the fact where it came from, or without.
Json WithOrigin(const fs::path& folder, const std::string& origin, const Ref& ref) {
  const auto file = folder / store::kManifestFile;
  const auto text = ReadBytes(file, kLargestManifest);
  auto manifest = ReadForeignManifest(text, file.string(), ref);
  auto& facts = manifest["facts"];
  facts.erase(kFetchedFrom);
  if (!origin.empty()) facts[kFetchedFrom] = origin;
  manifest["seal"] = store::SealOf(manifest);
  if (const auto ours = store::ManifestText(manifest); ours != text)
    WriteFileAtomically(file, ours);
  return manifest;
}

std::string LabelOf(const Json& manifest, const std::string& ref) {
  const Json& facts = manifest["facts"];
  const bool known = facts.contains("costs") && facts["costs"].contains(ref);
  return known ? facts["costs"][ref]["label"] : Json("");
}

}  // namespace

Json ReadForeignManifest(std::string_view text, const std::string& origin, const Ref& ref) {
  auto manifest = ParseForeign(text, origin);
  ForeignManifest(manifest, origin).Check(ref);
  return manifest;
}

void CheckForeignDescription(std::string_view text, const std::string& origin, const Ref& ref) {
  if (const auto found = Sha256Hex(text); found != ref.key) {
    throw MakeError(FailureClass::kIo, "{}: has SHA-256 {}, expected is {}", origin, found,
                    ref.key);
  }
  const auto description = ParseForeign(text, origin);
  const bool taken =
      std::find(kOtherFolders.begin(), kOtherFolders.end(), ref.kind) != kOtherFolders.end();
  const bool described = !taken && description.is_object() && Canonical(description) == text &&
                         description.value("kind", Json()) == ref.kind;
  if (!described)
    throw MakeError(FailureClass::kIo, "{}: is no description of a {}", origin, ref.kind);
}

Published Adopt(const Store& store, const std::string& ref, const fs::path& staged,
                const std::string& origin) {
  const Ref parsed = ParseRef(ref);
  const auto key = staged / store::kKeyFile;
  CheckForeignDescription(ReadBytes(key, kLargestManifest), key.string(), parsed);
  const auto manifest = WithOrigin(staged, origin, parsed);
  if (const auto damage = store::FindDamage(staged, parsed.key))
    throw Error(*damage, FailureClass::kIo);
  store::SyncTree(staged);
  if (!store::MoveIntoPlace(staged, store.root(), parsed)) {
    store::RemoveTree(staged, staged.parent_path());
    return {false, store.Manifest(ref).value_or(manifest).at("digest")};
  }
  if (!origin.empty()) store::Remember(store.root(), parsed, LabelOf(manifest, ref), manifest);
  return {true, manifest.at("digest")};
}

}  // namespace dfkd
