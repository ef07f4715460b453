// What the schema of a matrix cannot say: ids are unique in their axis, an entry has one form.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bench/scores/validate.h"

namespace dfkd {
namespace {

class Checker {
 public:
  explicit Checker(const std::filesystem::path& file) : file_(file) {}

  std::vector<Problem> Run(const Json& matrix) {
    for (size_t i = 0; i < matrix["blocks"].size(); ++i) {
      for (const char* axis : {"datasets", "attacks", "distillers", "defenses"}) {
        CheckAxis(matrix["blocks"][i][axis], fmt::format("/blocks/{}/{}", i, axis), axis);
      }
    }
    if (matrix.contains("overrides")) CheckOverrides(matrix["overrides"]);
    return std::move(problems_);
  }

 private:
  void Add(const std::string& path, const std::string& reason) {
    problems_.push_back({file_, path, reason});
  }

  // The id of an entry: given, or the plugin's name, or the names of the parts joined by '+'.
  std::string IdOf(const Json& entry) {
    if (entry.is_string()) return entry;
    if (entry.is_array()) return Joined(entry);
    if (entry.contains("id")) return entry["id"];
    if (entry.contains("plugin")) return entry["plugin"];
    return entry.contains("parts") ? Joined(entry["parts"]) : "";
  }

  std::string Joined(const Json& parts) {
    std::string joined;
    for (const auto& part : parts) joined += (joined.empty() ? "" : "+") + IdOf(part);
    return joined;
  }

  void CheckAxis(const Json& entries, const std::string& path, const std::string& axis) {
    std::set<std::string> ids;
    for (size_t i = 0; i < entries.size(); ++i) {
      const auto place = fmt::format("{}/{}", path, i);
      CheckForm(entries[i], place);
      const auto id = IdOf(entries[i]);
      AddNames(entries[i]);
      if (!ids.insert(id).second) {
        Add(place, fmt::format("the id '{}' comes twice in this axis", id));
      }
      CheckMeaning(axis + " " + id, entries[i], place);
    }
  }

  void AddNames(const Json& entry) {
    names_.insert(IdOf(entry));
    if (entry.is_object() && entry.contains("plugin")) names_.insert(entry["plugin"]);
    const Json parts = entry.is_array()    ? entry
                       : entry.is_object() ? entry.value("parts", Json())
                                           : Json();
    for (const auto& part : parts) AddNames(part);
  }

  void CheckForm(const Json& entry, const std::string& place) {
    if (!entry.is_object() || entry.contains("plugin") != entry.contains("parts")) return;
    Add(place, "must have either plugin or parts");
  }

  // One id means one thing in the whole matrix, or cells of two blocks would overwrite each other.
  void CheckMeaning(const std::string& key, const Json& entry, const std::string& place) {
    const auto [it, fresh] = meanings_.try_emplace(key, entry);
    if (fresh || it->second == entry) return;
    Add(place, fmt::format("'{}' stands for something else in another block", IdOf(entry)));
  }

  // "distiller.rounds", "zskt.rounds", "<id>.rounds": what the planner takes (matrix/plan.cc).
  void CheckOverrides(const Json& overrides) {
    for (size_t i = 0; i < overrides.size(); ++i) {
      for (const auto& [key, unused] : overrides[i]["set"].items()) {
        const bool known =
            std::any_of(names_.begin(), names_.end(), [&key = key](const auto& name) {
              return key.starts_with(name + ".") && key.size() > name.size() + 1;
            });
        if (known) continue;
        Add(fmt::format("/overrides/{}/set/{}", i, key),
            fmt::format("must be '<name>.<option>' with name one of: {}", fmt::join(names_, ", ")));
      }
    }
  }

  const std::filesystem::path file_;
  std::map<std::string, Json> meanings_;
  // Axes, ids and plugins: what an override may speak of.
  std::set<std::string> names_ = {"attack", "dataset", "defense", "distiller"};
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> CheckMatrix(const Json& matrix, const std::filesystem::path& file) {
  return Checker(file).Run(matrix);
}

}  // namespace dfkd
