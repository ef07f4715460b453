// dfkd verify: computes the cell of a score again, and says whether that confirms the score.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/execute.h"
#include "bench/cli/matrix_flags.h"
#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"
#include "bench/io/file.h"
#include "bench/scores/cell_matrix.h"
#include "bench/scores/folder_name.h"
#include "bench/scores/matrix_beside.h"
#include "bench/scores/validate.h"
#include "bench/scores/write_scores.h"
#include "bench/stages/services.h"
#include "bench/store/blobs.h"
#include "bench/store/user_inputs.h"
#include "leaderboard/standings/verification.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

struct VerifyFlags {
  fs::path score, out = ".dfkd/verify";
  std::string matrix, data, device;
  int jobs = 0, threads = 0;
  bool json = false;
};

Score ClaimedScore(const fs::path& file) {
  auto read = ReadValidScore(file);
  // A score may come without its pictures, and under any name.
  const auto matters = [&](const Problem& problem) {
    return !read.score || !(problem.path.starts_with("/media/") || problem.path == "/cell");
  };
  for (const auto& problem : read.problems) {
    if (matters(problem))
      throw MakeError("{}: {}: {}", problem.file.string(), problem.path, problem.reason);
  }
  return std::move(*read.score);
}

// What lay beside the score, unless the command line names it.
Json MatrixFileOf(const VerifyFlags& flags) {
  if (!flags.matrix.empty()) return ReadJson(flags.matrix);
  const auto beside = ReadMatrixBeside(fs::absolute(flags.score).parent_path());
  return beside ? beside->source : Json(nullptr);
}

// Whatever the matrix is called.
fs::path CellFolder(const Score& score, const VerifyFlags& flags) {
  return flags.out / FolderName(score.matrix) / CellId(score.cell);
}

fs::path VerifyStore(const VerifyFlags& flags) { return flags.out / "store"; }

// A teacher that came as a file: a score says no more of it than what it held.
void NameTeacherFile(const VerifyFlags& flags, const Json& beside, Json& matrix) {
  const auto text = [](const Json& json, const char* member) {
    const Json teacher = json.is_object() ? json.value("teacher", Json()) : Json();
    const Json value = teacher.is_object() ? teacher.value(member, Json()) : Json();
    return value.is_string() ? value.get<std::string>() : "";
  };
  const auto sha256 = text(matrix, "sha256"), named = text(beside, "file");
  if (sha256.empty()) return;
  const auto kept = BlobFile(VerifyStore(flags), sha256);
  if (fs::exists(kept)) return;
  const auto file = named.empty() ? fs::path() : UserPath(named, "", "teacher");
  if (!file.empty() && fs::is_regular_file(file)) {
    matrix["teacher"]["file"] = file.string();
    return;
  }
  throw MakeError(
      "{}: its teacher is a file of SHA-256 {}, which is not here{}; copy it to {}, or give a "
      "--matrix FILE whose \"teacher\" names it: {{\"file\": PATH}}",
      flags.score.string(), sha256, file.empty() ? "" : " (nor is " + file.string() + ")",
      kept.string());
}

// The one-cell matrix, as a file: that is what a plan is made from.
fs::path WriteMatrix(const Score& score, const VerifyFlags& flags) {
  const auto beside = MatrixFileOf(flags);
  auto matrix = MatrixOfCell(score, beside);
  if (!matrix) {
    throw MakeError("{}: {}; give --matrix FILE", flags.score.string(),
                    WhyNoMatrixOfCell(score, beside));
  }
  NameTeacherFile(flags, beside, *matrix);
  const auto file = CellFolder(score, flags) / "cell.json";
  WriteFileAtomically(file, matrix->dump(2) + "\n");
  return file;
}

EngineFlags EngineOf(const Score& score, const VerifyFlags& flags) {
  EngineFlags engine;
  engine.devices = {flags.device.empty() ? score.numerics.device : flags.device};
  engine.threads = flags.threads
                       ? flags.threads
                       : static_cast<int>(std::min<int64_t>(score.numerics.threads, 4096));
  engine.jobs = flags.jobs;
  engine.retry_failed = true;  // who verifies a failure wants to see it
  engine.ignore_gate = score.teacher && score.teacher->gate == "ignored";
  return engine;
}

// A file that options name and that is neither here nor in the store: a stage would fail of it, and
// that says nothing of the score.
void RequireInput(const LoadedPlan& loaded, PluginKind kind, const ResolvedEntry& entry) {
  const auto& card = Registry::Get().Card(kind, entry.plugin);
  const auto options = KeyOptions(card, entry.options);  // without files that are named in vain
  for (const auto& option : card.options) {
    if (option.sha256.empty()) continue;
    const auto named = options.value(option.name, ""), sha256 = options.value(option.sha256, "");
    const auto is_it = [&](const UserFile& file) { return file.sha256 == sha256; };
    const auto& here = loaded.files;
    if (named.empty() || std::any_of(here.begin(), here.end(), is_it)) continue;
    try {
      WithPaths({{option.name, NameOfFile(sha256)}}, loaded.store_folder);
    } catch (const Error&) {
      throw MakeError("{} {}: {} = \"{}\" is not here; put the file of SHA-256 {} there",
                      Name(kind), entry.id, option.name, named, sha256);
    }
  }
}

