#include "bench/cli/offers.h"

#include <set>

#include "bench/cli/matrix_flags.h"
#include "bench/core/registry.h"

namespace dfkd::cli {
namespace {

using Strings = std::vector<std::string>;

Strings NamesOf(PluginKind kind) {
  Strings names;
  for (const auto* card : Registry::Get().Cards(kind)) names.push_back(card->name);
  return names;
}

const std::vector<MatrixEntry>& EntriesOf(const Block& block, PluginKind kind) {
  if (kind == PluginKind::kDataset) return block.datasets;
  if (kind == PluginKind::kAttack) return block.attacks;
  return kind == PluginKind::kDistiller ? block.distillers : block.defenses;
}

}  // namespace

Argument::Offer VerbNames(const Program& program) {
  return [&program](const Strings&) {
    Strings names;
    for (const auto& verb : program.verbs()) names.push_back(verb.name());
    return names;
  };
}

Argument::Offer PluginNames(PluginKind kind) {
  return [kind](const Strings&) { return NamesOf(kind); };
}

Argument::Offer ShippedMatrices() {
  return [](const Strings&) { return MatrixFiles().Stems(); };
}

Argument::Offer EntryIds(PluginKind kind) {
  return [kind](const Strings& positionals) {
    if (positionals.empty()) return NamesOf(kind);
    std::set<std::string> ids;
    for (const auto& block : LoadMatrix(positionals.back()).blocks) {
      for (const auto& entry : EntriesOf(block, kind)) ids.insert(entry.id);
    }
    if (kind == PluginKind::kDefense) {
      for (const auto& name : NamesOf(kind)) ids.insert(name);
    }
    return Strings(ids.begin(), ids.end());
  };
}

}  // namespace dfkd::cli
