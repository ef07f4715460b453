// What one cluster wants to be told: a small JSON file, leaderboard/schema/slurm_site.v1.json.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace dfkd {

struct SlurmSite {
  std::string partition, account, gres, memory, time;  // as sbatch takes them; "": not given
  int workers = 8;                                     // at a time
  int array_limit = 1000;                              // tasks of one array
  std::vector<std::string> flags;                      // further ones of sbatch
  std::vector<std::string> setup;                      // lines of shell

  // How long a worker may run; nullopt: as long as the partition lets it.
  std::optional<double> Seconds() const;
  // How long before its end a worker is told to write a checkpoint: two minutes, a quarter of the
  // time if that is less.
  int LeadSeconds() const;
  // The nodes that its flags exclude.
  std::vector<std::string> Excluded() const;
};

// Throws Error, one line with the key, its value and what is allowed.
SlurmSite ReadSlurmSite(const std::filesystem::path& file);

// `given` if not empty, else $DFKD_SLURM_SITE, else ~/.config/dfkd/slurm.json; defaults if that
// last one is not there.
SlurmSite FindSlurmSite(const std::filesystem::path& given);

// The nodes in "--exclude=a,b[1-3]" or "-xa", a list of Slurm's an element; none in another flag,
// nor where it names a file of nodes.
std::vector<std::string> NodesExcludedBy(const std::string& flag);

// Slurm's way to write a duration, "D-HH:MM:SS" with parts left out, in seconds; nullopt for
// anything else (UNLIMITED, INVALID).
std::optional<double> SlurmSeconds(const std::string& text);

}  // namespace dfkd
