// dfkd help: what `dfkd VERB --help` says, in the order in which people type it.
#include <iostream>
#include <memory>

#include "bench/cli/command.h"
#include "bench/cli/offers.h"

namespace dfkd::cli {

void AddHelp(Program& program) {
  auto& verb = program.AddVerb("help", "Explain the program, or one verb of it");
  const auto about = std::make_shared<std::string>();
  verb.Add("verb", about.get(), "to explain").Takes("VERB").Offers(VerbNames(program));
  verb.NeedsNoPlugins();
  verb.Footer("Examples:\n  dfkd help\n  dfkd help run");
  verb.Runs([&program, about] {
    if (about->empty()) return program.Run({"--help"}, std::cout, std::cerr);
    return program.Run({program.Find(*about).name(), "--help"}, std::cout, std::cerr);
  });
}

}  // namespace dfkd::cli
