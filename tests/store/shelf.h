// A store with a few artifacts as stages make them, for the tests of what travels between stores.
#pragma once
#include <string>

#include "bench/store/stage.h"
#include "bench/store/store.h"
#include "tests/store/store_testing.h"

namespace dfkd::testing {

// dataset-less teacher -> student -> evaluation, and one teacher of nobody.
struct Shelf {
  explicit Shelf(const fs::path& root) : store(root) {}

  std::string Publish(const std::string& kind, const std::string& name, const Json& inputs,
                      const std::string& content) {
    const auto stage = MakeStage(kind, {{"name", name}, {"inputs", inputs}});
    const auto staged = store.root() / "work" / ("staging-" + store::NewToken());
    Write(staged / "model.bin", content);
    Write(staged / "curves" / "acc.csv", name);
    const Json cost = {{"wall_seconds", 2.5},
                       {"cpu_seconds", 2.0},
                       {"peak_bytes", 100},
                       {"label", kind + " " + name}};
    store.Publish(
        {.ref = stage.ref,
         .description = stage.description,
         .staged = staged,
         .numerics = {{"device", "cpu"}, {"threads", 1}},
         .facts = {{"host", "maker"}, {"wall_seconds", 2.5}, {"costs", {{stage.ref, cost}}}},
         .label = kind + " " + name});
    return stage.ref;
  }

  Store store;
  const std::string teacher =
      Publish("teacher", "a", Json::object(), std::string(2500, 'w') + "eights");
  const std::string student = Publish("distill", "b", {{"teacher", teacher}}, "student");
  const std::string evaluation = Publish("evaluate", "c", {{"model", student}}, "counts");
  const std::string other = Publish("teacher", "d", Json::object(), "other");
};

inline Json FactsOf(const Store& store, const std::string& ref) {
  return store.Manifest(ref).value().at("facts");
}

}  // namespace dfkd::testing
