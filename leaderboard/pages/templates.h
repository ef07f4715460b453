// The templates of the pages, leaderboard/pages/*.tpl, expanded by ctemplate. What they may say
// stands in README.md beside them. Every text that they show is escaped for the place where it
// stands (text, attribute, address), and no template can switch that off.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "bench/core/embedded.h"
#include "bench/core/json.h"

namespace ctemplate {
class TemplateCache;
}

namespace dfkd {

// The files leaderboard/pages/*.tpl.
const EmbeddedFiles& TemplateFiles();

class Templates {
 public:
  // Those in the program.
  Templates();
  // Those of the folder in place of those of the same name in the program. Throws Error if it has
  // none, and on a template that is wrong, with the line.
  explicit Templates(const std::filesystem::path& folder);
  ~Templates();
  Templates(Templates&&) noexcept;

  // `page` without ".tpl". `data` is an object; its strings are text, whatever they hold. Only the
  // drawings of svg.h are markup, and these only for variables that end in "_svg". Throws Error
  // naming a variable that `data` has not.
  std::string Render(const std::string& page, const Json& data) const;

 private:
  // By name.
  void Load(const std::map<std::string, std::string>& texts);

  std::unique_ptr<ctemplate::TemplateCache> cache_;
};

}  // namespace dfkd
