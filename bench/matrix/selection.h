// What the command line selects from a matrix and sets in it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bench/matrix/matrix.h"

namespace dfkd {

// Empty = everything. Ids; unknown ones are Errors.
struct Selection {
  std::vector<std::string> datasets, attacks, distillers, defenses;
  std::vector<int64_t> teacher_seeds, student_seeds;  // instead of the file's
  Json set = Json::object();                          // --set k=v
};

// The blocks with the selected entries and seeds. Defences that are registered and selected, and
// that no block has, join all blocks: how an author measures a new one (`dfkd run quick --defenses
// mine,abd`). Throws Error for an id that is not there, and for a setting that speaks of nothing.
std::vector<Block> Select(const Matrix& matrix, const Selection& selection);

// The settings of the file, and above them those of the command line.
Json SettingsOf(const Matrix& matrix, const Selection& selection);

// "0-2,5" -> 0 1 2 5. Throws Error unless each is from 0 to 999999999, and for a range that falls
// or has more than 10001.
std::vector<int64_t> ParseSeeds(const std::string& text);

// "distiller.rounds=40" -> {"distiller.rounds": 40}; the value is JSON, or text if it is none.
// "defence.u=3" is the option of a defence, too.
void AddSetting(const std::string& text, Json& settings);

}  // namespace dfkd
