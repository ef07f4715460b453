// Plan-time contract: what the planner must know of a plugin before anything runs. No LibTorch here
// or below. All functions are pure and take *resolved* options.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/json.h"
#include "bench/core/options.h"

namespace dfkd {

enum class PluginKind { kDataset, kAttack, kDistiller, kDefense, kDetector };
inline constexpr PluginKind kPluginKinds[] = {PluginKind::kDataset, PluginKind::kAttack,
                                              PluginKind::kDistiller, PluginKind::kDefense,
                                              PluginKind::kDetector};
// Of each of these a cell has one; of detectors it asks as many as the matrix names.
inline constexpr PluginKind kCellKinds[] = {PluginKind::kDataset, PluginKind::kAttack,
                                            PluginKind::kDistiller, PluginKind::kDefense};
// "dataset", "attack", "distiller", "defense", "detector".
const char* Name(PluginKind kind);

// What data the student may see. Entries are ranked within a track only.
enum class Track { kSynthesized, kOutOfDistribution, kCleanSubset };
// "synthesized", "out_of_distribution", "clean_subset".
const char* Name(Track track);

// [first, last) in the distiller's rounds; empty: never.
struct Rounds {
  int64_t first = 0, last = 0;
  bool empty() const { return first >= last; }
};

// One hook-bearing plugin of a defence; options as given, resolved by the planner.
struct PartRef {
  std::string plugin;
  Json options;
};

// What a defence may know of the distiller it runs beside, at plan time.
struct DistillerTraits {
  int64_t rounds = 0;  // at least 1
  // A plan refuses the default for a distiller that only distils on images it is given.
  Track track = Track::kSynthesized;
  // Synthesis inside the rounds (ZSKT, CMI): SynthesisPenalty is called there.
  bool trains_generator = false;
  // Synthesis in a stage before them (DeepInversion).
  bool synthesizes = false;
  // Distiller::Samples shows what it synthesizes.
  bool samples = false;
};

// Up to which rate of success an attack counts as one that did not take. It is the attack's to say,
// and its own options may decide.
struct AttackGate {
  double lowest_asr = 0.90;  // in [0, 1]
  // The bound is this share of the accuracy of the very model instead: where every class has its
  // own target, the model must know an image's class to answer with the next one, and the ASR
  // cannot exceed the accuracy by much.
  bool of_accuracy = false;
  // A dormant backdoor sleeps in the teacher and wakes in what is distilled from it. The rate that
  // counts is then that of a student of the teacher's own network, which this distiller makes of
  // the teacher; the teacher's own rate may be anything.
  std::optional<PartRef> student_by = {};
};

// The training images that an attack is given, as far as they are known before they are read.
struct TrainingSet {
  // 0: nobody knows.
  int64_t count = 0;
  // Of each class, in all, where a share of them may be held out: at most so many. Empty: nobody
  // knows.
  std::vector<int64_t> of_class = {};
  // The shorter one of the images, in pixels. nullopt: nobody knows.
  std::optional<int64_t> side = {};
};

// What an attack cannot have, and the option that asks for it, "" if none does: "cover_rate = 0.5
// asks for …".
struct Shortage {
  std::string option, why;
};

// One per registered plugin, filled by DFKD_REGISTER. Members that do not apply to the kind are
// empty.
struct PluginCard {
  PluginKind kind;
  std::string name, paper, summary;
  // Bump when results may change.
  int revision = 1;
  // Must score trivially.
  bool control = false;
  std::vector<OptionCard> options;
  // Preset name -> options it sets, e.g. "faithful".
  std::map<std::string, Json> presets;

  // --- Attacks, distillers

  // Options without any influence while the others are as they are (the seed of a picture that
  // comes from a file). Keys hold them at their defaults: see KeyOptions in registry.h. What is
  // named must not depend on the value of an option that is named.
  std::function<std::vector<std::string>(const Json&)> idle_options;

  // --- Distillers, defences