void RequireInputs(const LoadedPlan& loaded) {
  for (const auto& cell : loaded.plan.cells) {
    for (const auto& axis : EntryAxes()) {
      const auto& entry = cell.entries->at(Name(axis.kind));
      // A list of defences has no card of its own.
      if (entry.parts.empty()) RequireInput(loaded, axis.kind, entry);
      for (const auto& part : entry.parts) RequireInput(loaded, axis.kind, part);
    }
  }
}

// What the machine did not give says nothing of the score.
void RequireComputed(const Plan& plan, const RunReport& report) {
  if (!report.halted.empty()) throw MakeError("not computed to the end: {}", report.halted);
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& view = report.board.at(id);
    if (view.state != StageState::kFailed) continue;
    if (view.failure != FailureClass::kIo && view.failure != FailureClass::kLost) continue;
    throw MakeError("'{}' could not be computed here, so nothing is said of the score: {}: {}",
                    plan.At(id).title, Name(view.failure), view.why);
  }
}

// Computes what is not in the store of verified cells yet. Absent: it was interrupted, or the cell
// has not come to an end.
std::optional<Score> Recompute(const Score& claimed, const VerifyFlags& flags) {
  MatrixFlags matrix;
  matrix.matrix = WriteMatrix(claimed, flags).string();
  matrix.store = VerifyStore(flags).string();
  matrix.data = flags.data;
  const auto engine = EngineOf(claimed, flags);
  const auto loaded = LoadPlan(matrix, KindsOf(engine.devices));
  RequireInputs(loaded);
  const auto out = CellFolder(claimed, flags) / "scores";
  Store store(loaded.store_folder);
  auto report = Execute(loaded, store, engine);
  TellFailures(loaded.plan, report);
  WrittenScores written;
  ReadOrRepair(loaded, store, engine, report,
               [&] { written = WriteScores(ScoringOf(loaded, engine.ignore_gate), store, out); });
  if (!report.interrupted) RequireComputed(loaded.plan, report);
  if (report.interrupted || written.files.empty()) return std::nullopt;
  return ReadScore(written.files.front());
}

// Attacks that are made with the help of the clean teacher take the floor of another seed of the
// matrix, and here there is one seed.
bool FloorIsOfTheCell(const Score& score) {
  const auto& attack = score.entries.at("attack");
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  return !card.needs_clean_teacher(ResolveFor(card, attack.options));
}

int Run(const VerifyFlags& flags) {
  RequireStages();
  const auto claimed = ClaimedScore(flags.score);
  const auto again = Recompute(claimed, flags);
  if (!again) {
    fmt::print(stderr, "not computed to the end; the same command continues\n");
    return 130;
  }
  if (const auto stage = OtherStage(claimed, *again); !stage.empty()) {
    throw MakeError(
        "{}: '{}' has another key here: other images, or another revision of code; the score is of "
        "commit {}",
        flags.score.string(), stage,
        claimed.provenance.commit.empty() ? "unknown" : claimed.provenance.commit);
  }
  const auto found = Verify(claimed, *again, FloorIsOfTheCell(claimed));
  if (flags.json) fmt::print("{}\n", ToJson(found).dump(2));
  if (!flags.json) fmt::print("{}", ToText(found));
  return found.confirmed ? 0 : 1;
}

void AddVerifyFlags(Verb& verb, VerifyFlags& flags) {
  verb.Add("score", &flags.score, "a score file, SCORE.json").Required();
  verb.Add("--matrix", &flags.matrix,
           "the matrix file that was run; needed only for validation images, teachers from files, "
           "and scores that do not record how detectors and students were asked (default: the "
           "matrix.json beside the score)")
      .Takes("FILE");
  verb.Add("--out", &flags.out, "folder of the second computation: store, scores").ShowsDefault();
  verb.Add("--data", &flags.data, "data folder, as in `dfkd run`").Takes("DIR");
  verb.Add("--device", &flags.device, "cpu, cuda, cuda:1 (default: the score's)");
  verb.Add("--threads", &flags.threads, "of a stage (default: the score's)").Between(1, 4096);
  verb.Add("--jobs", &flags.jobs, "stages at a time (default: as in `dfkd run`)").Between(1, 4096);
  verb.Add("--json", &flags.json, "what was found, as JSON");
}

}  // namespace

void AddVerify(Program& program) {
  auto& verb = program.AddVerb("verify", "Compute the cell of a score again and compare");
  const auto flags = std::make_shared<VerifyFlags>();
  AddVerifyFlags(verb, *flags);
  verb.Footer(
      "A score is confirmed by an equal digest; or, where profile, device, threads or commit are\n"
      "others, by the same status, every number inside the 95 % interval of the score's, and\n"
      "equal words (track, flags, gate, what detectors say). What this machine lacks is told, and\n"
      "is no verdict.\n"
      "Nothing is taken from the store of `run`. Safe to interrupt: the same command continues.\n"
      "Exit code: 0 confirmed, 1 not confirmed, 2 usage or data, 130 interrupted.\n"
      "Examples:\n"
      "  dfkd verify .dfkd/scores/quick/CELL.json\n"
      "  dfkd verify score.json --json");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
