#include "bench/matrix/description.h"

#include <algorithm>

#include "bench/store/store.h"

namespace dfkd {
namespace {

// As MakeStage writes it.
const std::string& FormatText() {
  static const std::string text = MakeStage("any", Json::object()).description.at("format").dump();
  return text;
}

// Without escapes.
std::string Quoted(std::string_view word) {
  std::string text;
  text.reserve(word.size() + 2);
  return text.append("\"").append(word).append("\"");
}

}  // namespace

// {"name":text,…}, sorted by name as Canonical does it. Names need no escapes: they are ours. At
// once in its final size, which is what a plan keeps.
std::string Description::ObjectOf(std::vector<Member>& members) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  size_t size = 2;
  for (const auto& member : members) size += member.name.size() + member.text().size() + 4;
  std::string object;
  object.reserve(size);
  for (const auto& member : members) {
    object += object.empty() ? "{\"" : ",\"";
    object.append(member.name).append("\":").append(member.text());
  }
  object += object.empty() ? "{}" : "}";
  return object;
}

Description& Description::Set(std::string_view name, const Json& value) {
  members_.push_back({name, "", Canonical(value)});
  return *this;
}

Description& Description::SetNumber(std::string_view name, int64_t value) {
  members_.push_back({name, "", std::to_string(value)});
  return *this;
}

Description& Description::SetWord(std::string_view name, std::string_view word) {
  members_.push_back({name, "", Quoted(word)});
  return *this;
}

Description& Description::SetText(std::string_view name, std::string_view canonical) {
  members_.push_back({name, canonical, ""});
  return *this;
}

Description& Description::Input(std::string_view role, StageId stage) {
  inputs_.emplace_back(role, stage);
  return *this;
}

bool Description::Reads(std::string_view role) const {
  return std::any_of(inputs_.begin(), inputs_.end(), [&](const auto& input) {
    return input.first == role && input.second != kNoStage;
  });
}

std::pair<StageId, bool> Description::AddTo(Plan& plan) {
  std::sort(inputs_.begin(), inputs_.end());
  std::vector<StageId> read;
  std::vector<Member> refs;
  refs.reserve(inputs_.size());
  for (const auto& [role, stage] : inputs_) {
    if (stage != kNoStage) read.push_back(stage);
    refs.push_back({role, "", stage == kNoStage ? "null" : Quoted(plan.Ref(stage))});
  }
  members_.push_back({"inputs", "", ObjectOf(refs)});
  members_.push_back({"kind", "", Quoted(kind_)});
  SetText("format", FormatText());
  StageText stage{kind_, "", ObjectOf(members_)};
  stage.ref = RefOfText(kind_, stage.text);
  return plan.Add(std::move(stage), std::move(read));
}

}  // namespace dfkd
