// dfkd completion: the script for a shell, and what that script asks.
#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/completion.h"

namespace dfkd::cli {
namespace {

struct CompletionFlags {
  std::string what;
  std::vector<std::string> words;
};

// "none", "files" or "folders", then a word a line, with a tab before its meaning.
void Answer(const Completion& completion) {
  const char* files[] = {"none", "files", "folders"};
  std::cout << files[static_cast<int>(completion.files)] << "\n";
  for (const auto& [text, meaning] : completion.words) {
    std::cout << text << "\t" << meaning << "\n";
  }
}

}  // namespace

void AddCompletion(Program& program) {
  auto& verb = program.AddVerb("completion", "Print the script with which a shell completes dfkd");
  const auto flags = std::make_shared<CompletionFlags>();
  verb.Add("shell", &flags->what, "which; words: what may end the words after --, for the scripts")
      .Required()
      .OneOf({"bash", "zsh", "words"});
  verb.Add("words", &flags->words, "of a command line, without the program").Takes("WORD");
  verb.NeedsNoPlugins();
  verb.Footer(
      "An installed dfkd needs neither: the scripts lie where the shells look.\n"
      "Examples:\n"
      "  dfkd completion bash > ~/.local/share/bash-completion/completions/dfkd\n"
      "  dfkd completion zsh > ~/.zfunc/_dfkd   a folder of $fpath\n"
      "  dfkd completion words -- run quick --def");
  verb.Runs([&program, flags] {
    if (flags->what == "words") {
      Answer(Complete(program, flags->words));
    } else {
      std::cout << CompletionFiles().At(flags->what == "bash" ? "dfkd.bash" : "_dfkd");
    }
    return 0;
  });
}

}  // namespace dfkd::cli
