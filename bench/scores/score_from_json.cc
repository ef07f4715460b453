// A score from JSON. The reader knows the shape; that values make sense is checked by validate.h.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "bench/core/error.h"
#include "bench/scores/score.h"

namespace dfkd {
namespace {

constexpr size_t kNoItem = static_cast<size_t>(-1);

// Where a value stands: made a text only for a message, since a score has some hundred values.
struct ValuePlace {
  const ValuePlace* above;  // null: the score itself, and `step` is what it is called
  std::string_view step;    // a member
  size_t item = kNoItem;    // of a list
};

std::string Text(const ValuePlace& place) {
  if (!place.above) return std::string(place.step);
  return place.item == kNoItem ? fmt::format("{}.{}", Text(*place.above), place.step)
                               : fmt::format("{}[{}]", Text(*place.above), place.item);
}

// Readers by type.
[[noreturn]] void WrongType(const Json& json, const ValuePlace& where, const char* allowed) {
  throw MakeError("{}: {} must be {}", Text(where), json.dump().substr(0, 60), allowed);
}
void Read(const Json& json, const ValuePlace& where, bool& value) {
  if (!json.is_boolean()) WrongType(json, where, "true or false");
  value = json.get<bool>();
}
void Read(const Json& json, const ValuePlace& where, int64_t& value) {
  if (!json.is_number_integer()) WrongType(json, where, "an integer");
  value = json.get<int64_t>();
}
void Read(const Json& json, const ValuePlace& where, double& value) {
  if (!json.is_number()) WrongType(json, where, "a number");
  value = json.get<double>() + 0.0;  // -0.0 is 0.0
}
void Read(const Json& json, const ValuePlace& where, std::string& value) {
  if (!json.is_string()) WrongType(json, where, "a text");
  value = json.get<std::string>();
}
void Read(const Json& json, const ValuePlace&, Json& value) { value = json; }
void Read(const Json& json, const ValuePlace& where, Count& value);
void Read(const Json& json, const ValuePlace& where, Counts& value);
void Read(const Json& json, const ValuePlace& where, TeacherScore& value);
void Read(const Json& json, const ValuePlace& where, TriggerVisibility& value);
void Read(const Json& json, const ValuePlace& where, StudentScore& value);
void Read(const Json& json, const ValuePlace& where, FloorScore& value);
void Read(const Json& json, const ValuePlace& where, Entry& value);
void Read(const Json& json, const ValuePlace& where, DetectionScore& value);
void Read(const Json& json, const ValuePlace& where, DetectorScore& value);
void Read(const Json& json, const ValuePlace& where, ReactivationScore& value);
void Read(const Json& json, const ValuePlace& where, HowAsked& value);

template <class T>
void Read(const Json& json, const ValuePlace& where, std::vector<T>& values);

template <class T>
void Read(const Json& json, const ValuePlace& where, std::optional<T>& value) {
  if (json.is_null()) return;
  value.emplace();
  Read(json, where, *value);
}
template <class T>
void Read(const Json& json, const ValuePlace& where, std::vector<T>& values) {
  if (!json.is_array()) WrongType(json, where, "a list");
  for (size_t i = 0; i < json.size(); ++i) {
    Read(json[i], ValuePlace{&where, "", i}, values.emplace_back());
  }
}
// Null members are left out.
template <class T>
void Read(const Json& json, const ValuePlace& where, std::map<std::string, T>& values) {
  if (!json.is_object()) WrongType(json, where, "an object");
  for (const auto& [key, member] : json.get_ref<const Json::object_t&>()) {
    if (!member.is_null()) Read(member, ValuePlace{&where, key}, values[key]);
  }
}

// As RequireKeys, without a list of names where nothing is wrong.
void RequireKnown(const Json& json, const ValuePlace& where,
                  std::initializer_list<std::string_view> known) {
  const auto is_known = [&](const auto& member) {
    return std::find(known.begin(), known.end(), member.first) != known.end();
  };
  const auto* members = json.get_ptr<const Json::object_t*>();
  if (members && std::all_of(members->begin(), members->end(), is_known)) return;
  RequireKeys(json, std::vector<std::string>(known.begin(), known.end()), Text(where));
}

// An object whose members are all required, but for those asked for by Maybe.
class Object {
 public:
  Object(const Json& json, const ValuePlace& where, std::initializer_list<std::string_view> known)
      : json_(json), where_(where) {
    RequireKnown(json, where, known);
  }
  template <class T>
  const Object& Get(const char* key, T& value) const {
    Read(Member(key), ValuePlace{&where_, key}, value);
    return *this;
  }
  template <class T>
  const Object& Maybe(const char* key, T& value) const {
    const auto found = json_.find(key);
    if (found != json_.end()) Read(*found, ValuePlace{&where_, key}, value);
    return *this;
  }
  // Lives no longer than this one.
  Object Inner(const char* key, std::initializer_list<std::string_view> known) const {
    return Object(Member(key), ValuePlace{&where_, key}, known);
  }

