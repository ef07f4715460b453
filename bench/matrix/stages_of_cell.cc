#include "bench/matrix/stages_of_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

// `list`: what is said of each of the parts.
PartsText WrittenAs(const Json& list, const std::vector<ResolvedEntry>& parts) {
  return {Canonical(list), NamesOf(parts), NeedCleanData(parts), NeedSyntheticData(parts)};
}

PartsText WrittenAs(const std::vector<ResolvedEntry>& parts) {
  Json list = Json::array();
  for (const auto& part : parts) list.push_back(PartJson(part, part.options));
  return WrittenAs(list, parts);
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

// `fingerprint` empty: other images give the same result.
std::string DataText(const ResolvedEntry& dataset, const std::string& fingerprint) {
  auto json = dataset.ToJson();
  const auto& card = Registry::Get().Card(PluginKind::kDataset, dataset.plugin);
  json["options"] = WithImagesByContent(card, std::move(json["options"]), fingerprint);
  if (!fingerprint.empty()) {
    json["fingerprint"] = fingerprint;
    json["holdout"] = dataset.holdout;
  }
  return Canonical(json);
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

EntryTexts::EntryTexts(const ResolvedEntry& dataset, const DataFacts& data,
                       const ResolvedEntry& distiller, const ResolvedEntry* attack)
    : geometry(DataText(dataset, "")),
      images(data.fingerprint.empty() ? "" : DataText(dataset, data.fingerprint)),
      distiller(Canonical(KeyOf(PluginKind::kDistiller, distiller))),
      attack(attack ? Canonical(KeyOf(PluginKind::kAttack, *attack)) : "null") {}

void WrittenDefense::Write() {
  sanitizing = WrittenAs(parts.sanitizing);
  repairing = WrittenAs(parts.repairing);
}

StageId StageBuilder::Add(Description description, const std::string& title,
                          const std::string& label) {
  const auto [id, added] = description.AddTo(plan_);
  if (added) {
    auto& planned = plan_.stages[id];
    planned.reads_model = description.Reads("model") || description.Reads("teacher");
    planned.title = description.kind() + " " + title;
    planned.label = fmt::format("{} {} {} x{}", description.kind(), recipe_.dataset.plugin, label,
                                recipe_.matrix.profile);
  }
  return id;
}

// `with_images`: the stage reads them; otherwise only their geometry.
const std::string& StageBuilder::Data(bool with_images) const {
  if (with_images && recipe_.texts.images.empty()) {
    throw MakeError(
        "data set {}: only the geometry of its images is known, and {} or its defence needs "
        "training images; `dfkd distill` takes them from --dataset NAME",
        recipe_.dataset.id, recipe_.distiller.id);
  }
  return with_images ? recipe_.texts.images : recipe_.texts.geometry;
}

// For the parts that declare that they see clean images.
void StageBuilder::AddCleanData(Description& description, const PartsText& acting) const {
  if (acting.clean_data) description.SetText("dataset", Data(true));
  AddDefenseImages(description, acting);
}

// Where nobody knows how many images the teacher was trained on (it came as a file), the stage
// gives as many as it may.
void StageBuilder::AddDefenseImages(Description& description, const PartsText& acting) const {
  const auto& images = recipe_.data.training_images;
  if (images && (acting.clean_data || acting.synthetic_data))
    description.SetNumber("defense_images", DefenseImages(*images));
}

void StageBuilder::AddProfile(Description& description) const {
  description.SetWord("profile", recipe_.matrix.profile);
  if (recipe_.matrix.profile == "bf16") description.SetNumber("bf16", StageRevisions::kBf16);
}

// Stages that run no reduced precision share their artifacts between profiles, but for the one that
// forbids whatever might differ between two runs.
void StageBuilder::AddProfileIfItForbids(Description& description) const {
  if (recipe_.matrix.profile == "deterministic") AddProfile(description);
}

// What an attack learns on its own. Without a clean teacher no network takes part, and teachers of
// any share it.
StageId StageBuilder::Craft(const ResolvedEntry& attack, StageId clean_teacher) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  auto crafting = attack;
  crafting.options = WithDefaults(card, attack.options, card.idle_in_crafting(attack.options));
  Description description("craft");
  description.SetNumber("revision", StageRevisions::kCraft)
      .SetText("dataset", Data(true))
      .Set("attack", KeyOf(PluginKind::kAttack, crafting))
      .SetNumber("seed", recipe_.teacher_seed)
      .Input("clean_teacher", clean_teacher);
  if (clean_teacher != kNoStage) {
    AddProfile(description);
  } else {
    AddProfileIfItForbids(description);
  }
  return Add(std::move(description),
             fmt::format("{} {} seed {}", recipe_.dataset.id, attack.id, recipe_.teacher_seed),
             attack.plugin + (clean_teacher == kNoStage ? "" : " " + recipe_.networks.teacher));
}

StageId StageBuilder::Teacher(const ResolvedEntry& attack, StageId clean_teacher,
                              std::vector<StageId>& path) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const bool crafts = card.crafts(attack.options), trains = card.trains_teacher(attack.options);
  const auto clean = card.needs_clean_teacher(attack.options) ? clean_teacher : kNoStage;
  Description description("teacher");
  description.SetNumber("revision", StageRevisions::kTeacher)
      .SetText("dataset", Data(true))
      .Set("attack", KeyOf(PluginKind::kAttack, attack))
      .SetWord("network", recipe_.networks.teacher)
      .Set("recipe", recipe_.matrix.teacher_recipe)
      .SetNumber("seed", recipe_.teacher_seed);
  AddProfile(description);
  if (clean != kNoStage) path.push_back(clean);
  if (crafts) {
    path.push_back(Craft(attack, clean));
    description.Input("craft", path.back());
  }
  if (trains && clean != kNoStage) description.Input("clean_teacher", clean);
  const auto label = fmt::format("{} epochs {}", recipe_.networks.teacher,
                                 recipe_.matrix.teacher_recipe.at("epochs").dump());
  path.push_back(Add(std::move(description),
                     fmt::format("{} {} {} seed {}", recipe_.dataset.id, attack.id,
                                 recipe_.networks.teacher, recipe_.teacher_seed),
                     trains ? label + " by " + attack.plugin : label));
  return path.back();
}

