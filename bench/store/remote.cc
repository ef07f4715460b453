#include "bench/store/remote.h"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/printable.h"
#include "bench/io/file.h"
#include "bench/store/adopt.h"
#include "bench/store/disk.h"
#include "bench/store/manifest.h"
#include "bench/store/place.h"
#include "bench/store/work.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

// As a checkpoint is kept: what a killed process had of an artifact.
constexpr const char* kArrived = "fetched";
constexpr size_t kLongestToken = 8192;

bool IsVisible(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

// "host:port" of "http://host:port/path".
std::string AuthorityOf(const std::string& url) {
  const auto begin = url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

bool NamesThisMachine(const std::string& authority) {
  const auto host = authority.starts_with("[") ? authority.substr(0, authority.find(']') + 1)
                                               : authority.substr(0, authority.find(':'));
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == host.npos);
}

std::string CheckedUrl(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  const auto refuse = [&](const char* why) {
    throw MakeError("remote '{}': {}", Printable(url), why);
  };
  const bool encrypted = url.starts_with("https://");
  if (!encrypted && !url.starts_with("http://"))
    refuse("must be an address that starts with https://");
  const auto authority = AuthorityOf(url);
  if (authority.find('@') != authority.npos)
    refuse("must not name a user: addresses are shown and kept; give a token in a file");
  if (authority.empty() || !IsVisible(url) || url.find_first_of("?#") != url.npos)
    refuse("must be https://host[:port][/path]");
  if (!encrypted && !NamesThisMachine(authority))
    refuse("must start with https://; http:// is for this machine itself (localhost, 127.0.0.1)");
  return url;
}

// What is wrong with what a remote says is the remote's fault, and what it offers, it must have.
template <class Check>
auto HoldAgainstRemote(const Check& check) {
  try {
    return check();
  } catch (const DownloadError& e) {
    if (e.fault() != DownloadFault::kMissing) throw;
    throw DownloadError(e.what(), DownloadFault::kWrong);
  } catch (const Error& e) {
    throw DownloadError(e.what(), DownloadFault::kWrong);
  }
}

bool IsThere(const fs::path& file, const ExpectedFile& expected) {
  std::error_code none;
  return fs::is_regular_file(fs::symlink_status(file, none)) &&
         fs::file_size(file, none) == expected.bytes && Sha256OfFile(file) == expected.sha256;
}

// The folder in which an artifact arrives; the one of an earlier call if the remote still offers
// the same.
fs::path ArrivalFolder(const WorkFolder& work, const std::string& manifest,
                       const std::string& description) {
  const auto earlier = work.Checkpoint(kArrived);
  const auto says = [&](const char* name, const std::string& text) {
    const auto file = *earlier / name;
    return store::Exists(file) && ReadBytes(file, kLargestManifest) == text;
  };
  if (earlier && says(store::kManifestFile, manifest) && says(store::kKeyFile, description))
    return *earlier;
  work.WriteCheckpoint(kArrived, [&](const fs::path& folder) {
    WriteFileSoon(folder / store::kManifestFile, manifest);
    WriteFileSoon(folder / store::kKeyFile, description);
  });
  return *work.Checkpoint(kArrived);
}

}  // namespace

std::string ReadToken(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw store::IoError("read", file, errno);
  if (!S_ISREG(status.st_mode)) throw MakeError("token {}: is not a file", file.string());
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw MakeError("token {}: has mode {:o}, others may read it; must be 600 or 400",
                    file.string(), status.st_mode & 0777);
  }
  auto token = ReadBytes(file, kLongestToken);
  while (!token.empty() && std::isspace(static_cast<unsigned char>(token.back())) != 0)
    token.pop_back();
  if (token.empty() || !IsVisible(token)) {
    throw MakeError("token {}: must be one line of visible ASCII without blanks", file.string());
  }
  return token;
}

Remote::Remote(std::string url, RemoteOptions options)
    : url_(CheckedUrl(std::move(url))), policy_(options.download) {
  policy_.bearer_token = std::move(options.token);
  policy_.guarded = true;
  policy_.announces_attempts = false;
  policy_.most_bytes = kLargestManifest;
}

Remote::Offer Remote::Ask(const Ref& ref, const ProgressCallback& progress) const {
  Offer offer{.base = url_ + "/" + store::FolderIn(fs::path(), ref).generic_string() + "/"};
  const auto manifest = offer.base + store::kManifestFile, key = offer.base + store::kKeyFile;
  offer.manifest_text = DownloadText(manifest, progress, policy_);
  return HoldAgainstRemote([&] {
    offer.manifest = ReadForeignManifest(offer.manifest_text, manifest, ref);
    offer.description = DownloadText(key, progress, policy_);
    CheckForeignDescription(offer.description, key, ref);
    return std::move(offer);
  });
}

void Remote::BringFiles(const Offer& offer, const fs::path& folder,
                        const ProgressCallback& progress) const {
  for (const auto& [name, file] : offer.manifest.at("files").items()) {
    const ExpectedFile expected{.sha256 = file.at("sha256"), .bytes = file.at("bytes")};
    if (IsThere(folder / name, expected)) continue;
    Download(offer.base + name, folder / name, expected, progress, policy_);
  }
}

Remote::Answer Remote::Fetch(const Store& store, const std::string& ref,
                             const ProgressCallback& progress) {
  const Ref parsed = ParseRef(ref);
  std::optional<Offer> offer;
  try {
    offer = Ask(parsed, progress);
  } catch (const DownloadError& e) {
    if (e.fault() == DownloadFault::kMissing) return Answer::kMissing;
    throw;
  }
  const WorkFolder work(store.root(), parsed.key);
  auto lease = TryAcquire(work);
  if (!lease) return Answer::kBusy;
  try {
    if (!store.HasByNow(ref)) {
      const auto folder = ArrivalFolder(work, offer->manifest_text, offer->description);
      BringFiles(*offer, folder, progress);
      Adopt(store, ref, folder, url_);
    }
  } catch (const DownloadError& e) {
    if (e.fault() == DownloadFault::kUnreachable) throw;
    work.DropCheckpoint(kArrived);
    throw DownloadError(e.what(), DownloadFault::kWrong);
  }
  lease->RemoveWork();
  return Answer::kFetched;
}

}  // namespace dfkd
