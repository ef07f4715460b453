#include "bench/store/waste.h"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "bench/store/catalog.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/stage.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Names that no reader takes for anything (disk.h, io/file.h).
bool IsLeftover(const std::string& name) {
  return name.starts_with(".trash-") || name.starts_with(".new-") ||
         (name.starts_with(".") && name.ends_with(".tmp"));
}

class Search {
 public:
  Search(const Store& store, const WasteRules& rules)
      : store_(store), rules_(rules), now_(fs::file_time_type::clock::now()) {}

  std::vector<Waste> Run() {
    AddLeftovers();
    for (const auto& path : EntriesOf(store_.root() / "damaged")) Add(path, "damaged");
    ForEachArtifact(store_, [this](const std::string& ref) { Read(ref); });
    AddFinishedWork();
    if (rules_.keep) AddUnreferenced();
    if (rules_.superseded) AddSuperseded();
    return std::move(found_);
  }

 private:
  struct Known {
    std::vector<std::string> inputs;
    std::string started_from;
  };

  static std::vector<fs::path> EntriesOf(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      entries.push_back(entry->path());
    }
    return entries;
  }

  void Add(const fs::path& path, const char* why) {
    std::error_code gone;
    const auto touched = fs::last_write_time(path, gone);
    if (gone || now_ - touched < rules_.recent || !taken_.insert(path.string()).second) return;
    found_.push_back({path, why, BytesBelow(path)});
  }

  // Three levels down: <kind>/<xx>/, work/<key>/ and failures/<key>/.
  void AddLeftovers() {
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(store_.root(), failed), end;
         !failed && entry != end; entry.increment(failed)) {
      const bool leftover = IsLeftover(entry->path().filename().string());
      if (leftover) Add(entry->path(), "left over");
      if (leftover || entry.depth() >= 2) entry.disable_recursion_pending();
    }
  }

  void Read(const std::string& ref) {
    Known known;
    try {
      known.inputs = InputsOf(ReadJson(store_.FolderOf(ref) / store::kKeyFile));
      const auto facts = store_.Manifest(ref).value_or(Json::object()).value("facts", Json());
      known.started_from = facts.value("started_from", "");
    } catch (const std::exception&) {  // damaged: for the verification to say
    }
    by_key_.emplace(ParseRef(ref).key, ref);
    known_.emplace(ref, std::move(known));
  }

  void AddFinishedWork() {
    for (const auto& path : EntriesOf(store_.root() / "work")) {
      const auto key = path.filename().string();
      if (!by_key_.contains(key) || DescribeLease(WorkFolder(store_.root(), key))) continue;
      Add(path, "left over");
    }
  }

  // With all that it was made from.
  void Keep(const std::string& first) {
    std::vector<std::string> open = {first};
    while (!open.empty()) {
      const auto ref = std::move(open.back());
      open.pop_back();
      const auto known = known_.find(ref);
      if (known == known_.end() || !kept_.insert(ref).second) continue;
      open.insert(open.end(), known->second.inputs.begin(), known->second.inputs.end());
    }
  }

  void AddUnreferenced() {
    for (const auto& key : *rules_.keep) {
      const auto ref = by_key_.find(key);
      if (ref == by_key_.end()) {
        throw MakeError(
            "stage {} is to be kept, but the store {} does not have it; nothing is removed", key,
            store_.root().string());
      }
      Keep(ref->second);
    }
    for (const auto& [ref, unused] : known_) {
      if (!kept_.contains(ref)) Add(store_.FolderOf(ref), "unreferenced");
    }
  }

  void AddSuperseded() {
    std::unordered_set<std::string> read, continued;
    for (const auto& [ref, known] : known_) {
      read.insert(known.inputs.begin(), known.inputs.end());
      continued.insert(known.started_from);
    }
    for (const auto& ref : continued) {
      if (known_.contains(ref) && !read.contains(ref) && !kept_.contains(ref))
        Add(store_.FolderOf(ref), "superseded");
    }
  }

  const Store& store_;
  const WasteRules& rules_;
  const fs::file_time_type now_;
  std::unordered_map<std::string, Known> known_;         // by ref
  std::unordered_map<std::string, std::string> by_key_;  // refs
  std::unordered_set<std::string> kept_, taken_;
  std::vector<Waste> found_;
};

}  // namespace

std::vector<Waste> FindWaste(const Store& store, const WasteRules& rules) {
  return Search(store, rules).Run();
}

void RemoveWaste(const Store& store, const Waste& waste) {
  const bool out_of_sight = waste.path.filename().string().starts_with(".trash-");
  if (!out_of_sight) return store::RemoveTree(waste.path, store.root());
  std::error_code failed;
  fs::remove_all(waste.path, failed);
  if (failed) throw store::IoError("remove", waste.path, failed.value());
}

}  // namespace dfkd
