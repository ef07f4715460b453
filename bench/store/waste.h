// What may go from a store, and why: for `dfkd gc`.
//
// Errors: class io, one line, with the path.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bench/store/store.h"
#include "bench/store/work.h"

namespace dfkd {

struct Waste {
  std::filesystem::path path;
  // "left over": half removed or half written by a process that died, or work on a stage that is
  // done. "damaged": moved aside. "superseded": a state from which a later one was continued, and
  // which nothing in the store reads. "unreferenced": not asked for.
  std::string why;
  uint64_t bytes = 0;
};

// For the holder of a lease: what it reads is nobody's waste for as long as it holds that.
void Reserve(const WorkFolder& work, const std::vector<std::string>& refs);

struct WasteRules {
  // Superseded states are waste. Without them no result is lost; a run that would be cut there, of
  // a defence that does not exist yet, begins at an earlier round.
  bool superseded = false;
  // If given: keys of stages to be kept with all that they were made from, as is what running
  // stages read. Every other artifact is unreferenced.
  std::optional<std::set<std::string>> keep;
  // With `keep`: keys of stages that are kept so where the store has them, and missed nowhere.
  std::set<std::string> keep_if_there = {};
  // What was touched since, by the clock of the file server, is nobody's waste: somebody may be at
  // work on it.
  std::filesystem::file_time_type::duration recent = std::chrono::hours(1);
};

// What takes long in a large store: naming its artifacts, reading what they were made from, adding
// up how large the waste is.
enum class WasteSearch { kListing, kReading, kMeasuring };
// `done` of `all` are; 0: nobody knows how many there are.
using TellWasteSearch = std::function<void(WasteSearch what, size_t done, size_t all)>;

// Tells how far it is after each artifact, if it is asked to; that must cost little.
// Throws Error if a key to be kept is not in the store, or if what it was made from cannot be told,
// because a description is not the one that its key is the hash of: with a part of the store at
// hand, all of the rest would be waste.
std::vector<Waste> FindWaste(const Store& store, const WasteRules& rules,
                             const TellWasteSearch& tell = {});

// Removes it, each in one step out of sight first. What is gone already is fine. False: it stays,
// because a stage that began since it was found reads it, or works there.
bool RemoveWaste(const Store& store, const Waste& waste);

}  // namespace dfkd
