#include "bench/matrix/check_matrix.h"

#include <algorithm>
#include <set>
#include <utility>

#include "bench/core/printable.h"
#include "bench/core/registry.h"
#include "bench/matrix/plan.h"

namespace dfkd {
namespace {

const std::string kNone = "none";

class NameCheck {
 public:
  std::vector<MatrixProblem> Of(const Matrix& matrix) {
    CheckText("/name", "name", matrix.name);
    for (const auto& block : matrix.blocks) {
      for (const auto& detector : block.detectors) CheckText(detector.path, "id", detector.id);
      for (const auto& axis : EntryAxes()) {
        for (const auto& entry : block.*axis.entries) CheckEntry(entry);
      }
      CheckNetworks(block);
    }
    return std::move(problems_);
  }

 private:
  template <class... Args>
  void Add(const std::string& path, fmt::format_string<Args...> format, Args&&... args) {
    problems_.push_back({path, fmt::format(format, std::forward<Args>(args)...)});
  }

  // A list has its id of its parts, so what is wrong with these is told once.
  void CheckEntry(const MatrixEntry& entry) {
    const auto before = problems_.size();
    CheckParts(entry);
    if (problems_.size() > before) return;
    CheckNone(entry);
    CheckText(entry.path, "id", entry.id);
    if (entry.id.find(',') == std::string::npos) return;
    Add(entry.path, "the id '{}' must not hold a comma, which separates ids in flags", entry.id);
  }

  // It stands in flags, tables, and names of files and folders.
  void CheckText(const std::string& path, const char* what, const std::string& text) {
    const auto shown = Printable(text);
    const auto is_blank = [](char c) { return c == ' '; };
    const bool parted = text.empty() || is_blank(text.front()) || is_blank(text.back());
    if (parted || shown != text)
      return Add(path, "the {} '{}' must be visible text without blanks at its ends", what, shown);
    if (text == "." || text == "..") Add(path, "the {} '{}' is that of a folder", what, text);
  }

  // As of scores (check_score.cc), which would be refused after everything has run.
  void CheckNone(const MatrixEntry& entry) {
    if ((entry.id == kNone) == (entry.plugin == kNone)) return;
    const auto what = entry.parts.empty() ? fmt::format("'{}'", entry.plugin) : "a list of parts";
    Add(entry.path, "{} under the id '{}': none is always called none, and nothing else is", what,
        entry.id);
  }

  void CheckParts(const MatrixEntry& entry) {
    std::set<std::string> ids;
    for (const auto& part : entry.parts) {
      if (part.plugin == kNone) {
        Add(part.path, "none does nothing as a part: leave it out");
        continue;
      }
      CheckEntry(part);
      if (ids.insert(part.id).second) continue;
      Add(part.path, "the id '{}' comes twice in this list; a part that acts twice needs two ids",
          part.id);
    }
  }

  void CheckNetworks(const Block& block) {
    std::set<std::pair<std::string, std::string>> seen;
    for (size_t i = 0; i < block.networks.size(); ++i) {
      const auto& [teacher, student] = block.networks[i];
      if (seen.emplace(teacher, student).second) continue;
      Add(fmt::format("{}/networks/{}", block.path, i),
          "teacher {} with student {} comes twice in this axis", teacher, student);
    }
  }

  std::vector<MatrixProblem> problems_;
};

bool IsRegistered(PluginKind kind, const std::string& plugin) {
  const auto cards = Registry::Get().Cards(kind);
  return std::any_of(cards.begin(), cards.end(),
                     [&](const PluginCard* card) { return card->name == plugin; });
}

bool IsRegistered(PluginKind kind, const MatrixEntry& entry) {
  if (entry.parts.empty()) return IsRegistered(kind, entry.plugin);
  return std::all_of(entry.parts.begin(), entry.parts.end(),
                     [&](const MatrixEntry& part) { return IsRegistered(kind, part); });
}

}  // namespace

std::vector<MatrixProblem> CheckMatrix(const Json& matrix, Plugins plugins) {
  auto parsed = ReadMatrix(matrix, plugins);
  if (!parsed.problems.empty() || plugins == Plugins::kAnyones) return std::move(parsed.problems);
  if (auto problems = CheckNames(parsed.matrix); !problems.empty()) return problems;
  return TryPlan(parsed.matrix);
}

bool HasItsPlugins(const Matrix& matrix) {
  return std::all_of(matrix.blocks.begin(), matrix.blocks.end(), [](const Block& block) {
    const auto& detectors = block.detectors;
    return std::all_of(EntryAxes().begin(), EntryAxes().end(),
                       [&](const EntryAxis& axis) {
                         const auto& entries = block.*axis.entries;
                         return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
                           return IsRegistered(axis.kind, entry);
                         });
                       }) &&
           std::all_of(detectors.begin(), detectors.end(), [](const MatrixDetector& detector) {
             return IsRegistered(PluginKind::kDetector, detector.key.at("plugin"));
           });
  });
}

std::vector<MatrixProblem> CheckNames(const Matrix& matrix) { return NameCheck().Of(matrix); }

void RequireNames(const Matrix& matrix, const std::string& origin) {
  const auto problems = CheckNames(matrix);
  if (!problems.empty()) throw MatrixError(origin, problems.front());
}

}  // namespace dfkd
