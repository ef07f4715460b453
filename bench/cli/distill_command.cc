// dfkd distill: a student from somebody's model file. A matrix of one cell, made from flags.
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "bench/cli/command.h"
#include "bench/cli/execute.h"
#include "bench/cli/offers.h"
#include "bench/cli/teacher_statement.h"
#include "bench/cli/test_folder.h"
#include "bench/cli/version.h"
#include "bench/core/detector.h"
#include "bench/core/log.h"
#include "bench/core/network_name.h"
#include "bench/core/profile.h"
#include "bench/core/registry.h"
#include "bench/core/split.h"
#include "bench/engines/progress.h"
#include "bench/io/data_folder.h"
#include "bench/io/picture_folder.h"
#include "bench/matrix/data_facts.h"
#include "bench/scores/student_report.h"
#include "bench/scores/suspicion.h"
#include "bench/stages/services.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kLargestSeed = 9007199254740991;  // of a matrix

struct DistillFlags {
  std::string teacher, network, student, distiller = "ood_kd", defense = "abd", attack = "none";
  std::string dataset, mean, stddev, test;
  int64_t classes = 0, size = 0, channels = 0, seed = 0;
  bool mirrors = true;
  std::string preset = "fixed", profile = "fp32", store, data, out;
  std::vector<std::string> settings, refuse;
  EngineFlags engine;
  bool json = false;
};

// "abd" is an entry, "clp,abd" a list of parts; a comma at the end is forgiven, as of --defenses.
Json DefenseJson(const std::string& text) {
  auto names = SplitAt(text, ',');
  if (names.back().empty()) names.pop_back();
  if (names.empty()) throw MakeError("--defense '{}': name one, or several as clp,abd", text);
  return names.size() == 1 ? Json(names.front()) : Json(names);
}

// Of --test: a shell leaves the "~" of "--test=~/pictures" as it is.
fs::path TestFolder(const std::string& test) {
  return UserPath(test, fs::current_path(), "--test");
}

Json DescribedJson(const DistillFlags& flags) {
  Json options = Json::object();
  if (flags.classes > 0) options["classes"] = flags.classes;
  if (flags.size > 0) options["size"] = flags.size;
  if (flags.channels > 0) options["channels"] = flags.channels;
  if (!flags.mean.empty()) options["mean"] = flags.mean;
  if (!flags.stddev.empty()) options["stddev"] = flags.stddev;
  if (!flags.mirrors) options["mirrors"] = false;
  if (!flags.test.empty()) {
    const auto folders = LabelledFolders(TestFolder(flags.test));
    if (const auto labels = LabelsText(folders); !labels.empty())
      spdlog::info("--test {}: labels {}", flags.test, labels);
    options["test"] = TestFolder(flags.test).string();
  }
  return {{"id", "described"}, {"plugin", "described"}, {"options", options}};
}

std::string Joined(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(Json(value).dump());
  return fmt::format("{}", fmt::join(texts, ","));
}

// A registered data set's own images are normalised as it says, and no flag of these is for them.
void RequireNoGeometry(const DistillFlags& flags) {
  const std::pair<const char*, bool> given[] = {{"--classes", flags.classes > 0},
                                                {"--size", flags.size > 0},
                                                {"--channels", flags.channels > 0},
                                                {"--mean", !flags.mean.empty()},
                                                {"--std", !flags.stddev.empty()}};
  for (const auto& [flag, is_given] : given) {
    if (!is_given) continue;
    throw MakeError(
        "{}: the images of {} are here and are read as that data set says; for others give "
        "--test DIR, or leave out --dataset",
        flag, flags.dataset);
  }
}

