#include "datasets/image_folder/image_folder.h"

#include "bench/io/image_file.h"
#include "bench/io/picture_folder.h"

namespace dfkd::image_folder {
namespace {

const std::string kWhere = "data set image_folder";

}  // namespace

LabelledImages ImageFolder::Load(Part part, const fs::path& root) const {
  const fs::path folder = Folder(root);
  const auto classes = CheckedClasses(folder);
  LabelledImages out;
  for (size_t label = 0; label < classes.size(); ++label) {
    const auto part_folder = folder / (part == Part::kTrain ? "train" : "test");
    for (const fs::path& file : PicturesIn(part_folder / classes[label], kWhere)) {
      out.images.push_back(WithChannels(ReadImage(file), options_.channels));
      out.labels.push_back(static_cast<int64_t>(label));
    }
  }
  const std::scoped_lock lock(mutex_);
  classes_ = classes;
  return out;
}

std::vector<fs::path> ImageFolder::Sources(const fs::path& root) const {
  std::vector<fs::path> files;
  const fs::path folder = Folder(root);
  for (const auto* part : {"train", "test"}) {
    if (!fs::is_directory(folder / part)) continue;
    for (const std::string& name : ClassFolders(folder / part, kWhere)) {
      const auto pictures = PicturesIn(folder / part / name, kWhere);
      files.insert(files.end(), pictures.begin(), pictures.end());
    }
  }
  return files;
}

std::vector<std::string> ImageFolder::CheckedClasses(const fs::path& folder) {
  const auto classes = ClassFolders(folder / "train", kWhere),
             tested = ClassFolders(folder / "test", kWhere);
  if (classes != tested) {
    throw MakeError(
        "data set image_folder: {}: train has classes {}, test has {}; they must be "
        "equal",
        folder.string(), Json(classes).dump(), Json(tested).dump());
  }
  if (classes.size() < 2) {
    throw MakeError("data set image_folder: {}: {} class folders; at least 2 are needed",
                    (folder / "train").string(), classes.size());
  }
  return classes;
}

}  // namespace dfkd::image_folder
