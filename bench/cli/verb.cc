#include "bench/cli/verb.h"

#include <fmt/ranges.h>

namespace dfkd::cli {

Argument& Argument::Required() {
  required_ = true;
  return *this;
}

Argument& Argument::Takes(std::string type) {
  type_ = std::move(type);
  return *this;
}

Argument& Argument::ShowsDefault() {
  shows_default_ = true;
  return *this;
}

Argument& Argument::OneOf(std::vector<std::string> values) {
  allowed_ = std::move(values);
  return *this;
}

Argument& Argument::Offers(Offer offer) {
  offer_ = std::move(offer);
  return *this;
}

Argument& Argument::Between(int64_t lowest, int64_t highest) {
  range_.emplace(lowest, highest);
  return *this;
}

Argument& Argument::NotNegative() {
  not_negative_ = true;
  return *this;
}

Argument& Argument::SplitsAtCommas() {
  splits_at_commas_ = true;
  return *this;
}

Argument& Argument::MayStandAlone(bool& given) {
  stood_alone_ = &given;
  return *this;
}

Argument& Argument::Excludes(const Argument& other) {
  excluded_ = &other;
  return *this;
}

bool Argument::IsList() const {
  return std::holds_alternative<std::vector<std::string>*>(target_) ||
         std::holds_alternative<std::vector<std::filesystem::path>*>(target_);
}

std::string Argument::ShownType() const {
  if (IsSwitch()) return "";
  if (!type_.empty()) return type_;
  const bool number =
      std::holds_alternative<int*>(target_) || std::holds_alternative<int64_t*>(target_);
  return number ? "INT" : "TEXT";
}

std::string Argument::Value() const {
  struct Writer {
    std::string operator()(const bool* value) const { return *value ? "true" : "false"; }
    std::string operator()(const int* value) const { return std::to_string(*value); }
    std::string operator()(const int64_t* value) const { return std::to_string(*value); }
    std::string operator()(const std::string* value) const { return *value; }
    std::string operator()(const std::filesystem::path* value) const { return value->string(); }
    std::string operator()(const std::vector<std::string>* values) const {
      return fmt::format("{}", fmt::join(*values, ","));
    }
    std::string operator()(const std::vector<std::filesystem::path>* values) const {
      const std::vector<std::string> texts(values->begin(), values->end());
      return operator()(&texts);
    }
  };
  return std::visit(Writer(), target_);
}

Argument& Verb::Add(std::string name, Argument::Target target, std::string help) {
  return arguments_.emplace_back(std::move(name), target, std::move(help));
}

}  // namespace dfkd::cli
