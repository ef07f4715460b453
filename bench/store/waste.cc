#include "bench/store/waste.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "bench/io/file.h"
#include "bench/store/catalog.h"
#include "bench/store/closure.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"
#include "bench/store/manifest.h"
#include "bench/store/stage.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// In a work folder: what its holder reads. Whoever takes the lease over writes its own.
constexpr const char* kReads = "reads.json";
constexpr int kLooks = 5;

// Names that no reader takes for anything (disk.h, io/file.h).
bool IsLeftover(const std::string& name) {
  return name.starts_with(".trash-") || name.starts_with(".new-") ||
         (name.starts_with(".") && name.ends_with(".tmp"));
}

std::vector<fs::path> EntriesBelow(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    entries.push_back(entry->path());
  }
  return entries;
}

// When anything in it was touched last: a long copy changes files deep inside, not the folder.
fs::file_time_type LastTouchedBelow(const fs::path& path) {
  std::error_code gone;
  auto latest = fs::last_write_time(path, gone);
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(path, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const auto touched = fs::last_write_time(entry->path(), gone);
    if (!gone) latest = std::max(latest, touched);
  }
  return latest;
}

// None where a stage began a moment ago, or has just ended. It may end and the next begin between
// the look and the second look.
Json ReadsIn(const fs::path& work) {
  for (int looks = 1;; ++looks) {
    try {
      return ReadJson(work / kReads);
    } catch (const Error&) {
      if (!store::Exists(work / kReads)) return Json::array();
      if (looks == kLooks) throw;
    }
  }
}

// What the stages read that somebody holds now.
std::unordered_set<std::string> ReadNow(const fs::path& root) {
  std::unordered_set<std::string> refs;
  for (const auto& path : EntriesBelow(root / "work")) {
    const auto key = path.filename().string();
    if (!store::IsKey(key) || !DescribeLease(WorkFolder(root, key))) continue;
    for (const auto& ref : ReadsIn(path)) refs.insert(ref.get<std::string>());
  }
  return refs;
}

// The same of one: asked before each is removed, so what costs most, the state of the lease, is
// looked at only where it matters.
bool IsReadNow(const fs::path& root, const std::string& ref) {
  for (const auto& path : EntriesBelow(root / "work")) {
    const auto key = path.filename().string();
    if (!store::IsKey(key)) continue;
    const auto held = [&] { return DescribeLease(WorkFolder(root, key)).has_value(); };
    try {
      const auto reads = ReadsIn(path);
      if (std::find(reads.begin(), reads.end(), Json(ref)) != reads.end() && held()) return true;
    } catch (const Error&) {
      if (held()) throw;
    }
  }
  return false;
}

// "" of what is no artifact's folder.
std::string RefAt(const fs::path& path) {
  const auto key = path.filename().string();
  const auto prefix = path.parent_path();
  if (!store::IsKey(key) || prefix.filename() != key.substr(0, 2)) return "";
  return prefix.parent_path().filename().string() + "/" + key;
}

// Under its lease, which somebody may have taken since it was found.
bool RemoveWorkOf(const fs::path& root, const std::string& key) {
  const WorkFolder work(root, key);
  if (!store::Exists(work.folder())) return true;
  auto lease = TryAcquire(work);
  if (!lease) return false;
  lease->RemoveWork();  // what it cannot remove it tells
  return !store::Exists(work.folder());
}

class Search {
 public:
  Search(const Store& store, const WasteRules& rules, const TellWasteSearch& tell)
      : store_(store),
        rules_(rules),
        tell_(tell),
        now_(store::FileTimeNow(store.root() / "work")) {}

  std::vector<Waste> Run() {
    AddLeftovers();
    for (const auto& path : EntriesBelow(store_.root() / "damaged")) Add(path, "damaged");
    ReadAll();
    AddFinishedWork();
    reserved_ = ReadNow(store_.root());
    if (rules_.keep) AddUnreferenced();
    if (rules_.superseded) AddSuperseded();
    return std::move(found_);
  }

 private:
  struct Known {
    std::vector<std::string> inputs;
    std::string started_from, run;
    std::string damage;  // "": none was met
  };

  void Tell(WasteSearch what, size_t done, size_t all) const {
    if (tell_) tell_(what, done, all);
  }

  void ReadAll() {
    std::vector<std::string> refs;
    ForEachArtifact(store_, [&](const std::string& ref) {
      refs.push_back(ref);
      Tell(WasteSearch::kListing, refs.size(), 0);
    });
    for (size_t i = 0; i < refs.size(); ++i) {
      if (store_.Has(refs[i])) Read(refs[i]);  // it may have gone meanwhile
      Tell(WasteSearch::kReading, i + 1, refs.size());
    }
  }

  void Add(const fs::path& path, const char* why) {
    std::error_code gone;
    const auto touched = fs::last_write_time(path, gone);
    if (gone || now_ - touched < rules_.recent || !taken_.insert(path.string()).second) return;
    found_.push_back({path, why, BytesBelow(path)});
    Tell(WasteSearch::kMeasuring, found_.size(), 0);
  }

