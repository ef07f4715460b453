// Attacks with cover samples: adaptive_blend and tact.
#include <boost/test/unit_test.hpp>

#include "attacks/adaptive_blend/adaptive_blend.h"
#include "attacks/tact/tact.h"
#include "bench/images/pixel.h"
#include "tests/attacks/attacks_testing.h"

namespace dfkd::cover_attack_test {

ImageSpec Spec(int64_t size = 32) {
  return {3, size, size, 10, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
}

at::Tensor Changed(const Poisoned& poisoned, const Split& train) {
  return (poisoned.data.images != train.images).flatten(1).any(1).nonzero().squeeze(1);
}

std::vector<int64_t> Sorted(std::vector<int64_t> a, const std::vector<int64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  std::sort(a.begin(), a.end());
  return a;
}

BOOST_AUTO_TEST_SUITE(cover_attacks)

BOOST_AUTO_TEST_CASE(half_of_the_sixteen_pieces_are_left_out_and_each_piece_is_a_square) {
  const auto attack = MakeAttack("adaptive_blend", Spec());
  const auto& blend = dynamic_cast<adaptive_blend::AdaptiveBlend&>(*attack);
  const auto mask = blend.Mask(Rng(1));
  BOOST_TEST(mask.sum().item<int64_t>() == 8 * 64);
  const auto pieces = mask[0].view({4, 8, 4, 8}).permute({0, 2, 1, 3}).flatten(2).to(at::kLong);
  const auto of_piece = pieces.sum(2);  // [4,4]: all of its 64 pixels, or none
  BOOST_TEST((of_piece.eq(0) | of_piece.eq(64)).all().item<bool>());
  BOOST_TEST(!mask.equal(blend.Mask(Rng(2))));
}

BOOST_AUTO_TEST_CASE(
    training_sees_pieces_at_train_alpha_and_the_attack_the_whole_picture_at_alpha) {
  const auto attack = MakeAttack("adaptive_blend", Spec(),
                                 {{"poison_rate", 0.1}, {"cover_rate", 0.05}, {"alpha", 0.4}});
  const auto train = Train(Spec());
  const auto poisoned = attack->Poison(train, Rng(3));
  BOOST_TEST(poisoned.indices.size() == 20U);
  BOOST_TEST(poisoned.covers.size() == 10U);
  KeptState state;
  attack->Visit(state);
  const auto picture = state.kept.at("picture");
  const auto rows = at::tensor(Sorted(poisoned.indices, poisoned.covers), at::kLong);
  BOOST_TEST(rows.equal(Changed(poisoned, train)));
  const auto clean = train.images.index_select(0, rows);
  const auto seen = poisoned.data.images.index_select(0, rows);
  const auto full = BlendAsset(clean, picture, 0.15, Rounding::kHalfUp);
  BOOST_TEST((seen.eq(clean) | seen.eq(full)).all().item<bool>());
  const auto share = seen.eq(full).to(at::kDouble).mean().item<double>();
  BOOST_TEST(share > 0.5);
  BOOST_TEST(share < 0.6);  // half of the pieces, and where both are alike
  BOOST_TEST(attack->Trigger(clean).equal(BlendAsset(clean, picture, 0.4, Rounding::kHalfUp)));
}

BOOST_AUTO_TEST_CASE(a_smaller_rate_shows_a_part_of_the_same_images_in_the_same_pieces) {
  const auto poison = [&](double rate) {
    const auto attack = MakeAttack("adaptive_blend", Spec(), {{"poison_rate", rate}});
    return attack->Poison(Train(Spec()), Rng(3));
  };
  const auto few = poison(0.05), many = poison(0.1);
  const auto rows = at::tensor(few.indices, at::kLong);
  BOOST_TEST(std::includes(many.indices.begin(), many.indices.end(), few.indices.begin(),
                           few.indices.end()));
  BOOST_TEST(few.data.images.index_select(0, rows).equal(many.data.images.index_select(0, rows)));
}

BOOST_AUTO_TEST_CASE(covers_keep_their_labels_and_poisoned_images_get_the_target) {
  for (const std::string name : {"adaptive_blend", "tact"}) {
    const auto attack =
        MakeAttack(name, Spec(), {{"poison_rate", 0.05}, {"cover_rate", 0.1}, {"target", 3}});
    const auto train = Train(Spec());
    const auto poisoned = attack->Poison(train, Rng(3));
    for (const int64_t row : poisoned.indices)
      BOOST_TEST(poisoned.data.labels[row].item<int64_t>() == 3, name);
    for (const int64_t row : poisoned.covers) {
      BOOST_TEST(poisoned.data.labels[row].equal(train.labels[row]), name);
      BOOST_TEST(!std::binary_search(poisoned.indices.begin(), poisoned.indices.end(), row), name);
    }
  }
}

BOOST_AUTO_TEST_CASE(tact_attacks_its_source_class_alone_and_covers_the_classes_it_names) {
  const auto attack =
      MakeAttack("tact", Spec(), {{"poison_rate", 0.05}, {"cover_rate", 0.1}, {"source", 4}});
  for (int64_t label = 0; label < 10; ++label)
    BOOST_TEST(attack->TargetLabel(label) == (label == 4 ? 0 : label));
  const auto train = Train(Spec());
  const auto poisoned = attack->Poison(train, Rng(3));
  BOOST_TEST(poisoned.indices.size() == 10U);
  for (const int64_t row : poisoned.indices) BOOST_TEST(train.labels[row].item<int64_t>() == 4);
  std::set<int64_t> classes;
  for (const int64_t row : poisoned.covers) classes.insert(train.labels[row].item<int64_t>());
  BOOST_TEST(classes == (std::set<int64_t>{5, 7}), boost::test_tools::per_element());
  const auto covers = at::tensor(poisoned.covers, at::kLong);
  BOOST_TEST(poisoned.data.images.index_select(0, covers).equal(
      attack->Trigger(train.images.index_select(0, covers))));
}

BOOST_AUTO_TEST_CASE(tact_puts_a_square_in_place_of_rows_and_columns_21_to_28) {
  const auto attack = MakeAttack("tact", Spec());
  const auto one = attack->Trigger(at::zeros({1, 3, 32, 32}, at::kByte));
  const auto other = attack->Trigger(at::full({1, 3, 32, 32}, 200, at::kByte));
  const auto inside = [](const at::Tensor& images) {
    return images.slice(2, 21, 29).slice(3, 21, 29);
  };
  BOOST_TEST(inside(one).equal(inside(other)));
  BOOST_TEST(inside(one).ne(0).any().item<bool>());
  inside(one).zero_();
  BOOST_TEST(one.eq(0).all().item<bool>());
}

BOOST_AUTO_TEST_CASE(classes_that_tact_cannot_use_are_named) {
  const auto message = [](const Json& options) -> std::string {
    try {
      MakeAttack("tact", Spec(), options);
    } catch (const Error& e) {
      return e.what();
    }
    return "accepted";
  };
  BOOST_TEST(message({{"cover_classes", "5,12"}}).starts_with("tact: '12' in cover_classes"));
  BOOST_TEST(message({{"cover_classes", "5,"}}).starts_with("tact: '' in cover_classes"));
  BOOST_TEST(message({{"cover_classes", "1"}}).starts_with("tact: class 1 in cover_classes"));
  BOOST_TEST(message({{"source", 0}}).starts_with("tact: source = 0 must not be the target"));
  BOOST_TEST(message({{"source", 10}}).starts_with("tact: source = 10 must lie in [0, 9]"));
  BOOST_TEST(message({{"cover_classes", ""}}) == "accepted");
}

BOOST_AUTO_TEST_CASE(the_covers_of_a_rate_are_as_many_as_it_says) {
  for (const std::string name : {"adaptive_blend", "tact"}) {
    Json options = {{"cover_rate", 0.29}};  // of 200: 57.999… in binary
    if (name == "tact") options["cover_classes"] = "";
    const auto attack = MakeAttack(name, Spec(), options);
    BOOST_TEST(attack->Poison(Train(Spec()), Rng(3)).covers.size() == 58U, name);
  }
}

BOOST_AUTO_TEST_CASE(more_covers_than_images_are_refused) {
  const auto attack = MakeAttack("tact", Spec(), {{"cover_rate", 0.5}});
  BOOST_CHECK_EXCEPTION(attack->Poison(Train(Spec()), Rng(1)), Error, [](const Error& e) {
    return std::string(e.what()) == "cover_rate asks for 100 images, but only 40 may be covers";
  });
}

BOOST_AUTO_TEST_CASE(images_that_are_too_small_are_told_before_anything_runs) {
  const auto why = [](const std::string& name, const Json& options, int64_t side) -> std::string {
    const auto& card = Registry::Get().Card(PluginKind::kAttack, name);
    const auto shortage = card.shortage(ResolveFor(card, options), {.side = side});
    return shortage ? shortage->option + ": " + shortage->why : "";
  };
  BOOST_TEST(why("adaptive_blend", {{"pieces", 16}}, 16) == "");
  BOOST_TEST(why("adaptive_blend", {{"pieces", 20}}, 16) ==
             "pieces: pieces = 20 must be at most 16, the side of the image");
  BOOST_TEST(why("tact", nullptr, 11) == "");
  BOOST_TEST(why("tact", nullptr, 8) ==
             ": tact: a square of 8x8, 3 pixels from the edges, does not fit 8x8");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cover_attack_test
