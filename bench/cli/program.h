// The program as its verbs: reads a command line, answers --help, and runs what was asked for.
#pragma once
#include <deque>
#include <functional>
#include <iosfwd>
#include <string>
#include <utility>
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
  // is refused, and why goes to `err`: one line that names the verb and its --help, with a guess
  // where a flag is nearly one of the verb's. Throws Error for an unknown verb, and what the verb
  // throws. "--defence" is "--defense".
  int Run(std::vector<std::string> words, std::ostream& out, std::ostream& err);

  // `check` runs before each verb that needs plugins; what it throws leaves Run.
  void CheckPlugins(std::function<void()> check) { check_plugins_ = std::move(check); }

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::string& version() const { return version_; }
  const std::deque<Verb>& verbs() const { return verbs_; }
  // Throws Error listing the verbs.
  const Verb& Find(const std::string& verb) const;

 private:
  std::string name_, summary_, version_;
  std::deque<Verb> verbs_;
  std::function<void()> check_plugins_ = [] {};
};

}  // namespace dfkd::cli
