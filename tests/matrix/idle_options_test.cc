// Matrices that differ in an option without influence share their stages.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::idle_options_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Idle {
  PluginKind kind;
  std::string plugin, option;
  Json value;   // not the default
  Json when;    // options beside which it is idle
  Json unless;  // and beside which it is not
};
std::ostream& operator<<(std::ostream& out, const Idle& i) {
  return out << i.plugin << "." << i.option << " when " << i.when.dump();
}

const auto kAttack = PluginKind::kAttack, kDistiller = PluginKind::kDistiller;
const Json kNone = Json::object(), kFile = {{"image", "a.png"}};

const Idle kIdle[] = {
    {kAttack, "trojan_3x3", "seed", 3, {{"pixels", "table"}}, {{"pixels", "random"}}},
    {kAttack, "trojan_3x3", "pixels", "random", kFile, kNone},
    {kAttack, "trojan_3x3", "sha256", "ab", kNone, kFile},
    {kAttack, "trojan_8x8", "seed", 3, kFile, kNone},
    {kAttack, "l2_inv", "seed", 3, kFile, kNone},
    {kAttack, "smooth", "seed", 3, kFile, kNone},
    {kAttack, "smooth", "colour", "magenta", kFile, kNone},
    {kAttack, "blend", "image", "a.png", kNone, {{"picture", "file"}}},
    {kAttack, "blend", "sha256", "ab", kFile, {{"picture", "file"}, {"image", "a.png"}}},
    {kAttack, "blend", "seed", 3, {{"picture", "file"}}, {{"picture", "noise"}}},
    {kAttack, "sig_tr", "sha256", "ab", kNone, kFile},
    {kAttack, "badnets_grid", "target", 3, {{"labels", "all_to_all"}}, kNone},
    {kAttack, "wanet", "target", 3, {{"labels", "all_to_all"}}, kNone},
    {kAttack, "bpp", "target", 3, {{"labels", "all_to_all"}}, kNone},
    {kAttack, "cl", "step_size", 3, {{"steps", 0}}, kNone},
    {kDistiller, "dfad", "norm_form", "divergence", kNone, {{"norm_weight", 1}}},
    {kDistiller, "dfad", "first_norm_weight", 3, kNone, {{"norm_weight", 1}}},
    {kDistiller, "dfq", "first_norm_weight", 3, kNone, {{"norm_form", "distance"}}},
    {kDistiller, "dafl", "student_mode", "train", kNone, {{"adversarial_weight", 1}}},
    {kDistiller, "dafl", "first_drop", 0.3, kNone, {{"schedule", "drops"}}},
    {kDistiller, "dafl", "second_drop", 0.7, kNone, {{"schedule", "drops"}}},
    {kDistiller, "dafl", "momentum", 0.3, {{"student_optimizer", "adam"}}, kNone},
    {kDistiller, "dafl", "nesterov", true, {{"student_optimizer", "adam"}}, kNone},
    {kDistiller, "dafl", "generator_follows", true, {{"schedule", "constant"}}, kNone},
    {kDistiller, "ood_kd", "bank", "solids", {{"source", "patches"}}, {{"source", "bank"}}},
    {kDistiller, "ood_kd", "picture", "a.png", {{"source", "bank"}}, {{"source", "patches"}}},
    {kDistiller, "ood_kd", "picture_sha256", "ab", {{"source", "bank"}}, {{"picture", "a.png"}}},
    {kDistiller, "ood_kd", "picture_sha256", "ab", {{"source", "patches"}}, {{"picture", "a.png"}}},
    {kDistiller, "ood_kd", "cutmix_beta", 1, {{"cutmix", false}}, kNone},
    {kDistiller, "ood_kd", "epochs", 7, {{"rounds", 40}}, kNone},
    {kDistiller, "clean_kd", "epochs", 7, {{"rounds", 40}}, kNone},
    {kDistiller, "adi", "adversarial_weight", 3, {{"adaptive", false}}, kNone},
};

Plan PlanWith(const Idle& idle, Json options, bool other) {
  if (other) options[idle.option] = idle.value;
  auto json = SmallMatrix();
  BlockOf(json)["attacks"] = {"badnets_sq"};
  BlockOf(json)["defenses"] = {"none"};
  BlockOf(json)[idle.kind == kAttack ? "attacks" : "distillers"] = {
      {{"id", "it"}, {"plugin", idle.plugin}, {"options", options}}};
  return PlanOf(json);
}

BOOST_DATA_TEST_CASE(entries_that_differ_in_what_is_idle_share_every_stage, kIdle) {
  BOOST_TEST(
      (Refs(PlanWith(sample, sample.when, false)) == Refs(PlanWith(sample, sample.when, true))));
  BOOST_TEST((Refs(PlanWith(sample, sample.unless, false)) !=
              Refs(PlanWith(sample, sample.unless, true))));
}

// Of twice as many poisoned images the teacher is another, what was made for them is not.
BOOST_AUTO_TEST_CASE(attacks_that_differ_in_what_crafting_does_not_use_share_it) {
  const auto plan = [](const char* attack, double rate, const char* selection) {
    const Idle idle{kAttack, attack, "poison_rate", rate, kNone, kNone};
    return PlanWith(idle, {{"selection", selection}}, true);
  };
  for (const auto* attack : {"cl", "lf"}) {
    const auto some = plan(attack, 0.01, "random"), more = plan(attack, 0.02, "random");
    BOOST_TEST(Refs(some, "craft").size() == 1U);
    BOOST_TEST((Refs(some, "craft") == Refs(more, "craft")));
    BOOST_TEST((Refs(some, "teacher") != Refs(more, "teacher")));
  }
  BOOST_TEST(
      (Refs(plan("cl", 0.01, "first_n"), "craft") != Refs(plan("cl", 0.02, "first_n"), "craft")));
}

// Stages make their plugins from the description: it must say everything.
BOOST_DATA_TEST_CASE(a_key_holds_all_options_and_a_cell_those_that_were_given, kIdle) {
  const auto* axis = Name(sample.kind);
  const auto plan = PlanWith(sample, sample.when, true);
  const auto& cell = plan.cells.at(0);
  BOOST_TEST(cell.entries->at(axis).options.at(sample.option) == sample.value);
  const auto& card = Registry::Get().Card(sample.kind, sample.plugin);
  int stages = 0;
  for (const auto& ref : Refs(plan)) {
    const auto& description = plan.At(plan.Find(ref)).stage.description();
    if (!description.contains(axis) || description.at(axis).is_null()) continue;
    if (description.at(axis).at("plugin") != sample.plugin) continue;
    ++stages;
    const Json& options = description.at(axis).at("options");
    BOOST_TEST(options.size() == card.options.size(), ref);
    BOOST_TEST(ResolveFor(card, options) == options, ref);
  }
  BOOST_TEST(stages > 0);
}

// Their keys are those of before there were idle options.
BOOST_AUTO_TEST_CASE(no_shipped_matrix_sets_an_option_that_is_idle) {
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(DFKD_SOURCE_DIR) + "/bench/matrices")) {
    for (const auto& cell : PlanOf(ReadJson(file.path().string())).cells) {
      for (const auto kind : {kAttack, kDistiller}) {
        const auto& entry = cell.entries->at(Name(kind));
        const auto& card = Registry::Get().Card(kind, entry.plugin);
        BOOST_TEST(KeyOptions(card, entry.options) == entry.options, cell.id);
      }
    }
  }
}

}  // namespace dfkd::idle_options_test
