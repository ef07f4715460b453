// The folder of a site: what is written into it, and what an older site left there.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace dfkd {

class SiteFolder {
 public:
  explicit SiteFolder(std::filesystem::path root) : root_(std::move(root)) {}

  // `name` is relative to the folder. Readers see the old file or the new one; a site can be made
  // again, so it lasts only once Finish has returned. Any thread may, of another name.
  void Write(const std::string& name, std::string_view bytes);

  // Whether Finish packs site.zip. A program that was built without DFKD_FETCH does not.
  static bool Packs();

  // Packs what was written with its manifest into site.zip, removes what an older site wrote and
  // this one did not, so that a score that is retracted does not stay online, and lists what was
  // written with its SHA-256 (as sha256sum reads it) in manifest.sha256, for readers and for the
  // next site. Other files in the folder are nobody's business.
  void Finish();

 private:
  std::string Manifest() const;
  void Pack();
  void RemoveRest() const;
  std::filesystem::path root_;
  std::mutex mutex_;                            // of written_, while it is written
  std::map<std::string, std::string> written_;  // name -> SHA-256
};

}  // namespace dfkd
