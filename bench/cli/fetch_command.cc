// dfkd fetch: the files of data sets into the data folder.
#include "bench/cli/command.h"
#include "bench/cli/offers.h"
#include "bench/core/error.h"
#include "bench/core/image.h"
#include "bench/core/registry.h"
#include "bench/io/data_folder.h"

#if DFKD_WITH_FETCH

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>

#include "bench/cli/size.h"
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

// "1:02:03"
std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

// Progress with rate and ETA on standard error: a line that is rewritten on a terminal, a line
// every ten seconds elsewhere.
class Meter {
 public:
  void Show(FetchStep step, const std::string& path, uint64_t done, uint64_t total) {
    const auto now = Clock::now();
    if (step != step_ || path != path_) Start(step, path, done, now);
    const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10);
    if (now - shown_ < pause) return;
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const double rate = seconds > 0 && done > first_ ? (done - first_) / seconds : 0;
    Print(fmt::format("{} {}: {}{}", step == FetchStep::kDownload ? "downloading" : "unpacking",
                      path, SizeText(done), Rest(done, total, rate)));
  }

  ~Meter() { End(); }

  void End() {
    if (terminal_ && width_ > 0) std::fputc('\n', stderr);
    width_ = 0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void Start(FetchStep step, const std::string& path, uint64_t done, Clock::time_point now) {
    End();
    step_ = step, path_ = path, first_ = done, started_ = shown_ = now;
  }

  static std::string Rest(uint64_t done, uint64_t total, double rate) {
    std::string text;
    if (total > 0) text += fmt::format(" of {} ({:.0f} %)", SizeText(total), 100.0 * done / total);
    if (rate > 0) text += fmt::format(", {}/s", SizeText(rate));
    if (rate > 0 && total > done) text += fmt::format(", {} left", Duration((total - done) / rate));
    return text;
  }

  void Print(const std::string& line) {
    // Padded to cover what the line before left behind.
    const int padding =
        terminal_ && width_ > line.size() ? static_cast<int>(width_ - line.size()) : 0;
    std::fprintf(stderr, "%s%s%*s%s", terminal_ ? "\r" : "", line.c_str(), padding, "",
                 terminal_ ? "" : "\n");
    width_ = line.size();
  }

  const bool terminal_ = MayRedraw(stderr);
  FetchStep step_ = FetchStep::kDownload;
  std::string path_;
  uint64_t first_ = 0;  // there from an earlier call: no part of the rate
  Clock::time_point started_, shown_;
  size_t width_ = 0;
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

void Fetch(const FetchFlags& flags) {
  const auto root = DataFolder(flags.data);
  RequireDataFolder(root);
  // All names are looked up first: a misspelt one must not show after an hour of downloading.
  std::vector<std::unique_ptr<Dataset>> datasets;
  for (const auto& name : flags.names) datasets.push_back(DatasetNamed(name));

  Json all = Json::array();
  for (size_t i = 0; i < datasets.size(); ++i) {
    Meter meter;
    const auto show = [&meter](FetchStep step, const std::string& path, uint64_t done,
                               uint64_t total) { meter.Show(step, path, done, total); };
    const FetchOptions options{.mirror = flags.mirror, .trust = flags.trust};
    const auto fetched = FetchDataset(datasets[i]->Files(), root, options, show);
    meter.End();
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
