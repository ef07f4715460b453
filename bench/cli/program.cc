#include "bench/cli/program.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>  // here and nowhere else: each file with it costs two seconds more
#include <algorithm>
#include <charconv>
#include <limits>
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

// Of a validator: what is wrong with the text, or "". It may put another in its place.
using TextCheck = std::function<std::string(std::string&)>;

TextCheck OneOf(std::vector<std::string> allowed) {
  return [allowed = std::move(allowed)](std::string& text) -> std::string {
    const auto word = American(text);
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
      return fmt::format("'{}' is not allowed; {}give {}", text, Guess(word, allowed),
                         fmt::join(allowed, ", "));
    }
    text = word;
    return "";
  };
}

// `must`: what it must be, for people. CLI11 would read 010 as eight.
TextCheck NumberFrom(int64_t lowest, int64_t highest, std::string must) {
  return [=](std::string& text) -> std::string {
    const auto digits = std::string_view(text).substr(text.starts_with('+') ? 1 : 0);
    const char* const end = digits.data() + digits.size();
    int64_t value = 0;
    const auto [stopped, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stopped != end || value < lowest || value > highest)
      return fmt::format("'{}' must be {}", text, must);
    text = std::to_string(value);
    return "";
  };
}

// The second text is what help writes of the values.
// A shell's variable that is not set must not count as a flag that was not given.
std::string NotEmpty(const std::string& text) { return text.empty() ? "'' is empty" : ""; }

std::pair<TextCheck, std::string> CheckOf(const Argument& argument) {
  const bool is_short = std::holds_alternative<int*>(argument.target());
  const bool is_number = is_short || std::holds_alternative<int64_t*>(argument.target());
  const int64_t highest =
      is_short ? std::numeric_limits<int>::max() : std::numeric_limits<int64_t>::max();
  if (!argument.allowed().empty())
    return {OneOf(argument.allowed()), fmt::format("{{{}}}", fmt::join(argument.allowed(), ","))};
  if (const auto& range = argument.range()) {
    const auto [low, high] = *range;
    return {NumberFrom(low, high, fmt::format("a whole number from {} to {}", low, high)),
            fmt::format("INT in [{} - {}]", low, high)};
  }
  if (argument.not_negative())
    return {NumberFrom(0, highest, "a whole number, at least 0"), "NONNEGATIVE"};
  if (is_number) return {NumberFrom(-highest, highest, "a whole number"), ""};
  if (argument.IsSwitch() || argument.IsList()) return {};
  return {NotEmpty, ""};
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
  if (auto [check, shown] = CheckOf(argument); check)
    option->transform(CLI::Validator(std::move(check), std::move(shown)));
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

// What is wrong with the first flag that the verb does not have; "" if it has all.
std::string UnknownFlag(const std::vector<std::string>& words, const Verb& verb) {
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
    return fmt::format("--{} is no flag of {}{}", flag, verb.name(),
                       nearest.empty() ? "" : fmt::format("; did you mean --{}?", nearest));
  }
  return "";
}

// CLI11's reason in our words, as far as its releases agree in theirs.
std::string Reason(const CLI::ParseError& e) {
  const std::string text = e.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&e) != nullptr) {
    const auto start = text.find("expected: ");
    if (start != text.npos) return fmt::format("'{}' is one too many", text.substr(start + 10));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&e) != nullptr && text.ends_with(" missing"))
    return text.substr(0, text.find(':')) + " needs a value";
  return text;
}

std::string WhyRefused(const CLI::ParseError& e, const std::vector<std::string>& words,
                       const Verb* verb) {
  const bool none = words.empty() || dynamic_cast<const CLI::RequiredError*>(&e) != nullptr;
  if (verb == nullptr) return none ? "no verb is given" : Reason(e);
  const auto unknown = UnknownFlag(words, *verb);
  return fmt::format("{}: {}", verb->name(), unknown.empty() ? Reason(e) : unknown);
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
  throw MakeError("'{}' is no verb; {}known: {}; see {} --help", verb, Guess(verb, known),
                  fmt::join(known, ", "), name_);
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
    if (e.get_exit_code() == 0) return app.exit(e, out, err);  // help, and the version
    const auto what = chosen == nullptr ? name_ : fmt::format("{} {}", name_, chosen->name());
    const auto why = WhyRefused(e, words, chosen);
    const auto line =
        fmt::format("{}: {}{} see {} --help", std::filesystem::path(name_).filename().string(), why,
                    why.ends_with('?') ? "" : ";", what);
    err << Printable(line) << "\n";
    return 2;
  }
}

}  // namespace dfkd::cli
