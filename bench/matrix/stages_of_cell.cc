#include "bench/matrix/stages_of_cell.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/core/registry.h"

namespace dfkd {
namespace {

const PluginCard& CardOf(const ResolvedEntry& part) {
  return Registry::Get().Card(PluginKind::kDefense, part.plugin);
}

std::string NamesOf(const std::vector<ResolvedEntry>& parts) {
  std::string names;
  for (const auto& part : parts) names += " " + part.plugin;
  return names.empty() ? " none" : names;
}

Json RefOrNull(const std::string& ref) { return ref.empty() ? Json() : Json(ref); }

Json PartsJson(const std::vector<ResolvedEntry>& parts) {
  Json list = Json::array();
  for (const auto& part : parts) list.push_back(part.ToJson());
  return list;
}

// The part as far as it matters before `round`: what it will only do later stands at its default.
Json PartUntil(int64_t round, const ResolvedEntry& part, const DistillerTraits& traits) {
  auto json = part.ToJson();
  const auto idle = CardOf(part).idle_options(part.options, traits, round);
  for (const auto& option : CardOf(part).options) {
    if (std::find(idle.begin(), idle.end(), option.name) != idle.end())
      json["options"][option.name] = option.limits.initial;
  }
  return json;
}

template <class Wanted>
std::vector<ResolvedEntry> Those(const std::vector<ResolvedEntry>& parts, Wanted wanted) {
  std::vector<ResolvedEntry> chosen;
  std::copy_if(parts.begin(), parts.end(), std::back_inserter(chosen), wanted);
  return chosen;
}

bool NeedCleanData(const std::vector<ResolvedEntry>& parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [](const auto& part) { return CardOf(part).needs_clean_data(part.options); });
}

bool NeedSyntheticData(const std::vector<ResolvedEntry>& parts) {
  return std::any_of(parts.begin(), parts.end(), [](const auto& part) {
    return CardOf(part).needs_synthetic_data(part.options);
  });
}

}  // namespace

std::string StageBuilder::Add(const std::string& kind, Json description, std::string title,
                              std::string label) {
  auto stage = MakeStage(kind, std::move(description));
  const auto ref = stage.ref;
  if (plan_.stages.try_emplace(ref, PlannedStage{.stage = std::move(stage)}).second) {
    plan_.stages[ref].title = kind + " " + title;
    plan_.stages[ref].label =
        fmt::format("{} {} {} x{}", kind, recipe_.dataset.plugin, label, recipe_.matrix.profile);
    plan_.order.push_back(ref);
  }
  return ref;
}

// `with_images`: the stage reads them; otherwise only their geometry, and other images give the
// same result.
Json StageBuilder::Data(bool with_images) const {
  auto json = recipe_.dataset.ToJson();
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
}

// Stages that run no reduced precision share their artifacts between profiles, but for the one that
// forbids whatever might differ between two runs.
void StageBuilder::AddProfile(Json& description) const {
  if (recipe_.matrix.profile == "deterministic") description["profile"] = "deterministic";
}

// What an attack learns on its own. Without a clean teacher no network takes part, and teachers of
// any share it.
std::string StageBuilder::Craft(const ResolvedEntry& attack, const std::string& clean_teacher) {
  Json description = {{"revision", StageRevisions::kCraft},
                      {"dataset", Data(true)},
                      {"attack", attack.ToJson()},
                      {"seed", recipe_.teacher_seed},
                      {"inputs", {{"clean_teacher", RefOrNull(clean_teacher)}}}};
  if (!clean_teacher.empty()) description["profile"] = recipe_.matrix.profile;
  AddProfile(description);
  return Add("craft", std::move(description),
             fmt::format("{} {} seed {}", recipe_.dataset.id, attack.id, recipe_.teacher_seed),
             attack.plugin + (clean_teacher.empty() ? "" : " " + recipe_.networks.teacher));
}

