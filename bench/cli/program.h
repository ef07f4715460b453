// The program as its verbs: reads a command line, answers --help, and runs what was asked for.
#pragma once
#include <deque>
#include <iosfwd>
#include <string>
#include <vector>

#include "bench/cli/verb.h"

namespace dfkd::cli {

class Program {
 public:
  // `name` is how usage lines call it.
  Program(std::string name, std::string summary, std::string version);

  // The reference stays valid.
  Verb& AddVerb(std::string name, std::string summary);

  // Reads the command line, which is without the program's name, and runs its verb. Returns the
  // verb's exit code; 0 after --help and --version, which go to `out`; 2 for a command line that
  // is refused, and why goes to `err`, beginning with a guess where a flag is nearly one of the
  // verb's. Throws Error for an unknown verb, and what the verb throws. "--defence" is "--defense".
  int Run(std::vector<std::string> words, std::ostream& out, std::ostream& err);

  // Throws Error listing the verbs.
  const Verb& Find(const std::string& verb) const;

 private:
  std::string name_, summary_, version_;
  std::deque<Verb> verbs_;
};

}  // namespace dfkd::cli
