#include "bench/engines/slurm_site.h"

#include <algorithm>
#include <cstdlib>

#include "bench/core/json.h"
#include "bench/core/split.h"
#include "bench/io/schema.h"
#include "bench/store/disk.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr int kLead = 120;

bool IsNumber(const std::string& text) {
  return !text.empty() && text.size() < 9 &&
         text.find_first_not_of("0123456789") == std::string::npos;
}

std::optional<fs::path> OwnSite() {
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  auto file = fs::path(home) / ".config/dfkd/slurm.json";
  return store::Exists(file) ? std::optional(file) : std::nullopt;
}

}  // namespace

std::optional<double> SlurmSeconds(const std::string& text) {
  const auto dash = text.find('-');
  const bool with_days = dash != std::string::npos;
  std::vector<double> parts;
  for (const auto& part : SplitAt(with_days ? text.substr(dash + 1) : text, ':')) {
    if (!IsNumber(part)) return std::nullopt;
    parts.push_back(std::stod(part));
  }
  const auto days = with_days ? text.substr(0, dash) : "0";
  if (!IsNumber(days) || parts.size() > 3) return std::nullopt;
  // With days it begins with hours; without, one part is minutes, two are minutes and seconds.
  if (!with_days && parts.size() < 3) parts.insert(parts.begin(), 0);
  parts.resize(3);
  return ((std::stod(days) * 24 + parts[0]) * 60 + parts[1]) * 60 + parts[2];
}

std::optional<double> SlurmSite::Seconds() const {
  return time.empty() ? std::nullopt : SlurmSeconds(time);
}

int SlurmSite::LeadSeconds() const {
  const auto seconds = Seconds();
  return seconds ? static_cast<int>(std::clamp(*seconds / 4, 1.0, double{kLead})) : kLead;
}

std::vector<std::string> NodesExcludedBy(const std::string& flag) {
  size_t at = 0;
  for (const std::string start : {"--exclude=", "--exclude ", "-x"}) {
    if (flag.starts_with(start)) at = start.size();
  }
  const auto list = at == 0 ? "" : flag.substr(at);
  if (list.find('/') != std::string::npos) return {};
  std::vector<std::string> nodes = {""};
  int depth = 0;  // commas in brackets belong to one name
  for (const char c : list) {
    depth += (c == '[') - (c == ']');
    if (c == ',' && depth == 0) {
      nodes.emplace_back();
    } else if (c != ' ' && c != '"' && c != '\'') {
      nodes.back() += c;
    }
  }
  std::erase(nodes, "");
  return nodes;
}

std::vector<std::string> SlurmSite::Excluded() const {
  std::vector<std::string> nodes;
  for (const auto& flag : flags) {
    const auto these = NodesExcludedBy(flag);
    nodes.insert(nodes.end(), these.begin(), these.end());
  }
  return nodes;
}

SlurmSite ReadSlurmSite(const fs::path& file) {
  const Json json = ReadJson(file);
  const auto problems = CheckSchema(json, "slurm_site.v1");
  if (!problems.empty()) {
    const auto& [path, reason] = problems.front();
    throw MakeError("{}: {}{}{}", file.string(), path, path.empty() ? "" : ": ", reason);
  }
  SlurmSite site;
  site.partition = json.value("partition", "");
  site.account = json.value("account", "");
  site.gres = json.value("gres", "");
  site.memory = json.value("memory", "");
  site.time = json.value("time", "");
  site.workers = json.value("workers", site.workers);
  site.array_limit = json.value("array_limit", site.array_limit);
  site.flags = json.value("flags", site.flags);
  site.setup = json.value("setup", site.setup);
  if (site.Seconds().value_or(60) < 60)
    throw MakeError("{}: /time: '{}' is less than a minute", file.string(), site.time);
  return site;
}

SlurmSite FindSlurmSite(const fs::path& given) {
  if (!given.empty()) return ReadSlurmSite(given);
  const char* chosen = std::getenv("DFKD_SLURM_SITE");
  if (chosen != nullptr && *chosen != '\0') return ReadSlurmSite(chosen);
  const auto own = OwnSite();
  return own ? ReadSlurmSite(*own) : SlurmSite{};
}

}  // namespace dfkd
