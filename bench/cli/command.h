// One file per verb: it declares its arguments and what runs. Data goes to standard output,
// everything for people to standard error. A user error is thrown as dfkd::Error; main prints it
// and exits with 2. A verb returns 0, or 1 where a cell failed or timed out, or 130 where
// interrupted.
#pragma once
#include "bench/cli/program.h"

namespace dfkd::cli {

void AddList(Program& program);
void AddPlan(Program& program);
void AddRun(Program& program);
void AddDistill(Program& program);
void AddSubmit(Program& program);
void AddStatus(Program& program);
void AddScore(Program& program);
void AddCompare(Program& program);
void AddDetectors(Program& program);
void AddSite(Program& program);
void AddResults(Program& program);
void AddTune(Program& program);
void AddFetch(Program& program);
void AddValidate(Program& program);
void AddVerify(Program& program);
void AddStage(Program& program);
void AddStageRun(Program& program);
void AddStore(Program& program);
void AddPush(Program& program);
void AddGc(Program& program);
void AddWorker(Program& program);
void AddPull(Program& program);
void AddDoctor(Program& program);
void AddNew(Program& program);
void AddTry(Program& program);
void AddCheckPlugin(Program& program);
void AddHelp(Program& program);
void AddCompletion(Program& program);
void AddMan(Program& program);

}  // namespace dfkd::cli
