#include "bench/matrix/user_inputs_of.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "bench/core/hash.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"
#include "bench/io/file.h"
#include "bench/io/picture_pack.h"
#include "bench/matrix/resolve.h"
#include "bench/matrix/selection.h"
#include "bench/store/user_inputs.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

std::string TextOf(const Json& options, const std::string& option) {
  const auto found = options.find(option);
  return found != options.end() && found->is_string() ? found->get<std::string>() : "";
}

// What the store keeps: the file itself, or the pictures of a folder in one.
std::string BytesOf(const fs::path& path) {
  return fs::is_directory(path) ? PackPictures(path, "folder of images") : ReadBytes(path);
}

std::string ShaOf(const fs::path& file, const std::string& expected) {
  const auto found = fs::is_directory(file) ? Sha256Hex(BytesOf(file)) : Sha256OfFile(file);
  if (!expected.empty() && found != expected) {
    throw MakeError("{}: sha256 is {}, expected {}", file.string(), found, expected);
  }
  return found;
}

// Of the plugins that are meant; of two with one checksum option, one.
std::vector<const OptionCard*> FileOptionsOf(
    const std::string& name, const std::function<bool(const PluginCard&)>& is_meant) {
  std::map<std::string, const OptionCard*> by_checksum;
  for (const auto kind : kCellKinds) {
    for (const auto* card : Registry::Get().Cards(kind)) {
      if (!is_meant(*card)) continue;
      for (const auto& option : card->options) {
        if (option.name == name && !option.sha256.empty()) by_checksum[option.sha256] = &option;
      }
    }
  }
  std::vector<const OptionCard*> options;
  for (const auto& [unused, option] : by_checksum) options.push_back(option);
  return options;
}

// The file, or the folder where the option allows one, that `settings` name by prefix and option:
// its checksum is completed. The prefix is "" in the options of an entry, "attack." in an override.
void FillIn(Json& settings, const std::string& prefix, const OptionCard& option,
            std::vector<UserFile>& files) {
  const auto named = TextOf(settings, prefix + option.name);
  if (option.sha256.empty() || named.empty()) return;
  const auto file = UserPath(named, fs::current_path(), prefix + option.name);
  std::error_code absent;
  const bool folder = option.folder && fs::is_directory(file, absent);
  if (!folder && !fs::is_regular_file(file, absent)) return;
  auto sha256 = ShaOf(file, TextOf(settings, prefix + option.sha256));
  settings[prefix + option.sha256] = sha256;
  files.push_back({file, std::move(sha256)});
}

// Unknown plugins are for the plan to refuse.
void FillInEntries(PluginKind kind, std::vector<MatrixEntry>& entries,
                   std::vector<UserFile>& files) {
  for (auto& entry : entries) {
    FillInEntries(kind, entry.parts, files);
    for (const auto* card : Registry::Get().Cards(kind)) {
      if (card->name != entry.plugin) continue;
      for (const auto& option : card->options) FillIn(entry.options, "", option, files);
    }
  }
}

// "attack.image" -> "attack" and "image"; nothing if there is no dot.
std::pair<std::string, std::string> NameAndOption(const std::string& setting) {
  const auto dot = setting.rfind('.');
  if (dot == setting.npos) return {};
  return {setting.substr(0, dot), setting.substr(dot + 1)};
}

// Whether an entry of this plugin is among these, or among their parts, that goes by `name`.
bool HasEntryNamed(const std::vector<MatrixEntry>& entries, const PluginCard& card,
                   const std::string& name) {
  return std::any_of(entries.begin(), entries.end(), [&](const MatrixEntry& entry) {
    const bool named = name == entry.id || name == Name(card.kind);
    return (named && entry.plugin == card.name) || HasEntryNamed(entry.parts, card, name);
  });
}

// Settings name a role or an entry ("attack.image"), and what that is differs from cell to cell:
// all plugins that go by the name are meant. A defence may join the matrix by its own.
bool GoesBy(const std::string& name, const PluginCard& card, const Matrix& matrix) {
  if (name == card.name) return true;
  if (name == Name(card.kind) && card.kind == PluginKind::kDefense) return true;
  for (const auto& axis : EntryAxes()) {
    if (axis.kind != card.kind) continue;
    for (const auto& block : matrix.blocks) {
      if (HasEntryNamed(block.*axis.entries, card, name)) return true;
    }
  }
  return false;
}

// An option of the same name that names no file keeps its value, whatever files are here.
void FillInSettings(const Matrix& matrix, Json& settings, std::vector<UserFile>& files) {
  const Json given = settings;
  for (const auto& [setting, unused] : given.items()) {
    const auto [name, wanted] = NameAndOption(setting);
    const auto is_meant = [&, &name = name](const PluginCard& card) {
      return GoesBy(name, card, matrix);
    };
    for (const auto* option : FileOptionsOf(wanted, is_meant))
      FillIn(settings, name + ".", *option, files);
  }
}

