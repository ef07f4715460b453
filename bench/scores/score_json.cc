// Score <-> JSON. The reader knows the shape; that values make sense is checked by validate.h.
#include <fmt/ranges.h>

#include "bench/core/error.h"
#include "bench/scores/score.h"

namespace dfkd {
namespace {

// Readers by type; `where` is the path for the message.
[[noreturn]] void WrongType(const Json& json, const std::string& where, const char* allowed) {
  throw MakeError("{}: {} must be {}", where, json.dump().substr(0, 60), allowed);
}
void Read(const Json& json, const std::string& where, bool& value) {
  if (!json.is_boolean()) WrongType(json, where, "true or false");
  value = json.get<bool>();
}
void Read(const Json& json, const std::string& where, int64_t& value) {
  if (!json.is_number_integer()) WrongType(json, where, "an integer");
  value = json.get<int64_t>();
}
void Read(const Json& json, const std::string& where, double& value) {
  if (!json.is_number()) WrongType(json, where, "a number");
  value = json.get<double>() + 0.0;  // -0.0 is 0.0
}
void Read(const Json& json, const std::string& where, std::string& value) {
  if (!json.is_string()) WrongType(json, where, "a text");
  value = json.get<std::string>();
}
void Read(const Json& json, const std::string&, Json& value) { value = json; }
void Read(const Json& json, const std::string& where, Count& value);
void Read(const Json& json, const std::string& where, Counts& value);
void Read(const Json& json, const std::string& where, TeacherScore& value);
void Read(const Json& json, const std::string& where, TriggerVisibility& value);
void Read(const Json& json, const std::string& where, StudentScore& value);
void Read(const Json& json, const std::string& where, FloorScore& value);
void Read(const Json& json, const std::string& where, Entry& value);
void Read(const Json& json, const std::string& where, DetectionScore& value);
void Read(const Json& json, const std::string& where, DetectorScore& value);
void Read(const Json& json, const std::string& where, ReactivationScore& value);
void Read(const Json& json, const std::string& where, HowAsked& value);

template <class T>
void Read(const Json& json, const std::string& where, std::vector<T>& values);

template <class T>
void Read(const Json& json, const std::string& where, std::optional<T>& value) {
  if (json.is_null()) return;
  value.emplace();
  Read(json, where, *value);
}
template <class T>
void Read(const Json& json, const std::string& where, std::vector<T>& values) {
  if (!json.is_array()) WrongType(json, where, "a list");
  for (size_t i = 0; i < json.size(); ++i) {
    Read(json[i], fmt::format("{}[{}]", where, i), values.emplace_back());
  }
}
// Null members are left out.
template <class T>
void Read(const Json& json, const std::string& where, std::map<std::string, T>& values) {
  if (!json.is_object()) WrongType(json, where, "an object");
  for (const auto& [key, member] : json.items()) {
    if (!member.is_null()) Read(member, where + "." + key, values[key]);
  }
}

// An object whose members are all required, but for those asked for by Maybe.
class Object {
 public:
  Object(const Json& json, std::string where, const std::vector<std::string>& known)
      : json_(json), where_(std::move(where)) {
    RequireKeys(json_, known, where_);
  }
  template <class T>
  const Object& Get(const char* key, T& value) const {
    if (!json_.contains(key)) throw MakeError("{}: member '{}' is missing", where_, key);
    return Maybe(key, value);
  }
  template <class T>
  const Object& Maybe(const char* key, T& value) const {
    if (json_.contains(key)) Read(json_[key], where_ + "." + key, value);
    return *this;
  }
  Object Inner(const char* key, const std::vector<std::string>& known) const {
    if (!json_.contains(key)) throw MakeError("{}: member '{}' is missing", where_, key);
    return Object(json_[key], where_ + "." + key, known);
  }

