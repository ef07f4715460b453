#include "bench/cli/plugin_check.h"

#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <set>

#include "bench/cli/matrix_flags.h"
#include "bench/core/cheap_options.h"
#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "bench/io/file.h"
#include "bench/matrix/load_plan.h"
#include "bench/stages/services.h"
#include "bench/store/store.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kCuts = 2;  // of a stage, at most

// --- The matrix: small, but every stage that the plugin may take part in

Json EntryOf(PluginKind kind, const std::string& name, const Json& more = Json::object()) {
  const auto& card = Registry::Get().Card(kind, name);
  return {{"id", name}, {"plugin", name}, {"options", CheapOptions(card, more)}};
}

Json Distillers(const PluginCheck& check) {
  auto names = check.distillers;
  if (names.empty()) {
    for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller))
      names.push_back(card->name);
  }
  Json entries = Json::array();
  for (const auto& name : names) entries.push_back(EntryOf(PluginKind::kDistiller, name));
  return entries;
}

// `name` beside "none", which it is compared with.
Json WithNone(const std::string& name) {
  Json entries = Json::array({"none"});
  if (name != "none") entries.push_back(EntryOf(PluginKind::kDefense, name));
  return entries;
}

// `others`: a few cells of other seeds.
Json MatrixOf(const PluginCard& card, const PluginCheck& check, bool others) {
  const auto entry = [&](PluginKind kind, const std::string& otherwise, const Json& more) {
    return Json::array({EntryOf(kind, card.kind == kind ? card.name : otherwise, more)});
  };
  const Json images = {{"size", 16}, {"train", 600}, {"test", 100}};
  const bool defense = card.kind == PluginKind::kDefense;
  const std::string beside = card.kind == PluginKind::kDistiller ? "abd" : "none";
  const bool transfers = card.kind == PluginKind::kAttack &&
                         card.poisons_transfer(ResolveFor(card, CheapOptions(card)));
  const std::string distiller = transfers ? "ood_kd" : "noise_kd";
  Json block = {
      {"datasets", entry(PluginKind::kDataset, "shapes", images)},
      {"attacks", entry(PluginKind::kAttack, "blend", {{"poison_rate", 0.2}})},
      {"networks", Json::array({Json{{"teacher", "vgg-s-4"}, {"student", "vgg-s-4"}}})},
      {"distillers", defense && !others ? Distillers(check)
                                        : entry(PluginKind::kDistiller, distiller, Json::object())},
      {"defenses", WithNone(defense ? card.name : beside)},
      {"teacher_seeds", {others ? 1 : 0}},
      {"student_seeds", {others ? 1 : 0}}};
  if (card.kind == PluginKind::kDetector)
    block["detectors"] = Json::array({EntryOf(card.kind, card.name)});
  return {{"schema", "matrix.v1"},
          {"name", "check_" + card.name},
          {"summary", "What only runs can show of " + card.name},
          {"demonstration", true},
          {"teacher", {{"epochs", 3}, {"batch_size", 64}, {"lr", 0.1}}},
          {"blocks", Json::array({block})}};
}

// --- The stages that the plugin takes part in, and all behind them

std::set<std::string> PluginsOf(const PluginCard& card) {
  std::set<std::string> names = {card.name};
  if (!card.parts) return names;
  for (const auto& part : card.parts(ResolveFor(card, CheapOptions(card))))
    names.insert(part.plugin);
  return names;
}

bool Names(const Json& description, const PluginCard& card, const std::set<std::string>& plugins) {
  const auto is_one = [&](const Json& entry) {
    return entry.is_object() && plugins.contains(entry.value("plugin", ""));
  };
  if (card.kind == PluginKind::kDefense) {
    const Json parts = description.value("parts", Json::array());
    return std::any_of(parts.begin(), parts.end(), is_one);
  }
  return is_one(description.value(Name(card.kind), Json()));
}

std::set<StageId> StagesOf(const PluginCard& card, const Plan& plan) {
  const auto plugins = PluginsOf(card);
  std::set<StageId> stages;
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& stage = plan.At(id);
    const bool behind = std::any_of(stage.inputs.begin(), stage.inputs.end(),
                                    [&](StageId input) { return stages.contains(input); });
    if (behind || Names(stage.stage.description(), card, plugins)) stages.insert(id);
  }
  return stages;
}

// --- Runs

// Calls `body` in a process of its own. Returns how that ended, "" if well.
std::string EndOfChild(const std::function<void()>& body) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0)
    throw MakeError(FailureClass::kMemory, "no process can be started: errno {}", errno);
  if (child == 0) {
    try {
      body();
      std::_Exit(0);
    } catch (...) {
      std::_Exit(1);
    }
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  if (WIFSIGNALED(status))
    return fmt::format("the process that ran it ended by signal {}", WTERMSIG(status));
  return WEXITSTATUS(status) != 0 ? "the process that ran it could not go on" : "";
}

