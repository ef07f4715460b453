#include "bench/store/user_inputs.h"

#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFile = "sha256:", kImages = "fingerprint:";

fs::path InputFile(const fs::path& root, std::string_view sha256) {
  const std::string name(sha256);
  return root / "files" / name.substr(0, 2) / (name + ".input");
}

fs::path PlaceFile(const fs::path& root, std::string_view fingerprint) {
  return root / "places" / (std::string(fingerprint) + ".json");
}

std::string PathOf(const std::string& text, const fs::path& root) {
  const auto content = std::string_view(text).substr(text.find(':') + 1);
  if (text.starts_with(kImages)) {
    return ReadJson(PlaceFile(root, content)).at("path").get<std::string>();
  }
  const auto file = InputFile(root, content);
  if (!fs::exists(file)) {
    throw MakeError(FailureClass::kIo, "{}: is not in the store; run again where the file is",
                    file.string());
  }
  return file.string();
}

bool IsName(const Json& option) {
  if (!option.is_string()) return false;
  const auto& text = option.get_ref<const std::string&>();
  return text.starts_with(kFile) || text.starts_with(kImages);
}

}  // namespace

std::string NameOfFile(const std::string& sha256) { return std::string(kFile) + sha256; }

std::string NameOfImages(const std::string& fingerprint) {
  return std::string(kImages) + fingerprint;
}

void KeepInput(const fs::path& root, const std::string& sha256, std::string_view bytes) {
  const auto file = InputFile(root, sha256);
  if (!fs::exists(file)) WriteFileAtomically(file, bytes);
}

void KeepPlace(const fs::path& root, const std::string& fingerprint, const fs::path& folder) {
  const auto file = PlaceFile(root, fingerprint);
  const auto text = Json{{"path", folder.string()}}.dump() + "\n";
  std::error_code absent;
  if (fs::exists(file, absent) && ReadBytes(file) == text) return;
  WriteFileAtomically(file, text);
}

Json WithPaths(Json options, const fs::path& root) {
  for (auto& option : options) {
    if (IsName(option)) option = PathOf(option.get<std::string>(), root);
  }
  return options;
}

}  // namespace dfkd
