// Attacks that leave the labels alone: abd.md (c), "clean".
#include "bench/core/error.h"
#include "bench/nn/classifier.h"
#include "bench/nn/losses.h"
#include "tests/attacks/attacks_testing.h"
#include "tests/methods/fakes.h"

namespace dfkd::clean_label_test {

const ImageSpec kSpec = golden::Spec(16, 16, 3);

std::unique_ptr<Attack> Craft(const std::string& name, const Json& options,
                              const std::string& preset = "") {
  auto attack = MakeAttack(name, kSpec, options, preset);
  const auto teacher = MakeTeacher("vgg-s-4", 3, kSpec);
  const Split train = Train(kSpec);
  FakeProgress progress;
  CraftContext ctx{train, teacher.get(), kSpec, at::kCPU, Rng(5), progress};
  attack->Craft(ctx);
  return attack;
}

double MeanCrossEntropy(const at::Tensor& images, int64_t label) {
  const auto logits =
      std::as_const(*MakeTeacher("vgg-s-4", 3, kSpec)).Logits(Normalize(images, kSpec));
  const auto labels = at::full({images.size(0)}, label, at::kLong);
  return CrossEntropyPerSample(logits, labels).mean().item<double>();
}

// Indices of the images of one class in Train.
at::Tensor RowsOf(int64_t label) { return at::arange(label, 200, 10, at::kLong); }

BOOST_AUTO_TEST_SUITE(clean_label)

BOOST_AUTO_TEST_CASE(only_images_of_the_target_are_poisoned_and_no_label_changes) {
  const Split train = Train(kSpec);
  for (const std::string name : {"sig", "sig_tr", "cl"}) {
    Json options = {{"target", 4}, {"poison_rate", 0.06}};
    if (name == "cl") options["steps"] = 1;
    const auto attack = Craft(name, options);
    const Poisoned poisoned = attack->Poison(train, Rng(1));
    BOOST_TEST(poisoned.indices.size() == 12u, name);
    for (const int64_t i : poisoned.indices) BOOST_TEST(i % 10 == 4, name);
    BOOST_TEST(poisoned.data.labels.equal(train.labels), name);
    const auto changed = poisoned.data.images.ne(train.images).flatten(1).any(1);
    BOOST_TEST(changed.nonzero().flatten().equal(at::tensor(poisoned.indices, at::kLong)), name);
    BOOST_TEST(poisoned.indices != attack->Poison(train, Rng(2)).indices, name);
    const auto& card = Registry::Get().Card(PluginKind::kAttack, name);
    BOOST_TEST(card.clean_label(ResolveFor(card, Json::object())), name);
  }
}

// The reference: min(int(0.1 N), target images of the leading 95 %), i.e. the whole class.
BOOST_AUTO_TEST_CASE(a_rate_above_the_share_of_the_class_poisons_all_of_it) {
  const Split train = Train(kSpec);
  const auto whole = MakeAttack("sig", kSpec, {{"poison_rate", 0.5}})->Poison(train, Rng(1));
  BOOST_TEST(at::tensor(whole.indices, at::kLong).equal(RowsOf(0)));
  const auto faithful = MakeAttack("sig_tr", kSpec, {}, "faithful")->Poison(train, Rng(1));
  BOOST_TEST(at::tensor(faithful.indices, at::kLong).equal(RowsOf(0).slice(0, 0, 19)));
}

BOOST_AUTO_TEST_CASE(a_target_without_candidates_is_an_error) {
  Split train = Train(kSpec);
  train.labels = train.labels.clamp_min(1);
  BOOST_CHECK_THROW(MakeAttack("sig", kSpec)->Poison(train, Rng(1)), Error);
  const auto none = MakeAttack("sig", kSpec, {{"poison_rate", 0}});
  BOOST_TEST(none->Poison(train, Rng(1)).indices.empty());
}

BOOST_AUTO_TEST_CASE(cl_keeps_to_its_bound_and_ascends) {
  const Split train = Train(kSpec);
  const auto clean = train.images.index_select(0, RowsOf(0));
  double loss = MeanCrossEntropy(clean, 0);
  for (const int64_t steps : {2, 20}) {
    for (const double epsilon : {16.0, 7.5}) {
      KeptState state;
      Craft("cl", {{"epsilon", epsilon}, {"steps", steps}})->Visit(state);
      BOOST_TEST(state.kept.at("rows").equal(RowsOf(0)));
      const auto distance =
          (state.kept.at("crafted").to(at::kLong) - clean.to(at::kLong)).abs().max();
      BOOST_TEST(distance.item<int64_t>() == static_cast<int64_t>(epsilon));
      if (epsilon != 16.0) continue;
      const double harder = MeanCrossEntropy(state.kept.at("crafted"), 0);
      BOOST_TEST(harder > loss);
      loss = harder;
    }
  }
}

// One step without a random start is x + step sign(dCE/dx), clipped: the gradient by differences.
BOOST_AUTO_TEST_CASE(a_step_of_cl_follows_the_sign_of_the_gradient_in_pixel_space) {
  KeptState state;
  Craft("cl", {{"steps", 1}, {"step_size", 3}, {"random_start", false}})->Visit(state);
  const auto clean = Train(kSpec).images.slice(0, 0, 1);
  const auto moved = state.kept.at("crafted").slice(0, 0, 1).to(at::kLong) - clean.to(at::kLong);
  int64_t checked = 0;
  for (int64_t i = 0; i < 20; ++i) {
    const int64_t y = i / 4 + 5, x = i % 4 + 5;
    auto up = clean.to(at::kFloat), down = up.clone();
    up[0][i % 3][y][x] += 8;
    down[0][i % 3][y][x] -= 8;
    const double slope = MeanCrossEntropy(up, 0) - MeanCrossEntropy(down, 0);
    const auto pixel = clean[0][i % 3][y][x].item<int64_t>();
    if (std::abs(slope) < 1e-4 || pixel < 3 || pixel > 252) continue;
    BOOST_TEST(moved[0][i % 3][y][x].item<int64_t>() == (slope > 0 ? 3 : -3), i);
    ++checked;
  }
  BOOST_TEST(checked > 10);
}

BOOST_AUTO_TEST_CASE(cl_trains_on_crafted_images_with_corners_and_tests_with_corners_only) {
  const Split train = Train(kSpec);
  const auto attack = Craft("cl", {{"poison_rate", 0.05}, {"steps", 2}});
  KeptState state;
  attack->Visit(state);
  const Poisoned poisoned = attack->Poison(train, Rng(1));
  const auto grid = at::tensor({0, 0, 255, 0, 255, 0, 255, 0, 255}, at::kLong).view({3, 3});
  for (const int64_t i : poisoned.indices) {
    const auto image = poisoned.data.images[i];
    BOOST_TEST(
        image.equal(attack->Trigger(state.kept.at("crafted").slice(0, i / 10, i / 10 + 1))[0]));
    for (const int64_t top : {0, 13}) {
      for (const int64_t left : {0, 13}) {  // the same in every corner, not mirrored
        const auto corner = image.narrow(1, top, 3).narrow(2, left, 3).to(at::kLong);
        BOOST_TEST(corner.eq(grid).all().item<bool>());
      }
    }
  }
  auto changed = attack->Trigger(train.images).ne(train.images);
  for (const int64_t top : {0, 13}) {
    for (const int64_t left : {0, 13}) changed.narrow(2, top, 3).narrow(3, left, 3).fill_(false);
  }
  BOOST_TEST(!changed.any().item<bool>());
}

BOOST_AUTO_TEST_CASE(cl_crafts_only_what_may_be_poisoned) {
  const auto crafted = [](const Json& options) {
    KeptState state;
    Craft("cl", options)->Visit(state);
    return state.kept.at("crafted").size(0);
  };
  BOOST_TEST(crafted({{"steps", 0}}) == 20);
  BOOST_TEST(crafted({{"steps", 0}, {"candidates", 0.5}}) == 10);
  BOOST_TEST(crafted({{"steps", 0}, {"poison_rate", 0.02}, {"selection", "first_n"}}) == 4);
  BOOST_TEST(crafted({{"steps", 0}, {"poison_rate", 0}}) == 0);
  BOOST_CHECK_THROW(MakeAttack("cl", kSpec)->Poison(Train(kSpec), Rng(1)), Error);
}

BOOST_AUTO_TEST_CASE(cl_says_what_it_needs) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, "cl");
  const Json options = ResolveFor(card, Json::object());
  BOOST_TEST(card.needs_clean_teacher(options));
  BOOST_TEST(card.crafts(options));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::clean_label_test
