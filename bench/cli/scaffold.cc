#include "bench/cli/scaffold.h"

#include <cctype>
#include <set>
#include <vector>

#include "bench/cli/toy_matrix.h"
#include "bench/core/error.h"

namespace dfkd::cli {
namespace {

bool IsSnakeCase(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  for (const char c : name) {
    if (!fits(c)) return false;
  }
  const bool begins = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
  return begins && name.back() != '_' && name.find("__") == name.npos;
}

// C++ has these for itself, or the plugin's namespace would hide what its code needs.
bool IsTaken(const std::string& name) {
  static const std::set<std::string> words = {
      "alignas",   "alignof",   "and",       "asm",      "auto",     "bool",     "break",
      "case",      "catch",     "char",      "class",    "concept",  "const",    "consteval",
      "constexpr", "constinit", "continue",  "default",  "delete",   "do",       "double",
      "else",      "enum",      "explicit",  "export",   "extern",   "false",    "float",
      "for",       "friend",    "goto",      "if",       "inline",   "int",      "long",
      "mutable",   "namespace", "new",       "noexcept", "not",      "nullptr",  "operator",
      "or",        "private",   "protected", "public",   "register", "requires", "return",
      "short",     "signed",    "sizeof",    "static",   "struct",   "switch",   "template",
      "this",      "throw",     "true",      "try",      "typedef",  "typeid",   "typename",
      "union",     "unsigned",  "using",     "virtual",  "void",     "volatile", "while",
      "xor",       "at",        "std",       "dfkd",     "store",    "cli"};
  return words.contains(name);
}

// Classes of core, and what the templates say themselves: inside a class, its name means the class.
bool IsClassOfOurs(const std::string& name) {
  static const std::set<std::string> classes = {
      "Always",          "Bar",    "KdLoss",   "KdPerSample",   "Normal",  "OnStudent",
      "OverwriteCorner", "Traits", "Attack",   "Classifier",    "Dataset", "Defense",
      "Distiller",       "Error",  "Grad",     "Image",         "Json",    "Mode",
      "Options",         "Part",   "Progress", "Registry",      "Rng",     "Rounds",
      "Schedule",        "Split",  "Stage",    "StaticTrigger", "Store",   "Track"};
  return classes.contains(name);
}

std::string Camel(const std::string& name) {
  std::string camel;
  bool capital = true;
  for (const char c : name) {
    if (c != '_') camel += capital ? static_cast<char>(std::toupper(c)) : c;
    capital = c == '_';
  }
  return camel;
}

std::string UsageOf(const std::string& kind, const std::string& name) {
  if (kind == "defense") return "dfkd run quick --defenses " + name + ",abd";
  return "dfkd run " + std::string(kToyMatrixFile);
}

std::string Filled(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string filled(text);
  for (const auto& [name, value] : values) {
    for (auto at = filled.find(name); at != filled.npos;
         at = filled.find(name, at + value.size())) {
      filled.replace(at, name.size(), value);
    }
  }
  return filled;
}

}  // namespace

void CheckPluginName(const std::string& kind, const std::string& name) {
  if (!IsSnakeCase(name)) {
    throw MakeError(
        "{} '{}': a name is small letters, digits and single underscores, and begins with a letter",
        kind, name);
  }
  if (IsTaken(name)) throw MakeError("{} '{}': the word is taken in C++; add another", kind, name);
}

std::string ClassNameOf(const std::string& kind, const std::string& name, bool longer) {
  const auto camel = Camel(name);
  return longer || IsClassOfOurs(camel) ? camel + Camel(kind) : camel;
}

std::map<std::string, std::string> NewPluginFiles(const std::string& kind, const std::string& name,
                                                  bool longer) {
  const auto class_name = ClassNameOf(kind, name, longer);
  const std::map<std::string, std::string> values = {{"@NAME@", name},
                                                     {"@CLASS@", class_name},
                                                     // lines that stand below what follows it
                                                     {"@PAD@", std::string(class_name.size(), ' ')},
                                                     {"@KIND@", kind},
                                                     {"@USAGE@", UsageOf(kind, name)}};
  std::map<std::string, std::string> files = {
      {name + ".h", Filled(ScaffoldFiles().At(kind + ".h.in"), values)},
      {"README.md", Filled(ScaffoldFiles().At("README.md.in"), values)}};
  // Only a defence may join a matrix that does not name it.
  if (kind != "defense") files[kToyMatrixFile] = ToyMatrix(kind, name).dump(2) + "\n";
  return files;
}

}  // namespace dfkd::cli
