// What a shell offers while a command line is typed, read from the declarations of the verbs. The
// scripts of the shells (bench/cli/completion) ask for it at every key, so they are never out of
// date.
#pragma once
#include <string>
#include <vector>

#include "bench/cli/program.h"
#include "bench/core/embedded.h"

namespace dfkd {

// bench/cli/completion: dfkd.bash, _dfkd.
const EmbeddedFiles& CompletionFiles();

namespace cli {

struct Completion {
  enum class Files { kNone, kAny, kFolders };
  struct Word {
    std::string text, meaning;  // the whole word, "none,abd" after "none,"; "" if nothing is known
  };
  Files files = Files::kNone;  // names of files that may stand there as well
  std::vector<Word> words;
};

// `words` is what was typed after the name of the program, to the cursor; the last one, possibly
// empty, is completed. Of "--flag=value" the value is. "=" may be a word of its own, as in bash.
Completion Complete(const Program& program, std::vector<std::string> words);

}  // namespace cli
}  // namespace dfkd
