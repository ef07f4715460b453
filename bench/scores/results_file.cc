#include "bench/scores/results_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/io/schema.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/picture_set.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr std::array kNames = {"claimed", "valid", "rerun", "elsewhere"};
constexpr const char* kSchema = "results.v1";
constexpr const char* kContextSchema = "results_context.v1";
constexpr size_t kDigitsOfContext = 16;
// A file may come from a stranger. Results of 20,000 cells are shorter.
constexpr uint64_t kMostBytesOfResults = 64u << 20;
// Of a file that is wrong throughout nobody reads more.
constexpr size_t kMostWrongLines = 1000;
// How far the clock of who adds a result may be ahead of ours.
constexpr auto kClocksOfOthers = std::chrono::hours(25);
// The members of a score that cells share.
constexpr std::array kShared = {"matrix", "preset", "evaluated_on",   "protocol", "demonstration",
                                "track",  "data",   "teacher_recipe", "entries"};

Json ContextOf(const Json& score) {
  Json context = {{"schema", kContextSchema},
                  {"sources", score.at("provenance").value("sources", Json::object())}};
  for (const char* name : kShared) context[name] = score.at(name);
  if (const Json asked = score.at("provenance").value("asked", Json()); !asked.is_null())
    context["asked"] = asked;
  return context;
}

std::string HashOf(const Json& context) {
  return Sha256Hex(Canonical(context)).substr(0, kDigitsOfContext);
}

// Key and digest of a stage under one title: titles are long.
Json StagesTogether(const Json& provenance) {
  Json together = Json::object();
  const auto& stages = provenance.at("stages");
  const auto& artifacts = provenance.at("artifacts");
  for (const auto* titles : {&stages, &artifacts}) {
    for (const auto& [title, unused] : titles->items())
      together[title] = {stages.value(title, Json()), artifacts.value(title, Json())};
  }
  return together;
}

Json LineOf(const CommittedResult& result, Json score, const std::string& context) {
  Json provenance = std::move(score["provenance"]);
  provenance["stages"] = StagesTogether(provenance);
  for (const char* name : {"artifacts", "sources", "asked"}) provenance.erase(name);
  for (const char* name : kShared) score.erase(name);
  score.erase("media");
  score["schema"] = kSchema;
  score["context"] = context;
  score["provenance"] = std::move(provenance);
  score["plan"] = result.plan;
  score["machine"] = result.machine;
  score["verification"] = {{"state", Name(result.verified)}, {"by", result.by}};
  if (!result.score.confirmed.empty()) score["verification"]["sources"] = result.score.confirmed;
  if (!result.added.empty()) score["added"] = result.added;
  return score;
}

void DropReferences(Json& line) { line["provenance"].erase("references"); }

void DropSecondsByStage(Json& line) { line["cost"]["stages"] = Json::object(); }

void DropAccPerClass(Json& line) {
  if (line["student"].is_object()) line["student"]["acc_per_class"] = nullptr;
}

void DropEarlierStates(Json& line) {
  auto& stages = line["provenance"]["stages"];
  std::vector<std::string> titles;
  for (const auto& [title, unused] : stages.items()) titles.push_back(title);
  for (const auto& title : EarlierStates(titles)) stages.erase(title);
}

// What can be spared most easily goes first.
std::string ShortLine(Json line, const Score& score) {
  auto text = Canonical(line);
  for (const auto drop : {DropReferences, DropSecondsByStage, DropAccPerClass, DropEarlierStates}) {
    if (text.size() <= kMostBytesOfResult) return text;
    drop(line);
    text = Canonical(line);
  }
  if (text.size() <= kMostBytesOfResult) return text;
  throw MakeError("{}: its result takes {} bytes; at most {} are allowed", CellId(score.cell),
                  text.size(), kMostBytesOfResult);
}

// The score that a line and its context make.
Json ScoreJson(Json line, const Json& context) {
  Json& provenance = line["provenance"];
  Json keys = Json::object(), artifacts = Json::object();
  for (const auto& [title, pair] : provenance.at("stages").items()) {
    if (!pair.at(0).is_null()) keys[title] = pair.at(0);
    if (!pair.at(1).is_null()) artifacts[title] = pair.at(1);
  }
  provenance["stages"] = std::move(keys);
  provenance["artifacts"] = std::move(artifacts);
  if (!context.at("sources").empty()) provenance["sources"] = context.at("sources");
  if (context.contains("asked")) provenance["asked"] = context.at("asked");
  for (const char* name : {"context", "plan", "machine", "verification", "added"}) line.erase(name);
  for (const char* name : kShared) line[name] = context.at(name);
  line["media"] = Json::object();
  for (const auto& kind : MediaKinds()) line["media"][kind] = nullptr;
  line["schema"] = "scores.v1";
  return line;
}

