#include "bench/stages/gateway.h"

#include "bench/core/registry.h"
#include "bench/stages/hook.h"

namespace dfkd {
namespace {

// "defence", as people read it.
std::string WordFor(PluginKind kind) {
  return kind == PluginKind::kDefense   ? "defence"
         : kind == PluginKind::kDataset ? "data set"
                                        : Name(kind);
}

template <class Interface>
std::unique_ptr<Interface> Make(const std::string& plugin, const Json& resolved,
                                const std::string& name) {
  // Looked up first: a name that is not registered is nobody's fault here.
  Registry::Get().Card(Interface::kKind, plugin);
  const auto who = WordFor(Interface::kKind) + " " + name;
  const Lent lent;
  auto made = Hook(who, "its constructor").Call(lent, [&] {
    return Registry::Get().Make<Interface>(plugin, resolved);
  });
  return Checked(name, std::move(made));
}

}  // namespace

template <class Interface>
std::unique_ptr<Interface> MakeChecked(const std::string& plugin, const Json& resolved) {
  return Make<Interface>(plugin, resolved, plugin);
}

template std::unique_ptr<Dataset> MakeChecked(const std::string&, const Json&);
template std::unique_ptr<Attack> MakeChecked(const std::string&, const Json&);
template std::unique_ptr<Distiller> MakeChecked(const std::string&, const Json&);
template std::unique_ptr<Defense> MakeChecked(const std::string&, const Json&);

std::unique_ptr<Defense> MakeCheckedDefense(const std::string& plugin, const Json& resolved,
                                            const std::string& label) {
  return Make<Defense>(plugin, resolved, label);
}

}  // namespace dfkd
