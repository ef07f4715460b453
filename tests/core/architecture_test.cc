// Reads the sources: who includes whom, and how long files and lines are.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = DFKD_SOURCE_DIR;
const std::vector<std::string> kPluginRoots = {"attacks", "datasets", "methods/defenses",
                                               "methods/detectors", "methods/distillation"};

struct Source {
  std::string path;  // relative to the root
  std::vector<std::string> lines;

  std::vector<std::string> Includes() const {
    std::vector<std::string> includes;
    for (const auto& line : lines) {
      if (!line.starts_with("#include ")) continue;
      const auto end = line.find_first_of("\">", 10);
      includes.push_back(line.substr(10, end - 10));
    }
    return includes;
  }
};

std::vector<Source> SourcesBelow(const std::string& folder) {
  std::vector<Source> sources;
  if (!fs::exists(kRoot / folder)) return sources;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    Source source{fs::relative(entry.path(), kRoot).string(), {}};
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) source.lines.push_back(line);
    sources.push_back(std::move(source));
  }
  return sources;
}

bool StartsWithOneOf(const std::string& text, const std::vector<std::string>& starts) {
  for (const auto& start : starts) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

// A module and the modules it may include, besides itself: the links of cmake/Modules.cmake.
struct Module {
  std::string name;
  std::vector<std::string> may;
  std::set<std::string> also = {};  // single headers without LibTorch
  bool torch = false;
};
std::ostream& operator<<(std::ostream& out, const Module& module) { return out << module.name; }

const Module kModules[] = {
    {"core", {}},
    {"io", {"core"}},
    {"store", {"core", "io"}},
    {"matrix", {"core", "io", "store"}},
    {"engines", {"core", "io", "store", "matrix"}},
    {"scores", {"core", "io", "store", "matrix"}},
    {"standings", {"core", "io", "scores"}},
    {"pages", {"core", "io", "scores", "standings"}},
    {"nn", {"core", "io"}, {}, true},
    {"images", {"core", "io", "nn"}, {}, true},
    {"recipes", {"core", "io", "nn", "images"}, {}, true},
    {"stages", {"core", "io", "nn", "images", "recipes", "store"}, {}, true},
    {"cli",
     {"core", "io", "store", "matrix", "engines", "scores", "standings", "pages"},
     {"bench/stages/services.h"}},
    {"front", {"core"}, {"bench/stages/services.h"}},
};

std::string FolderOf(const std::string& module) {
  const bool shown = module == "standings" || module == "pages";
  return (shown ? "leaderboard/" : "bench/") + module + "/";
}

bool IsOurs(const std::string& include) {
  return StartsWithOneOf(include,
                         {"bench/", "methods/", "attacks/", "datasets/", "leaderboard/", "tests/"});
}

bool IsTorch(const std::string& include) {
  return StartsWithOneOf(include, {"torch/", "ATen/", "c10/", "caffe2/"});
}

BOOST_DATA_TEST_CASE(a_module_includes_only_what_lies_below_it,
                     boost::unit_test::data::make(kModules)) {
  auto sources = SourcesBelow(FolderOf(sample.name));
  BOOST_TEST(!sources.empty());
  for (const auto& source : sources) {
    // Where plugins meet LibTorch: one header of core names its tensor class.
    const bool contract = source.path == "bench/core/interfaces.h";
    for (const auto& include : source.Includes()) {
      const auto where = source.path + " includes " + include;
      if (IsTorch(include)) {
        BOOST_TEST((sample.torch || (contract && include == "ATen/core/Tensor.h")), where);
      }
      if (!IsOurs(include)) continue;
      std::vector<std::string> allowed = {FolderOf(sample.name)};
      for (const auto& name : sample.may) allowed.push_back(FolderOf(name));
      BOOST_TEST((StartsWithOneOf(include, allowed) || sample.also.contains(include)), where);
      if (!sample.torch) BOOST_TEST((contract || include != "bench/core/interfaces.h"), where);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_module_is_checked) {
  std::set<std::string> known = {"bench/perf/", "bench/perf/grid/"};
  for (const auto& module : kModules) known.insert(FolderOf(module.name));
  for (const char* root : {"bench", "leaderboard"}) {
    for (const auto& source : SourcesBelow(root)) {
      const auto folder = fs::path(source.path).parent_path().string() + "/";
      BOOST_TEST(known.contains(folder), source.path);
    }
  }
}

// The services of the stage code are what programs see of it: no LibTorch behind that header.
BOOST_AUTO_TEST_CASE(the_header_that_crosses_the_line_sees_no_libtorch) {
  std::vector<std::string> open = {"bench/stages/services.h"};
  std::set<std::string> seen;
  while (!open.empty()) {
    const auto path = open.back();
    open.pop_back();
    if (!seen.insert(path).second) continue;
    Source source{path, {}};
    std::ifstream in(kRoot / path);
    for (std::string line; std::getline(in, line);) source.lines.push_back(line);
    for (const auto& include : source.Includes()) {
      BOOST_TEST(!IsTorch(include), path << " includes " << include);
      if (include.starts_with("bench/")) open.push_back(include);
    }
  }
}

// Other headers bring the guard along in LibTorch 1.13 only.
BOOST_AUTO_TEST_CASE(a_source_that_switches_gradients_off_includes_the_guard) {
  int guarded = 0;
  for (const char* root : {"bench", "attacks", "methods", "tests"}) {
    for (const auto& source : SourcesBelow(root)) {
      const bool guards =
          std::any_of(source.lines.begin(), source.lines.end(),
                      [](const auto& line) { return line.ends_with("::NoGradGuard no_grad;"); });
      if (!guards) continue;
      ++guarded;
      const auto includes = source.Includes();
      const bool included = std::any_of(includes.begin(), includes.end(), [](const auto& name) {
        return name == "c10/core/GradMode.h" || name == "ATen/core/grad_mode.h";
      });
      BOOST_TEST(included, source.path);
    }
  }
  BOOST_TEST(guarded > 10);
}

// What LibTorch calls otherwise from release to release is called in one file.
BOOST_AUTO_TEST_CASE(one_file_knows_the_release_of_libtorch) {
  for (const char* root : {"bench", "attacks", "methods", "datasets"}) {
    for (const auto& source : SourcesBelow(root)) {
      if (source.path == "bench/nn/numerics.cc") continue;
      for (const auto& include : source.Includes()) {
        BOOST_TEST(include != "ATen/autocast_mode.h", source.path);
        BOOST_TEST(include != "torch/version.h", source.path);
        BOOST_TEST(include != "ATen/Version.h", source.path);
      }
    }
  }
}

// It costs every file that includes it ten seconds of compilation.
BOOST_AUTO_TEST_CASE(one_file_includes_the_parser_of_command_lines) {
  for (const char* root : {"bench", "leaderboard", "tests"}) {
    for (const auto& source : SourcesBelow(root)) {
      for (const auto& include : source.Includes()) {
        const bool parser = include.starts_with("CLI/");
        BOOST_TEST((!parser || source.path == "bench/cli/program.cc"), source.path);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(plugins_include_what_is_made_for_them_and_their_own_folder) {
  for (const auto& root : kPluginRoots) {
    for (const auto& source : SourcesBelow(root)) {
      const auto own = fs::path(source.path).parent_path().string() + "/";
      for (const auto& include : source.Includes()) {
        if (!IsOurs(include)) continue;
        const bool allowed = StartsWithOneOf(include, {"bench/core/", "bench/io/", "bench/nn/",
                                                       "bench/images/", "bench/recipes/", own});
        BOOST_TEST(allowed, source.path << " includes " << include);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_is_a_short_header_with_a_readme_beside_it) {
  int plugins = 0;
  for (const auto& root : kPluginRoots) {
    for (const auto& entry : fs::directory_iterator(kRoot / root)) {
      if (!entry.is_directory()) continue;
      const auto name = entry.path().filename();
      if (SourcesBelow(root + "/" + name.string()).empty()) continue;  // left by another branch
      std::ifstream header(entry.path() / (name.string() + ".h"));
      BOOST_TEST(header.good(), entry.path());
      int lines = 0;
      for (std::string line; std::getline(header, line);) ++lines;
      BOOST_TEST(lines <= 150, entry.path() << ": " << lines << " lines");
      BOOST_TEST(fs::exists(entry.path() / "README.md"), entry.path());
      ++plugins;
    }
  }
  BOOST_TEST(plugins > 10);
}

// Two classes of one name in one namespace merge without a warning, and the wrong destructor runs.
BOOST_AUTO_TEST_CASE(a_class_of_a_header_has_its_name_to_itself) {
  std::map<std::string, std::string> places;  // "dfkd::cli Outcome" -> header
  auto sources = SourcesBelow("bench");
  for (auto& source : SourcesBelow("leaderboard")) sources.push_back(std::move(source));
  for (const auto& source : sources) {
    if (!source.path.ends_with(".h")) continue;
    std::string space;
    for (const auto& line : source.lines) {
      std::istringstream words(line);
      std::string kind, name, brace;
      words >> kind >> name >> brace;
      if (kind == "namespace") space = name;
      if (kind == "enum") name = std::exchange(brace, "{");
      const bool opens = brace == "{" || brace == ":" || brace == "final";
      if (!line.starts_with(kind) || !opens) continue;
      if (kind != "struct" && kind != "class" && kind != "enum") continue;
      const auto [place, fresh] = places.try_emplace(space + " " + name, source.path);
      BOOST_TEST(fresh, name << " stands in " << place->second << " and " << source.path);
    }
  }
  BOOST_TEST(places.size() > 100U);
}

// Characters, not bytes.
size_t Columns(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return columns;
}

BOOST_AUTO_TEST_CASE(no_file_has_more_than_500_lines_nor_a_line_more_than_100_columns) {
  for (const char* folder : {"bench", "leaderboard", "methods", "attacks", "datasets", "tests"}) {
    for (const auto& source : SourcesBelow(folder)) {
      BOOST_TEST(source.lines.size() <= 500U, source.path);
      for (size_t i = 0; i < source.lines.size(); ++i) {
        BOOST_TEST(Columns(source.lines[i]) <= 100U, source.path << ":" << i + 1);
      }
    }
  }
}

}  // namespace
