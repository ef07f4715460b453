#include "bench/cli/manual.h"

#include <fmt/ranges.h>

namespace dfkd::cli {
namespace {

// Text in which nothing is a request or an escape of troff.
std::string Plain(const std::string& text) {
  std::string plain;
  bool starts_line = true;
  for (const char letter : text) {
    if (starts_line && (letter == '.' || letter == '\'')) plain += "\\&";
    if (letter == '\\') {
      plain += "\\e";
    } else if (letter == '-') {
      plain += "\\-";  // a minus that can be copied into a shell, not a hyphen
    } else {
      plain += letter;
    }
    starts_line = letter == '\n';
  }
  return plain;
}

std::string Bold(const std::string& text) { return "\\fB" + Plain(text) + "\\fR"; }
std::string Italic(const std::string& text) { return "\\fI" + Plain(text) + "\\fR"; }

std::string Head(const Program& program, const std::string& title, const std::string& summary) {
  return fmt::format(
      ".TH {} 1 \"\" \"dfkd {}\" \"dfkd manual\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n",
      Plain(title), program.version(), Plain(title), Plain(summary));
}

std::string Usage(const Argument& argument) {
  std::string usage = argument.IsPositional() ? Italic(argument.name()) : Bold(argument.name());
  if (!argument.IsPositional() && !argument.IsSwitch()) usage += " " + Italic(argument.ShownType());
  if (argument.IsPositional() && argument.IsList()) usage += " ...";
  return argument.required() ? usage : "[" + usage + "]";
}

// The sentence of help, with what is allowed and what goes without saying.
std::string Meaning(const Argument& argument) {
  std::vector<std::string> more;
  if (argument.required()) more.emplace_back("required");
  if (!argument.allowed().empty()) {
    more.push_back(fmt::format("one of {}", fmt::join(argument.allowed(), ", ")));
  }
  if (const auto& range = argument.range()) {
    more.push_back(fmt::format("{} to {}", range->first, range->second));
  }
  if (argument.shows_default()) more.push_back("default: " + argument.Value());
  if (more.empty()) return Plain(argument.help());
  return Plain(fmt::format("{} [{}]", argument.help(), fmt::join(more, "; ")));
}

std::string Entry(const Argument& argument) {
  std::string name = argument.IsPositional() ? Italic(argument.name()) : Bold(argument.name());
  if (!argument.IsPositional() && !argument.IsSwitch()) name += " " + Italic(argument.ShownType());
  return fmt::format(".TP\n{}\n{}\n", name, Meaning(argument));
}

// The lines of a footer as they stand.
std::string Verbatim(const std::string& title, const std::string& text) {
  return text.empty() ? "" : fmt::format(".SH {}\n.nf\n{}\n.fi\n", title, Plain(text));
}

}  // namespace

std::string ManualPage(const Program& program) {
  const auto end = program.summary().find('\n');
  std::string page = Head(program, "dfkd", program.summary().substr(0, end));
  page += Bold("dfkd") + " " + Italic("verb") + " [" + Italic("arguments") + "]\n.SH VERBS\n";
  std::vector<std::string> others;
  for (const auto& verb : program.verbs()) {
    page += fmt::format(".TP\n{}\n{}\n", Bold(verb.name()), Plain(verb.summary()));
    others.push_back(Bold("dfkd-" + verb.name()) + "(1)");
  }
  if (end != std::string::npos) {
    page += Verbatim("EXAMPLES",
                     program.summary().substr(program.summary().find_first_not_of('\n', end)));
  }
  return page + fmt::format(".SH SEE ALSO\n{}\n", fmt::join(others, ",\n"));
}

std::string ManualPage(const Program& program, const Verb& verb) {
  std::string page = Head(program, "dfkd-" + verb.name(), verb.summary());
  page += Bold("dfkd " + verb.name()) + "\n";
  for (const auto& argument : verb.arguments()) page += Usage(argument) + "\n";
  if (!verb.arguments().empty()) page += ".SH ARGUMENTS\n";
  for (const auto& argument : verb.arguments()) page += Entry(argument);
  page += Verbatim("NOTES", verb.footer());
  return page + ".SH SEE ALSO\n" + Bold("dfkd") + "(1)\n";
}

}  // namespace dfkd::cli