auto OrderOf(const CommittedResult& result) {
  return std::tuple(CellId(result.score.cell), result.score.provenance.created, result.plan);
}

class Reader {
 public:
  explicit Reader(const fs::path& file) : file_(file) {}

  ReadResultsFile Run() {
    try {
      ReadLines(ReadBytes(file_, kMostBytesOfResults));
    } catch (const std::exception& e) {
      Tell("", e.what());
    }
    TellPictures();
    return std::move(read_);
  }

  // The same of a text that is in no file yet.
  ReadResultsFile Run(const std::string& text) {
    ReadLines(text);
    return std::move(read_);
  }

 private:
  void ReadLines(const std::string& text) {
    for (std::string_view rest = text; !rest.empty();) {
      if (read_.problems.size() == kMostWrongLines) {
        return Tell("",
                    fmt::format("{} lines are wrong; what follows is not read", kMostWrongLines));
      }
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      Read(line);
    }
    TellUnused();
  }

  void Tell(const std::string& path, const std::string& reason) {
    read_.problems.push_back({file_, fmt::format("/{}{}", number_, path), reason});
  }

  bool Obeys(const Json& json, const std::string& schema) {
    const auto problems = CheckSchema(json, schema);
    if (!problems.empty()) Tell(problems.front().path, problems.front().reason);
    return problems.empty();
  }

  void Read(std::string_view text) {
    ++number_;
    if (text.size() > kMostBytesOfContext) {
      const auto size = text.size();
      return Tell("", fmt::format("{} bytes; at most {} are allowed", size, kMostBytesOfContext));
    }
    try {
      const Json line = ParseJson(text, fmt::format("{}:{}", file_.string(), number_));
      if (Canonical(line) != text) return Tell("", "is not canonical JSON (sorted, no blanks)");
      const bool shared = line.is_object() && line.value("schema", Json()) == kContextSchema;
      if (!Obeys(line, shared ? kContextSchema : kSchema)) return;
      shared ? AddContext(line) : AddResult(line, text.size());
    } catch (const std::exception& e) {
      Tell("", e.what());
    }
  }

  void AddContext(const Json& line) {
    const auto [known, fresh] = contexts_.try_emplace(HashOf(line), Context{line, number_});
    if (!fresh) Tell("", fmt::format("line {} says the same", known->second.number));
  }

  // Beside a line that is wrong nobody knows which contexts it would have named.
  void TellUnused() {
    if (!read_.problems.empty()) return;
    for (const auto& [hash, context] : contexts_) {
      if (context.used) continue;
      number_ = context.number;
      Tell("", fmt::format("no result names this context, {}", hash));
    }
  }

  // Beside a line that is wrong nobody knows which results stand for them.
  void TellPictures() {
    auto found = CheckPictures(file_, read_.problems.empty() ? &read_.results : nullptr);
    std::move(found.begin(), found.end(), std::back_inserter(read_.problems));
  }

  void AddResult(const Json& line, size_t bytes) {
    if (bytes > kMostBytesOfResult) {
      return Tell("", fmt::format("{} bytes; at most {} are allowed", bytes, kMostBytesOfResult));
    }
    const auto context = contexts_.find(line.at("context").get<std::string>());
    if (context == contexts_.end()) {
      return Tell("/context", line.at("context").dump() + " is the hash of no line above");
    }
    context->second.used = true;
    const Json json = ScoreJson(line, context->second.json);
    if (!Obeys(json, "scores.v1")) return;
    CommittedResult result{ScoreFrom(json, file_.string()),
                           line.at("plan"),
                           line.at("machine"),
                           VerifiedFrom(line.at("verification").at("state")),
                           line.at("verification").at("by"),
                           line.value("added", "")};
    result.score.confirmed = line.at("verification").value("sources", result.score.confirmed);
    Check(std::move(result));
  }

  void Check(CommittedResult result) {
    const auto id = CellId(result.score.cell);
    const auto problems = CheckScore(result.score, file_.parent_path() / (id + ".json"));
    if (!problems.empty()) return Tell(problems.front().path, problems.front().reason);
    const auto place = ResultsPath("", result.score.matrix, result.score.cell.defense);
    if (file_.filename() != place.filename() ||
        file_.parent_path().filename() != place.parent_path().filename()) {
      return Tell("/cell", fmt::format("belongs into {}", place.string()));
    }
    if (const auto [path, reason] = WhatIsWrong(result); !reason.empty()) return Tell(path, reason);
    if (!seen_.emplace(id, result.plan).second) {
      return Tell("/plan", fmt::format("a second result of {} from the same keys", id));
    }
    result.score.file = file_;
    read_.results.push_back(std::move(result));
  }