// The geometry of a registered data set. Its images are used if they are here and no others are
// given.
Json DatasetJson(const DistillFlags& flags, const fs::path& data) {
  if (flags.dataset.empty()) {
    if (flags.classes == 0) throw Error("distill: give --classes, or --dataset NAME for all of it");
    return DescribedJson(flags);
  }
  const auto& card = Registry::Get().Card(PluginKind::kDataset, flags.dataset);
  const auto dataset = Registry::Get().Make<Dataset>(card.name, ResolveFor(card, {}));
  if (flags.test.empty() && !dataset->Sources(data).empty()) {
    RequireNoGeometry(flags);
    return flags.dataset;
  }
  const auto spec = dataset->Spec();
  auto described = flags;
  if (described.classes == 0) described.classes = spec.classes;
  if (!flags.test.empty() && described.classes == spec.classes) {
    const auto folder = TestFolder(flags.test);
    RequireOrderOf(dataset->ClassNames(), ClassFolders(folder, "--test"), flags.test);
  }
  if (described.size == 0) described.size = spec.height;
  if (described.channels == 0) described.channels = spec.channels;
  if (described.mean.empty()) described.mean = Joined(spec.mean);
  if (described.stddev.empty()) described.stddev = Joined(spec.stddev);
  described.mirrors = spec.mirrors;
  return DescribedJson(described);
}

Json MatrixJson(const DistillFlags& flags, const fs::path& data) {
  const auto& student = flags.student.empty() ? flags.network : flags.student;
  return {{"schema", "matrix.v1"},
          {"name", "distill"},
          {"profile", flags.profile},
          {"preset", flags.preset},
          {"teacher", {{"file", flags.teacher}}},
          {"blocks",
           {{{"datasets", Json::array({DatasetJson(flags, data)})},
             {"attacks", Json::array({flags.attack})},
             {"networks", {{{"teacher", flags.network}, {"student", student}}}},
             {"distillers", Json::array({flags.distiller})},
             {"defenses", Json::array({DefenseJson(flags.defense)})},
             {"detectors", flags.refuse},
             {"student_seeds", {flags.seed}}}}}};
}

// Beside the student a report is written; a JSON of somebody else's there is not ours to replace.
void CheckReport(const fs::path& out) {
  auto report = out;
  report.replace_extension(".json");
  if (!fs::exists(report)) return;
  try {
    const Json json = ReadJson(report);
    if (json.is_object() && json.contains("teacher") && json.contains("student")) return;
  } catch (const Error&) {
    // Not even JSON: certainly none of ours.
  }
  throw MakeError(
      "--out {}: {} would be replaced, and is no report of `dfkd distill`; give "
      "another name",
      out.string(), report.string());
}

// What was computed must get somewhere, so it is asked before.
void RequireWritable(const fs::path& out) {
  const auto folder = out.has_parent_path() ? out.parent_path() : fs::path(".");
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed || ::access(folder.c_str(), W_OK) != 0) {
    throw MakeError("--out {}: {} cannot be written: {}", out.string(), folder.string(),
                    failed ? failed.message() : "permission denied");
  }
  if (fs::is_directory(out, failed)) throw MakeError("--out {}: is a folder", out.string());
}

void CheckNames(const DistillFlags& flags) {
  ProfileFrom(ResolvedProfile(flags.profile, KindsOf(flags.engine.devices).gpu));
  ParseNetworkName(flags.network);
  if (!flags.student.empty()) ParseNetworkName(flags.student);
  const fs::path out(flags.out);
  if (out.extension() != ".safetensors") {
    throw MakeError("--out {}: the student is written as .safetensors", flags.out);
  }
  std::error_code absent;
  if (fs::equivalent(out, flags.teacher, absent)) {
    throw MakeError("--out {}: is the teacher, which the student would replace", flags.out);
  }
  CheckReport(out);
}

// Without images, their geometry is all that is known.
std::map<std::string, DataFacts> FactsOf(const std::map<std::string, ResolvedEntry>& datasets,
                                         const LoadedPlan& loaded) {
  const auto& [id, entry] = *datasets.begin();
  if (entry.plugin == "described" && entry.options.at("test") == "") return {{id, DataFacts{}}};
  return LookUpData(datasets, loaded.data_folder, loaded.store_folder);
}

