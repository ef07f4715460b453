// One file per verb: it declares its flags on the app and runs in the verb's callback. Data goes to
// standard output, everything for people to standard error. A user error is thrown as dfkd::Error;
// main prints it and exits with 2.
#pragma once
#include <CLI/CLI.hpp>

namespace dfkd::cli {

// What main returns when nothing was thrown: 0, or 1 where a cell failed or timed out, or 130 where
// interrupted.
struct Outcome {
  int exit_code = 0;
};

void AddList(CLI::App& app, Outcome& outcome);
void AddPlan(CLI::App& app, Outcome& outcome);
void AddRun(CLI::App& app, Outcome& outcome);
void AddDistill(CLI::App& app, Outcome& outcome);
void AddStatus(CLI::App& app, Outcome& outcome);
void AddScore(CLI::App& app, Outcome& outcome);
void AddCompare(CLI::App& app, Outcome& outcome);
void AddSite(CLI::App& app, Outcome& outcome);
void AddFetch(CLI::App& app, Outcome& outcome);
void AddValidate(CLI::App& app, Outcome& outcome);
void AddStage(CLI::App& app, Outcome& outcome);
void AddWorker(CLI::App& app, Outcome& outcome);
void AddDoctor(CLI::App& app, Outcome& outcome);

}  // namespace dfkd::cli