DistilledStages StageBuilder::Images(StageId origin, StageId teacher, const PartsInOrder& parts) {
  const auto start = TransferSet(teacher), given = PoisonTransfer(origin, start);
  return {.start = start, .given = given, .images = Synthesis(teacher, given, parts)};
}

StageId StageBuilder::Sanitize(StageId teacher, const WrittenDefense& defense,
                               std::vector<StageId>& path) {
  if (defense.parts.sanitizing.empty()) return teacher;
  const auto& acting = defense.sanitizing;
  Description description("sanitize");
  description.SetNumber("revision", StageRevisions::kSanitize)
      .SetText("parts", acting.json)
      .SetText("dataset", Data(acting.clean_data))
      .SetNumber("seed", recipe_.student_seed)
      .Input("teacher", teacher);
  AddProfile(description);
  AddDefenseImages(description, acting);
  // Of the teacher as it came; what is distilled on is made anew from the sane one.
  if (acting.synthetic_data) {
    const auto made = Images(teacher, teacher, {});
    AddNew({made.start, made.given, made.images}, path);
    description.Input("synthetic", made.images);
  }
  path.push_back(Add(std::move(description), "teacher by" + acting.names,
                     recipe_.networks.teacher + acting.names));
  return path.back();
}

const WrittenRecipe::TransferSet& StageBuilder::TransferSetText() {
  auto& written = recipe_.written.transfer_set;
  if (written) return *written;
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, recipe_.distiller.plugin);
  const Json recipe = card.transfer_set(KeyOptionsOf(card, recipe_.distiller));
  if (recipe.is_null()) return written.emplace();
  return written.emplace(WrittenRecipe::TransferSet{Canonical(recipe), recipe.at("recipe"),
                                                    recipe.at("needs_teacher"),
                                                    recipe.at("needs_train")});
}

StageId StageBuilder::TransferSet(StageId teacher) {
  const auto& recipe = TransferSetText();
  if (recipe.json.empty()) return kNoStage;
  Description description("transfer_set");
  description.SetNumber("revision", StageRevisions::kTransferSet)
      .SetText("recipe", recipe.json)
      .SetText("dataset", Data(recipe.needs_train))
      .SetNumber("seed", recipe_.student_seed)
      .Input("teacher", recipe.needs_teacher ? teacher : kNoStage);
  AddProfileIfItForbids(description);
  return Add(std::move(description), recipe.name, recipe.name);
}

// The attacker's work, of the student's seed: students of another one meet other images.
StageId StageBuilder::PoisonTransfer(StageId teacher, StageId start) {
  const auto* attack = recipe_.transfer_attack;
  if (attack == nullptr || start == kNoStage) return start;
  Description description("poison_transfer");
  description.SetNumber("revision", StageRevisions::kPoisonTransfer)
      .Set("attack", KeyOf(PluginKind::kAttack, *attack))
      .SetNumber("seed", recipe_.student_seed)
      .Input("teacher", teacher)
      .Input("transfer_set", start)
      .Input("attack", recipe_.matrix.teacher_file ? kNoStage : teacher);
  AddProfileIfItForbids(description);
  return Add(std::move(description), fmt::format("{} by {}", recipe_.distiller.id, attack->id),
             attack->plugin + " " + recipe_.networks.teacher);
}

