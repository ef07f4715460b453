#include "datasets/image_folder/image_folder.h"

#include "bench/io/picture_folder.h"

namespace dfkd::image_folder {

LabelledImages ImageFolder::Load(Part part, const fs::path& root) const {
  const fs::path folder = Folder(root);
  const auto classes = CheckedClasses(folder);
  auto out = ReadPictures(folder / (part == Part::kTrain ? "train" : "test"), classes,
                          {options_.channels, options_.size}, kWhere);
  const std::scoped_lock lock(mutex_);
  classes_ = classes;
  return out;
}

std::vector<fs::path> ImageFolder::Sources(const fs::path& root) const {
  std::vector<fs::path> files;
  const fs::path folder = Folder(root);
  for (const auto* part : {"train", "test"}) {
    std::error_code unreadable;  // Load says why
    if (!fs::is_directory(folder / part, unreadable)) continue;
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
    const auto alike = LookAlikes(classes, tested);
    throw MakeError(
        "data set image_folder: {}: train has classes {}, test has {}; they must be equal{}{}",
        folder.string(), Json(classes).dump(), Json(tested).dump(), alike.empty() ? "" : ": ",
        alike);
  }
  if (classes.size() < 2) {
    throw MakeError("data set image_folder: {}: {} class folders; at least 2 are needed",
                    (folder / "train").string(), classes.size());
  }
  return classes;
}

}  // namespace dfkd::image_folder