// A store, and how stages are run into it.
struct Setting {
  fs::path store;
  int threads = 1;
  bool cut = false;
};

class Checking {
 public:
  Checking(const PluginCard& card, const PluginCheck& check, const Plan& plan, const Plan& others)
      : card_(card), check_(check), plan_(plan), others_(others), own_(StagesOf(card, plan)) {}

  std::vector<std::string> Problems() {
    const Setting whole{check_.scratch / "whole"};
    check_.say(fmt::format("{} stages, {} with {}", plan_.stages.size(), own_.size(), card_.name));
    RunApart(whole);
    if (!problems_.empty()) return problems_;
    // First: its processes are copies of this one, in which nothing has run by then.
    const auto cut = Cut(whole);
    AfterOthers(whole);
    Compare(whole, cut,
            "comes out otherwise when it is cut and resumed: Visit must name all that the hooks "
            "keep from one call to the next");
    Threads(whole);
    if (card_.kind == PluginKind::kAttack) TriggerActs(whole);
    if (card_.kind == PluginKind::kDefense && !card_.control) DefenseActs(whole);
    return problems_;
  }

 private:
  // All stages, in a process of their own.
  void RunApart(const Setting& whole);
  void Run(const Plan& plan, StageId id, const Setting& setting);
  StageOutcome InPieces(const StageRequest& request);
  StageOutcome Piece(const StageRequest& request, bool to_the_end);
  // A store with all that the plugin has no part in; its own stages are run there.
  void RunOwn(const Setting& whole, const Setting& setting);
  void Compare(const Setting& a, const Setting& b, const std::string& problem);
  void AfterOthers(const Setting& whole);
  Setting Cut(const Setting& whole);
  void Threads(const Setting& whole);
  void TriggerActs(const Setting& whole);
  void DefenseActs(const Setting& whole);
  bool ActsIn(const PlannedCell& cell, const Setting& whole) const;
  void Problem(const std::string& problem) {
    problems_.push_back(problem);
    check_.say("PROBLEM: " + problem);
  }

  const PluginCard& card_;
  const PluginCheck& check_;
  const Plan &plan_, &others_;
  const std::set<StageId> own_;
  RunStageFunction used_ = StageRunner();
  std::set<std::string> failed_;  // refs
  std::vector<std::string> problems_;
};

// Stopped half way, and again half way of what is left.
StageOutcome Checking::InPieces(const StageRequest& request) {
  for (int cuts = 0;; ++cuts) {
    const auto outcome = Piece(request, /*to_the_end=*/cuts == kCuts);
    if (outcome.status != StageStatus::kInterrupted) return outcome;
  }
}

// In a process that knows nothing of the pieces before, and ends as one does whose machine goes:
// what was not written down is lost.
StageOutcome Checking::Piece(const StageRequest& request, bool to_the_end) {
  const auto told = check_.scratch / "piece.json";
  fs::remove(told);
  const auto end = EndOfChild([&] {
    bool half = false;
    const auto watch = [&](const StageProgress& p) { half = half || 2 * p.done >= p.total; };
    const auto stop = [&] { return half && !to_the_end; };
    const auto outcome = StageRunner()(request, watch, stop);
    WriteFileAtomically(told, outcome.ToJson().dump());
    if (outcome.status == StageStatus::kInterrupted) ::raise(SIGKILL);
  });
  if (fs::exists(told)) return StageOutcome::FromJson(ReadJson(told));
  return {.status = StageStatus::kFailed, .message = end};
}

// What something keeps for good from the first cell of a process is here that of these cells, and
// there, where others came first, is not.
void Checking::RunApart(const Setting& whole) {
  const auto told = check_.scratch / "problems.json";
  const auto end = EndOfChild([&] {
    for (StageId id = 0; id < plan_.stages.size(); ++id) Run(plan_, id, whole);
    WriteFileAtomically(told, Json(problems_).dump());
  });
  if (!end.empty()) return Problem(end);
  for (const auto& problem : ReadJson(told)) problems_.push_back(problem);  // told by the child
}

void Checking::Run(const Plan& plan, StageId id, const Setting& setting) {
  const auto& planned = plan.At(id);
  const bool blocked = std::any_of(planned.inputs.begin(), planned.inputs.end(),
                                   [&](StageId i) { return failed_.contains(plan.Ref(i)); });
  if (blocked) {
    failed_.insert(plan.Ref(id));
    return;
  }
  const StageRequest request{.stage = planned.stage,
                             .starts = plan.Refs(planned.starts),
                             .store = setting.store.string(),
                             .data = fs::absolute(check_.data).string(),
                             .threads = setting.threads,
                             .label = planned.label};
  const auto whole = [&] {
    return used_(
        request, [](const StageProgress&) {}, [] { return false; });
  };
  const auto outcome = setting.cut ? InPieces(request) : whole();
  if (outcome.status == StageStatus::kDone) return;
  failed_.insert(plan.Ref(id));
  Problem(fmt::format("{}: {}", planned.title, outcome.message));
}

