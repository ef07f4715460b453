#include "bench/matrix/stages_of_cell.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/core/registry.h"
#include "bench/matrix/user_inputs_of.h"

namespace dfkd {
namespace {

std::string NamesOf(const std::vector<ResolvedEntry>& parts) {
  std::string names;
  for (const auto& part : parts) names += " " + part.plugin;
  return names.empty() ? " none" : names;
}

Json PartJson(const ResolvedEntry& part, Json options) {
  auto json = part.ToJson();
  json["options"] = WithFilesByContent(CardOf(part), std::move(options));
  return json;
}

Json PartsJson(const std::vector<ResolvedEntry>& parts) {
  Json list = Json::array();
  for (const auto& part : parts) list.push_back(PartJson(part, part.options));
  return list;
}

// The part as far as it matters before `round`: what it will only do later stands at its default.
Json PartUntil(int64_t round, const ResolvedEntry& part, const DistillerTraits& traits) {
  const auto& card = CardOf(part);
  return PartJson(part,
                  WithDefaults(card, part.options, card.idle_before(part.options, traits, round)));
}

// As far as they matter: options without influence stand at their defaults, files by content.
Json KeyOptionsOf(const PluginCard& card, const ResolvedEntry& entry) {
  return WithFilesByContent(card, KeyOptions(card, entry.options));
}

// An attack or a distiller.
Json KeyOf(PluginKind kind, const ResolvedEntry& entry) {
  auto json = entry.ToJson();
  json["options"] = KeyOptionsOf(Registry::Get().Card(kind, entry.plugin), entry);
  return json;
}

bool ReadsModel(const Json& inputs) {
  return inputs.contains("model") || !inputs.value("teacher", Json()).is_null();
}

// Appends those that are a stage and not there yet.
void AddNew(std::vector<StageId> stages, std::vector<StageId>& path) {
  for (const auto id : stages) {
    if (id != kNoStage && std::find(path.begin(), path.end(), id) == path.end()) path.push_back(id);
  }
}

}  // namespace

int64_t DefenseImages(int64_t training_images) {
  constexpr int64_t kMost = 2500, kOneOf = 20;
  return std::clamp<int64_t>(training_images / kOneOf, 1, kMost);
}

StageId StageBuilder::Add(const std::string& kind, Json description, std::string title,
                          std::string label) {
  if (description.value("profile", "") == "bf16") description["bf16"] = StageRevisions::kBf16;
  const bool reads_model = ReadsModel(description.value("inputs", Json::object()));
  const auto [id, added] = plan_.Add(kind, std::move(description));
  if (added) {
    auto& planned = plan_.stages[id];
    planned.reads_model = reads_model;
    planned.title = kind + " " + title;
    planned.label =
        fmt::format("{} {} {} x{}", kind, recipe_.dataset.plugin, label, recipe_.matrix.profile);
  }
  return id;
}

Json StageBuilder::RefOrNull(StageId id) const {
  return id == kNoStage ? Json() : Json(plan_.Ref(id));
}

// `with_images`: the stage reads them; otherwise only their geometry, and other images give the
// same result.
Json StageBuilder::Data(bool with_images) const {
  auto json = recipe_.dataset.ToJson();
  const auto& card = Registry::Get().Card(PluginKind::kDataset, recipe_.dataset.plugin);
  json["options"] = WithImagesByContent(card, std::move(json["options"]),
                                        with_images ? recipe_.data.fingerprint : "");
  if (with_images) {
    if (recipe_.data.fingerprint.empty()) {
      throw MakeError("data set {}: only the geometry of its images is known; {} needs images",
                      recipe_.dataset.id, recipe_.distiller.id);
    }
    json["fingerprint"] = recipe_.data.fingerprint;
    json["holdout"] = recipe_.dataset.holdout;
  }
  return json;
}

// For the parts that declare that they see clean images.
void StageBuilder::AddCleanData(Json& description, const std::vector<ResolvedEntry>& acting) const {
  if (NeedCleanData(acting)) description["dataset"] = Data(true);
  AddDefenseImages(description, acting);
}

// Where nobody knows how many images the teacher was trained on (it came as a file), the stage
// gives as many as it may.
void StageBuilder::AddDefenseImages(Json& description,
                                    const std::vector<ResolvedEntry>& acting) const {
  const auto& images = recipe_.data.training_images;
  if (images && (NeedCleanData(acting) || NeedSyntheticData(acting)))
    description["defense_images"] = DefenseImages(*images);
}

// Stages that run no reduced precision share their artifacts between profiles, but for the one that
// forbids whatever might differ between two runs.
void StageBuilder::AddProfile(Json& description) const {
  if (recipe_.matrix.profile == "deterministic") description["profile"] = "deterministic";
}

// What an attack learns on its own. Without a clean teacher no network takes part, and teachers of
// any share it.
StageId StageBuilder::Craft(const ResolvedEntry& attack, StageId clean_teacher) {
  Json description = {{"revision", StageRevisions::kCraft},
                      {"dataset", Data(true)},
                      {"attack", KeyOf(PluginKind::kAttack, attack)},
                      {"seed", recipe_.teacher_seed},
                      {"inputs", {{"clean_teacher", RefOrNull(clean_teacher)}}}};
  if (clean_teacher != kNoStage) description["profile"] = recipe_.matrix.profile;
  AddProfile(description);
  return Add("craft", std::move(description),
             fmt::format("{} {} seed {}", recipe_.dataset.id, attack.id, recipe_.teacher_seed),
             attack.plugin + (clean_teacher == kNoStage ? "" : " " + recipe_.networks.teacher));
}

StageId StageBuilder::Teacher(const ResolvedEntry& attack, StageId clean_teacher,
                              std::vector<StageId>& path) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const bool crafts = card.crafts(attack.options), trains = card.trains_teacher(attack.options);
  const auto clean = card.needs_clean_teacher(attack.options) ? clean_teacher : kNoStage;
  Json description = {{"revision", StageRevisions::kTeacher},
                      {"dataset", Data(true)},
                      {"attack", KeyOf(PluginKind::kAttack, attack)},
                      {"network", recipe_.networks.teacher},
                      {"recipe", recipe_.matrix.teacher_recipe},
                      {"seed", recipe_.teacher_seed},
                      {"profile", recipe_.matrix.profile}};
  if (clean != kNoStage) path.push_back(clean);
  if (crafts) {
    path.push_back(Craft(attack, clean));
    description["inputs"]["craft"] = plan_.Ref(path.back());
  }
  if (trains && clean != kNoStage) description["inputs"]["clean_teacher"] = plan_.Ref(clean);
  const auto label = fmt::format("{} epochs {}", recipe_.networks.teacher,
                                 recipe_.matrix.teacher_recipe.at("epochs").dump());
  path.push_back(Add("teacher", std::move(description),
                     fmt::format("{} {} {} seed {}", recipe_.dataset.id, attack.id,
                                 recipe_.networks.teacher, recipe_.teacher_seed),
                     trains ? label + " by " + attack.plugin : label));
  return path.back();
}

