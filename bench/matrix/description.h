// The description of a stage while it is put together, as text: a plan of a hundred thousand cells
// has a quarter of a million of them, and most of their members are the same.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/core/json.h"
#include "bench/matrix/plan.h"

namespace dfkd {

class Description {
 public:
  explicit Description(std::string kind);

  // Each name is given once, and must outlive the description; none is "format", "kind" or
  // "inputs".
  Description& Set(std::string_view name, const Json& value);
  Description& SetNumber(std::string_view name, int64_t value);
  // A name of ours, which needs no escapes.
  Description& SetWord(std::string_view name, std::string_view word);
  // The value as Canonical writes it. Not copied: it must outlive the description.
  Description& SetText(std::string_view name, std::string_view canonical);
  // What the stage reads; kNoStage says that it has nothing in this role.
  Description& Input(std::string_view role, StageId stage);

  const std::string& kind() const { return kind_; }
  // Whether there is a stage in this role.
  bool Reads(std::string_view role) const;

  // Adds the stage if the plan does not have it, as Plan::Add does.
  std::pair<StageId, bool> AddTo(Plan& plan);

 private:
  struct Member {
    std::string_view name;
    std::string_view shared;       // text of somebody else, or
    size_t first = 0, length = 0;  // where it stands in own_
  };

  void AddOwn(std::string_view name, std::string_view text);
  // Of inputs in the order of their roles.
  void AddInputs(const Plan& plan);
  std::string_view TextOf(const Member& member) const;
  // Of members in the order of their names.
  std::string Text() const;

  const std::string kind_;
  std::vector<Member> members_;
  std::string own_;  // texts of members, one after the other
  std::vector<std::pair<std::string_view, StageId>> inputs_;
};

}  // namespace dfkd
