// Whether what was written to standard output got there. It is buffered, so that a full disk may
// show at the very end, when the verb has returned already.
#pragma once
#include <cstdio>
#include <string>

namespace dfkd::cli {

struct Delivered {
  bool is_whole = true;
  // It is not, because whoever read the pipe has ended (| head): nobody's mistake.
  bool has_no_reader = false;
  std::string why;  // it is not: what the system says, one line
};

// Writes what `out` still holds, and looks back on all that was written to it before.
Delivered Deliver(std::FILE* out);

// Takes the places of input, output and messages that whoever started the program has closed: the
// next file that is opened, in a store for instance, would get one of them and what is printed.
// Messages go nowhere then; output that is lost stays an error (Deliver). Programs that are started
// find the same. To be called first.
void FillStandardStreams();

}  // namespace dfkd::cli
