#include "bench/io/schema.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <locale>
#include <map>
#include <mutex>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "bench/core/error.h"
#include "bench/core/suggest.h"

namespace dfkd {
namespace {

using Adapter = valijson::adapters::NlohmannJsonAdapter;

// The validator matches patterns with std::regex, which recurses once per character.
constexpr size_t kLongestText = 16384;
// Sums and squares of such numbers are finite: a mean of scores is no infinity.
constexpr double kLargestNumber = 1e18;

// Far above every file that somebody writes. The validator keeps an error of some hundred bytes for
// each value that is wrong.
constexpr size_t kMostValues = 100000;

// Of a file that is wrong throughout nobody reads more, and telling which are innermost takes the
// square of their number.
constexpr size_t kMostProblems = 1000;

// A key as a step of a JSON pointer.
std::string Escaped(const std::string& key) {
  std::string step;
  for (const char c : key) {
    step += c == '~' ? std::string("~0") : c == '/' ? std::string("~1") : std::string(1, c);
  }
  return step;
}

// ["<root>", "[student]", "[acc]"] -> "/student/acc"
std::string PointerFrom(const std::vector<std::string>& context) {
  std::string pointer;
  for (const auto& step : context) {
    if (step.size() > 2 && step.front() == '[') {
      std::string token = step.substr(1, step.size() - 2);
      if (token.size() > 1 && token.front() == '"') token = token.substr(1, token.size() - 2);
      pointer += "/" + Escaped(token);
    }
  }
  return pointer;
}

bool IsBelow(const std::string& path, const std::string& above) {
  return path.size() > above.size() && path.compare(0, above.size(), above) == 0 &&
         path[above.size()] == '/';
}

// Of a value by itself: "" if it may stand in a file of ours.
std::string TooLarge(const Json& value) {
  if (value.is_string() && value.get_ref<const std::string&>().size() > kLongestText) {
    return fmt::format("a text of {} bytes; at most {} are allowed",
                       value.get_ref<const std::string&>().size(), kLongestText);
  }
  if (value.is_number() && std::abs(value.get<double>()) > kLargestNumber)
    return fmt::format("{} must lie in [-{}, {}]", value.dump(), kLargestNumber, kLargestNumber);
  return "";
}

void CheckSizes(const Json& value, const std::string& path, std::vector<SchemaProblem>& problems) {
  if (problems.size() == kMostProblems) return;
  if (auto reason = TooLarge(value); !reason.empty()) problems.push_back({path, std::move(reason)});
  if (!value.is_structured()) return;
  for (const auto& [key, item] : value.items())
    CheckSizes(item, path + "/" + Escaped(key), problems);
}

bool HoldsTooLarge(const Json& value) {
  return value.is_structured() ? std::any_of(value.begin(), value.end(), HoldsTooLarge)
                               : !TooLarge(value).empty();
}

size_t CountValues(const Json& value) {
  size_t count = 1;
  if (!value.is_structured()) return count;
  for (const auto& item : value) count += CountValues(item);
  return count;
}

const Json& Resolved(const Json& root, const Json& schema) {
  const Json* at = &schema;
  while (at->is_object() && at->contains("$ref")) {
    at = &root.at(Json::json_pointer(at->at("$ref").get<std::string>().substr(1)));
  }
  return *at;
}

// "one of: ok, failed", "object or null, at least 0" …: what the schema says of a value.
std::string Allowed(const Json& schema) {
  std::vector<std::string> parts;
  const auto text = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto list = [&](const Json& values) {
    std::vector<std::string> texts;
    for (const auto& value : values) texts.push_back(text(value));
    return texts;
  };
  if (!schema.is_object()) return "";
  if (schema.contains("const")) return "must be " + text(schema["const"]);
  if (schema.contains("enum")) {
    return fmt::format("must be one of: {}", fmt::join(list(schema["enum"]), ", "));
  }
  if (schema.contains("type")) {
    const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
    parts.push_back(fmt::format("must be {}", fmt::join(list(types), " or ")));
  }
  const std::pair<const char*, const char*> bounds[] = {{"minimum", "at least"},
                                                        {"maximum", "at most"},
                                                        {"exclusiveMinimum", "above"},
                                                        {"exclusiveMaximum", "below"},
                                                        {"minLength", "length at least"},
                                                        {"maxLength", "length at most"},
                                                        {"minItems", "at least items:"},
                                                        {"maxItems", "at most items:"},
                                                        {"minProperties", "with members:"},
                                                        {"uniqueItems", "without twins:"},
                                                        {"pattern", "of the form"},
                                                        {"required", "with"}};
  for (const auto& [key, words] : bounds) {
    if (schema.contains(key)) parts.push_back(fmt::format("{} {}", words, text(schema[key])));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string Shown(const Json& value) {
  const auto text = value.dump();
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

// A member of `object` that the schema does not know or misses, as one line; "" if there is none.
std::string WrongMember(const Json& object, const Json& schema) {
  std::vector<std::string> known;
  const auto properties = schema.value("properties", Json::object());
  for (const auto& [name, unused] : properties.items()) known.push_back(name);
  for (const auto& name : schema.value("required", std::vector<std::string>())) {
    if (!object.contains(name)) return fmt::format("'{}' is missing", name);
  }
  if (schema.value("additionalProperties", Json(true)) != false) return "";
  for (const auto& [name, unused] : object.items()) {
    if (properties.contains(name)) continue;
    return fmt::format("unknown key '{}'; {}known: {}", name, Guess(name, known),
                       fmt::join(known, ", "));
  }
  return "";
}

// The value, and what the schema says of it.
std::string Reason(const Json& document, const Json& schema, const std::string& path,
                   const std::string& said) {
  const Json::json_pointer pointer(path);
  const auto subschema = SubschemaAt(schema, path);
  if (!document.contains(pointer) || !subschema.is_object()) return said;
  const auto& value = document[pointer];
  if (value.is_object()) {
    if (const auto wrong = WrongMember(value, subschema); !wrong.empty()) return wrong;
    if (subschema.contains("anyOf") && subschema.contains("description"))
      return fmt::format("{} must be {}", Shown(value),
                         subschema["description"].get<std::string>());
  }
  const auto allowed = Allowed(subschema);
  return allowed.empty() ? said : Shown(value) + " " + allowed;
}

Json SchemaDocument(const std::string& name) {
  return ParseJson(SchemaFiles().At(name + ".json"), name + ".json");
}

// The validator would compare every two items of an array and tell of every two that are equal: see
// FindTwins.
Json WithoutUniqueItems(Json schema) {
  if (schema.is_object() && schema.value("uniqueItems", Json()) == true)
    schema.erase("uniqueItems");
  if (!schema.is_structured()) return schema;
  for (auto& part : schema) part = WithoutUniqueItems(std::move(part));
  return schema;
}

// Parts of a schema, which live as long as it.
using Parts = std::set<const Json*>;

// What the schema says of the members and items of what `schema` speaks of.
std::vector<const Json*> PartsOf(const Json& root, const Json& schema) {
  std::vector<const Json*> parts;
  if (!schema.is_object()) return parts;
  if (schema.contains("properties")) {
    for (const auto& part : schema.at("properties")) parts.push_back(&Resolved(root, part));
  }
  for (const char* key : {"items", "additionalProperties"}) {
    if (schema.contains(key) && schema.at(key).is_object())
      parts.push_back(&Resolved(root, schema.at(key)));
  }
  return parts;
}

void Reach(const Json& root, const Json& schema, Parts& reached) {
  if (!reached.insert(&schema).second) return;
  for (const auto* part : PartsOf(root, schema)) Reach(root, *part, reached);
}

// The parts that say uniqueItems, and those above them: few of most schemas, and only of these an
// array of a document has to be looked through.
Parts PartsAboveUniqueItems(const Json& root) {
  Parts reached, above;
  Reach(root, Resolved(root, root), reached);
  const auto is_above = [&](const Json* schema) {
    const auto parts = PartsOf(root, *schema);
    return (schema->is_object() && schema->value("uniqueItems", false)) ||
           std::any_of(parts.begin(), parts.end(),
                       [&](const Json* part) { return above.contains(part); });
  };
  for (bool grown = true; grown;) {  // parts may hold themselves
    grown = false;
    for (const auto* schema : reached) {
      if (!above.contains(schema) && is_above(schema)) grown = above.insert(schema).second;
    }
  }
  return above;
}

// A schema, read once.
struct CompiledSchema {
  explicit CompiledSchema(const std::string& name)
      : document(SchemaDocument(name)),
        validated(WithoutUniqueItems(document)),
        above_unique_items(PartsAboveUniqueItems(document)) {
    valijson::SchemaParser parser;
    parser.populateSchema(Adapter(validated), schema);
  }
  const Json document, validated;
  const Parts above_unique_items;
  valijson::Schema schema;
};

// libstdc++ writes into tables of its locale when a pattern is first compiled, whoever reads them
// at the same time. The calls for ranges fill them whole.
void FillLocaleTables() {
  const auto& letters = std::use_facet<std::ctype<char>>(std::locale());
  char letter = 'a';
  letters.widen(&letter, &letter + 1, &letter);
  letters.narrow(&letter, &letter + 1, '?', &letter);
}

const CompiledSchema& Compiled(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, CompiledSchema> compiled;
  const std::lock_guard lock(mutex);
  static std::once_flag filled;
  std::call_once(filled, FillLocaleTables);
  return compiled.try_emplace(name, name).first->second;
}

valijson::ValidationResults Validated(const Json& document, const CompiledSchema& schema) {
  // It keeps the patterns that it has compiled, which takes longer than matching them.
  static thread_local valijson::Validator validator;
  valijson::ValidationResults results;
  validator.validate(schema.schema, Adapter(document), &results);
  return results;
}

// A parent fails because its member does; only the member is worth a line, and only once.
std::vector<SchemaProblem> Innermost(const std::vector<SchemaProblem>& all) {
  std::vector<SchemaProblem> innermost;
  for (const auto& problem : all) {
    const bool explained = std::any_of(all.begin(), all.end(), [&](const SchemaProblem& other) {
      return IsBelow(other.path, problem.path);
    });
    const bool told =
        std::any_of(innermost.begin(), innermost.end(),
                    [&](const SchemaProblem& other) { return other.path == problem.path; });
    if (!explained && !told) innermost.push_back(problem);
  }
  return innermost;
}

// The part of a schema that speaks of a member or an item of what `schema` speaks of; null if none
// does.
const Json* SubschemaOf(const Json& root, const Json& schema, const std::string& step) {
  const Json* next = nullptr;
  if (schema.contains("properties") && schema.at("properties").contains(step)) {
    next = &schema.at("properties").at(step);
  } else if (schema.contains("items")) {
    next = &schema.at("items");
  } else if (schema.contains("additionalProperties") &&
             schema.at("additionalProperties").is_object()) {
    next = &schema.at("additionalProperties");
  }
  return next ? &Resolved(root, *next) : nullptr;
}

bool HasTwins(const Json& array) {
  std::set<std::string> seen;
  return !std::all_of(array.begin(), array.end(),
                      [&](const Json& item) { return seen.insert(item.dump()).second; });
}

// Arrays that hold a value twice where the schema says uniqueItems. It says so of values only that
// SubschemaOf leads to.
void FindTwins(const Json& value, const std::string& path, const CompiledSchema& whole,
               const Json& schema, std::vector<std::string>& found) {
  if (!whole.above_unique_items.contains(&schema)) return;
  if (value.is_array() && schema.value("uniqueItems", false) && HasTwins(value))
    found.push_back(path);
  for (const auto& [key, item] : value.items()) {
    if (!item.is_structured()) continue;
    if (const auto* below = SubschemaOf(whole.document, schema, key))
      FindTwins(item, path + "/" + Escaped(key), whole, *below, found);
  }
}

}  // namespace

Json SubschemaAt(const Json& schema, const std::string& path) {
  const Json* at = &Resolved(schema, schema);
  Json::json_pointer rest(path);
  std::vector<std::string> steps;
  for (; !rest.empty(); rest.pop_back()) steps.insert(steps.begin(), rest.back());
  for (const auto& step : steps) {
    at = SubschemaOf(schema, *at, step);
    if (!at) return nullptr;
  }
  return *at;
}

std::vector<SchemaProblem> CheckSchema(const Json& document, const std::string& name) {
  std::vector<SchemaProblem> problems;
  if (HoldsTooLarge(document)) CheckSizes(document, "", problems);
  if (!problems.empty()) return problems;
  if (const auto count = CountValues(document); count > kMostValues)
    return {{"", fmt::format("{} values; at most {} are allowed", count, kMostValues)}};
  const auto& schema = Compiled(name);
  auto results = Validated(document, schema);
  valijson::ValidationResults::Error error;
  while (problems.size() < kMostProblems && results.popError(error)) {
    const auto path = PointerFrom(error.context);
    problems.push_back({path, Reason(document, schema.document, path, error.description)});
  }
  std::vector<std::string> twins;
  FindTwins(document, "", schema, Resolved(schema.document, schema.document), twins);
  for (const auto& path : twins) {
    if (problems.size() == kMostProblems) break;
    problems.push_back({path, Reason(document, schema.document, path, "an item comes twice")});
  }
  return Innermost(problems);
}

}  // namespace dfkd