 private:
  const Json& Member(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) throw MakeError("{}: member '{}' is missing", Text(where_), key);
    return *found;
  }

  const Json& json_;
  const ValuePlace where_;
};

void Read(const Json& json, const ValuePlace& where, Count& value) {
  std::vector<int64_t> pair;
  Read(json, where, pair);
  if (pair.size() != 2) WrongType(json, where, "a pair [k, n]");
  value = {pair[0], pair[1]};
}
void Read(const Json& json, const ValuePlace& where, Counts& value) {
  Object(json, where, {"clean", "target", "true_label"})
      .Get("clean", value.clean)
      .Get("target", value.target)
      .Get("true_label", value.true_label);
}
void Read(const Json& json, const ValuePlace& where, TeacherScore& value) {
  Object(json, where, {"acc", "asr", "clean_acc", "gate", "visibility"})
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("clean_acc", value.clean_acc)
      .Get("gate", value.gate)
      .Maybe("visibility", value.visibility);
}
void Read(const Json& json, const ValuePlace& where, TriggerVisibility& value) {
  Object(json, where, {"linf", "l2", "psnr", "ssim"})
      .Get("linf", value.linf)
      .Get("l2", value.l2)
      .Get("psnr", value.psnr)
      .Maybe("ssim", value.ssim);
}
void Read(const Json& json, const ValuePlace& where, StudentScore& value) {
  Object(json, where, {"acc", "asr", "ra", "agreement", "acc_per_class"})
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("ra", value.ra)
      .Get("agreement", value.agreement)
      .Get("acc_per_class", value.acc_per_class);
}
void Read(const Json& json, const ValuePlace& where, FloorScore& value) {
  Object(json, where, {"asr"}).Get("asr", value.asr);
}
void Read(const Json& json, const ValuePlace& where, Entry& value) {
  Object(json, where, {"plugin", "revision", "options", "attack_aware", "parts"})
      .Get("plugin", value.plugin)
      .Get("revision", value.revision)
      .Get("options", value.options)
      .Maybe("attack_aware", value.attack_aware)
      .Maybe("parts", value.parts);
}

void Read(const Json& json, const ValuePlace& where, DetectionScore& value) {
  Object(json, where, {"statistic", "suspicious", "target"})
      .Get("statistic", value.statistic)
      .Get("suspicious", value.suspicious)
      .Get("target", value.target);
}
void Read(const Json& json, const ValuePlace& where, DetectorScore& value) {
  Object(json, where, {"teacher", "clean_teacher"})
      .Get("teacher", value.teacher)
      .Get("clean_teacher", value.clean_teacher);
}
void Read(const Json& json, const ValuePlace& where, ReactivationScore& value) {
  Object(json, where, {"images", "acc", "asr", "floor_asr", "kappa", "student", "floor"})
      .Get("images", value.images)
      .Get("acc", value.acc)
      .Get("asr", value.asr)
      .Get("floor_asr", value.floor_asr)
      .Get("kappa", value.kappa)
      .Get("student", value.student)
      .Get("floor", value.floor);
}

void Read(const Json& json, const ValuePlace& where, HowAsked& value) {
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

}  // namespace

// `verification`, which lines of scores.jsonl have, is what their site says of a score: it is not
// believed of the score itself, and not kept.
Score ScoreFrom(const Json& json, const std::string& where) {
  const Object object(
      json, ValuePlace{nullptr, where},
      {"schema",        "matrix",  "preset",         "evaluated_on", "protocol",
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