// Before its tensors are looked at: what a file says of itself is plainer than what does not fit.
void RequireTeacherAsStated(const DistillFlags& flags, const ResolvedEntry& dataset) {
  const auto file = ReadSafetensors(UserPath(flags.teacher, "", "teacher"));
  const auto spec = Registry::Get().Make<Dataset>(dataset.plugin, dataset.options)->Spec();
  RequireAsStated(file.metadata, flags.network, spec, flags.teacher);
}

// Described images are there to be tested on.
void RequireTrainingImages(const PlannedCell& cell) {
  if (cell.track != Track::kCleanSubset || cell.entries->at("dataset").plugin != "described")
    return;
  throw MakeError(
      "distill: {} with defence {} needs training images, and --test brings none; leave it out and "
      "give --dataset NAME, with its images in the data folder",
      cell.cell.distiller, cell.cell.defense);
}

LoadedPlan PlanFor(const DistillFlags& flags) {
  CheckNames(flags);
  LoadedPlan loaded;
  loaded.store_folder = fs::absolute(StoreFolder(flags.store)).lexically_normal();
  loaded.data_folder = fs::absolute(DataFolder(flags.data)).lexically_normal();
  loaded.matrix = ParseMatrix(MatrixJson(flags, loaded.data_folder), "distill");
  ChooseProfile(loaded.matrix, KindsOf(flags.engine.devices));
  loaded.matrix.undefended = false;
  for (const auto& setting : flags.settings) AddSetting(setting, loaded.selection.set);
  loaded.matrix.settings.update(loaded.selection.set);
  loaded.files = FillChecksums(loaded.matrix);
  RequireFiles(loaded.matrix, loaded.selection);
  const auto datasets = SelectedDatasets(loaded.matrix, loaded.selection);
  loaded.data = FactsOf(datasets, loaded);
  if (flags.attack != "none" && loaded.data.begin()->second.fingerprint.empty())
    throw MakeError("--attack {}: needs labelled pictures; give --test DIR", flags.attack);
  RequireTeacherAsStated(flags, datasets.begin()->second);
  ReadTeacherFile(loaded.matrix, datasets, loaded.data, CheckModelFile);
  loaded.plan = MakePlan(loaded.matrix, loaded.selection, loaded.data);
  RequireTrainingImages(loaded.plan.cells.front());
  return loaded;
}

constexpr int kRefused = 3;

// Of a matrix a run that diverged is a result; here there is no student then.
int CodeOf(const RunReport& report) {
  if (report.ExitCode() != 0) return report.ExitCode();
  return std::any_of(report.board.begin(), report.board.end(), [](const auto& view) {
    return view.state == StageState::kFailed || view.state == StageState::kBlocked;
  });
}

// Asks about the teacher before anything is distilled from it; 0 if nobody suspects it.
int AskDetectors(const LoadedPlan& loaded, Store& store, const DistillFlags& flags,
                 const EngineFlags& engine) {
  auto asked = loaded;
  asked.plan = DetectionsFirst(loaded.plan);
  auto report = Execute(asked, store, engine);
  TellFailures(asked.plan, report);
  if (CodeOf(report) != 0) return CodeOf(report);
  std::map<std::string, DetectionScore> said;
  ReadOrRepair(asked, store, engine, report, [&] { said = SaidOfTeacher(asked.plan, store); });
  const auto suspicion = Suspicion(said);
  if (suspicion.empty()) return 0;
  fmt::print(stderr, "nothing is distilled from {}: {}\n", flags.teacher, suspicion);
  if (flags.json) fmt::print("{}\n", Json{{"refused", true}, {"detectors", ToJson(said)}}.dump(2));
  return kRefused;
}

