// How teachers are trained: the "teacher" block of a matrix. The planner keys it, the stages train
// by it.
#pragma once
#include <string>

#include "bench/core/options.h"

namespace dfkd {

struct TeacherRecipe {
  std::string optimizer, schedule, augment;
  double lr, momentum, weight_decay, warmup;
  bool nesterov;
  int64_t epochs, batch_size;
  static void Declare(OptionTable<TeacherRecipe>& o) {
    o.Add("epochs", &TeacherRecipe::epochs, {.initial = 200, .lowest = 1},
          "passes over the training set");
    o.Add("batch_size", &TeacherRecipe::batch_size, {.initial = 128, .lowest = 2},
          "images a step; the rest is dropped");
    o.Add("optimizer", &TeacherRecipe::optimizer, {.initial = "sgd", .allowed = {"sgd", "adam"}},
          "update rule");
    o.Add("lr", &TeacherRecipe::lr, {.initial = 0.1, .lowest = 0, .highest = 10},
          "base learning rate");
    o.Add("momentum", &TeacherRecipe::momentum, {.initial = 0.9, .lowest = 0, .highest = 1},
          "SGD momentum");
    o.Add("nesterov", &TeacherRecipe::nesterov, {.initial = false}, "Nesterov momentum");
    o.Add("weight_decay", &TeacherRecipe::weight_decay,
          {.initial = 5e-4, .lowest = 0, .highest = 1}, "L2 factor");
    o.Add("schedule", &TeacherRecipe::schedule,
          {.initial = "cosine", .allowed = {"constant", "cosine", "one_cycle"}},
          "cosine is stepped per epoch, one_cycle per step");
    o.Add("warmup", &TeacherRecipe::warmup, {.initial = 0.25, .lowest = 0, .highest = 1},
          "one_cycle: rising share");
    o.Add(
        "augment", &TeacherRecipe::augment,
        {.initial = "none", .allowed = {"none", "crop", "crop_flip", "auto"}},
        "random crop with 4 pixels of padding, horizontal flip; auto: the flip only where mirrored "
        "images keep their class");
  }
};

}  // namespace dfkd
