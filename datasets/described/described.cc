#include "datasets/described/described.h"

#include <charconv>

#include "bench/core/split.h"
#include "bench/io/data_folder.h"
#include "bench/io/picture_folder.h"

namespace dfkd::described {
namespace {

const std::string kWhere = "data set described";

// Blanks around it are passed over: papers and configurations write "0.49, 0.48, 0.45".
double NumberIn(std::string text, const char* option, double lowest) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = failed == std::errc() && end == text.data() + text.size();
  if (!whole || !(value >= lowest && value <= 1)) {
    throw MakeError("{}: {}: '{}' must be a number in [{}, 1]", kWhere, option, text, lowest);
  }
  return value;
}

// "0.5", or "0.49,0.48,0.45": one per channel.
std::vector<double> PerChannel(const std::string& text, const char* option, double lowest,
                               int64_t channels) {
  std::vector<double> values;
  for (const auto& part : SplitAt(text, ',')) values.push_back(NumberIn(part, option, lowest));
  if (values.size() == 1) values.resize(channels, values.front());
  if (static_cast<int64_t>(values.size()) != channels) {
    throw MakeError("{}: {} = '{}' has {} numbers for {} channels", kWhere, option, text,
                    values.size(), channels);
  }
  return values;
}

}  // namespace

Described::Described(const Options& options) : options_(options) {
  spec_ = {options.channels,
           options.size,
           options.size,
           options.classes,
           PerChannel(options.mean, "mean", 0, options.channels),
           PerChannel(options.stddev, "stddev", 1e-6, options.channels),
           options.mirrors};
}

std::vector<std::string> Described::ClassNames() const {
  std::vector<std::string> names;
  for (int64_t i = 0; i < options_.classes; ++i) names.push_back(std::to_string(i));
  return names;
}

std::vector<std::string> Described::FoldersBelow(const fs::path& folder) const {
  const auto names = ClassFolders(folder, kWhere);
  if (static_cast<int64_t>(names.size()) != options_.classes) {
    throw MakeError("{}: {}: {} class folders for {} classes", kWhere, folder.string(),
                    names.size(), options_.classes);
  }
  return names;
}

LabelledImages Described::Load(Part part, const fs::path& root) const {
  if (options_.test.empty()) {
    throw MakeError("{}: there are no images; give test = \"FOLDER\", or use `dfkd distill`",
                    kWhere);
  }
  if (part == Part::kTrain) return {};
  const fs::path folder = UserPath(options_.test, root, kWhere);
  return ReadPictures(folder, FoldersBelow(folder), {options_.channels, options_.size}, kWhere);
}

std::vector<fs::path> Described::Sources(const fs::path& root) const {
  std::vector<fs::path> files;
  if (options_.test.empty()) return files;
  const fs::path folder = UserPath(options_.test, root, kWhere);
  std::error_code unreadable;  // Load says why
  if (!fs::is_directory(folder, unreadable)) return files;
  for (const auto& name : ClassFolders(folder, kWhere)) {
    const auto pictures = PicturesIn(folder / name, kWhere);
    files.insert(files.end(), pictures.begin(), pictures.end());
  }
  return files;
}

}  // namespace dfkd::described
