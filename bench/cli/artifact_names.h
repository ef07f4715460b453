// Which artifacts of a store a person means, and how it is said what became of them.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/scores/load_scores.h"
#include "bench/store/closure.h"

namespace dfkd::cli {

// Keys of stages that scores name.
struct NamedStages {
  // On the way to the student and its evaluation.
  std::set<std::string> own;
  // Of these what the numbers were read from: the evaluation; all, where a score names none.
  std::set<std::string> read;
  // Also on the way: states that were continued. No key hangs on them, and they may be gone.
  std::set<std::string> earlier;
  // What else the numbers came from (provenance.references): floors, detections, …
  std::set<std::string> references;
  // By key: the digests that scores say their artifacts have (provenance.artifacts).
  std::map<std::string, std::set<std::string>> digests;
};
// Each of `scores` is a file of one, a file of results (*.jsonl: all its lines), or a folder with
// any of them. Throws Error if there is none in one of them, or if one is wrong. `tell` hears of
// each file that has been read, of those of all; from this thread.
NamedStages StagesNamedIn(const std::vector<std::filesystem::path>& scores,
                          const TellLoading& tell = {});

// All that one of these names: with what these were made from, all that the scores can be checked
// by.
std::set<std::string> StageKeysIn(const std::filesystem::path& scores);

// A name is that of a file or folder of scores, "<matrix>/<cell>" where a run here has written that
// score, a key or the beginning of one. Returns what they stand for with all that it was made from;
// without names, everything in the store. Throws Error if the store does not have what a key names,
// or nothing of what a score names.
Closed ArtifactsNamed(const Store& store, const std::vector<std::string>& names);

// What follows in a line about artifacts that went somewhere: "; 3 that they name are not in this
// store", or nothing if all are.
std::string MissingText(const Closed& closed);

// An artifact that somebody else may have.
struct Sought {
  std::string key;
  std::vector<std::string> refs;  // it is one of these
  // Scores name it, and say the same without it: a state that was continued, a reference.
  bool may_be_gone = false;
  // It is what scores were read from if its digest is one of these; empty: they say nothing of it.
  std::set<std::string> digests = {};
};
// A name is a key, then of any kind; "kind/key"; or that of scores, as above, and stands for all
// that they name. Throws Error for other names.
std::vector<Sought> ArtifactsSought(const std::vector<std::string>& names);

}  // namespace dfkd::cli
