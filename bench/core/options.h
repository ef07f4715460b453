// Options are declared once, with type, default, range and a sentence. Help, docs, the checks of a
// matrix file and the key of a stage all read that declaration:
//
//   struct Options {
//     double temperature;
//     static void Declare(OptionTable<Options>& o) {
//       o.Add("temperature", &Options::temperature, {.initial = 4, .lowest = 0.01, .highest = 100},
//             "softmax temperature of the KD loss");
//     }
//   };
#pragma once
#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"

namespace dfkd {

// What a value may be. Numbers: lowest and highest are inclusive; text: `allowed`, any text where
// it is empty.
struct Limits {
  Json initial;
  Json lowest = nullptr;
  Json highest = nullptr;
  std::vector<Json> allowed = {};
};

enum class OptionType { kBool, kInteger, kNumber, kText };
const char* Name(OptionType type);

struct OptionCard {
  std::string name;
  OptionType type;
  Limits limits;
  std::string doc;
};

// `value` in the type of the option. Throws Error naming `where`, the option, the value and what is
// allowed.
Json CheckedOption(const OptionCard& option, const Json& value, const std::string& where);

// Defaults completed by `given`. Unknown keys throw Error with the list of the known ones.
Json ResolveOptions(const std::vector<OptionCard>& options, const Json& given,
                    const std::string& where);

template <class Options>
class OptionTable {
 public:
  // `member` may belong to a base of Options, so that plugins can share a block of options.
  template <class Value, class Base>
  void Add(const std::string& name, Value Base::*member, Limits limits, const std::string& doc) {
    static_assert(std::is_base_of_v<Base, Options>);
    const OptionCard card{name, TypeOf<Value>(), std::move(limits), doc};
    OptionCard checked = card;
    checked.limits.initial = CheckedOption(card, card.limits.initial, "default");
    cards_.push_back(checked);
    setters_.push_back([name, member](Options& options, const Json& resolved) {
      options.*member = resolved.at(name).get<Value>();
    });
  }

  const std::vector<OptionCard>& cards() const { return cards_; }

  // From the resolved options of ResolveOptions.
  Options Read(const Json& resolved) const {
    Options options{};
    for (const auto& set : setters_) set(options, resolved);
    return options;
  }

 private:
  template <class Value>
  static constexpr OptionType TypeOf() {
    if constexpr (std::same_as<Value, bool>) return OptionType::kBool;
    if constexpr (std::same_as<Value, int64_t>) return OptionType::kInteger;
    if constexpr (std::same_as<Value, double>) return OptionType::kNumber;
    if constexpr (std::same_as<Value, std::string>) return OptionType::kText;
  }

  std::vector<OptionCard> cards_;
  std::vector<std::function<void(Options&, const Json&)>> setters_;
};

template <class Options>
const OptionTable<Options>& TableOf() {
  static const OptionTable<Options> table = [] {
    OptionTable<Options> t;
    Options::Declare(t);
    return t;
  }();
  return table;
}

struct NoOptions {
  static void Declare(OptionTable<NoOptions>&) {}
};

}  // namespace dfkd
