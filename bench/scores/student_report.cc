#include "bench/scores/student_report.h"

#include "bench/core/hash.h"
#include "bench/io/file.h"
#include "bench/io/safetensors.h"
#include "bench/scores/paid_cost.h"
#include "bench/scores/suspicion.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

Json Share(const Json& count) {
  if (count.is_null() || count.at(1) == 0) return nullptr;
  return count.at(0).get<double>() / count.at(1).get<double>();
}

Json Measured(Store& store, const std::string& ref) {
  if (ref.empty()) return {{"acc", nullptr}, {"asr", nullptr}, {"ra", nullptr}};
  const Json evaluation = ReadJson(store.Open(ref).File("evaluation.json"));
  return {{"acc", Share(evaluation.at("clean"))},
          {"asr", Share(evaluation.at("target"))},
          {"ra", Share(evaluation.at("true_label"))}};
}

// What the images were, by the stage that they come from.
std::string OnWhat(const Json& inputs) {
  if (!inputs.contains("images")) return "test images";
  const auto ref = inputs.at("images").get<std::string>();
  return ref.starts_with("samples/") ? "images that the distiller made at the end"
                                     : "images of the distillation";
}

Json AgreementJson(Store& store, const std::string& ref) {
  const auto artifact = store.Open(ref);
  const Json count = ReadJson(artifact.File("evaluation.json")).at("agreement");
  return {{"share", Share(count)},
          {"images", count.at(1)},
          {"on", OnWhat(artifact.description.at("inputs"))}};
}

// Of the student and all before it but the teacher, which is received.
Json CostJson(Store& store, const std::string& student) {
  const auto paid = PaidCostOf(store.Open(student).manifest.at("facts").at("costs"));
  return {{"wall_seconds", paid.wall_seconds},
          {"cpu_seconds", paid.cpu_seconds},
          {"gpu_seconds", paid.gpu_seconds ? Json(*paid.gpu_seconds) : Json(nullptr)},
          {"peak_bytes", paid.peak_bytes}};
}

std::string RefOrNone(const Plan& plan, StageId id) { return id == kNoStage ? "" : plan.Ref(id); }

Json EntryJson(const ResolvedEntry& entry) {
  Json json = entry.ToJson();
  json["id"] = entry.id;
  return json;
}

std::string SaveStudent(const Artifact& artifact, const Json& about, const fs::path& out) {
  const auto file = ReadSafetensors(artifact.File("model.safetensors"));
  TensorMetadata metadata;
  for (const auto& [key, value] : about.items())
    metadata[key] = value.is_string() ? value.get<std::string>() : Canonical(value);
  const auto bytes = EncodeSafetensors(file.tensors, metadata);
  WriteFileAtomically(out, bytes);
  return Sha256Hex(bytes);
}

}  // namespace

Json WriteStudent(const LoadedPlan& loaded, const ProgramVersion& program, Store& store,
                  const fs::path& out) {
  const auto& plan = loaded.plan;
  const auto& cell = plan.cells.front();
  const auto student_ref = plan.Ref(cell.student);
  const auto student = store.Open(student_ref);
  const Json model = ReadJson(student.File("model.json"));
  const Json about = {{"made_by", "dfkd distill " + program.version},
                      {"network", model.at("network")},
                      {"spec", model.at("spec")},
                      {"teacher_sha256", loaded.matrix.teacher_file->sha256},
                      {"distiller", cell.cell.distiller},
                      {"defense", cell.cell.defense},
                      {"seed", cell.cell.student_seed},
                      {"stage", student_ref}};
  const auto sha256 = SaveStudent(student, about, out);
  Json result = {{"teacher", Measured(store, RefOrNone(plan, cell.teacher_evaluation))},
                 {"student", Measured(store, RefOrNone(plan, cell.student_evaluation))},
                 {"agreement", AgreementJson(store, plan.Ref(cell.student_evaluation))},
                 {"attack", EntryJson(cell.entries->at("attack"))},
                 {"distiller", EntryJson(cell.entries->at("distiller"))},
                 {"defense", EntryJson(cell.entries->at("defense"))},
                 {"track", Name(cell.track)},
                 {"seed", cell.cell.student_seed},
                 {"spec", model.at("spec")},
                 {"stage", student_ref},
                 {"cost", CostJson(store, student_ref)},
                 {"numerics", student.manifest.at("numerics")},
                 {"version", program.version},
                 {"commit", program.commit}};
  if (cell.detections) result["detectors"] = ToJson(SaidOfTeacher(plan, store));
  result["teacher"].update({{"file", loaded.matrix.teacher_file->path},
                            {"sha256", loaded.matrix.teacher_file->sha256},
                            {"network", cell.cell.teacher_network}});
  result["student"].update(
      {{"file", out.string()}, {"sha256", sha256}, {"network", cell.cell.student_network}});
  auto beside = out;
  WriteFileAtomically(beside.replace_extension(".json"), result.dump(2) + "\n");
  return result;
}

}  // namespace dfkd
