// <root>/history.jsonl: one line per publication, appended, never rewritten. For expected times,
// and to notice that an artifact was published once and is gone now. Losing it loses nothing else.
#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dfkd {

struct HistoryLine {
  std::string kind, key, label, host, created;  // created: "2024-05-31T12:00:00Z"
  double seconds = 0;                           // wall time; 0 if it was not measured
};

class History {
 public:
  explicit History(std::vector<HistoryLine> lines);

  const std::vector<HistoryLine>& lines() const { return lines_; }
  bool WasPublished(const std::string& ref) const;
  // The median over the stages of this label, nullopt if none was measured.
  std::optional<double> ExpectedSeconds(const std::string& label) const;
  // What this share of them took at most: 0.95 of 20 is the second longest.
  std::optional<double> SecondsOfMost(const std::string& label, double share) const;

 private:
  std::vector<HistoryLine> lines_;
  std::set<std::string> refs_;
  std::map<std::string, std::vector<double>> seconds_;  // by label, sorted
};

// What is torn or not ours is skipped, and of a line that is glued to it the whole one is read; a
// missing file is an empty history. Throws Error (io) if it cannot be read.
History ReadHistoryFile(const std::filesystem::path& file);

// One write behind the end of the file, which is locked for it: lines of several processes, and of
// several hosts where their file system locks, neither mix nor are lost. Throws Error (io).
void AppendHistoryLine(const std::filesystem::path& file, const HistoryLine& line);

}  // namespace dfkd
