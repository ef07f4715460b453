// A teacher that somebody else trained: the "teacher" block of a matrix names a file. It is keyed
// by its content; no clean teacher exists beside it, hence no floor and no gate.
#pragma once
#include <string>

#include "bench/core/json.h"

namespace dfkd {

struct TeacherFile {
  std::string path;    // relative to where the program is started; "" if only the hash is known
  std::string sha256;  // "" until somebody read the file (read_teacher_file.h)

  Json ToJson() const { return {{"sha256", sha256}}; }
};

}  // namespace dfkd
