// What the parts of a defence do beside a distiller and what they need, asked of their cards.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "bench/matrix/resolve.h"

namespace dfkd {

// Of a defence.
const PluginCard& CardOf(const ResolvedEntry& part);

// The parts of a resolved defence that do anything at all, labelled so that two of one plugin are
// told apart. Controls are none.
std::vector<ResolvedEntry> ActiveParts(const ResolvedEntry& defense);

// A defence beside a distiller, as its students are built: asked of the cards once for all seeds.
struct PartsInOrder {
  PartsInOrder() = default;
  PartsInOrder(std::vector<ResolvedEntry> parts, const DistillerTraits& traits);

  std::vector<ResolvedEntry> all, sanitizing, repairing;
  // What distinguishes it until the last round: defences of equal text, of one teacher, share their
  // images and states.
  std::string until_repair;
};

bool NeedCleanData(const std::vector<ResolvedEntry>& parts);
bool NeedSyntheticData(const std::vector<ResolvedEntry>& parts);

// The names of parts that weigh samples, if they are several; else "".
std::string BothWeigh(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits);

// Whether images are there before the distiller begins.
bool NamesTransferSet(const ResolvedEntry& distiller);

// Why a cell with these parts makes no sense: none acts, or one cannot have what it needs of the
// teacher or the synthetic images that it needs. "" if it does.
std::string WhyNotApplicable(const std::vector<ResolvedEntry>& parts, const std::string& defense,
                             const ResolvedEntry& distiller, const DistillerTraits& traits);

// The rounds in (0, R) at which a part begins or ends to act.
void AddCuts(const std::vector<ResolvedEntry>& parts, const DistillerTraits& traits,
             std::set<int64_t>& cuts);

}  // namespace dfkd
