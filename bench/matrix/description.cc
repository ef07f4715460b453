#include "bench/matrix/description.h"

#include <algorithm>

#include "bench/store/store.h"

namespace dfkd {
namespace {

// Room for what most descriptions have.
constexpr size_t kMembers = 16, kInputs = 4, kOwnText = 512;

// As MakeStage writes it.
const std::string& FormatText() {
  static const std::string text = MakeStage("any", Json::object()).description.at("format").dump();
  return text;
}

// Begins {"name":… or goes on with it. Names need no escapes: they are ours.
void AddName(std::string_view name, bool is_first, std::string& text) {
  text.append(is_first ? "{\"" : ",\"").append(name).append("\":");
}

void End(bool is_empty, std::string& text) { text += is_empty ? "{}" : "}"; }

// Without escapes.
void AddQuoted(std::string_view word, std::string& text) {
  text.append("\"").append(word).append("\"");
}

}  // namespace

Description::Description(std::string kind) : kind_(std::move(kind)) {
  members_.reserve(kMembers);
  inputs_.reserve(kInputs);
  own_.reserve(kOwnText);
}

std::string_view Description::TextOf(const Member& member) const {
  return member.length == 0 ? member.shared
                            : std::string_view(own_).substr(member.first, member.length);
}

void Description::AddOwn(std::string_view name, std::string_view text) {
  members_.push_back({name, "", own_.size(), text.size()});
  own_ += text;
}

// {"name":text,…} as Canonical writes it. At once in its final size, which is what a plan keeps.
std::string Description::Text() const {
  size_t size = 2;
  for (const auto& member : members_) size += member.name.size() + TextOf(member).size() + 4;
  std::string text;
  text.reserve(size);
  for (const auto& member : members_) {
    AddName(member.name, text.empty(), text);
    text += TextOf(member);
  }
  End(text.empty(), text);
  return text;
}

void Description::AddInputs(const Plan& plan) {
  const auto first = own_.size();
  for (const auto& [role, stage] : inputs_) {
    AddName(role, own_.size() == first, own_);
    if (stage == kNoStage) {
      own_ += "null";
    } else {
      AddQuoted(plan.Ref(stage), own_);
    }
  }
  End(own_.size() == first, own_);
  members_.push_back({"inputs", "", first, own_.size() - first});
}

Description& Description::Set(std::string_view name, const Json& value) {
  AddOwn(name, Canonical(value));
  return *this;
}

Description& Description::SetNumber(std::string_view name, int64_t value) {
  AddOwn(name, std::to_string(value));
  return *this;
}

Description& Description::SetWord(std::string_view name, std::string_view word) {
  members_.push_back({name, "", own_.size(), word.size() + 2});
  AddQuoted(word, own_);
  return *this;
}

Description& Description::SetText(std::string_view name, std::string_view canonical) {
  members_.push_back({name, canonical});
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
  read.reserve(inputs_.size());
  for (const auto& [unused, stage] : inputs_) {
    if (stage != kNoStage) read.push_back(stage);
  }
  AddInputs(plan);
  SetWord("kind", kind_).SetText("format", FormatText());
  std::sort(members_.begin(), members_.end(),
            [](const Member& a, const Member& b) { return a.name < b.name; });
  StageText stage{kind_, "", Text()};
  stage.ref = RefOfText(kind_, stage.text);
  return plan.Add(std::move(stage), std::move(read));
}

}  // namespace dfkd
