#include "bench/cli/verb.h"

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

Argument& Verb::Add(std::string name, Argument::Target target, std::string help) {
  return arguments_.emplace_back(std::move(name), target, std::move(help));
}

}  // namespace dfkd::cli
