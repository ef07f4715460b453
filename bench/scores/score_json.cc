// A score as JSON.
#include "bench/scores/members.h"
#include "bench/scores/score.h"

namespace dfkd {
namespace {

template <class T>
Json Nullable(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const std::optional<Count>& count) {
  return count ? Json(Json::array_t{count->hits, count->of}) : Json(nullptr);
}

Json ToJson(const Counts& counts) {
  return Members()
      .Add("clean", ToJson(counts.clean))
      .Add("target", ToJson(counts.target))
      .Add("true_label", ToJson(counts.true_label))
      .Take();
}

Json CountsJson(const Score& score) {
  Members counts;
  for (const char* who : {"student", "teacher", "floor"}) {
    const auto found = score.counts.find(who);
    counts.Add(who, found == score.counts.end() ? Json(nullptr) : ToJson(found->second));
  }
  return counts.Take();
}

Json ToJson(const ReactivationScore& tried) {
  return Members()
      .Add("images", tried.images)
      .Add("acc", Nullable(tried.acc))
      .Add("asr", Nullable(tried.asr))
      .Add("floor_asr", Nullable(tried.floor_asr))
      .Add("kappa", Nullable(tried.kappa))
      .Add("student", ToJson(tried.student))
      .Add("floor", ToJson(tried.floor))
      .Take();
}

Json ToJson(const Entry& entry) {
  Members members;
  members.Add("plugin", entry.plugin).Add("revision", entry.revision).Add("options", entry.options);
  if (entry.attack_aware) members.Add("attack_aware", true);
  Json::array_t parts;
  for (const auto& part : entry.parts) parts.push_back(ToJson(part));
  if (!parts.empty()) members.Add("parts", std::move(parts));
  return members.Take();
}

Json ToJson(const std::map<std::string, Entry>& entries) {
  Json json = Json::object();
  for (const auto& [name, entry] : entries) json.emplace(name, ToJson(entry));
  return json;
}

Json ToJson(const HowAsked& asked) {
  return Members()
      .Add("detectors", ToJson(asked.detectors))
      .Add("reactivation", asked.reactivation)
      .Take();
}

Json ToJson(const TriggerVisibility& seen) {
  Members members;
  members.Add("linf", seen.linf).Add("l2", seen.l2).Add("psnr", Nullable(seen.psnr));
  if (seen.ssim) members.Add("ssim", *seen.ssim);
  return members.Take();
}

Json ToJson(const std::optional<TeacherScore>& teacher) {
  if (!teacher) return nullptr;
  Members members;
  members.Add("acc", Nullable(teacher->acc))
      .Add("asr", Nullable(teacher->asr))
      .Add("clean_acc", Nullable(teacher->clean_acc))
      .Add("gate", Nullable(teacher->gate));
  if (teacher->visibility) members.Add("visibility", ToJson(*teacher->visibility));
  return members.Take();
}

Json ToJson(const std::optional<StudentScore>& student) {
  if (!student) return nullptr;
  Json per_class = nullptr;
  if (student->acc_per_class) {
    per_class = Json::array();
    for (const auto& acc : *student->acc_per_class) per_class.push_back(Nullable(acc));
  }
  return Members()
      .Add("acc", Nullable(student->acc))
      .Add("asr", Nullable(student->asr))
      .Add("ra", Nullable(student->ra))
      .Add("agreement", Nullable(student->agreement))
      .Add("acc_per_class", std::move(per_class))
      .Take();
}

Json ToJson(const Cell& cell) {
  return Members()
      .Add("dataset", cell.dataset)
      .Add("attack", cell.attack)
      .Add("teacher_network", cell.teacher_network)
      .Add("student_network", cell.student_network)
      .Add("distiller", cell.distiller)
      .Add("defense", cell.defense)
      .Add("teacher_seed", cell.teacher_seed)
      .Add("student_seed", cell.student_seed)
      .Take();
}

Json ToJson(const Cost& cost) {
  Members members;
  members.Add("wall_seconds", Nullable(cost.wall_seconds))
      .Add("cpu_seconds", Nullable(cost.cpu_seconds))
      .Add("gpu_seconds", Nullable(cost.gpu_seconds))
      .Add("peak_bytes", Nullable(cost.peak_bytes))
      .Add("stages", cost.stages);
  if (cost.total_seconds) members.Add("total_seconds", *cost.total_seconds);
  return members.Take();
}

Json NumericsJson(const Score& score) {
  return Members()
      .Add("profile", score.numerics.profile)
      .Add("device", score.numerics.device)
      .Add("threads", score.numerics.threads)
      .Add("deterministic", score.numerics.deterministic)
      .Take();
}

Json ProvenanceJson(const Score& score) {
  const auto& provenance = score.provenance;
  Members members;
  members.Add("stages", provenance.stages)
      .Add("artifacts", provenance.artifacts)
      .Add("version", provenance.version)
      .Add("commit", provenance.commit)
      .Add("created", provenance.created);
  if (!provenance.sources.empty()) members.Add("sources", provenance.sources);
  if (!provenance.references.empty()) members.Add("references", provenance.references);
  if (provenance.asked) members.Add("asked", ToJson(*provenance.asked));
  return members.Take();
}

Json MediaJson(const Score& score) {
  Json media = Json::object();
  for (const auto& kind : MediaKinds()) {
    const auto found = score.media.find(kind);
    media.emplace(kind, found == score.media.end() ? Json(nullptr) : Json(found->second));
  }
  return media;
}

Json DetectorsJson(const Score& score) {
  Json detectors = Json::object();
  for (const auto& [id, said] : score.detectors) {
    detectors.emplace(id, Members()
                              .Add("teacher", ToJson(said.teacher))
                              .Add("clean_teacher", ToJson(said.clean_teacher))
                              .Take());
  }
  return detectors;
}

Json ReactivationJson(const Score& score) {
  Json list = Json::array();
  for (const auto& tried : score.reactivation) list.push_back(ToJson(tried));
  return list;
}

void WriteNumbers(const Score& score, Members& members) {
  members.Add("teacher", ToJson(score.teacher))
      .Add("student", ToJson(score.student))
      .Add("floor",
           score.floor ? Members().Add("asr", Nullable(score.floor->asr)).Take() : Json(nullptr))
      .Add("counts", CountsJson(score));
  if (!score.detectors.empty()) members.Add("detectors", DetectorsJson(score));
  if (!score.reactivation.empty()) members.Add("reactivation", ReactivationJson(score));
}

void WriteHow(const Score& score, Members& members) {
  members.Add("teacher_recipe", score.teacher_recipe)
      .Add("entries", ToJson(score.entries))
      .Add("data", Members()
                       .Add("fingerprint", score.data.fingerprint)
                       .Add("official", Nullable(score.data.official))
                       .Take())
      .Add("numerics", NumericsJson(score))
      .Add("cost", ToJson(score.cost))
      .Add("provenance", ProvenanceJson(score))
      .Add("media", MediaJson(score));
}

}  // namespace

Json ToJson(const std::optional<DetectionScore>& said) {
  if (!said) return nullptr;
  return Members()
      .Add("statistic", said->statistic)
      .Add("suspicious", said->suspicious)
      .Add("target", said->target)
      .Take();
}

Json ToJson(const Score& score) {
  Members members;
  members.Add("schema", "scores.v1")
      .Add("matrix", score.matrix)
      .Add("preset", score.preset)
      .Add("evaluated_on", score.evaluated_on)
      .Add("protocol", score.protocol)
      .Add("demonstration", score.demonstration)
      .Add("cell", ToJson(score.cell))
      .Add("track", score.track)
      .Add("status", Name(score.status))
      .Add("reason", Nullable(score.reason))
      .Add("validity", score.validity);
  WriteNumbers(score, members);
  WriteHow(score, members);
  return members.Take();
}

}  // namespace dfkd
