// dfkd check-plugin NAME: what of a plugin only runs can show, in seconds, on generated images.
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/plugin_check.h"
#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "bench/core/suggest.h"
#include "bench/io/data_folder.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct CheckFlags {
  std::string plugin, kind, data;
};

// Of every kind, or of the one that is asked for: two may share a name.
std::vector<const PluginCard*> CardsOf(const CheckFlags& flags) {
  std::vector<const PluginCard*> found;
  std::vector<std::string> names;
  for (const auto kind : kPluginKinds) {
    if (!flags.kind.empty() && flags.kind != Name(kind)) continue;
    for (const auto* card : Registry::Get().Cards(kind)) {
      names.push_back(card->name);
      if (card->name == flags.plugin) found.push_back(card);
    }
  }
  if (!found.empty()) return found;
  throw MakeError("plugin '{}' is not registered; {}`dfkd list` shows what is", flags.plugin,
                  Guess(flags.plugin, names));
}

size_t Check(const PluginCard& card, const std::string& data) {
  const auto scratch =
      fs::absolute(".dfkd/check") / fmt::format("{}-{}", Name(card.kind), card.name);
  fs::remove_all(scratch);
  fs::create_directories(scratch);
  const auto say = [](const std::string& line) { fmt::print(stderr, "  {}\n", line); };
  fmt::print(stderr, "{} {}\n", Name(card.kind), card.name);
  const auto problems = CheckPlugin(card, {scratch, DataFolder(data), say});
  for (const auto& problem : problems)
    fmt::print("{} {}: {}\n", Name(card.kind), card.name, problem);
  std::fflush(stdout);
  return problems.size();
}

int Run(const CheckFlags& flags) {
  RequireStages();
  size_t problems = 0;
  for (const auto* card : CardsOf(flags)) problems += Check(*card, flags.data);
  fmt::print(stderr, "check-plugin: {}\n",
             problems == 0 ? "ok" : fmt::format("{} problems", problems));
  return problems == 0 ? 0 : 1;
}

}  // namespace

void AddCheckPlugin(Program& program) {
  auto& verb = program.AddVerb("check-plugin", "Does a plugin keep to its contract in real runs?");
  const auto flags = std::make_shared<CheckFlags>();
  verb.Add("plugin", &flags->plugin, "its name").Required().Takes("NAME");
  verb.Add("--kind", &flags->kind, "where plugins of several kinds share the name")
      .OneOf({"dataset", "attack", "distiller", "defense", "detector"});
  verb.Add("--data", &flags->data, "folder of the data sets, where the plugin is one").Takes("DIR");
  verb.Footer(
      "Runs it in a process of its own, after other seeds in the same process, cut half way and\n"
      "resumed, and twice with two threads, and compares all bits; a defence beside every\n"
      "distiller, a detector of a poisoned and of a clean teacher. Says where it never acts, and\n"
      "what any hook did that it may not do. Works in .dfkd/check.\n"
      "Exit code: 0 it does, 1 it does not, 2 usage.\n"
      "Examples:\n"
      "  dfkd check-plugin drop_confident\n"
      "  dfkd check-plugin none --kind attack");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