DistilledStages StageBuilder::Images(StageId teacher, const std::vector<ResolvedEntry>& parts) {
  const auto start = TransferSet(teacher);
  return {.start = start, .images = Synthesis(teacher, start, parts)};
}

StageId StageBuilder::Sanitize(StageId teacher, const std::vector<ResolvedEntry>& acting,
                               std::vector<StageId>& path) {
  if (acting.empty()) return teacher;
  Json description = {
      {"revision", StageRevisions::kSanitize},  {"parts", PartsJson(acting)},
      {"dataset", Data(NeedCleanData(acting))}, {"seed", recipe_.student_seed},
      {"profile", recipe_.matrix.profile},      {"inputs", {{"teacher", plan_.Ref(teacher)}}}};
  AddDefenseImages(description, acting);
  // Of the teacher as it came; what is distilled on is made anew from the sane one.
  if (NeedSyntheticData(acting)) {
    const auto made = Images(teacher, {});
    AddNew({made.start, made.images}, path);
    description["inputs"]["synthetic"] = RefOrNull(made.images);
  }
  path.push_back(Add("sanitize", std::move(description), "teacher by" + NamesOf(acting),
                     recipe_.networks.teacher + NamesOf(acting)));
  return path.back();
}

StageId StageBuilder::TransferSet(StageId teacher) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, recipe_.distiller.plugin);
  const Json recipe = card.transfer_set(KeyOptionsOf(card, recipe_.distiller));
  if (recipe.is_null()) return kNoStage;
  const bool asks_teacher = recipe.at("needs_teacher");
  Json description = {{"revision", StageRevisions::kTransferSet},
                      {"recipe", recipe},
                      {"dataset", Data(recipe.at("needs_train"))},
                      {"seed", recipe_.student_seed},
                      {"inputs", {{"teacher", asks_teacher ? Json(plan_.Ref(teacher)) : Json()}}}};
  AddProfile(description);
  return Add("transfer_set", std::move(description), recipe.at("recipe").get<std::string>(),
             recipe.at("recipe").get<std::string>());
}

