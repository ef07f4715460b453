#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "attacks/none/none.h"
#include "bench/core/error.h"
#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/nn/random.h"
#include "tests/golden/golden.h"

namespace dfkd {
namespace {

const std::vector<std::string> kNames = {"badnets_grid", "badnets_sq", "blend", "trojan_wm"};

std::unique_ptr<Attack> MakeAttack(const std::string& name, const ImageSpec& spec,
                                   const Json& options = Json::object(),
                                   const std::string& preset = "") {
  const auto& registry = Registry::Get();
  const Json resolved = ResolveFor(registry.Card(PluginKind::kAttack, name), options, preset);
  auto attack = registry.Make<Attack>(name, resolved);
  attack->Begin(spec);
  return attack;
}

// 200 noisy images whose labels run 0 … 9, 0 … 9, …
Split Train(const ImageSpec& spec) {
  const Rng rng(1);
  return {Integers(rng.Fork("images"), 256, {200, spec.channels, spec.height, spec.width})
              .to(at::kByte),
          at::arange(200, at::kLong).remainder(10)};
}

struct GoldenTrigger {
  std::string golden, attack;
  Json options;
};

BOOST_AUTO_TEST_SUITE(static_trigger)

BOOST_AUTO_TEST_CASE(triggers_are_the_golden_bytes_on_every_size) {
  const std::vector<GoldenTrigger> cases = {
      {"badnets_grid", "badnets_grid", Json::object()},
      {"badnets_sq", "badnets_sq", Json::object()},
      {"blend", "blend", Json::object()},
      {"blend_truncate", "blend", {{"rounding", "truncate"}}},
      {"blend_noise_0.1", "blend", {{"alpha", 0.1}, {"picture", "noise"}}},
      {"trojan_wm", "trojan_wm", Json::object()},
  };
  const auto hashes = golden::Triggers();
  for (const auto& test : cases) {
    for (const ImageSpec& spec : golden::Specs()) {
      const auto attack = MakeAttack(test.attack, spec, test.options);
      for (const std::string kind : {"grey", "ramp"}) {
        const auto name = golden::Name(test.golden + "/" + kind, spec);
        BOOST_TEST(golden::Hash(attack->Trigger(golden::Base(kind, spec))) == hashes.at(name),
                   name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(trigger_is_pure_and_treats_each_image_alone) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto images = Train(spec).images;
  for (const auto& name : kNames) {
    const auto attack = MakeAttack(name, spec);
    const auto before = images.clone();
    const auto triggered = attack->Trigger(images);
    BOOST_TEST(at::equal(images, before), name);
    BOOST_TEST(triggered.sizes() == images.sizes(), name);
    BOOST_TEST((triggered.scalar_type() == at::kByte), name);
    BOOST_TEST(at::equal(attack->Trigger(images.slice(0, 5, 9)), triggered.slice(0, 5, 9)), name);
    BOOST_TEST(!at::equal(triggered, images), name);
  }
}

BOOST_AUTO_TEST_CASE(a_patch_changes_only_its_corner) {
  const ImageSpec spec = golden::Spec(32, 32, 3);
  const auto images = Train(spec).images;
  const auto changed_outside = [&](const std::string& name, int64_t low, int64_t high) {
    auto changed = MakeAttack(name, spec)->Trigger(images).ne(images);
    changed.slice(2, low, high).slice(3, low, high).fill_(false);
    return changed.any().item<bool>();
  };
  BOOST_TEST(!changed_outside("badnets_grid", 29, 32));
  BOOST_TEST(!changed_outside("badnets_sq", 27, 31));
  BOOST_TEST(changed_outside("blend", 29, 32));
}

BOOST_AUTO_TEST_CASE(zero_alpha_and_zero_strength_are_the_identity) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto images = Train(spec).images;
  BOOST_TEST(at::equal(MakeAttack("blend", spec, {{"alpha", 0}})->Trigger(images), images));
  BOOST_TEST(at::equal(MakeAttack("trojan_wm", spec, {{"strength", 0}})->Trigger(images), images));
}

BOOST_AUTO_TEST_CASE(poisons_exactly_the_rate_of_the_full_set_and_never_the_target_class) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const auto labels_before = train.labels.clone(), images_before = train.images.clone();
  for (const auto& name : kNames) {
    const auto attack = MakeAttack(name, spec, {{"target", 3}, {"poison_rate", 0.104}});
    const Poisoned poisoned = attack->Poison(train, Rng(7));
    BOOST_TEST(poisoned.indices.size() == 20u, name);  // floor(20.8)
    BOOST_TEST(std::is_sorted(poisoned.indices.begin(), poisoned.indices.end()));
    const auto rows = at::tensor(poisoned.indices, at::kLong);
    BOOST_TEST(!train.labels.index_select(0, rows).eq(3).any().item<bool>(), name);
    BOOST_TEST(poisoned.data.labels.index_select(0, rows).eq(3).all().item<bool>(), name);
    auto expected = train.images.clone();
    expected.index_copy_(0, rows, attack->Trigger(train.images.index_select(0, rows)));
    BOOST_TEST(at::equal(poisoned.data.images, expected), name);
    BOOST_TEST(poisoned.data.labels.ne(train.labels).sum().item<int64_t>() == 20, name);
  }
  BOOST_TEST(at::equal(train.labels, labels_before));
  BOOST_TEST(at::equal(train.images, images_before));
}

BOOST_AUTO_TEST_CASE(selection_is_seeded_or_the_first_in_order) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const auto random = MakeAttack("badnets_grid", spec);
  BOOST_TEST(random->Poison(train, Rng(1)).indices == random->Poison(train, Rng(1)).indices);
  BOOST_TEST(random->Poison(train, Rng(1)).indices != random->Poison(train, Rng(2)).indices);
  const auto first = MakeAttack("badnets_grid", spec, {{"poison_rate", 0.06}}, "faithful");
  const std::vector<int64_t> expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13};  // 0, 10: target
  BOOST_TEST(first->Poison(train, Rng(1)).indices == expected);
}

BOOST_AUTO_TEST_CASE(only_candidates_are_poisoned_but_the_rate_counts_the_full_set) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);  // 200 images
  const auto attack =
      MakeAttack("badnets_grid", spec, {{"candidates", 0.25}, {"poison_rate", 0.1}});
  const auto indices = attack->Poison(train, Rng(1)).indices;
  BOOST_TEST(indices.size() == 20u);
  BOOST_TEST(indices.back() < 50);
  const auto greedy = MakeAttack("blend", spec, {{"candidates", 0.05}, {"poison_rate", 0.1}});
  BOOST_CHECK_THROW(greedy->Poison(train, Rng(1)), Error);
}

