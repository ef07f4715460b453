// Checks of JSON against the schemas in leaderboard/schema, which are compiled into the program.
#pragma once
#include <string>
#include <vector>

#include "bench/core/embedded.h"
#include "bench/core/json.h"

namespace dfkd {

// The files leaderboard/schema/*.json.
const EmbeddedFiles& SchemaFiles();

struct SchemaProblem {
  std::string path;  // JSON pointer, e.g. "/student/acc"; "" is the document
  // The value that is wrong and what is allowed.
  std::string reason;
};

// `schema` is "scores.v1", "matrix.v1" or "reference.v1". Of nested problems only the innermost is
// told. A document may come from a stranger: one of more than 100,000 values is refused as a whole,
// and of problems a thousand are told.
std::vector<SchemaProblem> CheckSchema(const Json& document, const std::string& schema);

// The part of a schema that speaks of the value at `path`, references resolved; null if none does.
Json SubschemaAt(const Json& schema, const std::string& path);

}  // namespace dfkd
