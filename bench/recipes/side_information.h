// What a method has beside the teacher, said by whoever brings it: nobody else can know. The two
// options are a convention: scores hold them among the distiller's options, and the site shows
// those of any distiller that has them (leaderboard/pages/names.h).
#pragma once
#include <string>

#include "bench/core/error.h"
#include "bench/core/options.h"

namespace dfkd {

struct SideInformation {
  std::string extra_data, pretrained;
  template <class Options>
  static void DeclareSideInformation(OptionTable<Options>& o) {
    o.Add("extra_data", &Options::extra_data, {.initial = ""},
          "data behind it that no defender is given (images, texts), in a few words; \"none\"");
    o.Add("pretrained", &Options::pretrained, {.initial = ""},
          "networks behind it beside the teacher (\"Stable Diffusion 1.5\"); \"none\"");
  }
  bool IsNone() const { return extra_data == "none" && pretrained == "none"; }
  // Throws Error unless both have been said. `what` opens the message.
  void RequireDeclared(const std::string& what) const {
    if (!extra_data.empty() && !pretrained.empty()) return;
    throw MakeError(
        "{}: extra_data = \"{}\" and pretrained = \"{}\" must say what is behind it, \"none\" if "
        "nothing",
        what, extra_data, pretrained);
  }
};

}  // namespace dfkd
