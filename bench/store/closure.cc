#include "bench/store/closure.h"

#include <fmt/ranges.h>

#include <set>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/stage.h"

namespace dfkd {
namespace {

std::vector<std::string> InputsIn(const Store& store, const std::string& ref) {
  const auto description = ReadDescription(store, ref);
  return description.contains("inputs") ? InputsOf(description) : std::vector<std::string>();
}

// Sorted; none in a folder that is not there.
std::set<std::string> NamesBelow(const std::filesystem::path& folder) {
  std::set<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    names.insert(entry->path().filename().string());
  }
  return names;
}

}  // namespace

Json ReadDescription(const Store& store, const std::string& ref) {
  const auto file = store.FolderOf(ref) / store::kKeyFile;
  const auto text = ReadBytes(file);
  const auto key = ParseRef(ref).key;
  if (const auto found = Sha256Hex(text); found != key) throw store::DamageError(file, key, found);
  return ParseJson(text, file.string());
}

std::string FindArtifact(const Store& store, const std::string& beginning) {
  const auto slash = beginning.find('/');
  const auto kind = slash == beginning.npos ? "" : beginning.substr(0, slash);
  const auto key = slash == beginning.npos ? beginning : beginning.substr(slash + 1);
  const bool hex = key.find_first_not_of("0123456789abcdef") == key.npos;
  if (key.size() < 2 || key.size() > 64 || !hex)
    throw MakeError("artifact '{}': no key (2 to 64 lower-case hex digits)", beginning);
  std::vector<std::string> found;
  for (const auto& folder : NamesBelow(store.root())) {
    if (!kind.empty() && folder != kind) continue;
    for (const auto& name : NamesBelow(store.root() / folder / key.substr(0, 2))) {
      const bool meant = store::IsKey(name) && name.starts_with(key);
      if (meant && store.Has(folder + "/" + name)) found.push_back(folder + "/" + name);
    }
  }
  if (found.empty())
    throw MakeError("artifact '{}': the store {} has none", beginning, store.root().string());
  if (found.size() > 1)
    throw MakeError("artifact '{}' may be any of {}", beginning, fmt::join(found, ", "));
  return found.front();
}

Closed CloseOver(const Store& store, const std::vector<std::string>& refs) {
  std::set<std::string> closed, missing;
  auto open = refs;
  while (!open.empty()) {
    const auto ref = std::move(open.back());
    open.pop_back();
    if (closed.contains(ref)) continue;
    if (!store.Has(ref)) {
      missing.insert(ref);
      continue;
    }
    closed.insert(ref);
    for (auto& input : InputsIn(store, ref)) open.push_back(std::move(input));
  }
  return {{closed.begin(), closed.end()}, {missing.begin(), missing.end()}};
}

}  // namespace dfkd