  // Three levels down: <kind>/<xx>/, work/<key>/ and failures/<key>/.
  void AddLeftovers() {
    std::error_code failed;
    for (fs::recursive_directory_iterator entry(store_.root(), failed), end;
         !failed && entry != end; entry.increment(failed)) {
      const bool leftover = IsLeftover(entry->path().filename().string());
      if (leftover && now_ - LastTouchedBelow(entry->path()) >= rules_.recent)
        Add(entry->path(), "left over");
      if (leftover || entry.depth() >= 2) entry.disable_recursion_pending();
    }
  }

  void Read(const std::string& ref) {
    Known known;
    try {
      const auto description = ReadDescription(store_, ref);
      known.inputs = InputsOf(description);
      known.run = RunOf(description);
    } catch (const std::exception& e) {
      known.damage = e.what();
    }
    try {
      const auto facts = store_.Manifest(ref).value_or(Json::object()).value("facts", Json());
      known.started_from = facts.value("started_from", "");
    } catch (const std::exception&) {  // damaged: for the verification to say
    }
    by_key_.emplace(ParseRef(ref).key, ref);
    known_.emplace(ref, std::move(known));
  }

  // What the states of one distillation have in common; anybody can write into the facts of an
  // artifact that it was started from a state of ours.
  static std::string RunOf(const Json& description) {
    Json run = Json::object();
    for (const char* name : {"kind", "inputs", "distiller", "student", "seed", "profile"})
      run[name] = description.value(name, Json());
    return Canonical(run);
  }

  void AddFinishedWork() {
    for (const auto& path : EntriesBelow(store_.root() / "work")) {
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
      if (const auto& damage = known->second.damage; !damage.empty()) {
        throw MakeError(FailureClass::kIo,
                        "{} is to be kept, but what it was made from cannot be told: {}; nothing "
                        "is removed",
                        ref, damage);
      }
      open.insert(open.end(), known->second.inputs.begin(), known->second.inputs.end());
    }
  }

  void AddUnreferenced() {
    for (const auto& key : *rules_.keep) {
      const auto [first, last] = by_key_.equal_range(key);
      if (first == last) {
        throw MakeError(
            "stage {} is to be kept, but the store {} does not have it; nothing is removed", key,
            store_.root().string());
      }
      for (auto ref = first; ref != last; ++ref) Keep(ref->second);
    }
    for (const auto& key : rules_.keep_if_there) {
      const auto [first, last] = by_key_.equal_range(key);
      for (auto ref = first; ref != last; ++ref) Keep(ref->second);
    }
    for (const auto& ref : reserved_) Keep(ref);
    for (const auto& [ref, unused] : known_) {
      if (!kept_.contains(ref)) Add(store_.FolderOf(ref), "unreferenced");
    }
  }

  void AddSuperseded() {
    std::unordered_set<std::string> read, continued;
    for (const auto& [ref, known] : known_) {
      read.insert(known.inputs.begin(), known.inputs.end());
      const auto start = known_.find(known.started_from);
      if (start != known_.end() && start->second.run == known.run)
        continued.insert(known.started_from);
    }
    for (const auto& ref : continued) {
      const bool needed = read.contains(ref) || kept_.contains(ref) || reserved_.contains(ref);
      if (!needed) Add(store_.FolderOf(ref), "superseded");
    }
  }

  const Store& store_;
  const WasteRules& rules_;
  const TellWasteSearch& tell_;
  const fs::file_time_type now_;                  // by the clock that stamps what is in the store
  std::unordered_map<std::string, Known> known_;  // by ref
  std::unordered_multimap<std::string, std::string> by_key_;  // refs
  std::unordered_set<std::string> kept_, reserved_, taken_;
  std::vector<Waste> found_;
};

}  // namespace

void Reserve(const WorkFolder& work, const std::vector<std::string>& refs) {
  WriteFileSoon(work.folder() / kReads, Json(refs).dump());
}

std::vector<Waste> FindWaste(const Store& store, const WasteRules& rules,
                             const TellWasteSearch& tell) {
  return Search(store, rules, tell).Run();
}

bool RemoveWaste(const Store& store, const Waste& waste) {
  const auto name = waste.path.filename().string();
  if (name.starts_with(".trash-")) {  // out of sight already
    std::error_code failed;
    fs::remove_all(waste.path, failed);
    if (failed) throw store::IoError("remove", waste.path, failed.value());
    return true;
  }
  if (store::IsKey(name) && waste.path.parent_path() == store.root() / "work")
    return RemoveWorkOf(store.root(), name);
  const auto ref = RefAt(waste.path);
  if (!ref.empty() && IsReadNow(store.root(), ref)) return false;
  store::RemoveTree(waste.path, store.root());
  return true;
}

}  // namespace dfkd
