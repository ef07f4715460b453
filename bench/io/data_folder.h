// Where data sets, and other files that a user names, lie on this machine.
#pragma once
#include <filesystem>
#include <string>

namespace dfkd {

// The data folder of every verb: `given` (the value of --data) if not empty, else $DFKD_DATA, else
// ~/.local/share/dfkd/data. It need not exist. Without a home folder it is one that does not exist
// and that IsNoDataFolder knows: data sets without files need none. Throws Error if its absolute
// path is not UTF-8.
std::filesystem::path DataFolder(const std::string& given);

// Whether `root` is what DataFolder gives where nobody has said which it is.
bool IsNoDataFolder(const std::filesystem::path& root);

// Throws Error that says what to set where `root` is no data folder. For whoever needs one.
void RequireDataFolder(const std::filesystem::path& root);

// A path as somebody wrote it in a matrix, "~/" being the home folder as in a shell; below `root`
// if it is relative. Throws Error if the home or the data folder is needed and unknown, and for a
// path with a NUL byte. `where` opens the message.
std::filesystem::path UserPath(const std::string& path, const std::filesystem::path& root,
                               const std::string& where);

}  // namespace dfkd
