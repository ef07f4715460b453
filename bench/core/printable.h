// Bytes of strangers (names in files, paths, messages of other software) as text that a terminal
// only shows and that JSON can hold.
#pragma once
#include <string>
#include <string_view>

namespace dfkd {

// Everything that is no visible UTF-8 stands as an escape: control characters as \n, \t, \x1b, the
// marks that change the direction of writing, invisible blanks and line separators as \u202e, bytes
// that are not UTF-8 as \xfc. All other text is returned as it is, and `kept` wherever it occurs
// ("\n": the text has lines of its own). Of a line that is longer than any path the rest is "…".
std::string Printable(std::string_view text, std::string_view kept = "");

// The same of a message that may have lines of its own: a line feed before two blanks stays.
std::string PrintableLines(std::string_view text);

// Whether the bytes are UTF-8, as JSON must be.
bool IsUtf8(std::string_view text);

// Throws Error, one line with the bytes escaped, unless `path` is UTF-8. `what` opens the message:
// "--out", "data set image_folder". For paths that get into JSON.
void RequireUtf8(std::string_view path, std::string_view what);

}  // namespace dfkd