const PartsText& StageBuilder::SynthesisText(const PartsInOrder& parts) {
  auto& written = recipe_.written.parts[parts.until_repair].synthesis;
  if (written) return *written;
  std::vector<ResolvedEntry> acting;
  Json list = Json::array();
  for (const auto& part : parts.all) {
    if (!CardOf(part).acts_on_synthesis(part.options, recipe_.traits)) continue;
    list.push_back(PartUntil(0, part, recipe_.traits));
    acting.push_back(part);
  }
  return written.emplace(WrittenAs(list, acting));
}

StageId StageBuilder::Synthesis(StageId teacher, StageId start, const PartsInOrder& parts) {
  if (!recipe_.traits.synthesizes) return start;
  const auto& acting = SynthesisText(parts);
  Description description("synthesis");
  description.SetNumber("revision", StageRevisions::kSynthesis)
      .SetText("distiller", recipe_.texts.distiller)
      .SetText("parts", acting.json)
      .SetNumber("seed", recipe_.student_seed)
      .Input("teacher", teacher)
      .Input("transfer_set", start);
  AddProfile(description);
  AddCleanData(description, acting);
  return Add(std::move(description), recipe_.distiller.id + acting.names,
             recipe_.distiller.plugin + " " + recipe_.networks.teacher + acting.names);
}

// Only parts that have acted by the round, and only until then: what comes later does not change
// its state.
const PartsText& StageBuilder::DistillText(int64_t round, const PartsInOrder& parts) {
  auto& written = recipe_.written.parts[parts.until_repair].distill;
  if (const auto known = written.find(round); known != written.end()) return known->second;
  Json list = Json::array();
  std::vector<ResolvedEntry> acting;
  for (const auto& part : parts.all) {
    const auto active = CardOf(part).active(part.options, recipe_.traits);
    const int64_t first = std::max<int64_t>(active.first, 0), last = std::min(active.last, round);
    if (first >= last) continue;
    auto json = PartUntil(round, part, recipe_.traits);
    json["rounds"] = {first, last};
    list.push_back(json);
    acting.push_back(part);
  }
  return written.emplace(round, WrittenAs(list, acting)).first->second;
}

StageId StageBuilder::DistillTo(int64_t round, int64_t from, StageId teacher, StageId images,
                                const PartsText& acting) {
  Description description("distill");
  description.SetNumber("revision", StageRevisions::kDistill)
      .SetText("distiller", recipe_.texts.distiller)
      .SetWord("student", recipe_.networks.student)
      .SetText("parts", acting.json)
      .SetNumber("seed", recipe_.student_seed)
      .SetNumber("rounds", recipe_.traits.rounds)
      .SetNumber("round", round)
      .Input("teacher", teacher)
      .Input("transfer_set", images);
  AddProfile(description);
  AddCleanData(description, acting);
  return Add(
      std::move(description),
      fmt::format("{}{} to round {}", recipe_.distiller.id, acting.names, round),
      fmt::format("{} {}>{}{} rounds {}-{}", recipe_.distiller.plugin, recipe_.networks.teacher,
                  recipe_.networks.student, acting.names, from, round));
}

// States at every cut, up to the last round. A state's key does not say where the run was cut:
// `starts` is a hint. One that is planned already without these cuts (the student of a gate) stays
// so: what a stage may wait for stands before it.
std::vector<StageId> StageBuilder::Distill(StageId teacher, StageId images,
                                           const PartsInOrder& parts) {
  std::vector<int64_t> ends = recipe_.cuts;
  ends.push_back(recipe_.traits.rounds);
  std::vector<StageId> states;
  int64_t from = 0;
  for (const int64_t end : ends) {
    const auto id = DistillTo(end, from, teacher, images, DistillText(end, parts));
    if (states.empty() || states.back() < id) {
      plan_.stages[id].starts.assign(states.rbegin(), states.rend());
      plan_.stages[id].work = static_cast<double>(end - from);
    }
    states.push_back(id);
    from = end;
  }
  return states;
}

DistilledStages& StageBuilder::Distilled(StageId origin, StageId teacher,
                                         const PartsInOrder& parts) {
  auto& of_teacher = shared_[teacher];
  const auto known = of_teacher.find(parts.until_repair);
  if (known != of_teacher.end()) return known->second;
  auto made = Images(origin, teacher, parts);
  made.states = Distill(teacher, made.images, parts);
  return of_teacher.emplace(parts.until_repair, std::move(made)).first->second;
}

