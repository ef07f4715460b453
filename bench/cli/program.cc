#include "bench/cli/program.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>  // here and nowhere else: each file with it costs two seconds more
#include <algorithm>
#include <ostream>

#include "bench/core/error.h"
#include "bench/core/printable.h"
#include "bench/core/suggest.h"

namespace dfkd::cli {
namespace {

CLI::Option* Bind(CLI::App& app, const Argument& argument) {
  return std::visit(
      [&](auto* variable) -> CLI::Option* {
        if constexpr (std::is_same_v<decltype(variable), bool*>) {
          return app.add_flag(argument.name(), *variable, argument.help());
        } else {
          return app.add_option(argument.name(), *variable, argument.help());
        }
      },
      argument.target());
}

// Flags and allowed words are spelt as in identifiers; "defence" is what the documentation writes.
std::string American(std::string word) {
  const std::string british = "defence";
  const bool alone = word == british || word == british + "s";
  if (alone || word.starts_with("--" + british)) word.replace(word.find(british), 7, "defense");
  return word;
}

void Check(CLI::Option& option, const Argument& argument) {
  if (!argument.allowed().empty()) option.transform(CLI::IsMember(argument.allowed(), American));
  if (argument.range()) option.check(CLI::Range(argument.range()->first, argument.range()->second));
  if (argument.not_negative()) option.check(CLI::NonNegativeNumber);
}

// CLI11 would show a list as "[cpu]".
template <class Item>
void ShowList(CLI::Option& option, const std::vector<Item>& values) {
  std::vector<std::string> texts;
  for (const auto& value : values) texts.push_back(std::filesystem::path(value).string());
  option.default_str(fmt::format("{}", fmt::join(texts, ",")));
}

void ShowDefault(CLI::Option& option, const Argument& argument) {
  option.capture_default_str();
  const auto& target = argument.target();
  if (auto* words = std::get_if<std::vector<std::string>*>(&target)) ShowList(option, **words);
  if (auto* paths = std::get_if<std::vector<std::filesystem::path>*>(&target)) {
    ShowList(option, **paths);
  }
}

CLI::Option* AddArgument(CLI::App& app, const Argument& argument) {
  auto* option = Bind(app, argument);
  Check(*option, argument);
  if (argument.required()) option->required();
  if (!argument.type().empty()) option->type_name(argument.type());
  if (argument.splits_at_commas()) option->delimiter(',');
  if (argument.stood_alone() != nullptr) option->expected(0, 1);
  if (argument.shows_default()) ShowDefault(*option, argument);
  return option;
}

void AddVerbTo(CLI::App& app, const Verb& verb, const std::function<void()>& check, int& code) {
  auto* sub = app.add_subcommand(verb.name(), verb.summary());
  sub->footer(verb.footer());
  std::vector<std::pair<const Argument*, CLI::Option*>> options;
  for (const auto& argument : verb.arguments()) {
    auto* option = AddArgument(*sub, argument);
    for (const auto& [earlier, other] : options) {
      if (earlier == argument.excluded()) option->excludes(other);
    }
    options.emplace_back(&argument, option);
  }
  sub->callback([options, &verb, &check, &code] {
    for (const auto& [argument, option] : options) {
      if (argument->stood_alone() != nullptr) *argument->stood_alone() = option->count() > 0;
    }
    if (verb.needs_plugins()) check();
    code = verb.action()();
  });
}

// A line about the first flag that the verb does not have, if one of its own is near; else "".
std::string GuessFlag(const std::vector<std::string>& words, const Verb& verb) {
  std::vector<std::string> known = {"help"};  // without the dashes, which all have in common
  for (const auto& argument : verb.arguments()) {
    if (!argument.IsPositional()) known.push_back(argument.name().substr(2));
  }
  for (const auto& word : words) {
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    const auto flag = word.substr(2, std::min(word.find('='), word.size()) - 2);
    if (std::find(known.begin(), known.end(), flag) != known.end()) continue;
    const auto nearest = Nearest(flag, known);
    if (nearest.empty()) return "";
    return fmt::format("--{} is no flag of {}; did you mean --{}?\n", flag, verb.name(), nearest);
  }
  return "";
}

}  // namespace

Program::Program(std::string name, std::string summary, std::string version)
    : name_(std::move(name)), summary_(std::move(summary)), version_(std::move(version)) {}

Verb& Program::AddVerb(std::string name, std::string summary) {
  return verbs_.emplace_back(std::move(name), std::move(summary));
}

const Verb& Program::Find(const std::string& verb) const {
  std::vector<std::string> known;
  for (const auto& one : verbs_) {
    if (one.name() == verb) return one;
    known.push_back(one.name());
  }
  throw MakeError("'{}' is no verb; {}known: {}", verb, Guess(verb, known), fmt::join(known, ", "));
}

int Program::Run(std::vector<std::string> words, std::ostream& out, std::ostream& err) {
  // CLI11 would say only that a subcommand is required.
  const bool named = !words.empty() && !words.front().starts_with("-");
  const Verb* chosen = named ? &Find(words.front()) : nullptr;
  for (auto& word : words) {
    // Most end up in JSON: in keys, requests to workers, reports.
    RequireUtf8(word, "the command line");
    if (word.starts_with("--")) word = American(word);
  }
  CLI::App app(summary_, name_);
  app.set_version_flag("--version", version_);
  app.require_subcommand(1);
  int code = 0;
  for (const auto& verb : verbs_) AddVerbTo(app, verb, check_plugins_, code);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // it takes the last first
    return code;
  } catch (const CLI::ParseError& e) {
    const bool refused = e.get_exit_code() != 0;
    if (refused && chosen != nullptr) err << GuessFlag(words, *chosen);
    return app.exit(e, out, err) == 0 ? 0 : 2;
  }
}

}  // namespace dfkd::cli
