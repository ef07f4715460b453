// What the pages call things: paths below the folder of the site, and words for people.
#pragma once
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"
#include "bench/scores/score.h"

namespace dfkd::site {

// A matrix in paths and addresses: a safe file name, another for each name.
std::string FileOf(const std::string& matrix);
// Relative to the folder of the site: "matrices/<file>.html", and the same with .json for the file
// that lay beside its scores.
std::string MatrixPage(const std::string& matrix);
std::string MatrixFilePath(const std::string& matrix);
// "<file>/cell/<cell id>": where the application shows a cell on the page of its matrix, and the id
// of its row there.
std::string CellAnchor(const std::string& matrix, const Cell& cell);
// Only the application filters cells. So that its links lead somewhere without it, what they ask
// stands before the '#', and behind it the table of all cells: "?defense=abd#<file>/cells".
// state/address.ts reads it there and behind the '#' alike.

// "#<file>/cell/<cell id>"; where the page of the matrix lists no rows (more than kMostRows scores)
// "?cell=<cell id>#<file>/cells".
std::string CellAddress(const std::string& matrix, const Cell& cell, bool listed);
// "?dataset=…&networks=…#<file>/cells": of a defence in the group of the score, under all attacks
// or under one, in the application's table of the page of the matrix.
std::string CellsAddress(const Score& any, const std::string& defense,
                         const std::string& attack = "");
// Relative to the folder of the site: the application's table of the page of the matrix, filtered
// by the names that the cells have; of one cell its own page there.
std::string CellsPath(const std::string& matrix, const std::vector<Cell>& cells);
// The same of all cells of an entry: "matrices/<file>.html?defense=abd#<file>/cells".
std::string CellsOfEntry(const std::string& matrix, PluginKind kind, const std::string& id);
// "attacks/blend.html".
std::string PluginPage(PluginKind kind, const std::string& plugin);
// "an attack", "a defence", "a distiller", "a data set", without the article.
std::string KindText(PluginKind kind);

// In words, for people.
std::string StatusText(Status status);
std::string FlagText(const std::string& flag);
// All that a score may have.
const std::vector<std::string>& Flags();
// Whether cells with the flag are in no mean of ASR (CountsForAsr).
bool KeepsOutOfMeans(const std::string& flag);
// What a mean over some scores of one entry is over: those whose ASR counts, or it would say less
// of the entry the more of them the backdoor never reached; all of them where none counts.
struct Averaged {
  std::vector<const Score*> scores;
  size_t counted = 0;
  // The flags that keep the others out: "attack_ineffective, not_transferred".
  std::string others;
};
// `ended`: scores whose status is ok.
Averaged CountedOrAll(const std::vector<const Score*>& ended);
// {"flag", "meaning"} for each.
Json FlagList(const Score& score);
std::string TrackText(const std::string& track);
// What a distiller has beside the teacher, as its options say (bench/recipes/side_information.h):
// "extra data: ImageNet; pretrained: CLIP"; "" if nothing.
std::string SideInformationText(const Entry& distiller);
// The reason of a number that is not there.
std::string WhyMissing(const Score& score);
// "0·1": teacher seed, student seed.
std::string SeedText(const Cell& cell);
// "wrn-16-2 → wrn-16-1".
std::string NetworkText(const Cell& cell);
// The names of a cell, as cells.tpl shows them.
Json CoordinatesData(const Cell& cell);
// An address as text: without "https://".
std::string WithoutScheme(const std::string& url);

}  // namespace dfkd::site