StageId StageBuilder::Synthesis(StageId teacher, StageId start,
                                const std::vector<ResolvedEntry>& parts) {
  if (!recipe_.traits.synthesizes) return start;
  std::vector<ResolvedEntry> acting;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(acting), [this](const auto& part) {
    return CardOf(part).acts_on_synthesis(part.options, recipe_.traits);
  });
  Json list = Json::array();
  for (const auto& part : acting) list.push_back(PartUntil(0, part, recipe_.traits));
  Json description = {
      {"revision", StageRevisions::kSynthesis},
      {"distiller", KeyOf(PluginKind::kDistiller, recipe_.distiller)},
      {"parts", list},
      {"seed", recipe_.student_seed},
      {"profile", recipe_.matrix.profile},
      {"inputs", {{"teacher", plan_.Ref(teacher)}, {"transfer_set", RefOrNull(start)}}}};
  AddCleanData(description, acting);
  return Add("synthesis", std::move(description), recipe_.distiller.id + NamesOf(acting),
             recipe_.distiller.plugin + " " + recipe_.networks.teacher + NamesOf(acting));
}

StageId StageBuilder::DistillTo(int64_t round, int64_t from, StageId teacher, StageId images,
                                const std::vector<ResolvedEntry>& parts) {
  // Only parts that have acted by now, and only until now: what comes later does not change this
  // state.
  Json acting = Json::array();
  std::vector<ResolvedEntry> named;
  for (const auto& part : parts) {
    const auto active = CardOf(part).active(part.options, recipe_.traits);
    const int64_t first = std::max<int64_t>(active.first, 0), last = std::min(active.last, round);
    if (first >= last) continue;
    auto json = PartUntil(round, part, recipe_.traits);
    json["rounds"] = {first, last};
    acting.push_back(json);
    named.push_back(part);
  }
  Json description = {
      {"revision", StageRevisions::kDistill},
      {"distiller", KeyOf(PluginKind::kDistiller, recipe_.distiller)},
      {"student", recipe_.networks.student},
      {"parts", acting},
      {"seed", recipe_.student_seed},
      {"profile", recipe_.matrix.profile},
      {"rounds", recipe_.traits.rounds},
      {"round", round},
      {"inputs", {{"teacher", plan_.Ref(teacher)}, {"transfer_set", RefOrNull(images)}}}};
  AddCleanData(description, named);
  return Add(
      "distill", std::move(description),
      fmt::format("{}{} to round {}", recipe_.distiller.id, NamesOf(named), round),
      fmt::format("{} {}>{}{} rounds {}-{}", recipe_.distiller.plugin, recipe_.networks.teacher,
                  recipe_.networks.student, NamesOf(named), from, round));
}

// States at every cut, up to the last round. A state's key does not say where the run was cut:
// `starts` is a hint. One that is planned already without these cuts (the student of a gate) stays
// so: what a stage may wait for stands before it.
std::vector<StageId> StageBuilder::Distill(StageId teacher, StageId images,
                                           const std::vector<ResolvedEntry>& parts) {
  std::vector<int64_t> ends = recipe_.cuts;
  ends.push_back(recipe_.traits.rounds);
  std::vector<StageId> states;
  int64_t from = 0;
  for (const int64_t end : ends) {
    const auto id = DistillTo(end, from, teacher, images, parts);
    if (states.empty() || states.back() < id) {
      plan_.stages[id].starts.assign(states.rbegin(), states.rend());
      plan_.stages[id].work = static_cast<double>(end - from);
    }
    states.push_back(id);
    from = end;
  }
  return states;
}

