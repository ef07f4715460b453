// dfkd new: the folder of a new plugin, which compiles as it is.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "bench/cli/build_folder.h"
#include "bench/cli/command.h"
#include "bench/cli/scaffold.h"
#include "bench/core/error.h"
#include "bench/core/plugin_sources.h"
#include "bench/io/file.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct NewFlags {
  std::string kind, name;
  fs::path into;
};

// The root of the tree that `here` lies in; "" outside.
fs::path TreeAround(fs::path here) {
  for (; here.has_relative_path(); here = here.parent_path()) {
    if (fs::exists(here / "bench/core/plugin_card.h")) return here;
  }
  return "";
}

fs::path RootFor(const NewFlags& flags) {
  if (!flags.into.empty()) return flags.into;
  const auto tree = TreeAround(fs::current_path());
  if (tree.empty()) return ".";
  if (flags.kind == "distiller") return tree / "methods/distillation";
  return tree / (flags.kind == "defense" ? "methods/defenses" : flags.kind + "s");
}

// Throws Error if the name is taken; else whether another kind has it.
bool IsShared(const NewFlags& flags) {
  bool shared = false;
  for (const auto& source : PluginSources()) {
    if (source.name != flags.name) continue;
    if (source.kind == flags.kind) {
      throw MakeError("{} '{}' is registered already: {}", flags.kind, flags.name, source.folder);
    }
    shared = true;
  }
  return shared;
}

// Of several commands people see the next ones, to be copied.
void PrintNext(const NewFlags& flags, const fs::path& folder) {
  const auto dfkd = fs::proximate(ProgramFile()).string();
  const auto header = (folder / (flags.name + ".h")).string();
  const auto run = flags.kind == "defense"
                       ? fmt::format("{} run quick --defenses {},abd", dfkd, flags.name)
                       : fmt::format("{} run {}", dfkd, (folder / "toy.json").string());
  fmt::print(stderr,
             "It compiles as it is; what it does is an example to replace. Next:\n"
             "  {} {}\n"
             "  {} try {}\n"
             "  {}\n",
             "${EDITOR:-vi}", header, dfkd, folder.string(), run);
}

int Run(const NewFlags& flags) {
  CheckPluginName(flags.kind, flags.name);
  const bool shared = IsShared(flags);
  const auto folder = fs::proximate(fs::absolute(RootFor(flags) / flags.name).lexically_normal());
  if (fs::exists(folder)) {
    throw MakeError("{}: is there already; nothing was written", folder.string());
  }
  for (const auto& [name, text] : NewPluginFiles(flags.kind, flags.name, shared)) {
    WriteFileAtomically(folder / name, text);
    fmt::print("{}\n", (folder / name).string());
  }
  PrintNext(flags, folder);
  return 0;
}

}  // namespace

void AddNew(Program& program) {
  auto& verb = program.AddVerb("new", "Write the folder of a new plugin");
  const auto flags = std::make_shared<NewFlags>();
  verb.Add("kind", &flags->kind, "of plugin")
      .Required()
      .OneOf({"defense", "attack", "distiller", "dataset"});
  verb.Add("name", &flags->name, "of the plugin and its folder, in snake_case")
      .Required()
      .Takes("NAME");
  verb.Add("--into", &flags->into,
           "root to put the folder in (default: in the source tree that of the kind, elsewhere the "
           "current folder)")
      .Takes("DIR");
  verb.Footer(
      "The header registers an example to replace, with its hooks and their order in the "
      "comments.\n"
      "Examples:\n"
      "  dfkd new defense drop_confident --into ../my_plugins\n"
      "  dfkd new attack checkers");
  verb.NeedsNoPlugins();
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
