#include "bench/io/fetch.h"

#include <algorithm>
#include <optional>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/json.h"
#include "bench/io/file.h"

namespace dfkd {
namespace {

namespace fs = std::filesystem;

void RequireHarmlessPath(const DatasetFile& file) {
  const fs::path path(file.path);
  const bool leaves = std::find(path.begin(), path.end(), "..") != path.end();
  if (path.empty() || path.is_absolute() || leaves || !path.has_filename()) {
    throw MakeError("'{}' must be a file below the data folder", file.path);
  }
}

void RequireFetchable(const DatasetFile& file, bool trust) {
  RequireHarmlessPath(file);
  if (file.unpack != "" && file.unpack != "tar" && file.unpack != "zip") {
    throw MakeError("{}: unpack = \"{}\" must be one of \"\", \"tar\", \"zip\"", file.path,
                    file.unpack);
  }
  const bool hexadecimal = file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!file.sha256.empty() && (file.sha256.size() != 64 || !hexadecimal)) {
    throw MakeError("{}: sha256 = \"{}\" must be 64 lower-case hexadecimal digits", file.path,
                    file.sha256);
  }
  if (file.sha256.empty() && !trust) {
    throw MakeError("{}: its SHA-256 is not known; --trust downloads it unverified and prints it",
                    file.path);
  }
}

void RequireMirror(const std::string& mirror) {
  if (mirror.empty()) return;
  for (const auto* known : {"http://", "https://", "file://"}) {
    if (mirror.starts_with(known)) return;
  }
  throw MakeError("mirror '{}' must start with http://, https:// or file://", mirror);
}

std::string AddressOf(const DatasetFile& file, const std::string& mirror) {
  if (mirror.empty()) return file.url;
  const auto path = file.url.substr(0, file.url.find_first_of("?#"));
  auto name = path.substr(path.find_last_of('/') + 1);
  if (name.empty()) name = fs::path(file.path).filename().string();
  return mirror + (mirror.ends_with('/') ? "" : "/") + name;
}

fs::path MarkerOf(const fs::path& target) { return target.string() + ".unpacked"; }

// What `path` + ".unpacked" says, if all of it is still there.
struct Marker {
  std::string sha256;  // of the archive
  std::vector<std::string> names;
};

std::optional<Marker> ReadMarker(const fs::path& target) {
  Marker marker;
  try {
    const Json json = ReadJson(MarkerOf(target));
    json.at("sha256").get_to(marker.sha256);
    json.at("unpacked").get_to(marker.names);
  } catch (const std::exception&) {
    return std::nullopt;  // not there or damaged: unpacking again repairs it
  }
  for (const auto& name : marker.names) {
    std::error_code unknown;
    const auto status = fs::symlink_status(target.parent_path() / name, unknown);
    if (!fs::exists(status)) return std::nullopt;
  }
  return marker;
}

void WriteMarker(const fs::path& target, const Marker& marker) {
  const Json json = {{"sha256", marker.sha256}, {"unpacked", marker.names}};
  WriteFileAtomically(MarkerOf(target), json.dump(2, ' ', true) + "\n");
}

// One file of the data set on its way.
class Fetch {
 public:
  Fetch(const DatasetFile& file, const fs::path& root, const FetchOptions& options,
        const FetchProgress& progress)
      : file_(file), target_(root / file.path), options_(options), progress_(progress) {
    fetched_.path = file.path;
    fetched_.url = AddressOf(file, options.mirror);
  }

  FetchedFile Run() {
    const auto marker = file_.unpack.empty() ? std::nullopt : ReadMarker(target_);
    std::error_code unknown;
    if (!fs::exists(target_, unknown) && marker && IsExpected(marker->sha256)) {
      fetched_.sha256 = marker->sha256;
      fetched_.unpacked = marker->names;
      return fetched_;
    }
    if (!IsThere()) Download();
    fetched_.bytes = fs::file_size(target_, unknown);
    if (!file_.unpack.empty()) Unpack(marker);
    return fetched_;
  }

 private:
  bool IsExpected(const std::string& sha256) const {
    return file_.sha256.empty() || file_.sha256 == sha256;
  }

  bool IsThere() {
    std::error_code unknown;
    if (!fs::is_regular_file(target_, unknown)) return false;
    if (file_.bytes > 0 && fs::file_size(target_, unknown) != file_.bytes) return false;
    fetched_.sha256 = Sha256OfFile(target_);
    return IsExpected(fetched_.sha256);
  }

  void Download() {
    const auto report = [this](uint64_t done, uint64_t total) {
      if (progress_) progress_(FetchStep::kDownload, file_.path, done, total);
    };
    const ExpectedFile expected{.sha256 = file_.sha256, .bytes = file_.bytes};
    fetched_.sha256 = dfkd::Download(fetched_.url, target_, expected, report, options_.download);
    fetched_.downloaded = fetched_.fresh = true;
  }

  void Unpack(const std::optional<Marker>& marker) {
    if (marker && marker->sha256 == fetched_.sha256) {
      fetched_.unpacked = marker->names;
      fetched_.fresh = false;
      return;
    }
    const auto report = [this](uint64_t done, uint64_t total) {
      if (progress_) progress_(FetchStep::kUnpack, file_.path, done, total);
    };
    fetched_.unpacked =
        dfkd::Unpack(target_, fs::absolute(target_).parent_path(), options_.unpack, report);
    WriteMarker(target_, {fetched_.sha256, fetched_.unpacked});
    fetched_.fresh = true;
  }

  const DatasetFile& file_;
  const fs::path target_;
  const FetchOptions& options_;
  const FetchProgress& progress_;
  FetchedFile fetched_;
};

}  // namespace

std::vector<FetchedFile> FetchDataset(const std::vector<DatasetFile>& files,
                                      const std::filesystem::path& root,
                                      const FetchOptions& options, const FetchProgress& progress) {
  RequireMirror(options.mirror);
  for (const auto& file : files) RequireFetchable(file, options.trust);
  std::vector<FetchedFile> fetched;
  for (const auto& file : files) fetched.push_back(Fetch(file, root, options, progress).Run());
  return fetched;
}

}  // namespace dfkd