std::string StageBuilder::Teacher(const ResolvedEntry& attack, const std::string& clean_teacher,
                                  std::vector<std::string>& path) {
  const auto& card = Registry::Get().Card(PluginKind::kAttack, attack.plugin);
  const bool crafts = card.crafts(attack.options), trains = card.trains_teacher(attack.options);
  const auto clean = card.needs_clean_teacher(attack.options) ? clean_teacher : std::string();
  Json description = {{"revision", StageRevisions::kTeacher},
                      {"dataset", Data(true)},
                      {"attack", attack.ToJson()},
                      {"network", recipe_.networks.teacher},
                      {"recipe", recipe_.matrix.teacher_recipe},
                      {"seed", recipe_.teacher_seed},
                      {"profile", recipe_.matrix.profile}};
  if (!clean.empty()) path.push_back(clean);
  if (crafts) {
    path.push_back(Craft(attack, clean));
    description["inputs"]["craft"] = path.back();
  }
  if (trains && !clean.empty()) description["inputs"]["clean_teacher"] = clean;
  const auto label = fmt::format("{} epochs {}", recipe_.networks.teacher,
                                 recipe_.matrix.teacher_recipe.at("epochs").dump());
  path.push_back(Add("teacher", std::move(description),
                     fmt::format("{} {} {} seed {}", recipe_.dataset.id, attack.id,
                                 recipe_.networks.teacher, recipe_.teacher_seed),
                     trains ? label + " by " + attack.plugin : label));
  return path.back();
}

std::string StageBuilder::Images(const std::string& teacher,
                                 const std::vector<ResolvedEntry>& parts,
                                 std::vector<std::string>& path) {
  const auto start = TransferSet(teacher), images = Synthesis(teacher, start, parts);
  for (const auto& ref : {start, images}) {
    if (!ref.empty() && std::find(path.begin(), path.end(), ref) == path.end()) path.push_back(ref);
  }
  return images;
}

std::string StageBuilder::Sanitize(const std::string& teacher,
                                   const std::vector<ResolvedEntry>& parts,
                                   std::vector<std::string>& path) {
  const auto acting =
      Those(parts, [](const auto& part) { return CardOf(part).sanitizes_teacher(part.options); });
  if (acting.empty()) return teacher;
  Json description = {{"revision", StageRevisions::kSanitize},  {"parts", PartsJson(acting)},
                      {"dataset", Data(NeedCleanData(acting))}, {"seed", recipe_.student_seed},
                      {"profile", recipe_.matrix.profile},      {"inputs", {{"teacher", teacher}}}};
  // Of the teacher as it came; what is distilled on is made anew from the sane one.
  if (NeedSyntheticData(acting)) {
    description["inputs"]["synthetic"] = Images(teacher, {}, path);
  }
  path.push_back(Add("sanitize", std::move(description), "teacher by" + NamesOf(acting),
                     recipe_.networks.teacher + NamesOf(acting)));
  return path.back();
}

std::string StageBuilder::TransferSet(const std::string& teacher) {
  const auto& card = Registry::Get().Card(PluginKind::kDistiller, recipe_.distiller.plugin);
  const Json recipe = card.transfer_set(recipe_.distiller.options);
  if (recipe.is_null()) return "";
  const bool asks_teacher = recipe.at("needs_teacher");
  Json description = {{"revision", StageRevisions::kTransferSet},
                      {"recipe", recipe},
                      {"dataset", Data(recipe.at("needs_train"))},
                      {"seed", recipe_.student_seed},
                      {"inputs", {{"teacher", asks_teacher ? Json(teacher) : Json()}}}};
  AddProfile(description);
  return Add("transfer_set", std::move(description), recipe.at("recipe").get<std::string>(),
             recipe.at("recipe").get<std::string>());
}

std::string StageBuilder::Synthesis(const std::string& teacher, const std::string& start,
                                    const std::vector<ResolvedEntry>& parts) {
  if (!recipe_.traits.synthesizes) return start;
  const auto acting = Those(parts, [this](const auto& part) {
    return CardOf(part).acts_on_synthesis(part.options, recipe_.traits);
  });
  Json list = Json::array();
  for (const auto& part : acting) list.push_back(PartUntil(0, part, recipe_.traits));
  Json description = {{"revision", StageRevisions::kSynthesis},
                      {"distiller", recipe_.distiller.ToJson()},
                      {"parts", list},
                      {"seed", recipe_.student_seed},
                      {"profile", recipe_.matrix.profile},
                      {"inputs", {{"teacher", teacher}, {"transfer_set", RefOrNull(start)}}}};
  AddCleanData(description, acting);
  return Add("synthesis", std::move(description), recipe_.distiller.id + NamesOf(acting),
             recipe_.distiller.plugin + " " + recipe_.networks.teacher + NamesOf(acting));
}

