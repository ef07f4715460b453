// The stages of a cell whose teacher is a file.
#include <algorithm>

#include "bench/core/error.h"
#include "bench/matrix/stages_of_cell.h"

namespace dfkd {

StageId StageBuilder::ImportedTeacher() {
  const auto& sha256 = recipe_.matrix.teacher_file->sha256;
  Description description("import");
  description.SetNumber("revision", StageRevisions::kImport)
      .Set("sha256", sha256)
      .Set("network", recipe_.networks.teacher)
      .Set("spec", recipe_.data.spec);
  return Add(std::move(description),
             fmt::format("{} {}", recipe_.networks.teacher, sha256.substr(0, 12)),
             recipe_.networks.teacher);
}

// On what the distiller shows at the end, or its transfer set.
StageId StageBuilder::Agreement(StageId student, StageId teacher,
                                const std::vector<StageId>& path) {
  const auto last = [&](const std::string& kind) {
    const auto found = std::find_if(path.rbegin(), path.rend(),
                                    [&](StageId id) { return plan_.At(id).stage.kind == kind; });
    return found == path.rend() ? kNoStage : *found;
  };
  auto images = last("synthesis");
  if (images == kNoStage) images = last("transfer_set");
  images = Samples(last("distill"), images);
  if (images == kNoStage) {
    throw MakeError(
        "distiller {}: shows no images on which student and teacher could be compared; "
        "give labelled ones",
        recipe_.distiller.id);
  }
  Description description("evaluate");
  description.SetNumber("revision", StageRevisions::kEvaluate)
      .Set("part", "images")
      .SetText("attack", "null")
      .Input("model", student)
      .Input("teacher", teacher)
      .Input("images", images);
  AddProfileIfItForbids(description);
  return Add(std::move(description), "agreement with the teacher",
             "agreement " + recipe_.networks.student);
}

}  // namespace dfkd
