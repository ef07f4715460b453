// The stages of a cell whose teacher is a file.
#include "bench/core/error.h"
#include "bench/matrix/stages_of_cell.h"

namespace dfkd {
namespace {

std::string LastOf(const std::vector<std::string>& path, const std::string& kind) {
  for (auto ref = path.rbegin(); ref != path.rend(); ++ref) {
    if (ref->starts_with(kind)) return *ref;
  }
  return "";
}

}  // namespace

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