BOOST_AUTO_TEST_CASE(the_faithful_preset_is_the_references_choice) {
  for (const std::string name : {"badnets_grid", "blend"}) {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, name);
    const Json options = ResolveFor(card, {}, "faithful");
    BOOST_TEST(options.at("candidates") == Json(0.95), name);
    BOOST_TEST(options.at("selection") == Json("first_n"), name);
    if (name == "blend") BOOST_TEST(options.at("rounding") == Json("truncate"));
  }
}

BOOST_AUTO_TEST_CASE(a_smaller_rate_poisons_a_subset) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const auto few =
      MakeAttack("blend", spec, {{"poison_rate", 0.05}})->Poison(train, Rng(1)).indices;
  const auto many =
      MakeAttack("blend", spec, {{"poison_rate", 0.2}})->Poison(train, Rng(1)).indices;
  BOOST_TEST(std::includes(many.begin(), many.end(), few.begin(), few.end()));
}

BOOST_AUTO_TEST_CASE(all_to_all_shifts_every_label) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto attack =
      MakeAttack("blend", spec, {{"labels", "all_to_all"}, {"poison_rate", 1}, {"target", 5}});
  BOOST_TEST(attack->TargetLabel(9) == 0);
  const Split train = Train(spec);
  const Poisoned poisoned = attack->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.size() == 200u);
  BOOST_TEST(at::equal(poisoned.data.labels, train.labels.add(1).remainder(10)));
}

BOOST_AUTO_TEST_CASE(no_images_are_poisoned_at_rate_zero) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const Poisoned poisoned = MakeAttack("blend", spec, {{"poison_rate", 0}})->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.empty());
  BOOST_TEST(at::equal(poisoned.data.images, train.images));
}

