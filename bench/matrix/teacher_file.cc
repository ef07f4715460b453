#include "bench/matrix/teacher_file.h"

#include "bench/core/error.h"
#include "bench/core/registry.h"
#include "bench/matrix/stages_of_cell.h"

namespace dfkd {
namespace {

std::string LastOf(const std::vector<std::string>& path, const std::string& kind) {
  for (auto ref = path.rbegin(); ref != path.rend(); ++ref) {
    if (ref->starts_with(kind)) return *ref;
  }
  return "";
}

std::string Text(const Json& teacher, const char* key, const std::string& where) {
  if (!teacher.contains(key)) return "";
  if (!teacher.at(key).is_string()) {
    throw MakeError("{}: {} = {} must be a text", where, key, teacher.at(key).dump());
  }
  return teacher.at(key);
}

}  // namespace

bool NamesTeacherFile(const Json& teacher) {
  return teacher.is_object() && (teacher.contains("file") || teacher.contains("sha256"));
}

TeacherFile ParseTeacherFile(const Json& teacher, const std::string& where) {
  RequireKeys(teacher, {"file", "sha256"}, where + " from a file, which is not trained");
  TeacherFile file{Text(teacher, "file", where), Text(teacher, "sha256", where)};
  const bool hex = file.sha256.size() == 64 &&
                   file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!file.sha256.empty() && !hex) {
    throw MakeError("{}: sha256 = '{}' must be 64 lower-case hexadecimal digits", where,
                    file.sha256);
  }
  if (file.path.empty() && file.sha256.empty()) {
    throw MakeError("{}: file = \"\" must name a safetensors file", where);
  }
  return file;
}

std::string StageBuilder::ImportedTeacher() {
  const auto& sha256 = recipe_.matrix.teacher_file->sha256;
  Json description = {{"revision", StageRevisions::kImport},
                      {"sha256", sha256},
                      {"network", recipe_.networks.teacher},
                      {"spec", recipe_.data.spec}};
  return Add("import", std::move(description),
             fmt::format("{} {}", recipe_.networks.teacher, sha256.substr(0, 12)),
             recipe_.networks.teacher);
}

// On what the distiller shows at the end, or its transfer set.
std::string StageBuilder::Agreement(const std::string& student, const std::string& teacher,
                                    const std::vector<std::string>& path) {
  auto images = LastOf(path, "synthesis/");
  if (images.empty()) images = LastOf(path, "transfer_set/");
  images = Samples(LastOf(path, "distill/"), images);
  if (images.empty()) {
    throw MakeError(
        "distiller {}: shows no images on which student and teacher could be compared; "
        "give labelled ones",
        recipe_.distiller.id);
  }
  Json description = {{"revision", StageRevisions::kEvaluate},
                      {"part", "images"},
                      {"attack", nullptr},
                      {"inputs", {{"model", student}, {"teacher", teacher}, {"images", images}}}};
  AddProfile(description);
  return Add("evaluate", std::move(description), "agreement with the teacher",
             "agreement " + recipe_.networks.student);
}

}  // namespace dfkd
