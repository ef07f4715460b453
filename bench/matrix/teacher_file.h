// A teacher that somebody else trained: the "teacher" block of a matrix names a file. It is keyed
// by its content; no clean teacher exists beside it, hence no floor and no gate.
#pragma once
#include <string>

#include "bench/core/json.h"

namespace dfkd {

struct TeacherFile {
  std::string path;    // relative to where the program is started; "" if only the hash is known
  std::string sha256;  // "" until somebody read the file (cli/teacher_file.h)

  // What scores and site say instead of a training recipe.
  Json ToJson() const { return {{"sha256", sha256}}; }
};

// Whether a "teacher" block speaks of a file, and what it says. Throws Error naming the key.
bool NamesTeacherFile(const Json& teacher);
TeacherFile ParseTeacherFile(const Json& teacher, const std::string& where);

}  // namespace dfkd
