#include "bench/matrix/official_data.h"

#include <algorithm>

#include "bench/core/json.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

std::filesystem::path NoteOf(const std::string& plugin, const std::filesystem::path& data) {
  return data / (plugin + ".official.json");
}

// Path -> SHA-256; null if one is not known or there are none.
Json Checksums(const std::vector<DatasetFile>& files) {
  Json checksums;
  for (const auto& file : files) {
    if (file.sha256.empty()) return nullptr;
    checksums[file.path] = file.sha256;
  }
  return checksums;
}

}  // namespace

void RememberOfficial(const std::string& plugin, const std::vector<DatasetFile>& files,
                      const std::filesystem::path& data, const std::string& fingerprint) {
  const auto checksums = Checksums(files);
  if (checksums.is_null()) return;
  const Json note = {{"files", checksums}, {"fingerprint", fingerprint}};
  WriteFileAtomically(NoteOf(plugin, data), note.dump(2) + "\n");
}

std::string RememberedOfficial(const std::string& plugin, const std::vector<DatasetFile>& files,
                               const std::filesystem::path& data) {
  const auto checksums = Checksums(files);
  if (checksums.is_null()) return "";
  try {
    const Json note = ReadJson(NoteOf(plugin, data));
    return note.at("files") == checksums ? note.at("fingerprint").get<std::string>() : "";
  } catch (const std::exception&) {
    return "";  // not there or damaged: then nothing is known
  }
}

}  // namespace dfkd
