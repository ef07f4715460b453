// What a stranger's model file says of itself, against what a person says of it. Of bench/cli.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bench/cli/teacher_statement.h"
#include "tests/fuzz/parsers.h"

namespace dfkd::fuzz {

// The metadata as it is said, so that no header of safetensors has to be hit.
inline void ReadStatement(std::string_view bytes) {
  const Json said = ParseJson(bytes, "fuzz");
  if (!said.is_object()) throw MakeError("fuzz: no metadata");
  TensorMetadata metadata;
  for (const auto& [key, value] : said.items())
    metadata[key] = value.is_string() ? value.get<std::string>() : Canonical(value);
  const ImageSpec spec{3, 32, 32, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
  cli::RequireAsStated(metadata, "wrn-16-2", spec, "fuzz");
}

inline std::vector<Parser> Statements() {
  return {{"statement",
           ReadStatement,
           {R"({"network":"wrn-16-2","spec":{"channels":3,"height":32,"width":32,"classes":10,)"
            R"("mean":[0.5,0.5,0.5],"stddev":[0.25,0.25,0.25]}})"},
           Grammar::kJson}};
}

}  // namespace dfkd::fuzz