BOOST_AUTO_TEST_CASE(impossible_requests_are_errors) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto greedy = MakeAttack("blend", spec, {{"poison_rate", 0.95}});  // 190 > 180
  BOOST_CHECK_THROW(greedy->Poison(Train(spec), Rng(1)), Error);
  BOOST_CHECK_THROW(MakeAttack("blend", spec, {{"target", 10}}), Error);
  BOOST_CHECK_THROW(MakeAttack("none", spec, {{"target", 10}}), Error);
  BOOST_CHECK_THROW(MakeAttack("blend", spec, {{"alpha", 1.1}}), Error);
  BOOST_CHECK_THROW(MakeAttack("blend", spec, {{"picture", "file"}}), Error);
  BOOST_CHECK_THROW(MakeAttack("badnets_sq", spec, {{"size", 28}})->Trigger(Train(spec).images),
                    Error);
}

BOOST_AUTO_TEST_CASE(none_changes_nothing_and_says_so_on_its_card) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const auto attack = MakeAttack("none", spec);
  const Poisoned poisoned = attack->Poison(train, Rng(1));
  BOOST_TEST(poisoned.indices.empty());
  BOOST_TEST(at::equal(poisoned.data.images, train.images));
  BOOST_TEST(at::equal(poisoned.data.labels, train.labels));
  BOOST_TEST(at::equal(attack->Trigger(train.images), train.images));
  const PluginCard& card = Registry::Get().Card(PluginKind::kAttack, "none");
  BOOST_TEST(card.control);
  BOOST_TEST(!card.poisons(ResolveFor(card, Json::object())));
}

// Keeps the tensors of a state, and gives copies of them back.
struct KeptState : StateVisitor {
  void Tensor(const std::string& name, at::Tensor& value) override {
    if (loading) value = kept.at(name).clone();
    if (!loading) kept[name] = value.clone();
  }
  void Number(const std::string&, int64_t&) override {}
  bool loading = false;
  std::map<std::string, at::Tensor> kept;
};

BOOST_AUTO_TEST_CASE(the_state_holds_the_trigger_even_if_the_file_changes_or_goes) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const std::string file = "trigger.ppm";
  const auto paint = [&](char value) {
    WriteFileAtomically(file, "P6\n32 32\n255\n" + std::string(3 * 32 * 32, value));
  };
  for (const std::string name : {"blend", "trojan_wm"}) {
    Json options = {{"image", file}};
    if (name == "blend") options["picture"] = "file";
    paint(40);
    const auto trained = MakeAttack(name, spec, options);
    trained->Poison(train, Rng(1));
    KeptState state;
    trained->Visit(state);
    state.loading = true;
    paint(80);
    const auto changed = MakeAttack(name, spec, options);
    BOOST_TEST(!changed->Trigger(train.images).equal(trained->Trigger(train.images)), name);
    changed->Visit(state);
    BOOST_TEST(changed->Trigger(train.images).equal(trained->Trigger(train.images)), name);
    std::filesystem::remove(file);
    const auto gone = MakeAttack(name, spec, options);
    gone->Visit(state);
    BOOST_TEST(gone->Trigger(train.images).equal(trained->Trigger(train.images)), name);
    BOOST_CHECK_THROW(MakeAttack(name, spec, options)->Poison(train, Rng(1)), Error);
  }
}

// The reference's files have no licence and are not shipped; copies are used where there are some.
BOOST_AUTO_TEST_CASE(original_trigger_files_can_be_supplied) {
  const char* folder = std::getenv("DFKD_TEST_TRIGGERS");
  if (folder == nullptr) {
    BOOST_TEST_MESSAGE("skipped: DFKD_TEST_TRIGGERS is not set");
    return;
  }
  const ImageSpec spec = golden::Spec(32, 32, 3);
  const std::string root = folder;
  const auto watermark = MakeAttack("trojan_wm", spec, {{"image", root + "/trojan_wm.png"}});
  const auto black = at::zeros({1, 3, 32, 32}, at::kByte);
  BOOST_TEST(watermark->Trigger(black).ne(0).sum().item<int64_t>() == 612);
  const auto picture = MakeAttack(
      "blend", spec, {{"picture", "file"}, {"image", root + "/blend.png"}, {"alpha", 1}});
  BOOST_TEST(picture->Trigger(black).to(at::kFloat).mean().item<double>() == 202.0,
             boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dfkd
