// TaCT: only images of one class are attacked. They carry a patch and the target label; images of
// other classes carry the same patch and their own, so that the patch alone says nothing. Tang,
// Wang, Tang, Zhang, "Demon in the Variant: Statistical Analysis of DNNs for Robust Backdoor
// Contamination Detection", USENIX Security 2021, https://arxiv.org/abs/1908.00686.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/recipes/covers.h"
#include "bench/recipes/static_attack.h"

namespace dfkd::tact {

struct Options : PoisonOptions, PictureOptions, SeedOption {
  int64_t source;
  double cover_rate;
  std::string cover_classes;
  static void Declare(OptionTable<Options>& o) {
    DeclareAllToOne(o, 0.003);
    o.Add("source", &Options::source, {.initial = 1, .lowest = 0},
          "the class that is attacked: the ASR is counted on its images alone");
    o.Add("cover_classes", &Options::cover_classes, {.initial = "5,7"},
          "classes whose images are covers, separated by commas; empty: all but source and target");
    o.Add("cover_rate", &Options::cover_rate, {.initial = 0.003, .lowest = 0, .highest = 1},
          "share of the full training set that carries the patch and keeps its labels");
    DeclareSeed(o), DeclarePicture(o);
  }
  TriggerRecipe Recipe() const;
};

// Of the square: rows and columns to the bottom and right edge, and its own.
inline constexpr int64_t kMargin = 3, kSide = 8;
// Throws Error if images are too small for it.
void RequireRoom(int64_t height, int64_t width);
// Throws Error if there are not so many classes, or source and target are one.
void RequireSource(const Options& options, int64_t classes);
// Ascending. Throws Error if one of them does not exist, or is source or target.
std::vector<int64_t> CoverClasses(const Options& options, int64_t classes);
// See AttackCard::shortage.
std::optional<Shortage> ShortageOf(const Options& options, const TrainingSet& train);

class Tact final : public RecipeAttack {
 public:
  explicit Tact(const Options& options)
      : RecipeAttack(options, options.Recipe()), options_(options) {}

  // Throws Error if classes do not exist or are the same.
  void Begin(const ImageSpec& spec) override;
  // Of other classes: the label itself, so that they are not among the attacked ones.
  int64_t TargetLabel(int64_t label) const override {
    return label == options_.source ? options_.target : label;
  }
  Poisoned Poison(const Split& train, const Rng& rng) const override;

 private:
  const Options options_;
  std::vector<int64_t> cover_classes_;  // ascending
};

DFKD_REGISTER(Tact, StaticCard<Options>({.name = "tact",
                                         .summary = "a patch that acts on one class only, and "
                                                    "cover samples of others",
                                         .paper = "https://arxiv.org/abs/1908.00686",
                                         .shortage = ShortageOf}));

}  // namespace dfkd::tact
