// dfkd: plan, run, score and show matrices of data-free distillation under backdoored teachers.
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <vector>

#include "bench/cli/command.h"
#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/registry.h"

namespace dfkd::cli {
namespace {

void AddCommands(CLI::App& app, Outcome& outcome) {
  for (const auto add : {AddList, AddPlan, AddRun, AddDistill, AddStatus, AddScore, AddCompare,
                         AddSite, AddFetch, AddValidate, AddStage, AddWorker, AddDoctor}) {
    add(app, outcome);
  }
}

// CLI11 says only that a subcommand is required.
void RequireKnownVerb(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> known;
  for (const auto* verb : app.get_subcommands({})) known.push_back(verb->get_name());
  if (std::find(known.begin(), known.end(), argv[1]) == known.end()) {
    throw MakeError("'{}' is no verb; known: {}", argv[1], fmt::join(known, ", "));
  }
}

int Main(int argc, char** argv) {
  StartLog();
  CLI::App app{
      "Does a student inherit its teacher's backdoor, and which defence stops that at what "
      "price?\n\n"
      "  dfkd doctor                  what this machine has, what is missing\n"
      "  dfkd plan quick              what would be computed, what is shared, how long it takes\n"
      "  dfkd run quick               compute it (safe to interrupt; it resumes)\n"
      "  dfkd site                    write the leaderboard\n"
      "  dfkd distill --help          a safer student from a model file"};
  app.set_version_flag("--version", DFKD_VERSION);
  app.require_subcommand(1);
  Outcome outcome;
  AddCommands(app, outcome);
  try {
    Registry::Get().Validate(PluginFolders());
    RequireKnownVerb(app, argc, argv);
    app.parse(argc, argv);
    return outcome.exit_code;
  } catch (const CLI::ParseError& e) {
    return app.exit(e, std::cout, std::cerr) == 0 ? 0 : 2;
  } catch (const std::exception& e) {
    std::cerr << "dfkd: " << e.what() << "\n";
    return 2;
  }
}

}  // namespace
}  // namespace dfkd::cli

int main(int argc, char** argv) { return dfkd::cli::Main(argc, argv); }
