#include "bench/cli/test_folder.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "bench/core/error.h"
#include "bench/core/log.h"
#include "bench/core/printable.h"
#include "bench/io/picture_folder.h"

namespace dfkd::cli {
namespace {

constexpr size_t kMostNames = 10;

std::string LettersOf(const std::string& name) {
  std::string letters;
  for (const unsigned char c : name) {
    if (std::isalnum(c) != 0) letters += static_cast<char>(std::tolower(c));
  }
  return letters;
}

// "0 = coat, 1 = dress", of more than ten the first and the last.
std::string Shortened(std::vector<std::string> all) {
  if (all.size() > kMostNames) {
    all[kMostNames - 2] = "…";
    all[kMostNames - 1] = std::move(all.back());
    all.resize(kMostNames);
  }
  return Printable(fmt::format("{}", fmt::join(all, ", ")));
}

bool IsNumber(const std::string& folder) { return NumberOfFolder(folder).has_value(); }

}  // namespace

std::vector<std::string> LabelledFolders(const std::filesystem::path& test) {
  auto folders = ClassFolders(test, "--test");
  const uint64_t first = !folders.empty() && NumberOfFolder(folders.front()) == 1 ? 1 : 0;
  for (size_t label = 0; label < folders.size(); ++label) {
    const auto number = NumberOfFolder(folders[label]);
    if (!number || *number == label + first) continue;
    throw MakeError(
        "--test {}: folder '{}' would be label {}; name the folders by their labels, 0 to {}",
        test.string(), folders[label], label, folders.size() - 1);
  }
  return folders;
}

std::string LabelsText(const std::vector<std::string>& folders) {
  std::vector<std::string> all;
  bool by_labels = true;
  for (size_t label = 0; label < folders.size(); ++label) {
    by_labels = by_labels && NumberOfFolder(folders[label]) == label;
    all.push_back(fmt::format("{} = {}", label, folders[label]));
  }
  return by_labels ? "" : Shortened(std::move(all));
}

void RequireOrderOf(const std::vector<std::string>& classes,
                    const std::vector<std::string>& folders, const std::string& test) {
  bool any = std::any_of(folders.begin(), folders.end(), IsNumber);
  for (size_t label = 0; label < folders.size(); ++label) {
    const auto same = std::find_if(classes.begin(), classes.end(), [&](const auto& name) {
      return !LettersOf(name).empty() && LettersOf(name) == LettersOf(folders[label]);
    });
    any = any || same != classes.end();
    if (same == classes.end() || same == classes.begin() + static_cast<int64_t>(label)) continue;
    throw MakeError(
        "--test {}: '{}' would be label {}, but is class {} of the data set; name the folders "
        "by their labels, 0 to {}",
        test, folders[label], label, same - classes.begin(), classes.size() - 1);
  }
  if (any || folders.empty()) return;
  spdlog::warn(
      "--test {}: no folder is named like a class of the data set ({}), so ACC is right only if "
      "their order is that of the classes; name the folders by their labels, 0 to {}",
      test, Shortened(classes), classes.size() - 1);
}

}  // namespace dfkd::cli
