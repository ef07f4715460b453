// An attack at work on toy images and a toy teacher.
#pragma once
#include <memory>

#include "bench/stages/train.h"
#include "tests/conformance/conformance.h"

namespace dfkd::conformance {

inline TeacherRecipe RecipeOfLessons() {
  return TableOf<TeacherRecipe>().Read(ResolveOptions(
      TableOf<TeacherRecipe>().cards(),
      {{"epochs", 1}, {"batch_size", 24}, {"lr", 0.01}, {"augment", "crop_flip"}}, "toy"));
}

// An attack and the training of a toy teacher that it takes part in, as the stages do it.
struct Lesson {
  Lesson(const PluginCard& card, const ImageSpec& spec) : Lesson(card, spec, ToyOptions(card)) {}
  // `crafted`: the state of an attack that has crafted with these options, as the stage of a
  // teacher is given it; null: it crafts.
  Lesson(const PluginCard& card, const ImageSpec& spec, const Json& resolved,
         const MemoryState* crafted = nullptr, int64_t images = 100)
      : options(resolved),
        attack(MakeChecked<Attack>(card.name, options)),
        train(ToyImages(spec, images)),
        model("vgg-s-2", spec) {
    attack->Begin(spec);
    if (card.needs_clean_teacher(options)) clean = MakeTeacher("vgg-s-2", 1, spec);
    if (crafted) {
      Load(*attack, *crafted);
    } else {
      CraftContext context{train, clean.get(), spec, at::kCPU, Rng(1), progress};
      attack->Craft(context);
    }
  }
  Training& Begin() {
    poisoned = attack->Poison(train, Rng(1)).data;
    model.Initialize(Rng(2));
    const TrainingAttack hooks{attack.get(), clean.get()};
    training =
        std::make_unique<Training>(model, poisoned, RecipeOfLessons(), Rng(1), progress, hooks);
    return *training;
  }
  void StepTo(int64_t step) {
    while (training->done() < step) training->Step();
  }

  const Json options;
  std::unique_ptr<Classifier> clean;
  std::unique_ptr<Attack> attack;
  Split train, poisoned;
  FakeProgress progress;
  Classifier model;
  std::unique_ptr<Training> training;
};

// Ready to trigger: begun, crafted and trained where it must be.
inline std::unique_ptr<Attack> MakeAttack(const PluginCard& card, const ImageSpec& spec,
                                          const Json& given = Json::object()) {
  Lesson lesson(card, spec, ToyOptions(card, given));
  if (card.trains_teacher(lesson.options)) lesson.Begin().Step();
  return std::move(lesson.attack);
}

}  // namespace dfkd::conformance
