// dfkd man: manual pages, printed or written to a folder.
#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/manual.h"
#include "bench/cli/offers.h"
#include "bench/core/error.h"
#include "bench/io/file.h"

namespace dfkd::cli {
namespace {

struct ManFlags {
  std::string verb;
  std::filesystem::path into;
};

void WriteAll(const Program& program, const std::filesystem::path& folder) {
  WriteFileAtomically(folder / "dfkd.1", ManualPage(program));
  for (const auto& verb : program.verbs()) {
    WriteFileAtomically(folder / ("dfkd-" + verb.name() + ".1"), ManualPage(program, verb));
  }
}

void Run(const Program& program, const ManFlags& flags) {
  if (flags.into.empty()) {
    std::cout << (flags.verb.empty() ? ManualPage(program)
                                     : ManualPage(program, program.Find(flags.verb)));
    return;
  }
  if (!flags.verb.empty())
    throw MakeError("man: --into writes all pages; leave out {}", flags.verb);
  WriteAll(program, flags.into);
}

}  // namespace

void AddMan(Program& program) {
  auto& verb = program.AddVerb("man", "Print a manual page: of the program, or of one verb");
  const auto flags = std::make_shared<ManFlags>();
  verb.Add("verb", &flags->verb, "to explain").Takes("VERB").Offers(VerbNames(program));
  verb.Add("--into", &flags->into, "write all pages to this folder instead").Takes("DIR");
  verb.NeedsNoPlugins();
  verb.Footer(
      "Examples:\n"
      "  dfkd man run | man -l -\n"
      "  dfkd man --into ~/.local/share/man/man1");
  verb.Runs([&program, flags] {
    Run(program, *flags);
    return 0;
  });
}

}  // namespace dfkd::cli