  // Why it cannot distil a teacher of that network into a student of that one, or defend that, on
  // images of a data set's image_spec: what its stage would say hours later. "": it can, as far as
  // these tell. What the spec leaves out or gives as null, only the images tell.
  std::function<std::string(const Json&, const std::string& teacher, const std::string& student,
                            const Json& image_spec)>
      why_unfit;

  // --- Distillers

  std::function<DistillerTraits(const Json&)> traits;
  // The rounds, where they depend on how many training images there are, as epochs of real images
  // do; null where they do not. DistillerTraits::rounds is then that of 50,000.
  std::function<int64_t(const Json&, int64_t training_images)> rounds_on;
  // Recipe of the transfer-set stage (recipes/transfer_set.h), null if the method needs none.
  std::function<Json(const Json&)> transfer_set;
  // Whether its teacher is a black box, which answers with labels alone: defences that look into
  // the teacher do not apply. What the options say (bool HidesTeacher() const, if they have it).
  std::function<bool(const Json&)> hides_teacher;

  // --- Defences

  // Composites only.
  std::function<std::vector<PartRef>(const Json&)> parts;
  // When the distillation hooks act: first in [0, rounds), unless empty.
  std::function<Rounds(const Json&, const DistillerTraits&)> active;
  // In the stage before the rounds.
  std::function<bool(const Json&, const DistillerTraits&)> acts_on_synthesis;
  // Two such parts are an error at plan time.
  std::function<bool(const Json&, const DistillerTraits&)> sets_coefficients;
  // Options without influence on the rounds before `round` (what to do in a late phase): a state of
  // then is shared by parts that differ in nothing else. Round 0: what the stage before them makes.
  std::function<std::vector<std::string>(const Json&, const DistillerTraits&, int64_t round)>
      idle_before;
  std::function<bool(const Json&)> sanitizes_teacher, repairs_student;
  // Whether it needs more of the teacher than labels: weights, activations, gradients, confidences.
  // Does not apply where the distiller hides it. What the options say (bool LooksIntoTeacher()
  // const, if they have it); who sanitizes the teacher does.
  std::function<bool(const Json&)> looks_into_teacher;
  // Clean data move the entry to the clean_subset track. Synthetic data are images of the
  // distiller instead; the entry keeps its track.
  std::function<bool(const Json&)> needs_clean_data, needs_synthetic_data;

  // --- Attacks

  std::function<bool(const Json&)> needs_clean_teacher, clean_label, poisons;
  // crafts: Craft learns something, in a cached stage of its own. trains_teacher: takes part in the
  // steps of the teacher's training. learns_trigger: either makes the trigger, and without the
  // state of Visit there is none.
  std::function<bool(const Json&)> crafts, trains_teacher, learns_trigger;
  // The attacker is behind the images that a distiller begins with: what it names as its transfer
  // set passes through PoisonTransfer. Does not apply to distillers that name none.
  std::function<bool(const Json&)> poisons_transfer;
  // What it asks of the training images beside those that it poisons, and they do not have, or what
  // no images help: what Begin, Craft or Poison would say hours later. nullopt: nothing, as far as
  // is known. For the poisoned ones see RequireImagesToPoison in bench/matrix/plan_checks.h.
  std::function<std::optional<Shortage>(const Json&, const TrainingSet&)> shortage;
  // Options without influence on Craft (how many images are poisoned with what it made): attacks
  // that differ in nothing else share it.
  std::function<std::vector<std::string>(const Json&)> idle_in_crafting;
  // Unless the plugin says otherwise, 0.90, and 0.80 if it is clean_label.
  std::function<AttackGate(const Json&)> gate;
  // Names of the defences that it was built against, knowing them. A label of the leaderboard: no
  // key and no result hangs on it.
  std::vector<std::string> adapts_to;

  // --- Data sets

  // {channels,height,width,classes}, for `list` and networks.
  std::function<Json(const Json&)> image_spec;
};

}  // namespace dfkd
