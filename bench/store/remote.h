// A store that a web server hands out as files: any static server over the folder of a store, or
// over what `dfkd push` wrote. Built only with DFKD_FETCH.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/io/download.h"
#include "bench/store/store.h"

namespace dfkd {

// The bearer token in a file: its first and only line. Throws Error, which never says the token,
// if others than the owner may read the file, or if there is no such line in it.
std::string ReadToken(const std::filesystem::path& file);

struct RemoteOptions {
  // "" = none; only the remote itself is given it, whatever it redirects to.
  std::string token;
  DownloadPolicy download{.attempts = 3,
                          .first_wait = std::chrono::milliseconds(300),
                          .connect_seconds = 10,
                          .stall_seconds = 10};
};

class Remote {
 public:
  // Throws Error unless `url` is https://… or, on this machine, http://…, and has no user, query or
  // fragment. Nothing is asked yet.
  explicit Remote(std::string url, RemoteOptions options = {});

  const std::string& url() const { return url_; }

  enum class Answer {
    kFetched,  // it is in the store now
    kMissing,  // the remote has none
    kBusy,     // somebody else works on it here, perhaps fetching it
  };

  // Brings an artifact into the store. Its manifest must be the one of the key, its description
  // what the key is the hash of, every file what the manifest says (adopt.h); files come in no
  // longer than that. What arrived before a cut is kept in the work folder of the stage, under its
  // lease, and continued by the next call, of whatever process. `progress` gets the bytes of the
  // file that is on its way; what it throws ends the call.
  //
  // Throws DownloadError, one line with the address: kUnreachable if the remote cannot be asked or
  // stops answering, kWrong if what it gives is not the artifact; then nothing of it stays. Throws
  // Error (io) for what the disk refuses. Several threads may call.
  Answer Fetch(const Store& store, const std::string& ref, const ProgressCallback& progress = {});

 private:
  // What the remote says of an artifact.
  struct Offer {
    std::string base;  // address of the artifact's folder, with a slash
    std::string manifest_text, description;
    Json manifest;
  };
  Offer Ask(const Ref& ref, const ProgressCallback& progress) const;
  void BringFiles(const Offer& offer, const std::filesystem::path& folder,
                  const ProgressCallback& progress) const;

  std::string url_;
  DownloadPolicy policy_;
};

}  // namespace dfkd
