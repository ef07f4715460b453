#include "bench/core/cheap_options.h"

namespace dfkd {

Json CheapOptions(const PluginCard& card, const Json& more) {
  Json wanted = {{"rounds", 6},          {"batch_size", 8},
                 {"count", 40},          {"images", 8},
                 {"synthesis_batch", 4}, {"synthesis_steps", 2},
                 {"student_steps", 2},   {"latent", 8},
                 {"generator_width", 8}, {"perturbation_steps", 2},
                 {"copies", 2},          {"layers", 2},
                 {"terms", 1},           {"last_rounds", 3},
                 {"share", 0.5},         {"craft_epochs", 2},
                 {"search_epochs", 2},   {"check_images", 40},
                 {"asr_budget", 1.0},    {"epochs", 2},
                 {"steps", 2},           {"warmup", 1},
                 {"searches", 2},        {"warmup_searches", 2},
                 {"generator_life", 2}};
  wanted.update(more);
  Json given = Json::object();
  for (const auto& option : card.options) {
    const bool fits = option.type != OptionType::kText && wanted.contains(option.name);
    if (fits) given[option.name] = wanted.at(option.name);
  }
  return given;
}

}  // namespace dfkd
