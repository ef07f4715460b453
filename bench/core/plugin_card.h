// Plan-time contract: what the planner must know of a plugin before anything runs. No LibTorch here
// or below. All functions are pure and take *resolved* options.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/core/options.h"

namespace dfkd {

enum class PluginKind { kDataset, kAttack, kDistiller, kDefense };
const char* Name(PluginKind kind);  // "dataset", "attack", "distiller", "defense"

// What data the student may see. Entries are ranked within a track only.
enum class Track { kSynthesized, kOutOfDistribution, kCleanSubset };
const char* Name(Track track);  // "synthesized", "out_of_distribution", "clean_subset"

struct Rounds {  // [first, last) in the distiller's rounds; empty = never
  int64_t first = 0, last = 0;
  bool empty() const { return first >= last; }
};

struct PartRef {  // one hook-bearing plugin of a defence; options as given, resolved by the planner
  std::string plugin;
  Json options;
};

// What a defence may know of the distiller it runs beside, at plan time.
struct DistillerTraits {
  int64_t rounds = 0;
  Track track = Track::kSynthesized;
  bool trains_generator =
      false;  // synthesis inside the rounds (ZSKT, CMI): SynthesisPenalty is called there
  bool synthesizes = false;  // synthesis in a stage before them (DeepInversion)
  bool samples = false;      // Distiller::Samples shows what it synthesizes
};

// One per registered plugin, filled by DFKD_REGISTER. Members that do not apply to the kind are
// empty.
struct PluginCard {
  PluginKind kind;
  std::string name, paper, summary;
  int revision = 1;      // bump when results may change
  bool control = false;  // must score trivially
  std::vector<OptionCard> options;
  std::map<std::string, Json> presets;  // preset name -> options it sets, e.g. "faithful"

  // attacks, distillers
  // Options without any influence while the others are as they are (the seed of a picture that
  // comes from a file). Keys hold them at their defaults: see KeyOptions in registry.h. What is
  // named must not depend on the value of an option that is named.
  std::function<std::vector<std::string>(const Json&)> idle_options;

  // distillers
  std::function<DistillerTraits(const Json&)> traits;
  // Recipe of the transfer-set stage (recipes/transfer_set.h), null if the method needs none.
  std::function<Json(const Json&)> transfer_set;

  // defences
  std::function<std::vector<PartRef>(const Json&)> parts;  // composites only
  std::function<Rounds(const Json&, const DistillerTraits&)>
      active;  // when the distillation hooks act
  std::function<bool(const Json&, const DistillerTraits&)>
      acts_on_synthesis;  // in the stage before the rounds
  std::function<bool(const Json&, const DistillerTraits&)>
      sets_coefficients;  // two such parts: plan-time error
  // Options without influence on the rounds before `round` (what to do in a late phase): a state of
  // then is shared by parts that differ in nothing else. Round 0: what the stage before them makes.
  std::function<std::vector<std::string>(const Json&, const DistillerTraits&, int64_t round)>
      idle_before;
  std::function<bool(const Json&)> sanitizes_teacher, repairs_student;
  std::function<bool(const Json&)> needs_clean_data,  // moves the entry to the clean_subset track
      needs_synthetic_data;  // images of the distiller instead; keeps its track

  // attacks
  std::function<bool(const Json&)> needs_clean_teacher, clean_label, poisons;
  std::function<bool(const Json&)> crafts,  // Craft learns something: a cached stage of its own
      trains_teacher,                       // takes part in the steps of the teacher's training
      learns_trigger;  // either makes the trigger: without the state of Visit there is none

  // datasets
  std::function<Json(const Json&)>
      image_spec;  // {channels,height,width,classes}, for `list` and networks
};

}  // namespace dfkd
