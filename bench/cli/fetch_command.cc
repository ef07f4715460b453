// dfkd fetch: the files of data sets into the data folder.
#include "bench/cli/command.h"
#include "bench/cli/offers.h"
#include "bench/core/error.h"
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"

#if DFKD_WITH_FETCH

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "bench/cli/count_line.h"
#include "bench/core/terminal.h"
#include "bench/io/fetch.h"
#include "bench/matrix/official_data.h"
#endif

namespace dfkd::cli {
namespace {

struct FetchFlags {
  std::vector<std::string> names;
  std::string mirror, data;
  bool trust = false, json = false;
};

#if DFKD_WITH_FETCH

// Progress of the file that is worked on; the next one gets a line of its own.
class FetchLine {
 public:
  void Show(FetchStep step, const std::string& path, uint64_t done, uint64_t total) {
    if (!line_ || step != step_ || path != path_) Begin(step, path, done);
    line_->Show(done, total);
  }

 private:
  void Begin(FetchStep step, const std::string& path, uint64_t done) {
    step_ = step, path_ = path;
    const auto* what = step == FetchStep::kDownload ? "downloading" : "unpacking";
    line_.emplace(stderr, MayRedraw(stderr), fmt::format("{} {}", what, path),
                  CountStyle{.bytes = true, .from = done});
  }

  FetchStep step_ = FetchStep::kDownload;
  std::string path_;
  std::optional<CountLine> line_;
};

std::unique_ptr<Dataset> DatasetNamed(const std::string& name) {
  const auto& card = Registry::Get().Card(PluginKind::kDataset, name);
  return Registry::Get().Make<Dataset>(name, ResolveFor(card, Json::object()));
}

// What was verified and unpacked just now is the published set: its fingerprint says so later.
void NoteFingerprint(const std::string& name, const Dataset& dataset,
                     const std::vector<FetchedFile>& fetched, const std::filesystem::path& root) {
  const bool fresh = std::all_of(fetched.begin(), fetched.end(),
                                 [](const FetchedFile& file) { return file.fresh; });
  if (!fresh || fetched.empty() || !dataset.OfficialFingerprint().empty()) return;
  const auto fingerprint =
      Fingerprint(dataset.Load(Part::kTrain, root), dataset.Load(Part::kTest, root));
  RememberOfficial(name, dataset.Files(), root, fingerprint);
}

Json ToJson(const std::string& dataset, const FetchedFile& file) {
  return {{"dataset", dataset},
          {"path", file.path},
          {"url", file.url},
          {"sha256", file.sha256},
          {"bytes", file.bytes == 0 ? Json() : Json(file.bytes)},
          {"downloaded", file.downloaded},
          {"unpacked", file.unpacked}};
}

void Tell(const std::string& dataset, const std::vector<FetchedFile>& files) {
  if (files.empty()) fmt::print(stderr, "{}: has no files to download\n", dataset);
  for (const auto& file : files) {
    fmt::print(stderr, "{}: {} {}, SHA-256 {}\n", dataset, file.path,
               file.downloaded ? "downloaded" : "is there already", file.sha256);
  }
}

std::vector<FetchedFile> FetchFiles(const Dataset& dataset, const std::filesystem::path& root,
                                    const FetchFlags& flags) {
  FetchLine line;
  return FetchDataset(dataset.Files(), root, {.mirror = flags.mirror, .trust = flags.trust},
                      [&line](FetchStep step, const std::string& path, uint64_t done,
                              uint64_t total) { line.Show(step, path, done, total); });
}

void Fetch(const FetchFlags& flags) {
  const auto root = DataFolder(flags.data);
  RequireDataFolder(root);
  // All names are looked up first: a misspelt one must not show after an hour of downloading.
  std::vector<std::unique_ptr<Dataset>> datasets;
  for (const auto& name : flags.names) datasets.push_back(DatasetNamed(name));

  Json all = Json::array();
  for (size_t i = 0; i < datasets.size(); ++i) {
    const auto fetched = FetchFiles(*datasets[i], root, flags);
    NoteFingerprint(flags.names[i], *datasets[i], fetched, root);
    Tell(flags.names[i], fetched);
    for (const auto& file : fetched) all.push_back(ToJson(flags.names[i], file));
  }
  if (flags.json) std::cout << Json{{"data", root.string()}, {"files", all}}.dump(2) << "\n";
}

#else

void Fetch(const FetchFlags& flags) {
  throw MakeError(
      "this dfkd was built without downloading (DFKD_FETCH=OFF): put the files of {} into {} "
      "yourself",
      fmt::join(flags.names, ", "), DataFolder(flags.data).string());
}

#endif

}  // namespace

void AddFetch(Program& program) {
  auto& verb = program.AddVerb("fetch", "Download the files of data sets, verify and unpack them");
  auto flags = std::make_shared<FetchFlags>();
  verb.Add("names", &flags->names, "data sets, see `dfkd list datasets`")
      .Required()
      .Takes("NAME")
      .Offers(PluginNames(PluginKind::kDataset));
  verb.Add("--mirror", &flags->mirror,
           "take the files, by their published names, from this http://, https:// or "
           "file:// folder")
      .Takes("URL");
  verb.Add("--data", &flags->data,
           "data folder (default: $DFKD_DATA, else ~/.local/share/dfkd/data)")
      .Takes("DIR");
  verb.Add("--trust", &flags->trust,
           "accept files whose SHA-256 is not known, and print what was found");
  verb.Add("--json", &flags->json, "print what was fetched as JSON on standard output");
  verb.Footer(
      "Examples:\n"
      "  dfkd fetch cifar10\n"
      "  dfkd fetch cifar10 gtsrb --data /data/images\n"
      "  dfkd fetch gtsrb --mirror file:///mnt/mirror\n"
      "An interrupted download is resumed by the same command; nothing is fetched twice.");
  verb.Runs([flags] {
    Fetch(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
