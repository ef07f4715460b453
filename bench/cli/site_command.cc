// dfkd site: scores to a static leaderboard.
#include <fmt/format.h>

#include <cstdio>

#include "bench/cli/command.h"
#include "bench/core/json.h"
#include "leaderboard/pages/site.h"

namespace dfkd::cli {
namespace {

struct SiteFlags {
  std::vector<std::filesystem::path> scores = {".dfkd/scores"};
  std::filesystem::path out = ".dfkd/site";
  std::filesystem::path templates;
  bool json = false;
};

void Run(const SiteFlags& flags) {
  const auto report = WriteSite(flags.scores, flags.out, flags.templates);
  const auto index = std::filesystem::absolute(flags.out / "index.html").lexically_normal();
  if (flags.json) {
    const Json json = {
        {"index", index.string()}, {"cells", report.cells}, {"matrices", report.matrices}};
    fmt::print("{}\n", json.dump());
    return;
  }
  fmt::print(stderr, "{} cells of {} matrices; open in a browser:\n", report.cells,
             report.matrices);
  fmt::print("{}\n", index.string());
}

}  // namespace

void AddSite(CLI::App& app, Outcome&) {
  auto* verb = app.add_subcommand("site", "write the leaderboard as a static site");
  const auto flags = std::make_shared<SiteFlags>();
  verb->add_option("--scores", flags->scores, "folders of scores")->capture_default_str();
  verb->add_option("--out", flags->out, "folder of the site")->capture_default_str();
  verb->add_option("--templates", flags->templates,
                   "folder of templates (*.tpl) in place of those in the program");
  verb->add_flag("--json", flags->json, "what was written, as JSON");
  verb->footer(
      "The site opens from its folder: no server, no network, no JavaScript needed.\n"
      "Examples:\n"
      "  dfkd site\n"
      "  dfkd site --scores leaderboard/results --scores .dfkd/scores --out public\n"
      "  dfkd site --templates leaderboard/pages   shows a change of a template without compiling");
  verb->callback([flags] { Run(*flags); });
}

}  // namespace dfkd::cli