// From a teacher that says one class of everything a student learns that class, and agrees with it.
void TellConstantTeacher(const Plan& plan, Store& store) {
  constexpr int64_t kFewest = 64;  // of fewer it may be chance
  std::optional<Artifact> teacher, images;
  for (StageId id = 0; id < plan.stages.size(); ++id) {
    const auto& kind = plan.At(id).stage.kind;
    if (kind == "import") teacher = store.Find(plan.Ref(id));
    if (kind == "transfer_set" || kind == "synthesis" || kind == "samples")
      images = store.Find(plan.Ref(id));
  }
  if (!teacher || !images) return;
  const auto [asked, most, label] = MostAnsweredBy(*teacher, *images);
  if (asked < kFewest || 100 * most <= 99 * asked) return;
  spdlog::warn(
      "the teacher answers class {} for {} of {} images of the distillation: is it dead, or are "
      "--mean, --std and --network not its own?",
      label, most, asked);
}

// Some lines for people.
std::string Told(const Json& result) {
  const auto percent = [](const Json& share) {
    return share.is_null() ? std::string("unknown")
                           : fmt::format("{:.1f} %", 100 * share.get<double>());
  };
  std::string text;
  for (const char* who : {"teacher", "student"}) {
    const auto& model = result.at(who);
    text += fmt::format("{} {}: ACC {}, ASR {}\n", who, model.at("network").get<std::string>(),
                        percent(model.at("acc")), percent(model.at("asr")));
  }
  const auto& agreement = result.at("agreement");
  return text + fmt::format("they agree on {} of {} images: {}\ncost: {}\nwritten: {}\n",
                            percent(agreement.at("share")), agreement.at("images").dump(),
                            agreement.at("on").get<std::string>(),
                            Duration(result.at("cost").at("wall_seconds").get<double>()),
                            result.at("student").at("file").get<std::string>());
}

int Run(const DistillFlags& flags) {
  RequireStages();
  const auto loaded = PlanFor(flags);
  const auto& cell = loaded.plan.cells.front();
  if (!cell.not_applicable.empty()) throw MakeError("distill: {}", cell.not_applicable);
  RequireWritable(flags.out);
  Store store(loaded.store_folder);
  auto engine = flags.engine;
  engine.retry_failed = true;  // who asks again means it
  if (!flags.refuse.empty()) {
    if (const int code = AskDetectors(loaded, store, flags, engine); code != 0) return code;
  }
  auto report = Execute(loaded, store, engine);
  TellFailures(loaded.plan, report);
  if (report.interrupted) fmt::print(stderr, "interrupted; the same command continues\n");
  if (CodeOf(report) != 0) return CodeOf(report);
  Json result;
  ReadOrRepair(loaded, store, engine, report, [&] {
    TellConstantTeacher(loaded.plan, store);
    result = WriteStudent(loaded, {Version(), Commit()}, store, flags.out);
  });
  fmt::print(flags.json ? stdout : stderr, "{}", flags.json ? result.dump(2) + "\n" : Told(result));
  return 0;
}

std::vector<std::string> DetectorNames() {
  std::vector<std::string> names;
  for (const auto& card : DetectorCards()) names.push_back(card.name);
  return names;
}

void AddModelFlags(Verb& verb, DistillFlags& flags) {
  verb.Add("--teacher", &flags.teacher, "safetensors file; nothing in it is executed")
      .Required()
      .Takes("FILE");
  verb.Add("--network", &flags.network, "the teacher's: see `dfkd list networks`")
      .Required()
      .Takes("NAME");
  verb.Add("--student", &flags.student, "the student's (default: the teacher's)").Takes("NAME");
  verb.Add("--out", &flags.out, "the student; beside it NAME.json says what was done")
      .Required()
      .Takes("FILE.safetensors");
}

