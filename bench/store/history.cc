#include "bench/store/history.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <sstream>
#include <string_view>

#include "bench/core/json.h"
#include "bench/io/file.h"
#include "bench/store/disk.h"
#include "bench/store/guard.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestLine = 4096;

std::optional<HistoryLine> Parse(std::string_view text) {
  try {
    const Json line = Json::parse(text);
    return HistoryLine{line.at("kind"), line.at("key"),     line.at("label"),
                       line.at("host"), line.at("created"), line.at("seconds")};
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

// Of one line of the file. Where two hosts have appended at once, on a file system that locks for
// neither, it may hold the rest of another line, or the zeros of a hole: what is whole is read.
// A line of ours has no inner braces.
void ReadLine(std::string_view text, std::vector<HistoryLine>& lines) {
  if (auto line = Parse(text)) return lines.push_back(std::move(*line));
  for (auto begin = text.find('{'); begin != text.npos; begin = text.find('{', begin + 1)) {
    const auto end = text.substr(begin, kLongestLine).find('}');
    if (end == text.npos) continue;
    if (auto line = Parse(text.substr(begin, end + 1))) lines.push_back(std::move(*line));
  }
}

std::string Format(const HistoryLine& line) {
  return Canonical({{"kind", line.kind},
                    {"key", line.key},
                    {"label", line.label},
                    {"host", line.host},
                    {"created", line.created},
                    {"seconds", line.seconds}}) +
         "\n";
}

// A line that a full disk or a kill cut short must not spoil the next one.
bool EndsInsideALine(int descriptor) {
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  char last = '\n';
  return size > 0 && ::pread(descriptor, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

History::History(std::vector<HistoryLine> lines) : lines_(std::move(lines)) {
  for (const auto& line : lines_) {
    refs_.insert(line.kind + "/" + line.key);
    if (line.seconds > 0) seconds_[line.label].push_back(line.seconds);
  }
  for (auto& [label, seconds] : seconds_) std::sort(seconds.begin(), seconds.end());
}

bool History::WasPublished(const std::string& ref) const { return refs_.contains(ref); }

std::optional<double> History::ExpectedSeconds(const std::string& label) const {
  const auto found = seconds_.find(label);
  if (found == seconds_.end()) return std::nullopt;
  const auto& seconds = found->second;
  const size_t middle = seconds.size() / 2;
  return seconds.size() % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
}

std::optional<double> History::SecondsOfMost(const std::string& label, double share) const {
  const auto found = seconds_.find(label);
  if (found == seconds_.end()) return std::nullopt;
  const auto& seconds = found->second;
  const auto rank = std::ceil(share * static_cast<double>(seconds.size()));
  return seconds[static_cast<size_t>(std::max(rank, 1.0)) - 1];
}

History ReadHistoryFile(const fs::path& file) {
  std::vector<HistoryLine> lines;
  if (!store::Exists(file)) return History({});
  std::istringstream in(store::Patiently([&] { return ReadBytes(file); }));
  for (std::string text; std::getline(in, text);) ReadLine(text, lines);
  return History(std::move(lines));
}

void AppendHistoryLine(const fs::path& file, const HistoryLine& line) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) throw store::IoError("write", file, errno);
  // A network file system appends where this host last saw the end; with the lock comes the file's.
  store::LockPatiently(descriptor);
  const std::string text = (EndsInsideALine(descriptor) ? "\n" : "") + Format(line);
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  const int code = written < 0 ? errno : ENOSPC;
  store::UnlockAndClose(descriptor);
  if (written != static_cast<ssize_t>(text.size())) throw store::IoError("write", file, code);
}

}  // namespace dfkd
