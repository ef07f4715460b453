#include "bench/cli/toy_matrix.h"

#include "bench/matrix/matrix.h"

namespace dfkd::cli {
namespace {

const Json& Smoke() {
  static const Json smoke = ParseJson(MatrixFiles().At("smoke.json"), "smoke");
  return smoke;
}

// As smoke gives it; null if smoke does not name it.
Json EntryInSmoke(const std::string& axis, const std::string& plugin) {
  for (const auto& block : Smoke().at("blocks")) {
    for (const auto& entry : block.at(axis)) {
      if (entry == plugin) return entry;
      if (entry.is_object() && entry.value("plugin", "") == plugin) return entry;
    }
  }
  return nullptr;
}

Json EntryOf(const std::string& axis, const std::string& plugin) {
  if (const Json known = EntryInSmoke(axis, plugin); !known.is_null()) return known;
  Json entry = {{"id", plugin}, {"plugin", plugin}};
  if (axis == "distillers") entry["options"] = {{"rounds", 40}, {"batch_size", 64}};
  return entry;
}

}  // namespace

Json ToyMatrix(const std::string& kind, const std::string& name) {
  const auto axis = kind + "s";
  Json block = {{"datasets", Json::array({EntryOf("datasets", "shapes")})},
                {"attacks", Json::array({EntryOf("attacks", "blend")})},
                {"networks", Smoke().at("blocks").at(0).at("networks")},
                {"distillers", Json::array({EntryOf("distillers", "ood_kd")})},
                {"defenses", Json::array({"none", EntryOf("defenses", "abd")})}};
  if (kind != "defense") {
    block[axis] = Json::array({EntryOf(axis, name)});
  } else if (name != "none" && name != "abd") {
    block[axis].insert(block[axis].begin() + 1, EntryOf(axis, name));
  }
  return {{"schema", "matrix.v1"},
          {"name", name + "_toy"},
          {"summary", "A first look at " + name + ": too small to conclude anything from"},
          {"demonstration", true},
          {"teacher", Smoke().at("teacher")},
          {"blocks", Json::array({block})}};
}

}  // namespace dfkd::cli
