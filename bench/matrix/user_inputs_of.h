// The options by which a matrix names files and folders of a user, and what stands for them in
// keys: their content. Options say so themselves (Limits in bench/core/options.h): those of files
// name the option of the checksum, and one that says `folder`, too, may name a folder of pictures,
// known by the checksum of its PackPictures; the content of a data set's folder is the fingerprint.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bench/core/plugin_card.h"
#include "bench/matrix/matrix.h"
#include "bench/matrix/plan.h"

namespace dfkd {

struct UserFile {
  std::filesystem::path path;
  std::string sha256;
};

// Completes the checksums of all files that the matrix names and that are here, and returns these.
// Throws Error if one has another checksum than the matrix says. A file that is not here is
// believed to be what its checksum says; without one its path stays in the keys (RequireFiles).
std::vector<UserFile> FillChecksums(Matrix& matrix);

// `settings` with those of `above` in their places. Whoever names another file there does not mean
// what the file of `settings` held: its checksum goes.
Json SettingsAbove(const Json& above, Json settings);

// After FillChecksums: throws Error naming a file that a selected entry reads, in whichever cell,
// that is not here, and of which no checksum says what it held. A run would find out hours later.
void RequireFiles(const Matrix& matrix, const Selection& selection);

// The folder of a data set's images, absolute; "" if its options name none. `data`: the data
// folder.
std::filesystem::path FolderOfImages(const PluginCard& card, const Json& options,
                                     const std::filesystem::path& data);

// Options as keys hold them. Without a fingerprint the images themselves do not matter, and the
// folder is left out.
Json WithFilesByContent(const PluginCard& card, Json options);
Json WithImagesByContent(const PluginCard& card, Json options, const std::string& fingerprint);

// Puts files, and where images are, to where the stages find them (bench/store/user_inputs.h).
// Throws Error (io) if one cannot be read, or is another one by now.
void KeepUserInputs(const std::vector<UserFile>& files,
                    const std::map<std::string, DataFacts>& data,
                    const std::filesystem::path& store);

}  // namespace dfkd