std::string StageBuilder::DistillTo(int64_t round, int64_t from, const std::string& teacher,
                                    const std::string& images,
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
  Json description = {{"revision", StageRevisions::kDistill},
                      {"distiller", recipe_.distiller.ToJson()},
                      {"student", recipe_.networks.student},
                      {"parts", acting},
                      {"seed", recipe_.student_seed},
                      {"profile", recipe_.matrix.profile},
                      {"rounds", recipe_.traits.rounds},
                      {"round", round},
                      {"inputs", {{"teacher", teacher}, {"transfer_set", RefOrNull(images)}}}};
  AddCleanData(description, named);
  const auto ref =
      Add("distill", std::move(description),
          fmt::format("{}{} to round {}", recipe_.distiller.id, NamesOf(named), round),
          fmt::format("{} {}>{}{} rounds {}-{}", recipe_.distiller.plugin, recipe_.networks.teacher,
                      recipe_.networks.student, NamesOf(named), from, round));
  plan_.stages[ref].work = static_cast<double>(round - from);
  return ref;
}

// States at every cut, up to the last round. A state's key does not say where the run was cut:
// `starts` is a hint.
std::string StageBuilder::Distill(const std::string& teacher, const std::string& images,
                                  const std::vector<ResolvedEntry>& parts,
                                  std::vector<std::string>& path) {
  std::vector<int64_t> ends = recipe_.cuts;
  ends.push_back(recipe_.traits.rounds);
  std::vector<std::string> states;
  int64_t from = 0;
  for (const int64_t end : ends) {
    const auto ref = DistillTo(end, from, teacher, images, parts);
    plan_.stages[ref].starts.assign(states.rbegin(), states.rend());
    states.push_back(ref);
    from = end;
  }
  path.insert(path.end(), states.begin(), states.end());
  return states.back();
}

// What the student was distilled on: shown by the distiller at the end, else its transfer set.
std::string StageBuilder::Samples(const std::string& student, const std::string& images) {
  if (!recipe_.traits.samples) return images;
  Json description = plan_.At(student).stage.description;
  description.erase("format"), description.erase("kind");
  description["revision"] = StageRevisions::kSamples;
  description["inputs"]["state"] = student;
  return Add("samples", std::move(description), recipe_.distiller.id,
             recipe_.distiller.plugin + " " + recipe_.networks.student);
}

std::string StageBuilder::Repair(const std::string& student, const std::string& teacher,
                                 const std::string& images, const std::vector<ResolvedEntry>& parts,
                                 std::vector<std::string>& path) {
  const auto acting =
      Those(parts, [](const auto& part) { return CardOf(part).repairs_student(part.options); });
  if (acting.empty()) return student;
  Json description = {{"revision", StageRevisions::kRepair},
                      {"parts", PartsJson(acting)},
                      {"dataset", Data(NeedCleanData(acting))},
                      {"seed", recipe_.student_seed},
                      {"profile", recipe_.matrix.profile},
                      {"inputs", {{"student", student}, {"teacher", teacher}}}};
  if (NeedSyntheticData(acting)) {
    const auto samples = Samples(student, images);
    description["inputs"]["synthetic"] = samples;
    if (samples != images) path.push_back(samples);
  }
  path.push_back(Add("repair", std::move(description), "student by" + NamesOf(acting),
                     recipe_.networks.student + NamesOf(acting)));
  return path.back();
}

std::string StageBuilder::Student(const std::string& teacher,
                                  const std::vector<ResolvedEntry>& parts,
                                  std::vector<std::string>& path) {
  const auto sane = Sanitize(teacher, parts, path);
  const auto images = Images(sane, parts, path);
  return Repair(Distill(sane, images, parts, path), sane, images, parts, path);
}

std::string StageBuilder::Evaluate(const std::string& model, const std::string& teacher,
                                   const ResolvedEntry* attack,
                                   const std::string& poisoned_teacher) {
  Json description = {{"revision", StageRevisions::kEvaluate},
                      {"dataset", Data(true)},
                      {"part", recipe_.dataset.holdout > 0 ? "validation" : "test"},
                      {"attack", attack ? attack->ToJson() : Json()},
                      {"inputs",
                       {{"model", model},
                        {"teacher", RefOrNull(teacher)},
                        {"attack", attack ? RefOrNull(poisoned_teacher) : Json()}}}};
  AddProfile(description);
  const auto kind = model.substr(0, model.find('/'));
  const bool is_teacher = kind == "teacher" || kind == "import";
  const auto& network = is_teacher ? recipe_.networks.teacher : recipe_.networks.student;
  return Add("evaluate", std::move(description),
             fmt::format("{} on {}", kind, attack ? attack->id : "clean data"),
             fmt::format("{} {}", kind, network));
}

}  // namespace dfkd