// What the student was distilled on: shown by the distiller at the end, else its transfer set. Says
// all that the state does, which names its teacher and perhaps a transfer set.
StageId StageBuilder::Samples(StageId student, StageId images) {
  if (!recipe_.traits.samples) return images;
  const auto& state = plan_.At(student);
  const Json described = state.stage.description();
  const std::set<std::string> other = {"format", "kind", "inputs", "revision"};
  Description description("samples");
  for (const auto& [name, value] : described.items()) {
    if (!other.contains(name)) description.Set(name, value);
  }
  description.SetNumber("revision", StageRevisions::kSamples)
      .Input("teacher", state.inputs.front())
      .Input("transfer_set", state.inputs.size() > 1 ? state.inputs.back() : kNoStage)
      .Input("state", student);
  return Add(std::move(description), recipe_.distiller.id,
             recipe_.distiller.plugin + " " + recipe_.networks.student);
}

StageId StageBuilder::Repair(DistilledStages& made, StageId teacher, const WrittenDefense& defense,
                             std::vector<StageId>& path) {
  const auto student = made.states.back();
  if (defense.parts.repairing.empty()) return student;
  const auto& acting = defense.repairing;
  Description description("repair");
  description.SetNumber("revision", StageRevisions::kRepair)
      .SetText("parts", acting.json)
      .SetText("dataset", Data(acting.clean_data))
      .SetNumber("seed", recipe_.student_seed)
      .Input("student", student)
      .Input("teacher", teacher);
  AddProfile(description);
  AddDefenseImages(description, acting);
  if (acting.synthetic_data) {
    if (made.samples == kNoStage) made.samples = Samples(student, made.images);
    description.Input("synthetic", made.samples);
    if (made.samples != made.images) path.push_back(made.samples);
  }
  path.push_back(Add(std::move(description), "student by" + acting.names,
                     recipe_.networks.student + acting.names));
  return path.back();
}

StageId StageBuilder::Student(StageId teacher, const WrittenDefense& defense,
                              std::vector<StageId>& path) {
  const auto sane = Sanitize(teacher, defense, path);
  auto& made = Distilled(teacher, sane, defense.parts);
  AddNew({made.start, made.given, made.images}, path);
  path.insert(path.end(), made.states.begin(), made.states.end());
  return Repair(made, sane, defense, path);
}

StageId StageBuilder::Evaluate(StageId model, StageId teacher_evaluation,
                               const ResolvedEntry* attack, StageId poisoned_teacher,
                               Curves curves) {
  Description description("evaluate");
  description.SetNumber("revision", StageRevisions::kEvaluate)
      .SetText("dataset", Data(true))
      .SetWord("part", recipe_.dataset.holdout > 0 ? "validation" : "test")
      .SetText("attack", attack ? std::string_view(recipe_.texts.attack) : "null")
      .Input("model", model)
      .Input("teacher_evaluation", teacher_evaluation)
      .Input("attack", attack ? poisoned_teacher : kNoStage);
  if (curves == Curves::kNo) description.SetText("curves", "false");
  // Of students: a poisoned teacher has its backdoor awake.
  if (attack && teacher_evaluation != kNoStage && !recipe_.reactivation.is_null()) {
    auto reactivation = recipe_.reactivation;
    reactivation["revision"] = StageRevisions::kReactivation;
    reactivation["seed"] = recipe_.student_seed;
    description.Set("reactivation", reactivation);
  }
  AddProfileIfItForbids(description);
  const auto kind = plan_.At(model).stage.kind;
  const bool is_teacher = kind == "teacher" || kind == "import";
  const auto& network = is_teacher ? recipe_.networks.teacher : recipe_.networks.student;
  return Add(std::move(description),
             fmt::format("{} on {}", kind, attack ? attack->id : "clean data"),
             fmt::format("{} {}", kind, network));
}

StageId StageBuilder::Detect(StageId teacher, const MatrixDetector& detector) {
  Description description("detect");
  description.SetNumber("revision", StageRevisions::kDetect)
      .Set("detector", detector.key)
      .SetNumber("seed", recipe_.teacher_seed)
      .Input("teacher", teacher);
  AddProfileIfItForbids(description);
  return Add(std::move(description), fmt::format("{} on {}", detector.id, plan_.At(teacher).title),
             fmt::format("{} {}", detector.id, recipe_.networks.teacher));
}

}  // namespace dfkd
