// dfkd: plan, run, score and show matrices of data-free distillation under backdoored teachers.
// Linked twice: with the cards of the plugins and bench/front it is dfkd, with their code and the
// stages it is dfkd-compute.
#include <algorithm>
#include <csignal>
#include <iostream>

#include "bench/cli/command.h"
#include "bench/cli/output.h"
#include "bench/cli/version.h"
#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/core/registry.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

constexpr const char* kSummary =
    "Does a student inherit its teacher's backdoor, and which defence stops that at what "
    "price?\n\n"
    "  dfkd doctor                  what this machine has, what is missing\n"
    "  dfkd plan quick              what would be computed, what is shared, how long it takes\n"
    "  dfkd run quick               compute it (safe to interrupt; it resumes)\n"
    "  dfkd site                    write the leaderboard\n"
    "  dfkd distill --help          a safer student from a model file\n"
    "  dfkd new --help              a plugin of your own";

// The exit code of a verb that returned `code`: whose output is lost has not done what was asked.
int Conclude(int code) {
  const auto delivered = Deliver(stdout);
  if (delivered.is_whole) return code;
  if (delivered.has_no_reader) {  // as if nobody had ignored the signal
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    return 128 + SIGPIPE;
  }
  std::cerr << "dfkd: standard output: " << delivered.why << "\n";
  return 2;
}

int Main(int argc, char** argv) {
  FillStandardStreams();
  // A file that a limit does not let grow is an error like a full disk, here and in workers, which
  // inherit this.
  std::signal(SIGXFSZ, SIG_IGN);
  StartLog();
  try {
    StartServices();
    Program program(argc > 0 ? argv[0] : "dfkd", kSummary, Version());
    for (const auto add :
         {AddList,        AddPlan,     AddRun,        AddDistill,  AddSubmit,  AddStatus,
          AddScore,       AddCompare,  AddDetectors,  AddSite,     AddResults, AddTune,
          AddFetch,       AddValidate, AddStage,      AddStageRun, AddStore,   AddPush,
          AddGc,          AddWorker,   AddPull,       AddDoctor,   AddNew,     AddTry,
          AddCheckPlugin, AddHelp,     AddCompletion, AddMan,      AddVerify}) {
      add(program);
    }
    program.CheckPlugins([] { Registry::Get().Validate(PluginFolders()); });
    return program.Run({argv + std::min(argc, 1), argv + argc}, std::cout, std::cerr);
  } catch (const std::exception& e) {
    // What could not be written to standard output is told at the end, once.
    if (std::ferror(stdout) == 0) std::cerr << "dfkd: " << PrintableLines(e.what()) << "\n";
    return 2;
  }
}

}  // namespace
}  // namespace dfkd::cli

int main(int argc, char** argv) { return dfkd::cli::Conclude(dfkd::cli::Main(argc, argv)); }