const DistilledStages& StageBuilder::Distilled(StageId teacher, const PartsInOrder& parts) {
  const std::pair key(teacher, parts.until_repair);
  if (const auto known = shared_.find(key); known != shared_.end()) return known->second;
  auto made = Images(teacher, parts.all);
  made.states = Distill(teacher, made.images, parts.all);
  return shared_.emplace(key, std::move(made)).first->second;
}

// What the student was distilled on: shown by the distiller at the end, else its transfer set.
StageId StageBuilder::Samples(StageId student, StageId images) {
  if (!recipe_.traits.samples) return images;
  Json description = plan_.At(student).stage.description();
  description.erase("format"), description.erase("kind");
  description["revision"] = StageRevisions::kSamples;
  description["inputs"]["state"] = plan_.Ref(student);
  return Add("samples", std::move(description), recipe_.distiller.id,
             recipe_.distiller.plugin + " " + recipe_.networks.student);
}

StageId StageBuilder::Repair(StageId student, StageId teacher, StageId images,
                             const std::vector<ResolvedEntry>& acting, std::vector<StageId>& path) {
  if (acting.empty()) return student;
  Json description = {
      {"revision", StageRevisions::kRepair},
      {"parts", PartsJson(acting)},
      {"dataset", Data(NeedCleanData(acting))},
      {"seed", recipe_.student_seed},
      {"profile", recipe_.matrix.profile},
      {"inputs", {{"student", plan_.Ref(student)}, {"teacher", plan_.Ref(teacher)}}}};
  AddDefenseImages(description, acting);
  if (NeedSyntheticData(acting)) {
    const auto samples = Samples(student, images);
    description["inputs"]["synthetic"] = RefOrNull(samples);
    if (samples != images) path.push_back(samples);
  }
  path.push_back(Add("repair", std::move(description), "student by" + NamesOf(acting),
                     recipe_.networks.student + NamesOf(acting)));
  return path.back();
}

StageId StageBuilder::Student(StageId teacher, const PartsInOrder& parts,
                              std::vector<StageId>& path) {
  const auto sane = Sanitize(teacher, parts.sanitizing, path);
  const auto& made = Distilled(sane, parts);
  AddNew({made.start, made.images}, path);
  path.insert(path.end(), made.states.begin(), made.states.end());
  return Repair(made.states.back(), sane, made.images, parts.repairing, path);
}

StageId StageBuilder::Evaluate(StageId model, StageId teacher_evaluation,
                               const ResolvedEntry* attack, StageId poisoned_teacher,
                               Curves curves) {
  Json description = {{"revision", StageRevisions::kEvaluate},
                      {"dataset", Data(true)},
                      {"part", recipe_.dataset.holdout > 0 ? "validation" : "test"},
                      {"attack", attack ? KeyOf(PluginKind::kAttack, *attack) : Json()},
                      {"inputs",
                       {{"model", plan_.Ref(model)},
                        {"teacher_evaluation", RefOrNull(teacher_evaluation)},
                        {"attack", attack ? RefOrNull(poisoned_teacher) : Json()}}}};
  if (curves == Curves::kNo) description["curves"] = false;
  // Of students: a poisoned teacher has its backdoor awake.
  if (attack && teacher_evaluation != kNoStage && !recipe_.reactivation.is_null()) {
    description["reactivation"] = recipe_.reactivation;
    description["reactivation"]["revision"] = StageRevisions::kReactivation;
    description["reactivation"]["seed"] = recipe_.student_seed;
  }
  AddProfile(description);
  const auto kind = plan_.At(model).stage.kind;
  const bool is_teacher = kind == "teacher" || kind == "import";
  const auto& network = is_teacher ? recipe_.networks.teacher : recipe_.networks.student;
  return Add("evaluate", std::move(description),
             fmt::format("{} on {}", kind, attack ? attack->id : "clean data"),
             fmt::format("{} {}", kind, network));
}

StageId StageBuilder::Detect(StageId teacher, const MatrixDetector& detector) {
  Json description = {{"revision", StageRevisions::kDetect},
                      {"detector", detector.key},
                      {"seed", recipe_.teacher_seed},
                      {"inputs", {{"teacher", plan_.Ref(teacher)}}}};
  AddProfile(description);
  return Add("detect", std::move(description),
             fmt::format("{} on {}", detector.id, plan_.At(teacher).title),
             fmt::format("{} {}", detector.id, recipe_.networks.teacher));
}

}  // namespace dfkd
