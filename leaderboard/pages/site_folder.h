// The folder of a site: what is written into it, and what an older site left there.
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace dfkd {

class SiteFolder {
 public:
  explicit SiteFolder(std::filesystem::path root) : root_(std::move(root)) {}

  // `name` is relative to the folder.
  void Write(const std::string& name, std::string_view bytes);

  // Removes what an older site wrote and this one did not, so that a score that is retracted does
  // not stay online, and lists what was written, for the next. Other files in the folder are
  // nobody's business.
  void Finish();

 private:
  void RemoveRest() const;
  std::filesystem::path root_;
  std::set<std::string> written_;
};

}  // namespace dfkd
