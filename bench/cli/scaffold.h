// The files of a new plugin, from the templates in scaffold/.
#pragma once
#include <map>
#include <string>

#include "bench/core/embedded.h"

namespace dfkd {

// The files bench/cli/scaffold/*.
const EmbeddedFiles& ScaffoldFiles();

namespace cli {

// `kind` as in Name(PluginKind). Throws Error unless `name` is snake_case, begins with a letter and
// may name a namespace.
void CheckPluginName(const std::string& kind, const std::string& name);

// "drop_confident" -> "DropConfident", the name of its class. `longer`: with the kind behind it,
// for names that another plugin has as well.
std::string ClassNameOf(const std::string& kind, const std::string& name, bool longer);

// By file name. The header compiles and registers as it is, and its hooks stand in it, explained.
std::map<std::string, std::string> NewPluginFiles(const std::string& kind, const std::string& name,
                                                  bool longer);

}  // namespace cli
}  // namespace dfkd
