#include "bench/cli/completion.h"

#include <set>

namespace dfkd::cli {
namespace {

using Strings = std::vector<std::string>;

// "--flag=value" as two words, and an "=" between two words left out.
Strings Split(const Strings& typed) {
  Strings words;
  for (size_t i = 0; i < typed.size(); ++i) {
    const auto& word = typed[i];
    const auto equals = word.find('=');
    const bool last = i + 1 == typed.size();
    if (word == "=" && i > 0) {
      if (last) words.emplace_back();
    } else if (word.starts_with("--") && equals != std::string::npos) {
      words.push_back(word.substr(0, equals));
      words.push_back(word.substr(equals + 1));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

const Verb* FindVerb(const Program& program, const std::string& name) {
  for (const auto& verb : program.verbs()) {
    if (verb.name() == name) return &verb;
  }
  return nullptr;
}

const Argument* FindFlag(const Verb& verb, const std::string& name) {
  for (const auto& argument : verb.arguments()) {
    if (!argument.IsPositional() && argument.name() == name) return &argument;
  }
  return nullptr;
}

// What stands between the verb and the word that is completed.
struct Typed {
  std::set<std::string> flags;
  Strings positionals;
  const Argument* open = nullptr;  // the flag that waits for its value
};

Typed Read(const Verb& verb, const Strings& words) {
  Typed typed;
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    const Argument* before = std::exchange(typed.open, nullptr);
    if (before != nullptr) continue;
    if (!words[i].starts_with("--")) {
      typed.positionals.push_back(words[i]);
      continue;
    }
    typed.flags.insert(words[i]);
    const auto* flag = FindFlag(verb, words[i]);
    if (flag != nullptr && !flag->IsSwitch()) typed.open = flag;
  }
  return typed;
}

const Argument* NextPositional(const Verb& verb, size_t given) {
  const Argument* last = nullptr;
  for (const auto& argument : verb.arguments()) {
    if (!argument.IsPositional()) continue;
    last = &argument;
    if (given-- == 0) return last;
  }
  return last != nullptr && last->IsList() ? last : nullptr;
}

Completion::Files FilesOf(const Argument& argument) {
  const auto type = argument.ShownType();
  if (type == "DIR") return Completion::Files::kFolders;
  const bool is_path =
      std::holds_alternative<std::filesystem::path*>(argument.target()) ||
      std::holds_alternative<std::vector<std::filesystem::path>*>(argument.target());
  const bool any = is_path || type.starts_with("FILE") || type == "MATRIX";
  return any ? Completion::Files::kAny : Completion::Files::kNone;
}

Strings ValuesOf(const Argument& argument, const Strings& positionals) {
  if (!argument.allowed().empty() || !argument.offer()) return argument.allowed();
  try {
    return argument.offer()(positionals);
  } catch (const std::exception&) {
    return {};  // half a command line names a matrix that is not there
  }
}

void Add(Completion& completion, const std::string& typed, Completion::Word word) {
  if (word.text.starts_with(typed)) completion.words.push_back(std::move(word));
}

Completion ValueOf(const Argument& argument, const std::string& word, const Strings& positionals) {
  Completion completion{.files = FilesOf(argument)};
  std::string head;
  if (argument.splits_at_commas()) head = word.substr(0, word.rfind(',') + 1);
  const auto used = "," + head;
  for (const auto& value : ValuesOf(argument, positionals)) {
    if (used.find("," + value + ",") != std::string::npos) continue;
    Add(completion, word, {head + value, ""});
  }
  return completion;
}

Completion FlagsOf(const Verb& verb, const std::string& word, const Typed& typed) {
  Completion completion;
  for (const auto& argument : verb.arguments()) {
    if (argument.IsPositional()) continue;
    if (typed.flags.contains(argument.name()) && !argument.IsList()) continue;
    Add(completion, word, {argument.name(), argument.help()});
  }
  Add(completion, word, {"--help", "Print this help message and exit"});
  return completion;
}

Completion VerbsOf(const Program& program, const std::string& word) {
  Completion completion;
  for (const auto& verb : program.verbs()) Add(completion, word, {verb.name(), verb.summary()});
  if (!word.starts_with("-")) return completion;
  Add(completion, word, {"--help", "Print this help message and exit"});
  Add(completion, word, {"--version", "Display program version information and exit"});
  return completion;
}

}  // namespace

Completion Complete(const Program& program, std::vector<std::string> words) {
  words = Split(words);
  if (words.empty()) words.emplace_back();
  const auto& word = words.back();
  if (words.size() == 1) return VerbsOf(program, word);
  const auto* verb = FindVerb(program, words.front());
  if (verb == nullptr) return {};
  const auto typed = Read(*verb, words);
  const bool optional = typed.open != nullptr && typed.open->stood_alone() != nullptr;
  const bool starts_flag = word.starts_with("-");
  if (typed.open != nullptr && !(optional && starts_flag)) {
    return ValueOf(*typed.open, word, typed.positionals);
  }
  if (starts_flag) return FlagsOf(*verb, word, typed);
  const auto* positional = NextPositional(*verb, typed.positionals.size());
  return positional ? ValueOf(*positional, word, typed.positionals) : Completion();
}

}  // namespace dfkd::cli