void Checking::RunOwn(const Setting& whole, const Setting& setting) {
  fs::copy(whole.store, setting.store, fs::copy_options::recursive);
  failed_.clear();  // what failed in another setting is there in this one
  for (const auto id : own_) fs::remove_all(Store(setting.store).FolderOf(plan_.Ref(id)));
  for (const auto id : own_) Run(plan_, id, setting);
}

// The first stage that differs: those behind it differ for the same reason.
void Checking::Compare(const Setting& a, const Setting& b, const std::string& problem) {
  Store left(a.store), right(b.store);
  for (const auto id : own_) {
    const auto one = left.Find(plan_.Ref(id)), other = right.Find(plan_.Ref(id));
    if (!one || !other || one->digest() == other->digest()) continue;
    return Problem(fmt::format("{}: {}", plan_.At(id).title, problem));
  }
}

void Checking::AfterOthers(const Setting& whole) {
  check_.say("after other seeds in the same process");
  const Setting others{check_.scratch / "others"}, again{check_.scratch / "again"};
  for (StageId id = 0; id < others_.stages.size(); ++id) Run(others_, id, others);
  RunOwn(whole, again);
  Compare(whole, again,
          "comes out otherwise where other seeds were computed before in the same process: "
          "something is kept between cells (a static or global variable), or left uninitialised");
}

Setting Checking::Cut(const Setting& whole) {
  check_.say("cut half way and resumed in another process");
  const Setting cut{.store = check_.scratch / "cut", .cut = true};
  RunOwn(whole, cut);
  return cut;
}

void Checking::Threads(const Setting& whole) {
  const Setting once{.store = check_.scratch / "threads_once", .threads = 2};
  const Setting twice{.store = check_.scratch / "threads_twice", .threads = 2};
  check_.say("twice with two threads");
  RunOwn(whole, once);
  RunOwn(whole, twice);
  Compare(once, twice,
          "comes out otherwise every time with two threads: a data race, or an order "
          "of sums that is not fixed");
}

// Whether the student differs from that of the undefended cell beside it.
bool Checking::ActsIn(const PlannedCell& cell, const Setting& whole) const {
  Store store(whole.store);
  const auto bytes_of = [&](StageId id) {
    return ReadBytes(store.Open(plan_.Ref(id)).File("model.safetensors"));
  };
  const auto none = std::find_if(plan_.cells.begin(), plan_.cells.end(), [&](const auto& other) {
    return other.cell.defense == "none" && other.cell.distiller == cell.cell.distiller;
  });
  return none == plan_.cells.end() || none->student == kNoStage ||
         bytes_of(cell.student) != bytes_of(none->student);
}

void Checking::TriggerActs(const Setting& whole) {
  if (!card_.poisons(ResolveFor(card_, CheapOptions(card_)))) return;
  Store store(whole.store);
  const auto evaluation = store.Open(plan_.Ref(plan_.cells.front().teacher_evaluation));
  const auto clean = ReadBytes(evaluation.File("clean.png"));
  if (clean != ReadBytes(evaluation.File("triggered.png"))) return;
  Problem("never acts: its trigger changes no image, though its card says that it poisons");
}

void Checking::DefenseActs(const Setting& whole) {
  std::vector<std::string> idle;
  bool acts = false;
  for (const auto& cell : plan_.cells) {
    if (cell.cell.defense != card_.name) continue;
    const bool here = cell.not_applicable.empty() && ActsIn(cell, whole);
    acts = acts || here;
    if (!here) idle.push_back(cell.cell.distiller);
  }
  if (!idle.empty()) check_.say(fmt::format("does nothing beside {}", fmt::join(idle, ", ")));
  if (acts) return;
  Problem(
      "never acts: every student is that of the undefended cell; do .active, .sanitizes_teacher or "
      ".repairs_student of its card say when it acts?");
}

}  // namespace

std::vector<std::string> CheckPlugin(const PluginCard& card, const PluginCheck& check) {
  const auto load = [&](const char* name, bool others) {
    const auto file = check.scratch / (name + std::string(".json")), store = check.scratch / name;
    WriteFileAtomically(file, MatrixOf(card, check, others).dump(2) + "\n");
    auto loaded = dfkd::LoadPlan({.matrix = file.string(), .store = store, .data = check.data},
                                 CheckModelFile);
    KeepUserInputs(loaded.files, loaded.data, store);
    return loaded;
  };
  const auto loaded = load("whole", false), others = load("others", true);
  return Checking(card, check, loaded.plan, others.plan).Problems();
}

}  // namespace dfkd::cli
