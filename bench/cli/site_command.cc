// dfkd site: scores to a static leaderboard.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <system_error>

#include "bench/cli/command.h"
#include "bench/cli/count_line.h"
#include "bench/cli/sources_now.h"
#include "bench/cli/version.h"
#include "bench/core/error.h"
#include "bench/core/json.h"
#include "bench/core/terminal.h"
#include "leaderboard/pages/changes.h"
#include "leaderboard/pages/site.h"

namespace dfkd::cli {
namespace {

struct SiteFlags {
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  std::filesystem::path out = ".dfkd/site";
  std::filesystem::path templates, previous, results;
  bool no_previous = false, json = false;
};

std::string Counted(int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// With what the new site is compared: unless something else is said, with the one that it replaces,
// or a site that is written again would forget its history.
std::filesystem::path PreviousOf(const SiteFlags& flags) {
  if (flags.no_previous) return {};
  return flags.previous.empty() ? site::EarlierSiteIn(flags.out) : flags.previous;
}

// Without links, "." and a slash at the end, whether it exists or not. What cannot be looked at is
// an error of whoever reads or writes there.
std::filesystem::path WholePath(const std::filesystem::path& path) {
  const auto absolute = std::filesystem::current_path() / path;
  std::error_code error;
  auto whole = std::filesystem::weakly_canonical(absolute, error);
  if (error) whole = absolute.lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

// Pages among scores are read as scores by the next site, and whoever deletes or publishes a site
// would do so with the scores.
void RequireApartFrom(const std::vector<std::filesystem::path>& scores,
                      const std::filesystem::path& out) {
  const auto site = WholePath(out);
  for (const auto& folder : scores) {
    const auto whole = WholePath(folder);
    const auto end = std::mismatch(site.begin(), site.end(), whole.begin(), whole.end()).first;
    if (end != site.end()) continue;
    throw MakeError(
        "--out '{}': the scores of '{}' are in it; choose a folder that holds no scores",
        out.string(), folder.string());
  }
}

SiteReport Write(const std::vector<std::filesystem::path>& scores, const SiteFlags& flags) {
  CountLine line(stderr, MayRedraw(stderr), "files read");
  const auto tell = [&line](size_t done, size_t all) {
    line.Show(done, all);
    if (done == all) line.Break();
  };
  return WriteSite(scores, flags.out,
                   {.templates = flags.templates,
                    .now = SourcesNow(),
                    .previous = PreviousOf(flags),
                    .version = Version(),
                    .commit = Commit(),
                    .reading = tell});
}

void Run(const SiteFlags& flags) {
  auto scores = flags.scores;
  if (!flags.results.empty()) scores = {flags.results};
  RequireApartFrom(scores, flags.out);
  const auto report = Write(scores, flags);
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
               Counted(report.left_out, "score", "scores"));
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
  verb.Add("--results", &flags->results,
           "results that the repository keeps (dfkd results), in place of scores")
      .Takes("DIR");
  verb.Add("--out", &flags->out, "folder of the site").ShowsDefault();
  verb.Add("--templates", &flags->templates,
           "folder of templates (*.tpl) in place of those in the program");
  const auto& previous =
      verb.Add("--previous", &flags->previous,
               "folder of the site before, to say what changed since, with feeds (default: --out, "
               "if a site is in it)")
          .Takes("DIR");
  verb.Add("--no-previous", &flags->no_previous,
           "compare with no earlier site and forget its history")
      .Excludes(previous);
  verb.Add("--json", &flags->json, "what was written, as JSON");
  verb.NeedsNoPlugins();
  verb.Footer(
      "The site opens from its folder: no server, no network, no JavaScript needed.\n"
      "Examples:\n"
      "  dfkd site\n"
      "  dfkd site --results leaderboard/results --out public\n"
      "  dfkd site --previous published               says what changed since another one\n"
      "  dfkd site --no-previous                      begins the history anew\n"
      "  dfkd site --templates leaderboard/pages   shows a change of a template without compiling");
  verb.Runs([flags] {
    Run(*flags);
    return 0;
  });
}

}  // namespace dfkd::cli