void AddMethodFlags(Verb& verb, DistillFlags& flags) {
  verb.Add("--distiller", &flags.distiller, "data-free method")
      .ShowsDefault()
      .Offers(PluginNames(PluginKind::kDistiller));
  verb.Add("--defense", &flags.defense, "one, or parts in order: clp,abd")
      .ShowsDefault()
      .Offers(PluginNames(PluginKind::kDefense));
  verb.Add("--refuse", &flags.refuse,
           "detectors that are asked first; what one of them suspects is not distilled from")
      .OneOf(DetectorNames())
      .SplitsAtCommas();
  verb.Add("--set", &flags.settings, "set an option, e.g. distiller.rounds=400; repeatable")
      .Takes("K=V");
  verb.Add("--seed", &flags.seed, "of transfer set, student and order")
      .Between(0, kLargestSeed)
      .ShowsDefault();
  verb.Add("--preset", &flags.preset, "fixed, or faithful: the reference with its quirks")
      .OneOf({"fixed", "faithful"})
      .ShowsDefault();
  verb.Add("--profile", &flags.profile,
           "numerics: fp32, bf16, tf32, deterministic; auto: the fastest here")
      .ShowsDefault();
}

void AddImageFlags(Verb& verb, DistillFlags& flags) {
  verb.Add("--dataset", &flags.dataset,
           "geometry and normalisation of a registered data set; its test images, if they "
           "are in the data folder")
      .Offers(PluginNames(PluginKind::kDataset));
  verb.Add("--classes", &flags.classes, "answers of the model").Between(2, 10000);
  verb.Add("--size", &flags.size, "height and width of its images (32)").Between(8, 256);
  verb.Add("--channels", &flags.channels, "1 or 3 (3)").OneOf({"1", "3"});
  verb.Add("--mean", &flags.mean, "of pixels in [0, 1]: one number or one per channel (0.5)");
  verb.Add("--std", &flags.stddev, "likewise (0.25)");
  verb.Add("--test", &flags.test, "labelled pictures, a folder per class: gives ACC").Takes("DIR");
  verb.Add("--attack", &flags.attack,
           "what the teacher is believed to suffer from: gives ASR, with labelled pictures")
      .ShowsDefault()
      .Offers(PluginNames(PluginKind::kAttack));
}

}  // namespace

void AddDistill(Program& program) {
  auto& verb = program.AddVerb("distill", "A safer student from a model file");
  const auto flags = std::make_shared<DistillFlags>();
  AddModelFlags(verb, *flags);
  AddMethodFlags(verb, *flags);
  AddImageFlags(verb, *flags);
  AddDeviceFlags(verb, flags->engine);
  AddEngineFlag(verb, flags->engine, {"local", "inline"});
  AddRemoteFlags(verb, flags->engine.remotes);
  AddStoreFlag(verb, flags->store);
  verb.Add("--data", &flags->data, "data folder, as in `dfkd run`").Takes("DIR");
  verb.Add("--json", &flags->json, "print what came of it as JSON on standard output");
  verb.Footer(
      "How to export a teacher from PyTorch: docs/distill.md. Safe to interrupt: the same command "
      "continues.\n"
      "Exit code: 0 the student is written, 1 a stage failed, 2 usage or data (a file that does "
      "not fit says so, ten tensors in a line each), 3 a detector refused the teacher, 130 "
      "interrupted.\n"
      "Examples:\n"
      "  dfkd distill --teacher t.safetensors --network wrn-16-2 --student wrn-16-1 \\\n"
      "    --dataset cifar10 --distiller ood_kd --defense abd --out student.safetensors\n"
      "  dfkd distill --teacher t.safetensors --network vgg-s-16 --classes 10 --channels 1 --size "
      "28 "
      "\\\n"
      "    --mean 0.2860 --std 0.3530 --test pictures/ --attack badnets_grid --out s.safetensors\n"
      "  dfkd distill --teacher t.safetensors --network wrn-16-2 --dataset cifar10 \\\n"
      "    --refuse mm_bd --out student.safetensors");
  verb.Runs([flags] { return Run(*flags); });
}

}  // namespace dfkd::cli
