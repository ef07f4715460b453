// A block of options that several plugins declare: a part under its own names, a composite of parts
// under a prefix ("sv_copies"). Written down once, so that both mean the same and the stages behind
// equal options are shared.
//
//   struct Block {
//     int64_t copies;
//     template <class Add>
//     static void Each(Add add) { add("copies", &Block::copies, Limits{.initial = 3}, "…"); }
//   };
#pragma once
#include <string>
#include <string_view>

#include "bench/core/options.h"

namespace dfkd {

template <class Block, class Options>
void DeclareBlock(OptionTable<Options>& o, const std::string& prefix = "") {
  Block::Each([&](const std::string& name, auto member, const Limits& limits,
                  std::string_view doc) { o.Add(prefix + name, member, limits, doc); });
}

// Every option of the block, under its plain name: what a composite hands to its part.
template <class Block>
Json BlockToJson(const Block& block) {
  Json out = Json::object();
  Block::Each([&](const std::string& name, auto member, const Limits&, std::string_view) {
    out[name] = block.*member;
  });
  return out;
}

inline Json Prefixed(const Json& options, const std::string& prefix) {
  Json out = Json::object();
  for (const auto& [name, value] : options.items()) out[prefix + name] = value;
  return out;
}

}  // namespace dfkd
