// Static attacks: an asset, what is done with it to every triggered image, and a rule of labels. A
// new one states just that:
//
//   struct Options : PoisonOptions, PictureOptions {
//     static void Declare(OptionTable<Options>& o) { DeclarePoison(o), DeclarePicture(o); }
//     TriggerRecipe Recipe() const {
//       return {.asset = PictureSource{.name = "l2_inv", .file = *this},
//               .operation = operation::Add()};
//     }
//   };
//   using L2Inv = StaticAttack<Options>;
//   DFKD_REGISTER(L2Inv, StaticCard<Options>({.name = "l2_inv", .summary = "faint noise, added"}));
//
// PoisonOptions as a base changes labels, CleanLabelOptions keeps them.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "bench/images/assets.h"
#include "bench/images/pixel.h"
#include "bench/recipes/poison.h"

namespace dfkd {

struct PictureOptions {
  std::string image, sha256;
  template <class Options>
  static void DeclarePicture(OptionTable<Options>& o) {
    o.Add("image", &Options::image, {.initial = "", .sha256 = "sha256"},
          "PNG, JPEG or PPM file of the trigger; empty = the built-in one");
    o.Add("sha256", &Options::sha256, {.initial = ""},
          "checksum that `image` must have; empty = that of the file when a run is planned");
  }
};

struct SeedOption {
  int64_t seed;
  template <class Options>
  static void DeclareSeed(OptionTable<Options>& o) {
    o.Add("seed", &Options::seed, {.initial = 0, .lowest = 0},
          "seed of the procedural picture; 0 = the one with a published checksum");
  }
};

// A picture in the size of the images: a file of the user, or a procedural one if there is none.
struct PictureSource {
  // Of a procedural asset; says where either is placed (PlacementOf).
  std::string name;
  int64_t seed = 0;
  PictureOptions file = {};
  Shrinking shrinking = Shrinking::kArea;
};

// What is done with the asset, uint8 [C,h,w], to images, uint8 [N,C,H,W]; changes neither.
using Operation = std::function<at::Tensor(const at::Tensor& images, const at::Tensor& asset)>;

namespace operation {

// The asset, a patch, replaces the bottom right corner, `margin` pixels away from both edges.
Operation Overwrite(int64_t margin);
// The bottom right `rows` x `columns` of the asset, a picture, replace those of the image.
Operation OverwriteCornerOf(int64_t rows, int64_t columns);
// Clipped.
Operation Add();
Operation Add(double strength, Rounding rounding);
Operation Blend(double alpha, Rounding rounding);
// Added without clipping; then each image is stretched to [0, 255] (Stretched).
Operation AddAndStretch(Rounding rounding);

}  // namespace operation

struct TriggerRecipe {
  // A patch as it is, one channel for all; or a picture, made when it is first needed and kept with
  // the teacher, so that an evaluation does not depend on what became of the file.
  std::variant<Image, PictureSource> asset;
  Operation operation;
  // What the picture is called in the teacher's artifact.
  std::string state = "picture";
};

// StaticAttack without its options.
class RecipeAttack : public StaticTrigger {
 public:
  RecipeAttack(PoisonOptions labels, TriggerRecipe recipe)
      : StaticTrigger(std::move(labels)), recipe_(std::move(recipe)) {}
  at::Tensor Trigger(const at::Tensor& images) const override;
  void Visit(StateVisitor& visitor) override;

 protected:
  // uint8 [C,h,w].
  const at::Tensor& Asset() const;

 private:
  const TriggerRecipe recipe_;
  mutable at::Tensor asset_;
};

template <class Options>
class StaticAttack final : public RecipeAttack {
 public:
  explicit StaticAttack(const Options& options) : RecipeAttack(options, options.Recipe()) {}
};

namespace static_attack_detail {

template <class Options>
std::vector<std::string> IdleOptions(const Options& o) {
  auto idle = o.PoisonOptions::Idle();
  if constexpr (std::is_base_of_v<PictureOptions, Options>) {
    if (o.image.empty()) idle.push_back("sha256");
    if (std::is_base_of_v<SeedOption, Options> && !o.image.empty()) idle.push_back("seed");
  }
  if constexpr (requires { o.IdleHere(); }) {
    for (const auto& name : o.IdleHere()) idle.push_back(name);
  }
  return idle;
}

}  // namespace static_attack_detail

// The card completed by what follows from the bases of Options: `clean_label`, `gate`,
// `idle_options` (with those that Options::IdleHere() names, if it is there), and the preset
// "faithful".
template <class Options>
AttackCard<Options> StaticCard(AttackCard<Options> card) {
  Json faithful = Options::Faithful();
  if constexpr (std::is_base_of_v<RoundingOption, Options>) faithful["rounding"] = "truncate";
  card.presets.try_emplace("faithful", std::move(faithful));
  card.clean_label = [](const Options& options) { return options.clean_label; };
  card.gate = [](const Options& options) { return options.GateOfLabels(); };
  card.idle_options = static_attack_detail::IdleOptions<Options>;
  return card;
}

}  // namespace dfkd
