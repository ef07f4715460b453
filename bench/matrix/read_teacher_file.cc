#include "bench/matrix/read_teacher_file.h"

#include <optional>
#include <set>
#include <system_error>

#include "bench/core/hash.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"
#include "bench/io/file.h"
#include "bench/store/blobs.h"

namespace dfkd {
namespace {

std::set<std::string> TeacherNetworks(const Matrix& matrix) {
  std::set<std::string> names;
  for (const auto& block : matrix.blocks) {
    for (const auto& pair : block.networks) names.insert(pair.teacher);
  }
  return names;
}

Json SpecJson(const ImageSpec& spec) {
  Json json = {{"channels", spec.channels}, {"height", spec.height}, {"width", spec.width},
               {"classes", spec.classes},   {"mean", spec.mean},     {"stddev", spec.stddev}};
  if (!spec.mirrors) json["mirrors"] = false;
  return json;
}

}  // namespace

void ReadTeacherFile(Matrix& matrix, const std::map<std::string, ResolvedEntry>& datasets,
                     std::map<std::string, DataFacts>& facts, const ModelCheck& check) {
  if (!matrix.teacher_file) return;
  auto& file = *matrix.teacher_file;
  if (!file.path.empty()) file.path = UserPath(file.path, "", "teacher").string();
  std::optional<std::string> bytes;
  if (!file.path.empty() && (file.sha256.empty() || std::filesystem::exists(file.path))) {
    bytes = ReadBytes(file.path);
    const auto found = Sha256Hex(*bytes);
    if (!file.sha256.empty() && found != file.sha256) {
      throw MakeError("{}: sha256 is {}, expected {}", file.path, found, file.sha256);
    }
    file.sha256 = found;
  }
  for (const auto& [id, entry] : datasets) {
    const auto spec = Registry::Get().Make<Dataset>(entry.plugin, entry.options)->Spec();
    facts.at(id).spec = SpecJson(spec);
    if (!bytes) continue;
    for (const auto& network : TeacherNetworks(matrix)) check(*bytes, file.path, network, spec);
  }
}

void RequireTeacherFile(const Matrix& matrix, const Plan& plan, const Store& store) {
  if (!matrix.teacher_file) return;
  const auto& [path, sha256] = *matrix.teacher_file;
  std::error_code absent;
  if (!path.empty() && std::filesystem::exists(path, absent)) return;
  if (std::filesystem::exists(BlobFile(store.root(), sha256), absent)) return;
  for (const auto id : NeededStages(plan, [&](StageId one) { return store.Has(plan.Ref(one)); })) {
    if (plan.At(id).stage.kind != "import") continue;
    throw MakeError(
        "teacher: \"file\" = \"{}\" is not here, and the store {} has no copy of sha256 {}", path,
        store.root().string(), sha256);
  }
}

void KeepTeacherFile(const Matrix& matrix, const std::filesystem::path& store) {
  if (!matrix.teacher_file || matrix.teacher_file->path.empty()) return;
  const auto& file = *matrix.teacher_file;
  const auto kept = BlobFile(store, file.sha256);
  if (std::filesystem::exists(kept) || !std::filesystem::exists(file.path)) return;
  const auto bytes = ReadBytes(file.path);
  if (Sha256Hex(bytes) != file.sha256) throw MakeError("{}: changed while it was read", file.path);
  KeepBlob(store, file.sha256, bytes);
}

}  // namespace dfkd
