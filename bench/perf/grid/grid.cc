#include "bench/perf/grid/grid.h"

#include <malloc.h>

#include <array>
#include <cstdlib>
#include <fstream>

namespace dfkd::perf {
namespace {

Json Variant(const std::string& plugin, int index, const Json& options) {
  return {{"id", fmt::format("{}_{}", plugin, index)}, {"plugin", plugin}, {"options", options}};
}

Json Attacks(int count) {
  constexpr std::array kPlugins = {"badnets_grid", "badnets_sq", "blend",     "l2_inv",
                                   "smooth",       "trojan_8x8", "trojan_wm", "sig"};
  Json attacks = Json::array();
  for (int i = 0; i < count; ++i) {
    attacks.push_back(
        Variant(kPlugins[i % kPlugins.size()], i, {{"poison_rate", 0.01 + 0.001 * i}}));
  }
  return attacks;
}

// The first are the plugins with their defaults.
Json Distillers(int count) {
  Json distillers = {"ood_kd", "zskt", "cmi", "dafl", "dfq"};
  for (int i = static_cast<int>(distillers.size()); i < count; ++i)
    distillers.push_back(Variant(distillers[i % 5], i, {{"rounds", 100 + i}}));
  return distillers;
}

Json Defenses(int count) {
  Json defenses = {"none",
                   "abd",
                   "clp",
                   "ft",
                   "ft_syn",
                   "i_bau",
                   "i_bau_syn",
                   "shuffling_vaccine",
                   "self_retrospection"};
  for (int i = static_cast<int>(defenses.size()); i < count; ++i) {
    defenses.push_back(i % 2 == 0 ? Variant("clp", i, {{"u", 3 + 0.1 * i}})
                                  : Variant("ft_syn", i, {{"lr", 0.01 + 0.001 * i}}));
  }
  return defenses;
}

Json Seeds(int64_t count) {
  Json seeds = Json::array();
  for (int64_t seed = 0; seed < count; ++seed) seeds.push_back(seed);
  return seeds;
}

}  // namespace

Grid GridOf(const GridSize& size) {
  const std::vector<std::string> names = {"shapes", "fashion_mnist", "cifar10"};
  Json datasets = Json::array();
  std::map<std::string, DataFacts> facts;
  for (int i = 0; i < size.datasets; ++i) {
    datasets.push_back(names.at(i));
    facts[names.at(i)] = {std::string(64, '0'), std::nullopt};
  }
  const Json matrix = {{"schema", "matrix.v1"},
                       {"name", "grid"},
                       {"blocks",
                        {{{"datasets", datasets},
                          {"attacks", Attacks(size.attacks)},
                          {"networks", {{{"teacher", "vgg-s-8"}, {"student", "vgg-s-8"}}}},
                          {"distillers", Distillers(size.distillers)},
                          {"defenses", Defenses(size.defenses)},
                          {"teacher_seeds", Seeds(size.teacher_seeds)},
                          {"student_seeds", Seeds(size.student_seeds)}}}}};
  return {ParseMatrix(matrix, "grid"), facts};
}

Grid GridOfCells(int64_t cells) { return GridOf({.student_seeds = cells / 2000}); }

ScratchFolder::ScratchFolder() {
  auto name = (std::filesystem::temp_directory_path() / "dfkd-perf-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw MakeError("{}: cannot be made", name);
  path_ = name;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

double PeakBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) * 1024;
  }
  return 0;
}

void ForgetPeak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace dfkd::perf
