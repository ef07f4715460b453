// dfkd site: scores to a static leaderboard.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/sources_now.h"
#include "bench/cli/version.h"
#include "bench/core/json.h"
#include "leaderboard/pages/site.h"

namespace dfkd::cli {
namespace {

struct SiteFlags {
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  std::filesystem::path out = ".dfkd/site";
  std::filesystem::path templates, previous;
  bool json = false;
};

std::string Counted(int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

void Run(const SiteFlags& flags) {
  const auto report = WriteSite(flags.scores, flags.out,
                                {.templates = flags.templates,
                                 .now = SourcesNow(),
                                 .previous = flags.previous,
                                 .version = Version(),
                                 .commit = Commit()});
  const auto index = std::filesystem::absolute(flags.out / "index.html").lexically_normal();
  if (flags.json) {
    const Json json = {{"index", index.string()},
                       {"cells", report.cells},
                       {"matrices", report.matrices},
                       {"left_out", report.left_out}};
    fmt::print("{}\n", json.dump());
    return;
  }
  if (report.left_out > 0) {
    fmt::print(stderr, "{} left out: not valid, or of another experiment (see the warnings)\n",
               Counted(report.left_out, "file", "files"));
  }
  fmt::print(stderr, "{} of {}; open in a browser:\n", Counted(report.cells, "cell", "cells"),
             Counted(report.matrices, "matrix", "matrices"));
  fmt::print("{}\n", index.string());
}

}  // namespace

void AddSite(Program& program) {
  auto& verb = program.AddVerb("site", "write the leaderboard as a static site");
  const auto flags = std::make_shared<SiteFlags>();
  verb.Add("--scores", &flags->scores, "folders of scores").ShowsDefault();
  verb.Add("--out", &flags->out, "folder of the site").ShowsDefault();
  verb.Add("--templates", &flags->templates,
           "folder of templates (*.tpl) in place of those in the program");
  verb.Add("--previous", &flags->previous,
           "folder of the site before (it may be --out): says what changed since, with feeds")
      .Takes("DIR");
  verb.Add("--json", &flags->json, "what was written, as JSON");
  verb.NeedsNoPlugins();
  verb.Footer(
      "The site opens from its folder: no server, no network, no JavaScript needed.\n"
      "Examples:\n"
      "  dfkd site\n"
      "  dfkd site --scores leaderboard/results --scores .dfkd/scores --out public\n"
      "  dfkd site --previous .dfkd/site              says what changed since the last one\n"
      "  dfkd site --templates leaderboard/pages   shows a change of a template without compiling");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
