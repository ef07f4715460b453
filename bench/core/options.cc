#include "bench/core/options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace dfkd {
namespace {

// Counts are multiplied (epochs by steps, rounds by images): two of these still have a product.
constexpr int64_t kHighestInteger = INT32_MAX;

Json HighestOf(const OptionCard& option) {
  const bool open = option.type == OptionType::kInteger && option.limits.highest.is_null();
  return open ? Json(kHighestInteger) : option.limits.highest;
}

std::string Allowed(const OptionCard& option) {
  const auto& limits = option.limits;
  if (!limits.allowed.empty()) {
    std::vector<std::string> values;
    for (const auto& value : limits.allowed) values.push_back(value.dump());
    return fmt::format("one of {}", fmt::join(values, ", "));
  }
  const auto highest = HighestOf(option);
  if (!limits.lowest.is_null() || !highest.is_null()) {
    const auto bound = [](const Json& b, const char* none) {
      return b.is_null() ? none : b.dump();
    };
    return fmt::format("a {} in [{}, {}]", Name(option.type), bound(limits.lowest, "-inf"),
                       bound(highest, "inf"));
  }
  return fmt::format("a {}", Name(option.type));
}

[[noreturn]] void Refuse(const OptionCard& option, const Json& value, const std::string& where) {
  throw MakeError("{}: {} = {} must be {}", where, option.name, value.dump(), Allowed(option));
}

bool IsWhole(const Json& value) {
  if (!value.is_number()) return false;
  const double number = value.get<double>();  // also of what no int64_t holds
  return std::abs(number) < 9e15 && number == std::floor(number);
}

Json Converted(const OptionCard& option, const Json& value, const std::string& where) {
  switch (option.type) {
    case OptionType::kBool:
      if (value.is_boolean()) return value;
      break;
    case OptionType::kInteger:
      if (IsWhole(value)) return value.get<int64_t>();
      break;
    case OptionType::kNumber:
      if (value.is_number() && std::isfinite(value.get<double>())) return value.get<double>();
      break;
    case OptionType::kText:
      if (value.is_string()) return value;
      // "true" may be one of several words.
      if (value.is_boolean() && !option.limits.allowed.empty()) return value.dump();
      break;
  }
  Refuse(option, value, where);
}

OptionLimits LimitsFrom(const Limits& limits) {
  OptionLimits out{limits.initial.ToJson(), limits.lowest.ToJson(), limits.highest.ToJson(), {}};
  for (const auto& value : limits.allowed) {
    if (!value.has_value()) break;
    out.allowed.push_back(value.ToJson());
  }
  return out;
}

void Set(void* member, OptionType type, const Json& value) {
  switch (type) {
    case OptionType::kBool:
      *static_cast<bool*>(member) = value.get<bool>();
      return;
    case OptionType::kInteger:
      *static_cast<int64_t*>(member) = value.get<int64_t>();
      return;
    case OptionType::kNumber:
      *static_cast<double*>(member) = value.get<double>();
      return;
    case OptionType::kText:
      *static_cast<std::string*>(member) = value.get<std::string>();
      return;
  }
}

}  // namespace

Json Literal::ToJson() const {
  switch (kind_) {
    case Kind::kBool:
      return integer_ != 0;
    case Kind::kInteger:
      return integer_;
    case Kind::kNumber:
      return number_;
    case Kind::kText:
      return text_;
    case Kind::kNothing:
      break;
  }
  return nullptr;
}

void OptionTableBase::AddMember(std::string_view name, OptionType type, const Limits& limits,
                                std::string_view doc, std::ptrdiff_t offset) {
  OptionCard card{std::string(name), type,          LimitsFrom(limits),
                  std::string(doc),  limits.sha256, limits.folder};
  card.limits.initial = CheckedOption(card, card.limits.initial, "default");
  cards_.push_back(std::move(card));
  offsets_.push_back(offset);
}

void OptionTableBase::ReadInto(void* options, const Json& resolved) const {
  for (size_t i = 0; i < cards_.size(); ++i) {
    void* member = static_cast<char*>(options) + offsets_[i];
    Set(member, cards_[i].type, resolved.at(cards_[i].name));
  }
}

const char* Name(OptionType type) {
  switch (type) {
    case OptionType::kBool:
      return "true or false";
    case OptionType::kInteger:
      return "whole number";
    case OptionType::kNumber:
      return "number";
    case OptionType::kText:
      return "text";
  }
  return "";
}

Json CheckedOption(const OptionCard& option, const Json& value, const std::string& where) {
  const Json converted = Converted(option, value, where);
  const auto& limits = option.limits;
  const bool low = !limits.lowest.is_null() && converted < limits.lowest;
  const auto highest = HighestOf(option);
  const bool high = !highest.is_null() && converted > highest;
  const bool listed =
      limits.allowed.empty() ||
      std::find(limits.allowed.begin(), limits.allowed.end(), converted) != limits.allowed.end();
  if (low || high || !listed) Refuse(option, value, where);
  return converted;
}

Json ResolveOptions(const std::vector<OptionCard>& options, const Json& given,
                    const std::string& where) {
  std::vector<std::string> known;
  Json resolved = Json::object();
  for (const auto& option : options) {
    known.push_back(option.name);
    resolved[option.name] = option.limits.initial;
  }
  if (given.is_null()) return resolved;
  RequireKeys(given, known, where);
  for (const auto& option : options) {
    if (given.contains(option.name)) {
      resolved[option.name] = CheckedOption(option, given.at(option.name), where);
    }
  }
  return resolved;
}

}  // namespace dfkd
