// Manual pages (troff, macros of man(7)), written from what the verbs declare.
#pragma once
#include <string>

#include "bench/cli/program.h"

namespace dfkd::cli {

// dfkd.1: what the program is for, and its verbs.
std::string ManualPage(const Program& program);
// dfkd-<verb>.1.
std::string ManualPage(const Program& program, const Verb& verb);

}  // namespace dfkd::cli
