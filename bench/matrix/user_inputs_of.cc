#include "bench/matrix/user_inputs_of.h"

#include <array>
#include <utility>

#include "bench/core/hash.h"
#include "bench/io/data_folder.h"
#include "bench/io/file.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// Option, and that of its checksum.
constexpr std::array<std::pair<const char*, const char*>, 2> kFileOptions = {
    {{"image", "sha256"}, {"picture", "picture_sha256"}}};
constexpr std::array<const char*, 2> kFolderOptions = {"path", "test"};

std::string TextOf(const Json& options, const std::string& option) {
  const auto found = options.find(option);
  return found != options.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string ShaOf(const fs::path& file, const std::string& expected) {
  const auto found = Sha256OfFile(file);
  if (!expected.empty() && found != expected) {
    throw MakeError("{}: sha256 is {}, expected {}", file.string(), found, expected);
  }
  return found;
}

// `prefix` is "" in the options of an entry, "attack." in an override.
void FillIn(Json& options, const std::string& prefix, std::vector<UserFile>& files) {
  for (const auto& [option, checksum] : kFileOptions) {
    const auto named = TextOf(options, prefix + option);
    if (named.empty()) continue;
    const auto file = UserPath(named, fs::current_path(), prefix + option);
    std::error_code absent;
    if (!fs::is_regular_file(file, absent)) continue;  // blend: "file" is a kind of picture
    auto sha256 = ShaOf(file, TextOf(options, prefix + checksum));
    options[prefix + checksum] = sha256;
    files.push_back({file, std::move(sha256)});
  }
}

// "attack.image" -> value.
void FillInSettings(Json& settings, std::vector<UserFile>& files) {
  std::vector<std::string> prefixes;
  for (const auto& [name, unused] : settings.items()) {
    if (const auto dot = name.rfind('.'); dot != name.npos) {
      prefixes.push_back(name.substr(0, dot + 1));
    }
  }
  for (const auto& prefix : prefixes) FillIn(settings, prefix, files);
}

// The text option of a data set's card that names its folder; "" if there is none.
std::string FolderOption(const PluginCard& card) {
  for (const auto& option : card.options) {
    if (option.type != OptionType::kText) continue;
    for (const auto* name : kFolderOptions) {
      if (option.name == name) return name;
    }
  }
  return "";
}

}  // namespace

std::vector<UserFile> FillChecksums(Matrix& matrix) {
  std::vector<UserFile> files;
  for (auto& block : matrix.blocks) {
    for (auto* axis : {&block.attacks, &block.distillers}) {
      for (auto& entry : *axis) FillIn(entry.options, "", files);
    }
  }
  for (auto& item : matrix.overrides) FillInSettings(item.set, files);
  FillInSettings(matrix.settings, files);
  return files;
}

fs::path FolderOfImages(const PluginCard& card, const Json& options, const fs::path& data) {
  const auto named = TextOf(options, FolderOption(card));
  return named.empty() ? fs::path() : UserPath(named, data, "data set " + card.name);
}

Json WithFilesByContent(Json options) {
  for (const auto& [option, checksum] : kFileOptions) {
    const auto sha256 = TextOf(options, checksum);
    if (!sha256.empty() && !TextOf(options, option).empty()) options[option] = NameOfFile(sha256);
  }
  return options;
}

Json WithImagesByContent(const PluginCard& card, Json options, const std::string& fingerprint) {
  const auto option = FolderOption(card);
  if (TextOf(options, option).empty()) return options;
  options[option] = fingerprint.empty() ? "" : NameOfImages(fingerprint);
  return options;
}

void KeepUserInputs(const std::vector<UserFile>& files,
                    const std::map<std::string, DataFacts>& data, const fs::path& store) {
  for (const auto& file : files) {
    const auto bytes = ReadBytes(file.path);
    if (Sha256Hex(bytes) != file.sha256) {
      throw MakeError("{}: changed while it was read", file.path.string());
    }
    KeepInput(store, file.sha256, bytes);
  }
  for (const auto& [id, facts] : data) {
    if (!facts.folder.empty()) KeepPlace(store, facts.fingerprint, facts.folder);
  }
}

}  // namespace dfkd
