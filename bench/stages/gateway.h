// The one way by which stages reach plugins. An instance from here is the plugin's, behind checks
// of every hook that it has: exceptions are named by plugin, hook and round; what it returns has
// the shape, dtype, device and range of the contract (bench/core/interfaces.h); what it was lent
// (teacher, batch, images, labels) is as it was; nothing was drawn from a global random generator.
// A breach of the contract is thrown as HookError, in one line, and nothing of it gets further; nor
// does a hook that catches what the stage throws at it.
//
// The checks change no result. Most are a comparison of counters at every call; bytes are compared
// in rounds 0, 1, 2, 4, 8 …, those of the teacher also whenever a state is saved, those of the
// student also in the last round and in those that a curve is drawn of, and on a GPU values are
// read back in every sixteenth round.
#pragma once
#include <memory>
#include <string>

#include "bench/core/image.h"
#include "bench/core/interfaces.h"
#include "bench/core/json.h"

namespace dfkd {

// A new instance of the registered plugin, from resolved options. Interface is Dataset, Attack,
// Distiller or Defense.
template <class Interface>
std::unique_ptr<Interface> MakeChecked(const std::string& plugin, const Json& resolved);
// `label` names the part in messages where a defence has several of one plugin.
std::unique_ptr<Defense> MakeCheckedDefense(const std::string& plugin, const Json& resolved,
                                            const std::string& label);

// The checks around an instance; `name` is its name in messages.
std::unique_ptr<Dataset> Checked(const std::string& name, std::unique_ptr<Dataset> plugin);
std::unique_ptr<Attack> Checked(const std::string& name, std::unique_ptr<Attack> plugin);
std::unique_ptr<Distiller> Checked(const std::string& name, std::unique_ptr<Distiller> plugin);
std::unique_ptr<Defense> Checked(const std::string& name, std::unique_ptr<Defense> plugin);

}  // namespace dfkd