 private:
  const Json& json_;
  std::string where_;
};

void Read(const Json& json, const std::string& where, Count& value) {
  std::vector<int64_t> pair;
  Read(json, where, pair);
  if (pair.size() != 2) WrongType(json, where, "a pair [k, n]");
  value = {pair[0], pair[1]};
}
void Read(const Json& json, const std::string& where, Counts& value) {
  Object(json, where, {"clean", "target", "true_label"})
      .Get("clean", value.clean)
      .Get("target", value.target)
      .Get("true_label", value.true_label);
}
void Read(const Json& json, const std::string& where, TeacherScore& value) {
  Object(json, where, {"acc", "asr", "clean_acc", "gate", "visibility"})
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("clean_acc", value.clean_acc)
      .Get("gate", value.gate)
      .Maybe("visibility", value.visibility);
}
void Read(const Json& json, const std::string& where, TriggerVisibility& value) {
  Object(json, where, {"linf", "l2", "psnr", "ssim"})
      .Get("linf", value.linf)
      .Get("l2", value.l2)
      .Get("psnr", value.psnr)
      .Maybe("ssim", value.ssim);
}
void Read(const Json& json, const std::string& where, StudentScore& value) {
  Object(json, where, {"acc", "asr", "ra", "agreement", "acc_per_class"})
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("ra", value.ra)
      .Get("agreement", value.agreement)
      .Get("acc_per_class", value.acc_per_class);
}
void Read(const Json& json, const std::string& where, FloorScore& value) {
  Object(json, where, {"asr"}).Get("asr", value.asr);
}
void Read(const Json& json, const std::string& where, Entry& value) {
  Object(json, where, {"plugin", "revision", "options", "attack_aware", "parts"})
      .Get("plugin", value.plugin)
      .Get("revision", value.revision)
      .Get("options", value.options)
      .Maybe("attack_aware", value.attack_aware)
      .Maybe("parts", value.parts);
}

void Read(const Json& json, const std::string& where, DetectionScore& value) {
  Object(json, where, {"statistic", "suspicious", "target"})
      .Get("statistic", value.statistic)
      .Get("suspicious", value.suspicious)
      .Get("target", value.target);
}
void Read(const Json& json, const std::string& where, DetectorScore& value) {
  Object(json, where, {"teacher", "clean_teacher"})
      .Get("teacher", value.teacher)
      .Get("clean_teacher", value.clean_teacher);
}
void Read(const Json& json, const std::string& where, ReactivationScore& value) {
  Object(json, where, {"images", "acc", "asr", "floor_asr", "kappa", "student", "floor"})
      .Get("images", value.images)
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("floor_asr", value.floor_asr)
      .Get("kappa", value.kappa)
      .Get("student", value.student)
      .Get("floor", value.floor);
}

void Read(const Json& json, const std::string& where, HowAsked& value) {
  Object(json, where, {"detectors", "reactivation"})
      .Get("detectors", value.detectors)
      .Get("reactivation", value.reactivation);
}

void ReadCell(const Object& object, Cell& cell) {
  object.Get("dataset", cell.dataset)
      .Get("attack", cell.attack)
      .Get("teacher_network", cell.teacher_network)
      .Get("student_network", cell.student_network)
      .Get("distiller", cell.distiller)
      .Get("defense", cell.defense)
      .Get("teacher_seed", cell.teacher_seed)
      .Get("student_seed", cell.student_seed);
}

void ReadHow(const Object& object, Score& score) {
  object.Inner("data", {"fingerprint", "official"})
      .Get("fingerprint", score.data.fingerprint)
      .Get("official", score.data.official);
  object.Inner("numerics", {"profile", "device", "threads", "deterministic"})
      .Get("profile", score.numerics.profile)
      .Get("device", score.numerics.device)
      .Get("threads", score.numerics.threads)
      .Get("deterministic", score.numerics.deterministic);
  object
      .Inner("cost", {"wall_seconds", "cpu_seconds", "gpu_seconds", "peak_bytes", "stages",
                      "total_seconds"})
      .Get("wall_seconds", score.cost.wall_seconds)
      .Get("cpu_seconds", score.cost.cpu_seconds)
      .Get("gpu_seconds", score.cost.gpu_seconds)
      .Get("peak_bytes", score.cost.peak_bytes)
      .Get("stages", score.cost.stages)
      .Maybe("total_seconds", score.cost.total_seconds);
  object
      .Inner("provenance", {"stages", "artifacts", "version", "commit", "created", "sources",
                            "references", "asked"})
      .Get("stages", score.provenance.stages)
      .Get("artifacts", score.provenance.artifacts)
      .Get("version", score.provenance.version)
      .Get("commit", score.provenance.commit)
      .Get("created", score.provenance.created)
      .Maybe("sources", score.provenance.sources)
      .Maybe("references", score.provenance.references)
      .Maybe("asked", score.provenance.asked);
}

// --- writing ---

template <class T>
Json Nullable(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const std::optional<Count>& count) {
  return count ? Json::array({count->hits, count->of}) : Json(nullptr);
}

Json ToJson(const Counts& counts) {
  return {{"clean", ToJson(counts.clean)},
          {"target", ToJson(counts.target)},
          {"true_label", ToJson(counts.true_label)}};
}

Json CountsJson(const Score& score, const char* who) {
  const auto found = score.counts.find(who);
  return found == score.counts.end() ? Json(nullptr) : ToJson(found->second);
}

Json ToJson(const ReactivationScore& tried) {
  return {{"images", tried.images},         {"acc", Nullable(tried.acc)},
          {"asr", Nullable(tried.asr)},     {"floor_asr", Nullable(tried.floor_asr)},
          {"kappa", Nullable(tried.kappa)}, {"student", ToJson(tried.student)},
          {"floor", ToJson(tried.floor)}};
}

Json ToJson(const Entry& entry) {
  Json json = {{"plugin", entry.plugin}, {"revision", entry.revision}, {"options", entry.options}};
  if (entry.attack_aware) json["attack_aware"] = true;
  for (const auto& part : entry.parts) json["parts"].push_back(ToJson(part));
  return json;
}

Json ToJson(const HowAsked& asked) {
  Json detectors = Json::object();
  for (const auto& [id, entry] : asked.detectors) detectors[id] = ToJson(entry);
  return {{"detectors", detectors}, {"reactivation", asked.reactivation}};
}

Json ToJson(const std::optional<TeacherScore>& teacher) {
  if (!teacher) return nullptr;
  Json json = {{"acc", Nullable(teacher->acc)},
               {"asr", Nullable(teacher->asr)},
               {"clean_acc", Nullable(teacher->clean_acc)},
               {"gate", Nullable(teacher->gate)}};
  if (const auto& seen = teacher->visibility) {
    auto& visibility = json["visibility"];
    visibility = {{"linf", seen->linf}, {"l2", seen->l2}, {"psnr", Nullable(seen->psnr)}};
    if (seen->ssim) visibility["ssim"] = *seen->ssim;
  }
  return json;
}

Json ToJson(const std::optional<StudentScore>& student) {
  if (!student) return nullptr;
  Json per_class = nullptr;
  if (student->acc_per_class) {
    per_class = Json::array();
    for (const auto& acc : *student->acc_per_class) per_class.push_back(Nullable(acc));
  }
  return {{"acc", Nullable(student->acc)},
          {"asr", Nullable(student->asr)},
          {"ra", Nullable(student->ra)},
          {"agreement", Nullable(student->agreement)},
          {"acc_per_class", per_class}};
}

Json ToJson(const Cell& cell) {
  return {{"dataset", cell.dataset},
          {"attack", cell.attack},
          {"teacher_network", cell.teacher_network},
          {"student_network", cell.student_network},
          {"distiller", cell.distiller},
          {"defense", cell.defense},
          {"teacher_seed", cell.teacher_seed},
          {"student_seed", cell.student_seed}};
}

Json ToJson(const Cost& cost) {
  Json json = {{"wall_seconds", Nullable(cost.wall_seconds)},
               {"cpu_seconds", Nullable(cost.cpu_seconds)},
               {"gpu_seconds", Nullable(cost.gpu_seconds)},
               {"peak_bytes", Nullable(cost.peak_bytes)},
               {"stages", cost.stages}};
  if (cost.total_seconds) json["total_seconds"] = *cost.total_seconds;
  return json;
}

void WriteHow(const Score& score, Json& json) {
  json["data"] = {{"fingerprint", score.data.fingerprint},
                  {"official", Nullable(score.data.official)}};
  json["numerics"] = {{"profile", score.numerics.profile},
                      {"device", score.numerics.device},
                      {"threads", score.numerics.threads},
                      {"deterministic", score.numerics.deterministic}};
  json["cost"] = ToJson(score.cost);
  json["provenance"] = {{"stages", score.provenance.stages},
                        {"artifacts", score.provenance.artifacts},
                        {"version", score.provenance.version},
                        {"commit", score.provenance.commit},
                        {"created", score.provenance.created}};
  auto& provenance = json["provenance"];
  if (!score.provenance.sources.empty()) provenance["sources"] = score.provenance.sources;
  if (!score.provenance.references.empty()) provenance["references"] = score.provenance.references;
  if (score.provenance.asked) provenance["asked"] = ToJson(*score.provenance.asked);
  for (const auto& kind : MediaKinds()) {
    const auto found = score.media.find(kind);
    json["media"][kind] = found == score.media.end() ? Json(nullptr) : Json(found->second);
  }
}

}  // namespace

Json ToJson(const std::optional<DetectionScore>& said) {
  if (!said) return nullptr;
  return {
      {"statistic", said->statistic}, {"suspicious", said->suspicious}, {"target", said->target}};
}

Json ToJson(const Score& score) {
  Json json = {{"schema", "scores.v1"},
               {"matrix", score.matrix},
               {"preset", score.preset},
               {"evaluated_on", score.evaluated_on},
               {"protocol", score.protocol},
               {"demonstration", score.demonstration},
               {"cell", ToJson(score.cell)},
               {"track", score.track},
               {"status", Name(score.status)},
               {"reason", Nullable(score.reason)},
               {"validity", score.validity},
               {"teacher", ToJson(score.teacher)},
               {"student", ToJson(score.student)},
               {"floor", score.floor ? Json{{"asr", Nullable(score.floor->asr)}} : Json(nullptr)},
               {"teacher_recipe", score.teacher_recipe}};
  for (const char* who : {"student", "teacher", "floor"}) {
    json["counts"][who] = CountsJson(score, who);
  }
  for (const auto& [id, said] : score.detectors) {
    json["detectors"][id] = {{"teacher", ToJson(said.teacher)},
                             {"clean_teacher", ToJson(said.clean_teacher)}};
  }
  for (const auto& tried : score.reactivation) json["reactivation"].push_back(ToJson(tried));
  json["entries"] = Json::object();
  for (const auto& [axis, entry] : score.entries) json["entries"][axis] = ToJson(entry);
  WriteHow(score, json);
  return json;
}

// `verification`, which lines of scores.jsonl have, is what their site says of a score: it is not
// believed of the score itself, and not kept.
Score ScoreFrom(const Json& json, const std::string& where) {
  const Object object(
      json, where, {"schema",        "matrix",  "preset",         "evaluated_on", "protocol",
                    "demonstration", "cell",    "track",          "status",       "reason",
                    "validity",      "teacher", "student",        "floor",        "entries",
                    "counts",        "data",    "teacher_recipe", "numerics",     "cost",
                    "provenance",    "media",   "detectors",      "reactivation", "verification"});
  std::string schema, status;
  object.Get("schema", schema);
  if (schema != "scores.v1") throw MakeError("{}.schema: '{}' is not scores.v1", where, schema);
  Score score;
  object.Get("matrix", score.matrix)
      .Get("preset", score.preset)
      .Get("evaluated_on", score.evaluated_on)
      .Get("protocol", score.protocol)
      .Get("demonstration", score.demonstration)
      .Get("track", score.track)
      .Get("status", status)
      .Get("reason", score.reason)
      .Get("validity", score.validity)
      .Get("teacher", score.teacher)
      .Get("student", score.student)
      .Get("floor", score.floor)
      .Get("counts", score.counts)
      .Get("entries", score.entries)
      .Maybe("teacher_recipe", score.teacher_recipe)
      .Maybe("detectors", score.detectors)
      .Maybe("reactivation", score.reactivation)
      .Get("media", score.media);
  score.status = StatusFrom(status);
  ReadCell(object.Inner("cell", {"dataset", "attack", "teacher_network", "student_network",
                                 "distiller", "defense", "teacher_seed", "student_seed"}),
           score.cell);
  ReadHow(object, score);
  return score;
}

}  // namespace dfkd
