// dfkd try: what the author of a plugin repeats. Builds it, checks it, shows it at work on toy
// data. Needs no LibTorch itself: it starts other programs, the new one of this build last.
#include <fmt/ranges.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "bench/cli/build_folder.h"
#include "bench/cli/command.h"
#include "bench/cli/toy_matrix.h"
#include "bench/cli/toy_table.h"
#include "bench/core/error.h"
#include "bench/core/plugin_sources.h"
#include "bench/core/suggest.h"
#include "bench/engines/machine.h"
#include "bench/io/file.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct TryFlags {
  std::string plugin;
  int jobs = 0;
  bool no_build = false;
};

bool HoldsPlugin(const fs::path& folder) {
  return fs::exists(folder / (folder.filename().string() + ".h"));
}

// The folders of registered plugins of that name: two kinds may share one.
fs::path FolderOf(const std::string& name) {
  std::vector<std::string> folders, names;
  for (const auto& source : PluginSources()) {
    names.push_back(source.name);
    if (source.name == name) folders.push_back(source.folder);
  }
  if (folders.size() == 1) return folders.front();
  if (folders.size() > 1) {
    throw MakeError("try '{}': name one of the folders {}", name, fmt::join(folders, ", "));
  }
  throw MakeError(
      "try '{}': neither a folder with a plugin ({}/{}.h) nor registered; {}`dfkd new` writes one",
      name, name, fs::path(name).filename().string(), Guess(name, names));
}

fs::path FindPlugin(const std::string& given) {
  auto folder = fs::absolute(given).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();  // "mine/"
  if (fs::is_directory(folder) && HoldsPlugin(folder)) return fs::canonical(folder);
  return FolderOf(given);
}

void Say(const std::string& line) { fmt::print(stderr, "{}\n", line); }