void RequireFilesOf(PluginKind kind, const ResolvedEntry& entry) {
  for (const auto* card : Registry::Get().Cards(kind)) {
    if (card->name != entry.plugin) continue;
    for (const auto& option : card->options) {
      const auto named = TextOf(entry.options, option.name);
      if (option.sha256.empty() || named.empty()) continue;
      if (!TextOf(entry.options, option.sha256).empty()) continue;  // known by content
      throw MakeError("{} {}: {} = \"{}\" is not here, and no {} says what it held", Name(kind),
                      entry.id, option.name, named, option.sha256);
    }
  }
}

void RequireFilesOfAll(PluginKind kind, const MatrixEntry& entry, const ResolveContext& context) {
  const auto resolved = Resolve(kind, entry, context);
  RequireFilesOf(kind, resolved);
  for (const auto& part : resolved.parts) RequireFilesOf(kind, part);
}

// Whether some override names a file that is not here and that no checksum knows. Only then the
// cells must be asked, one by one, whether they would read it.
bool OverridesMissFile(const Matrix& matrix) {
  return std::any_of(matrix.overrides.begin(), matrix.overrides.end(), [&](const auto& item) {
    for (const auto& [setting, unused] : item.set.items()) {
      const auto [name, wanted] = NameAndOption(setting);
      if (TextOf(item.set, setting).empty()) continue;
      const auto is_meant = [&, &name = name](const PluginCard& card) {
        return GoesBy(name, card, matrix);
      };
      for (const auto* option : FileOptionsOf(wanted, is_meant)) {
        if (TextOf(item.set, name + "." + option->sha256).empty()) return true;
      }
    }
    return false;
  });
}

// What each kind of entry is in the cells of a block, overrides applied.
void RequireFilesOfCells(const Block& block, const Matrix& matrix, const Json& settings) {
  const auto names = [](const MatrixEntry& entry) { return std::pair(entry.id, entry.plugin); };
  for (const auto& dataset : block.datasets) {
    for (const auto& attack : block.attacks) {
      for (const auto& [teacher, student] : block.networks) {
        for (const auto& distiller : block.distillers) {
          Axes axes = {{"dataset", names(dataset)},
                       {"attack", names(attack)},
                       {"distiller", names(distiller)},
                       {"teacher", {teacher, teacher}},
                       {"student", {student, student}}};
          RequireFilesOfAll(PluginKind::kDataset, dataset, {matrix, settings, axes});
          RequireFilesOfAll(PluginKind::kAttack, attack, {matrix, settings, axes});
          RequireFilesOfAll(PluginKind::kDistiller, distiller, {matrix, settings, axes});
          for (const auto& defense : block.defenses) {
            axes["defense"] = names(defense);
            RequireFilesOfAll(PluginKind::kDefense, defense, {matrix, settings, axes});
          }
        }
      }
    }
  }
}

// The option of a data set's card that names its folder; "" if there is none.
std::string FolderOption(const PluginCard& card) {
  for (const auto& option : card.options) {
    if (option.folder) return option.name;
  }
  return "";
}

}  // namespace

std::vector<UserFile> FillChecksums(Matrix& matrix) {
  std::vector<UserFile> files;
  for (auto& block : matrix.blocks) {
    for (const auto& axis : EntryAxes()) FillInEntries(axis.kind, block.*axis.entries, files);
  }
  for (auto& item : matrix.overrides) FillInSettings(matrix, item.set, files);
  FillInSettings(matrix, matrix.settings, files);
  return files;
}

Json SettingsAbove(const Json& above, Json settings) {
  for (const auto& [setting, value] : above.items()) {
    if (settings.value(setting, Json()) == value) continue;
    const auto [name, wanted] = NameAndOption(setting);
    for (const auto* option : FileOptionsOf(wanted, [](const PluginCard&) { return true; }))
      settings.erase(name + "." + option->sha256);
  }
  settings.update(above);
  return settings;
}

void RequireFiles(const Matrix& matrix, const Selection& selection) {
  const auto settings = SettingsOf(matrix, selection);
  for (const auto& block : Select(matrix, selection)) {
    for (const auto& [kind, unused, entries] : EntryAxes()) {
      for (const auto& entry : block.*entries)
        RequireFilesOfAll(kind, entry, {matrix, settings, {}});
    }
    if (OverridesMissFile(matrix)) RequireFilesOfCells(block, matrix, settings);
  }
}

fs::path FolderOfImages(const PluginCard& card, const Json& options, const fs::path& data) {
  const auto named = TextOf(options, FolderOption(card));
  return named.empty() ? fs::path() : UserPath(named, data, "data set " + card.name);
}

Json WithFilesByContent(const PluginCard& card, Json options) {
  for (const auto& option : card.options) {
    if (option.sha256.empty() || TextOf(options, option.name).empty()) continue;
    const auto sha256 = TextOf(options, option.sha256);
    if (!sha256.empty()) options[option.name] = NameOfFile(sha256);
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
    const auto bytes = BytesOf(file.path);
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
