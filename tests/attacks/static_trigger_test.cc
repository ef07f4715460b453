#include <ATen/Functions.h>
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <map>

#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/recipes/poison.h"
#include "tests/attacks/attacks_testing.h"

namespace dfkd::static_trigger_test {

const std::vector<std::string> kNames = {"badnets_grid", "badnets_sq", "blend",
                                         "trojan_wm",    "trojan_3x3", "trojan_8x8",
                                         "l2_inv",       "l0_inv",     "smooth"};

// abd.md (l) self-test 9 and attacks_defences_metrics.md Part 5: trigger bytes.
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
      {"trojan_3x3", "trojan_3x3", Json::object()},
      {"trojan_3x3_random", "trojan_3x3", {{"pixels", "random"}}},
      {"trojan_8x8", "trojan_8x8", Json::object()},
      {"l2_inv", "l2_inv", Json::object()},
      {"l0_inv", "l0_inv", Json::object()},
      {"smooth", "smooth", Json::object()},
      {"smooth_truncate", "smooth", {{"rounding", "truncate"}}},
      {"smooth_magenta", "smooth", {{"colour", "magenta"}}},
      {"sig_tr", "sig_tr", Json::object()},
      {"sig_tr_truncate", "sig_tr", {{"rounding", "truncate"}}},
      {"sig", "sig", Json::object()},
      {"sig_40_truncate", "sig", {{"delta", 40}, {"rounding", "truncate"}}},
      {"cl", "cl", Json::object()},
      {"bpp", "bpp", {{"dither", true}}},
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

// Rows and columns of the smallest box that holds every change, last ones included: abd.md (c).
std::vector<int64_t> ChangedBox(const std::string& name, const ImageSpec& spec) {
  const auto images = Train(spec).images;
  const auto changed = MakeAttack(name, spec)->Trigger(images).ne(images).any(0).any(0);  // [H,W]
  const auto rows = changed.any(1).nonzero(), columns = changed.any(0).nonzero();
  return {rows.min().item<int64_t>(), rows.max().item<int64_t>(), columns.min().item<int64_t>(),
          columns.max().item<int64_t>()};
}

BOOST_AUTO_TEST_CASE(a_patch_changes_only_its_place_and_keeps_its_distance_to_the_corner) {
  using Box = std::vector<int64_t>;
  const std::map<std::string, Box> boxes = {{"badnets_grid", {29, 31, 29, 31}},
                                            {"badnets_sq", {27, 30, 27, 30}},
                                            {"trojan_3x3", {25, 27, 25, 27}},
                                            {"trojan_8x8", {21, 28, 21, 28}},
                                            {"l0_inv", {31, 31, 23, 31}},
                                            {"blend", {0, 31, 0, 31}},
                                            {"cl", {0, 31, 0, 31}}};
  for (const auto& [name, box] : boxes) {
    BOOST_TEST(ChangedBox(name, golden::Spec(32, 32, 3)) == box, name);
    if (box[0] == 0) continue;
    const Box shifted = {box[0] - 4, box[1] - 4, box[2] - 4, box[3] - 4};
    BOOST_TEST(ChangedBox(name, golden::Spec(28, 28, 1)) == shifted, name);
  }
}

BOOST_AUTO_TEST_CASE(smooth_stretches_every_image_to_the_full_range) {
  const ImageSpec spec = golden::Spec(32, 32, 3);
  const auto dim = Train(spec).images.floor_divide(4).add(40);
  const auto triggered = MakeAttack("smooth", spec)->Trigger(dim);
  BOOST_TEST(triggered.amin({1, 2, 3}).eq(0).all().item<bool>());
  BOOST_TEST(triggered.amax({1, 2, 3}).eq(255).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(sig_adds_six_periods_and_may_be_louder_when_it_is_used) {
  const ImageSpec spec = golden::Spec(32, 32, 3);
  const auto grey = at::full({1, 3, 32, 32}, 128, at::kByte);
  const auto wave = [&](const Json& options) {
    return MakeAttack("sig", spec, options)->Trigger(grey).to(at::kLong).sub(128);
  };
  const auto quiet = wave(Json::object());
  BOOST_TEST(quiet.eq(quiet.slice(1, 0, 1).slice(2, 0, 1)).all().item<bool>());  // rows, channels
  for (int64_t column = 0; column < 32; ++column) {
    const double sine = 20 * std::sin(2 * 3.14159265358979 * 6 * column / 32);
    BOOST_TEST(std::abs(quiet[0][0][0][column].item<double>() - sine) <= 0.500001);
  }
  BOOST_TEST(wave({{"test_delta", 30}}).max().item<int64_t>() == 30);
  const Split train = Train(spec);
  const auto louder = MakeAttack("sig", spec, {{"test_delta", 30}})->Poison(train, Rng(1));
  BOOST_TEST(louder.data.images.equal(MakeAttack("sig", spec)->Poison(train, Rng(1)).data.images));
}

BOOST_AUTO_TEST_CASE(sig_tr_is_the_column_formula_modulo_256) {
  const ImageSpec spec = golden::Spec(32, 32, 3);
  const auto stripes =
      MakeAttack("sig_tr", spec, {{"alpha", 1}})->Trigger(at::zeros({1, 3, 32, 32}, at::kByte));
  const int table[] = {
      0, 14, 19, 13, 255, 241, 237, 244, 2, 15, 19, 11, 253, 240, 237, 246,
      4, 17, 19, 9,  251, 239, 238, 248, 6, 18, 18, 7,  249, 238, 238, 250};  // abd.md (c)
  for (int64_t column = 0; column < 32; ++column) {  // abd.md (l) self-test 8
    const auto wrapped = static_cast<uint8_t>(static_cast<int>(20 * std::sin(0.8 * column)));
    BOOST_TEST(wrapped == table[column], column);
    BOOST_TEST(stripes.select(3, column).eq(wrapped).all().item<bool>(), column);
  }
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

// The reference's numbers: 0.1 of N are poisoned, int(0.05 N) at the end are not candidates.
BOOST_AUTO_TEST_CASE(the_holdout_is_what_is_rounded_down) {
  const ImageSpec spec = {
      .channels = 1, .height = 4, .width = 4, .classes = 2, .mean = {0}, .stddev = {1}};
  const auto possible = [&](int64_t images, int64_t candidates) {
    const Split train = {at::zeros({images, 1, 4, 4}, at::kByte),
                         at::arange(images, at::kLong).ge(candidates - 1).to(at::kLong)};
    const Json options = {{"poison_rate", 1.01 / static_cast<double>(images)}};
    const auto attack = MakeAttack("badnets_grid", spec, options, "faithful");
    return attack->Poison(train, Rng(1)).indices == std::vector<int64_t>{candidates - 1};
  };
  BOOST_TEST(possible(50000, 47500));
  BOOST_TEST(possible(39209, 37249));  // not 37248: GTSRB
  BOOST_CHECK_THROW(possible(39209, 37250), Error);
}

// In binary 0.29 * 50000 is 14499.999…, and 0.29 * 200 is 57.999…
BOOST_AUTO_TEST_CASE(a_share_counts_as_it_is_written) {
  BOOST_TEST(CountOf(0.29, 50000) == 14500);
  BOOST_TEST(CountOf(0.003, 39209) == 117);
  BOOST_TEST(CountOf(0.05, 39209) == 1960);
  BOOST_TEST(CountOf(0.000025, 39999) == 0);
  BOOST_TEST(CountOf(1, 7) == 7);
  BOOST_TEST(CountOf(0.29, 100) == 29);
  BOOST_TEST(CountOfAtLeast(0.07, 100) == 7);  // 7.000…1 in binary
  BOOST_TEST(CountOfAtLeast(0.071, 100) == 8);
  BOOST_TEST(CountOfAtLeast(0, 100) == 0);
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto attack = MakeAttack("badnets_grid", spec, {{"poison_rate", 0.29}});
  BOOST_TEST(attack->Poison(Train(spec), Rng(1)).indices.size() == 58U);
}

// attacks_defences_metrics.md Part 5: the poison index list for a fixed seed.
BOOST_AUTO_TEST_CASE(the_choice_for_a_seed_stays_what_it_is) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const auto attack = MakeAttack("trojan_3x3", spec, {{"poison_rate", 0.05}});
  const auto expected = golden::Triggers();
  for (const int64_t seed : {1, 7}) {
    const auto indices = attack->Poison(Train(spec), Rng(seed)).indices;
    BOOST_TEST(fmt::format("{}", fmt::join(indices, ",")) ==
               expected.at(fmt::format("poison_indices {}", seed)));
  }
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
  const Split train = Train(spec);
  const Json options = {{"labels", "all_to_all"}, {"poison_rate", 1}, {"target", 5}};
  for (const auto& name : kNames) {
    const auto attack = MakeAttack(name, spec, options);
    BOOST_TEST(attack->TargetLabel(9) == 0, name);
    const Poisoned poisoned = attack->Poison(train, Rng(1));
    BOOST_TEST(poisoned.indices.size() == 200u, name);
    BOOST_TEST(at::equal(poisoned.data.labels, train.labels.add(1).remainder(10)), name);
  }
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

BOOST_AUTO_TEST_CASE(the_state_holds_the_trigger_even_if_the_file_changes_or_goes) {
  const ImageSpec spec = golden::Spec(28, 28, 1);
  const Split train = Train(spec);
  const std::string file = "trigger.ppm";
  const auto paint = [&](char value) {
    std::string picture = "P6\n32 32\n255\n" + std::string(3 * 32 * 16, '\0');
    for (int row = 0; row < 16; ++row)
      picture += std::string(3 * 16, '\0') + std::string(3 * 16, value);
    WriteFileAtomically(file, picture);
  };
  for (const std::string name :
       {"blend", "trojan_wm", "trojan_3x3", "trojan_8x8", "l2_inv", "l0_inv", "smooth", "sig_tr"}) {
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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::static_trigger_test
