#include "bench/cli/artifact_names.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "bench/cli/matrix_flags.h"
#include "bench/core/error.h"
#include "bench/scores/results_file.h"
#include "bench/scores/score.h"
#include "bench/store/catalog.h"
#include "bench/store/disk.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

// Empty: the name is none of scores.
fs::path ScoresNamed(const std::string& name) {
  const auto written = ScoresFolder("", "").parent_path() / (name + ".json");
  for (const fs::path& path : {fs::path(name), written}) {
    std::error_code none;
    if (fs::exists(path, none)) return path;
  }
  return {};
}

// All, not the newest of each cell alone: whoever checks an older one needs its artifacts, too.
std::vector<Score> ScoresInLines(const fs::path& file) {
  auto read = ReadResultLines(file);
  if (!read.problems.empty()) {
    const auto& problem = read.problems.front();
    throw MakeError("{}{}: {}", problem.file.string(), problem.path, problem.reason);
  }
  std::vector<Score> scores;
  for (auto& result : read.results) scores.push_back(std::move(result.score));
  return scores;
}

std::vector<fs::path> FilesOfScores(const fs::path& scores) {
  const auto path = fs::absolute(scores).lexically_normal();  // lines are checked by their place
  if (!fs::is_directory(path)) return {path};
  auto files = ScoreFiles(path);
  for (auto& file : ResultsFiles(path)) files.push_back(std::move(file));
  return files;
}

std::vector<Score> ScoresInFile(const fs::path& file) {
  if (file.extension() == kResultsExtension) return ScoresInLines(file);
  return {ReadScore(file)};
}

bool IsEvaluation(const std::string& title) { return title.starts_with("evaluate "); }

size_t AddKeysOf(const std::vector<Score>& scores, NamedStages& named) {
  for (const auto& score : scores) {
    const auto& provenance = score.provenance;
    const auto titles = TitlesOf(provenance.stages);
    const auto earlier = EarlierStates(titles);
    const bool evaluated = std::any_of(titles.begin(), titles.end(), IsEvaluation);
    for (const auto& [title, key] : provenance.stages) {
      (earlier.contains(title) ? named.earlier : named.own).insert(key);
      if (!earlier.contains(title) && (!evaluated || IsEvaluation(title))) named.read.insert(key);
      const auto digest = provenance.artifacts.find(title);
      if (digest != provenance.artifacts.end()) named.digests[key].insert(digest->second);
    }
    named.references.insert(provenance.references.begin(), provenance.references.end());
  }
  return scores.size();
}

void AddStagesOf(const Store& store, const fs::path& path, std::vector<std::string>& refs,
                 std::vector<std::string>& missing) {
  const size_t before = refs.size();
  for (const auto& key : StageKeysIn(path)) {
    try {
      refs.push_back(FindArtifact(store, key));
    } catch (const Error&) {  // deleted since, or never computed here
      missing.push_back(key);
    }
  }
  if (refs.size() > before) return;
  throw MakeError("{}: the store {} has nothing of what its scores name", path.string(),
                  store.root().string());
}

Sought OfAnyKind(const std::string& key) {
  constexpr std::array kKinds = {"teacher",         "distill",   "evaluate", "transfer_set",
                                 "repair",          "synthesis", "samples",  "sanitize",
                                 "poison_transfer", "craft",     "import",   "detect"};
  Sought sought{key, {}};
  for (const char* kind : kKinds) sought.refs.push_back(std::string(kind) + "/" + key);
  return sought;
}

Sought SoughtByName(const std::string& name) {
  if (name.find('/') == std::string::npos) {
    store::RequireKey(name);
    return OfAnyKind(name);
  }
  return {ParseRef(name).key, {name}};
}

}  // namespace

NamedStages StagesNamedIn(const std::vector<fs::path>& scores, const TellLoading& tell) {
  std::vector<std::vector<fs::path>> files;
  size_t all = 0, done = 0;
  for (const auto& one : scores) all += files.emplace_back(FilesOfScores(one)).size();
  NamedStages named;
  for (size_t i = 0; i < scores.size(); ++i) {
    size_t count = 0;
    for (const auto& file : files[i]) {
      count += AddKeysOf(ScoresInFile(file), named);
      ++done;
      if (tell) tell(done, all);
    }
    if (count == 0) throw MakeError("{}: there are no scores", scores[i].string());
  }
  return named;
}

std::set<std::string> StageKeysIn(const fs::path& scores) {
  auto named = StagesNamedIn({scores});
  auto keys = std::move(named.own);
  keys.merge(named.earlier);
  keys.merge(named.references);
  return keys;
}

std::vector<Sought> ArtifactsSought(const std::vector<std::string>& names) {
  std::vector<Sought> all;
  for (const auto& name : names) {
    const auto scores = ScoresNamed(name);
    if (scores.empty()) {
      all.push_back(SoughtByName(name));
    } else {
      const auto named = StagesNamedIn({scores});
      const size_t first = all.size();
      for (const auto& key : named.own) all.push_back(OfAnyKind(key));
      auto others = named.earlier;
      others.insert(named.references.begin(), named.references.end());
      for (const auto& key : others) {
        if (named.own.contains(key)) continue;
        all.push_back(OfAnyKind(key));
        all.back().may_be_gone = true;
      }
      for (size_t i = first; i < all.size(); ++i) {
        const auto digests = named.digests.find(all[i].key);
        if (digests != named.digests.end()) all[i].digests = digests->second;
      }
    }
  }
  return all;
}

Closed ArtifactsNamed(const Store& store, const std::vector<std::string>& names) {
  std::vector<std::string> refs, missing;
  if (names.empty()) ForEachArtifact(store, [&](const std::string& ref) { refs.push_back(ref); });
  for (const auto& name : names) {
    const auto scores = ScoresNamed(name);
    if (scores.empty()) {
      refs.push_back(FindArtifact(store, name));
    } else {
      AddStagesOf(store, scores, refs, missing);
    }
  }
  auto closed = CloseOver(store, refs);
  closed.missing.insert(closed.missing.end(), missing.begin(), missing.end());
  return closed;
}

std::string MissingText(const Closed& closed) {
  if (closed.missing.empty()) return "";
  return fmt::format("; {} that they name are not in this store", closed.missing.size());
}

}  // namespace dfkd::cli
