// What the command line of a verb consists of, as data: its arguments, its words for people, and
// what runs. Parsing and help (bench/cli/program.h), completion and manual pages read this.
#pragma once
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dfkd::cli {

// One flag ("--jobs") or positional ("matrix"), and the variable that its value is written to.
// Every call below returns the argument itself, so that a declaration reads as one sentence.
class Argument {
 public:
  // A bool is a flag without a value; a vector takes several values. The variable must live until
  // the program has run; what it holds before is the default.
  using Target = std::variant<bool*, int*, int64_t*, std::string*, std::filesystem::path*,
                              std::vector<std::string>*, std::vector<std::filesystem::path>*>;

  Argument(std::string name, Target target, std::string help)
      : name_(std::move(name)), help_(std::move(help)), target_(target) {}

  // A command line without it is refused.
  Argument& Required();
  // What help writes for the value, "DIR"; otherwise it writes INT or TEXT.
  Argument& Takes(std::string type);
  // Help shows the default.
  Argument& ShowsDefault();
  // Any other value is refused. "defence" is read as "defense" where that is in the list.
  Argument& OneOf(std::vector<std::string> values);
  // What completion offers, although other values are allowed too; `offer` is called only then,
  // with the positionals that stand on the command line. What it throws is as if it offered
  // nothing.
  using Offer =
      std::function<std::vector<std::string>(const std::vector<std::string>& positionals)>;
  Argument& Offers(Offer offer);
  // A number outside, both ends included, is refused.
  Argument& Between(int64_t lowest, int64_t highest);
  Argument& NotNegative();
  // Of a list: "a,b" is two values.
  Argument& SplitsAtCommas();
  // Of a list: it takes at most one value and may stand alone; `given` says whether it stood there.
  Argument& MayStandAlone(bool& given);
  // A command line with both is refused. `other` is of the same verb and was added before.
  Argument& Excludes(const Argument& other);

  const std::string& name() const { return name_; }
  const std::string& help() const { return help_; }
  const Target& target() const { return target_; }
  const std::string& type() const { return type_; }
  bool required() const { return required_; }
  bool shows_default() const { return shows_default_; }
  bool splits_at_commas() const { return splits_at_commas_; }
  bool* stood_alone() const { return stood_alone_; }      // null: it needs its value
  const Argument* excluded() const { return excluded_; }  // null: it goes with every other
  // Empty: any value.
  const std::vector<std::string>& allowed() const { return allowed_; }
  const std::optional<std::pair<int64_t, int64_t>>& range() const { return range_; }
  bool not_negative() const { return not_negative_; }

  const Offer& offer() const { return offer_; }

  bool IsPositional() const { return !name_.starts_with("-"); }
  bool IsSwitch() const { return std::holds_alternative<bool*>(target_); }
  // Takes several values.
  bool IsList() const;
  // "DIR", "INT", "TEXT"; "" for a switch.
  std::string ShownType() const;
  // What the variable holds, as it would be written on the command line.
  std::string Value() const;

 private:
  std::string name_, help_, type_;
  Target target_;
  bool required_ = false, shows_default_ = false, splits_at_commas_ = false, not_negative_ = false;
  bool* stood_alone_ = nullptr;
  const Argument* excluded_ = nullptr;
  std::vector<std::string> allowed_;
  Offer offer_;
  std::optional<std::pair<int64_t, int64_t>> range_;
};

// A command of the program.
class Verb {
 public:
  Verb(std::string name, std::string summary)
      : name_(std::move(name)), summary_(std::move(summary)) {}

  // Arguments are shown, and positionals are filled, in the order in which they are added. The
  // reference stays valid.
  Argument& Add(std::string name, Argument::Target target, std::string help);
  // What help ends with: exit codes, examples.
  void Footer(std::string text) { footer_ = std::move(text); }
  // What the verb does once its variables are set; returns the exit code of the program.
  void Runs(std::function<int()> action) { action_ = std::move(action); }

  // It works although a plugin is broken; the other verbs report that and do not run.
  void NeedsNoPlugins() { needs_plugins_ = false; }

  const std::string& name() const { return name_; }
  const std::string& summary() const { return summary_; }
  const std::string& footer() const { return footer_; }
  const std::deque<Argument>& arguments() const { return arguments_; }
  const std::function<int()>& action() const { return action_; }
  bool needs_plugins() const { return needs_plugins_; }

 private:
  std::string name_, summary_, footer_;
  bool needs_plugins_ = true;
  std::deque<Argument> arguments_;  // a deque: references stay valid
  std::function<int()> action_;
};

}  // namespace dfkd::cli