  // Of what a line says beside the score: path and reason; "" if nothing is wrong.
  static std::pair<std::string, std::string> WhatIsWrong(const CommittedResult& result) {
    const auto &by = result.by, &added = result.added;
    if (result.verified >= Verified::kRerun && by.find_first_not_of(' ') == by.npos) {
      return {"/verification/by",
              fmt::format("'{}' must say who computed it again, because it is {}", by,
                          Name(result.verified))};
    }
    if (added.empty()) return {};
    const auto time = TimeFrom(added), created = TimeFrom(result.score.provenance.created);
    if (!time) return {"/added", fmt::format("'{}' is no time", added)};
    // The newest of a cell counts.
    if (added > store::UtcNow(kClocksOfOthers)) return {"/added", added + " is yet to come"};
    if (created && *time + kClocksOfOthers < *created)
      return {"/added", fmt::format("{} is before {}, when it was computed", added,
                                    result.score.provenance.created)};
    return {};
  }

  struct Context {
    Json json;
    size_t number = 0;  // of its line
    bool used = false;
  };

  const fs::path file_;
  ReadResultsFile read_;
  size_t number_ = 0;
  std::map<std::string, Context> contexts_;
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

const char* Name(Verified verified) { return kNames.at(static_cast<size_t>(verified)); }

Verified VerifiedFrom(const std::string& name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end())
    throw MakeError("'{}' must be one of: {}", name, fmt::join(kNames, ", "));
  return static_cast<Verified>(found - kNames.begin());
}

const std::string& AddedAt(const CommittedResult& result) {
  return result.added.empty() ? result.score.provenance.created : result.added;
}

std::string KeptReason(const std::string& reason) {
  constexpr std::string_view kMore = "…";
  if (reason.size() <= kMostBytesOfReason) return reason;
  size_t end = kMostBytesOfReason - kMore.size();
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xc0U) == 0x80) --end;
  return reason.substr(0, end).append(kMore);
}

std::string ToText(std::vector<CommittedResult> results) {
  std::sort(results.begin(), results.end(),
            [](const auto& a, const auto& b) { return OrderOf(a) < OrderOf(b); });
  std::set<std::string> contexts;
  std::string lines;
  for (const auto& result : results) {
    Json score = ToJson(result.score);
    const auto context = ContextOf(score);
    const auto shared = Canonical(context);
    if (shared.size() > kMostBytesOfContext) {
      throw MakeError("{}: options, recipe and code take {} bytes; at most {} are allowed",
                      CellId(result.score.cell), shared.size(), kMostBytesOfContext);
    }
    contexts.insert(shared);
    lines += ShortLine(LineOf(result, std::move(score), HashOf(context)), result.score) + "\n";
  }
  std::string text;
  for (const auto& context : contexts) text += context + "\n";
  return text + lines;
}

ReadResultsFile ReadResultLines(const fs::path& file) { return Reader(file).Run(); }

std::string WhyNotKept(const CommittedResult& result) {
  const auto& score = result.score;
  const auto id = CellId(score.cell);
  try {
    Reader reader(ResultsPath("", score.matrix, score.cell.defense));
    const auto problems = reader.Run(ToText({result})).problems;
    if (problems.empty()) return "";
    const auto& [file, path, reason] = problems.front();
    const auto member = path.find('/', 1);  // behind the number of the line
    return fmt::format("{}: {}: {}", id, member == path.npos ? "" : path.substr(member), reason);
  } catch (const std::exception& e) {
    const std::string why = e.what();  // bytes that are no UTF-8 are the JSON library's to refuse
    return why.starts_with(id) ? why : id + ": " + why;
  }
}

fs::path ResultsPath(const fs::path& folder, const std::string& matrix,
                     const std::string& defense) {
  return folder / FolderName(matrix) / (FolderName(defense) + kResultsExtension);
}

std::vector<fs::path> ResultsFiles(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  std::error_code endless;  // a link that leads to itself has no kind
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file(endless) && entry.path().extension() == kResultsExtension)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<CommittedResult> NewestOfCells(const std::vector<CommittedResult>& results) {
  std::map<std::string, const CommittedResult*> newest;
  for (const auto& result : results) {
    auto& known = newest[CellId(result.score.cell)];
    if (!known || AddedAt(*known) < AddedAt(result)) known = &result;
  }
  std::vector<CommittedResult> kept;
  for (const auto& [id, result] : newest) kept.push_back(*result);
  return kept;
}

int LevelOf(const std::vector<Verified>& states) {
  if (states.empty()) return 0;
  const auto [lowest, highest] = std::minmax_element(states.begin(), states.end());
  if (*lowest == Verified::kElsewhere) return 4;
  if (*lowest == Verified::kRerun) return 3;
  if (*lowest == Verified::kClaimed) return 0;
  return *highest >= Verified::kRerun ? 2 : 1;
}

int LevelOf(const std::vector<CommittedResult>& results) {
  std::vector<Verified> states;
  for (const auto& result : results) states.push_back(result.verified);
  return LevelOf(states);
}

}  // namespace dfkd
