// Files whose text CMake compiles into the program. Each module that needs some has its own set:
// dfkd_embed() of cmake/Embed.cmake defines the function that the module's header declares.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dfkd {

struct EmbeddedFile {
  std::string_view name, text;
};

class EmbeddedFiles {
 public:
  explicit EmbeddedFiles(std::vector<EmbeddedFile> files) : files_(std::move(files)) {}

  // The text of a file, by its name without folder: "scores.v1.json", "style.css". An unknown name
  // is our bug and throws Error.
  std::string_view At(std::string_view name) const;

  // The names without their last extension.
  std::vector<std::string> Stems() const;

 private:
  std::vector<EmbeddedFile> files_;
};

}  // namespace dfkd
