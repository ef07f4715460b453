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
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/json.h"

namespace dfkd {

// A bool, a number or a text of a declaration, or nothing. There are hundreds: it owns nothing, so
// that none of them costs code. A text must live until Add returns.
class Literal {
 public:
  constexpr Literal() = default;
  constexpr Literal(bool value) : kind_(Kind::kBool), integer_(value) {}
  constexpr Literal(int value) : kind_(Kind::kInteger), integer_(value) {}
  constexpr Literal(int64_t value) : kind_(Kind::kInteger), integer_(value) {}
  constexpr Literal(double value) : kind_(Kind::kNumber), number_(value) {}
  constexpr Literal(const char* value) : kind_(Kind::kText), text_(value) {}
  Literal(const std::string& value) : kind_(Kind::kText), text_(value.c_str()) {}

  bool has_value() const { return kind_ != Kind::kNothing; }
  Json ToJson() const;

 private:
  enum class Kind { kNothing, kBool, kInteger, kNumber, kText };
  Kind kind_ = Kind::kNothing;
  union {
    int64_t integer_ = 0;
    double number_;
    const char* text_;
  };
};

// What a value may be, as it is declared. Numbers: lowest and highest are inclusive; text:
// `allowed`, up to the first without a value; any text where that is the first.
//
// A text may name something of the user's, which keys then hold by its content: a file, and
// `sha256` is the option that holds its checksum; or a folder of images of a data set.
struct Limits {
  Literal initial;
  Literal lowest = {};
  Literal highest = {};
  Literal allowed[8] = {};
  const char* sha256 = "";
  bool folder = false;
};

enum class OptionType { kBool, kInteger, kNumber, kText };
const char* Name(OptionType type);

// Limits as the program reads them; null: there is none.
struct OptionLimits {
  Json initial, lowest, highest;
  std::vector<Json> allowed;
};

struct OptionCard {
  std::string name;
  OptionType type;
  OptionLimits limits;
  std::string doc;
  // As in Limits; "": the option names no file.
  std::string sha256 = "";
  bool folder = false;
};

// `value` in the type of the option. Throws Error naming `where`, the option, the value and what is
// allowed.
Json CheckedOption(const OptionCard& option, const Json& value, const std::string& where);

// Defaults completed by `given`. Unknown keys throw Error with the list of the known ones.
Json ResolveOptions(const std::vector<OptionCard>& options, const Json& given,
                    const std::string& where);

// What of a table does not depend on the type of the options, so that it is compiled once.
class OptionTableBase {
 public:
  const std::vector<OptionCard>& cards() const { return cards_; }

 protected:
  // The member lies `offset` bytes into the options. Throws Error if the default is not allowed.
  void AddMember(std::string_view name, OptionType type, const Limits& limits, std::string_view doc,
                 std::ptrdiff_t offset);
  // Sets all members.
  void ReadInto(void* options, const Json& resolved) const;

 private:
  std::vector<OptionCard> cards_;
  std::vector<std::ptrdiff_t> offsets_;
};

template <class Options>
class OptionTable : public OptionTableBase {
 public:
  // `member` may belong to a base of Options, so that plugins can share a block of options.
  template <class Value, class Base>
  void Add(std::string_view name, Value Base::*member, const Limits& limits, std::string_view doc) {
    static_assert(std::is_base_of_v<Base, Options>);
    const auto* start = reinterpret_cast<const char*>(&probe_);
    const auto* place = reinterpret_cast<const char*>(&(probe_.*member));
    AddMember(name, TypeOf<Value>(), limits, doc, place - start);
  }

  // From the resolved options of ResolveOptions.
  Options Read(const Json& resolved) const {
    Options options{};
    ReadInto(&options, resolved);
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

  const Options probe_{};
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