class Clock {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// --- the program that is there: configure and build, then become what was built

std::string CMake(const BuildFolder& build) {
  const auto cmake = build.Value("CMAKE_COMMAND");
  return cmake.empty() ? "cmake" : cmake;
}

// Those of the build that are still there, and the one of the plugin. CMake refuses a root that is
// gone, and would go on refusing.
std::vector<std::string> RootsFor(const BuildFolder& build, const fs::path& root) {
  std::vector<std::string> roots;
  for (const auto& one : build.FurtherRoots()) {
    const bool there = fs::is_directory(build.PlaceOf(one));
    if (there) roots.push_back(one);
    if (!there) Say(fmt::format("{} is gone and leaves DFKD_PLUGINS", one));
  }
  if (!build.HasRoot(root)) roots.push_back(root.string());
  return roots;
}

int Configure(const BuildFolder& build, const std::vector<std::string>& roots) {
  const std::vector<std::string> words = {CMake(build),
                                          "--log-level=WARNING",
                                          "-S",
                                          build.Source(),
                                          "-B",
                                          build.folder(),
                                          fmt::format("-DDFKD_PLUGINS={}", fmt::join(roots, ";"))};
  Say("$ " + CommandLine(words));
  return RunProgram(words);
}

bool HasConformance(const BuildFolder& build) { return build.Value("DFKD_CONFORMANCE") == "ON"; }

// A compiler of these headers takes up to 1 GB.
int JobsFor(const TryFlags& flags) {
  if (flags.jobs > 0) return flags.jobs;
  const auto cores = AllowedCores();
  const auto bytes = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                     static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return std::max(1, std::min(cores, static_cast<int>(bytes / 1.5e9)));
}

int Build(const BuildFolder& build, const TryFlags& flags) {
  std::vector<std::string> words = {
      CMake(build), "--build", build.folder(), "-j", std::to_string(JobsFor(flags)),
      "--target",   "dfkd"};
  if (HasConformance(build)) words.push_back("test_conformance");
  Say("$ " + CommandLine(words));
  return RunProgram(words);
}

int BuildAndBecome(const fs::path& folder, const TryFlags& flags) {
  const Clock clock;
  BuildFolder build(ProgramFile().parent_path());
  const auto roots = RootsFor(build, folder.parent_path());
  if (roots != build.FurtherRoots() || !HasConformance(build)) {
    if (Configure(build, roots) != 0) return 1;
    build = BuildFolder(build.folder());
  }
  if (Build(build, flags) != 0) return 1;
  Say(fmt::format("built in {:.1f} s", clock.Seconds()));
  BecomeProgram({build.folder() / "dfkd", "try", folder, "--no-build"});
}

// --- the program that has the plugin

const PluginSource& SourceIn(const fs::path& folder) {
  for (const auto& source : PluginSources()) {
    if (fs::weakly_canonical(source.folder) == folder) return source;
  }
  throw MakeError("{}: this program was built without it; leave --no-build out", folder.string());
}

// A new folder each time: code that changed must not find what older code left.
fs::path NewScratch(const PluginSource& source) {
  const auto scratch = fs::absolute(".dfkd/try") / (source.kind + "-" + source.name);
  fs::remove_all(scratch);
  fs::create_directories(scratch);
  return scratch;
}

bool Conforms(const PluginSource& source, const fs::path& scratch) {
  const Clock clock;
  const BuildFolder build(ProgramFile().parent_path());
  if (!HasConformance(build)) {
    Say("conformance: LEFT OUT, Boost.Test is not installed (apt-get install libboost-test-dev)");
    return true;
  }
  const auto cases = fmt::format("--run_test={}_{}__*", source.kind, source.name);
  const std::vector<std::string> words = {build.folder() / "tests/test_conformance", cases,
                                          "--report_level=short", "--color_output=no"};
  Say("$ " + CommandLine(words));
  const bool passed = RunProgram(words, scratch) == 0;
  Say(fmt::format("conformance: {} ({:.1f} s)", passed ? "ok" : "FAILED", clock.Seconds()));
  return passed;
}

bool HoldsInRuns(const PluginSource& source, const fs::path& scratch) {
  const Clock clock;
  const std::vector<std::string> words = {ProgramFile(), "check-plugin", source.name, "--kind",
                                          source.kind};
  Say("$ " + CommandLine(words));
  const bool holds = RunProgram(words, scratch) == 0;
  Say(fmt::format("check-plugin: {} ({:.1f} s)", holds ? "ok" : "FAILED", clock.Seconds()));
  return holds;
}

int RunToy(const PluginSource& source, const fs::path& scratch) {
  const Clock clock;
  auto matrix = fs::path(source.folder) / kToyMatrixFile;
  if (!fs::exists(matrix)) {
    matrix = scratch / kToyMatrixFile;
    WriteFileAtomically(matrix, ToyMatrix(source.kind, source.name).dump(2) + "\n");
  }
  const std::vector<std::string> words = {
      ProgramFile(),      "run",          matrix, "--store", scratch / "store", "--out",
      scratch / "scores", "--ignore-gate"};
  Say("$ " + CommandLine(words));
  const int code = RunProgram(words);
  if (code <= 1) fmt::print("{}", ToyTable(ReadScores(scratch / "scores")));
  std::fflush(stdout);  // before the line below, where both go to one file
  Say(fmt::format("toy cells: {} ({:.1f} s)", code == 0 ? "ok" : "FAILED", clock.Seconds()));
  return code;
}

int CheckAndShow(const fs::path& folder) {
  const auto& source = SourceIn(folder);
  const auto scratch = NewScratch(source);
  bool conforms = Conforms(source, scratch);
  conforms = HoldsInRuns(source, scratch) && conforms;
  const int code = RunToy(source, scratch);
  return code == 0 && !conforms ? 1 : code;
}

int Run(const TryFlags& flags) {
  const auto folder = FindPlugin(flags.plugin);
  return flags.no_build ? CheckAndShow(folder) : BuildAndBecome(folder, flags);
}

}  // namespace

void AddTry(Program& program) {
  auto& verb = program.AddVerb("try", "Build a plugin, check it, show it at work on toy data");
  const auto flags = std::make_shared<TryFlags>();
  verb.Add("plugin", &flags->plugin, "its folder, or the name of one that is registered")
      .Required()
      .Takes("FOLDER|NAME");
  verb.Add("--jobs", &flags->jobs, "compilers at a time (default: as cores and memory allow)")
      .Between(1, 1024);
  verb.Add("--no-build", &flags->no_build, "only check and show what is built already");
  verb.Footer(
      "Works in the build folder that this program lies in. The folder's root joins DFKD_PLUGINS "
      "of\n"
      "that build. Results go to .dfkd/try, from scratch every time. toy.json in the folder takes\n"
      "the place of the toy cells: a matrix of the author's own.\n"
      "Exit code: 0 it works, 1 it does not compile, conform or run, 2 usage.\n"
      "Examples:\n"
      "  dfkd try ../my_plugins/drop_confident\n"
      "  dfkd try abd");
  verb.NeedsNoPlugins();  // the one to mend may be broken
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
