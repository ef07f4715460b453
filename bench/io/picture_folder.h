// Labelled pictures on disk: a folder per class, PNG, JPEG, PGM or PPM inside. Everything is
// sorted, so that the order does not depend on the file system. `where` begins every message.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "bench/core/image.h"

namespace dfkd {

// The number that a folder is named by, whatever zeros lead it; absent for other names.
std::optional<uint64_t> NumberOfFolder(const std::string& name);

// The names of the folders in `folder`, without hidden ones, in the order of their labels: by value
// if all are numbers ("2" before "10"), else by bytes. Throws Error for a name that is not UTF-8
// (names of classes are shown and stored), for two that are one number ("1" and "01"), and for
// pictures that lie beside folders, in no class.
std::vector<std::string> ClassFolders(const std::filesystem::path& folder,
                                      const std::string& where);

// Of names that look alike and are not, as a "ü" that is one character and one that is a "u" with a
// mark: the first pair with its bytes, in a sentence; "" if no name of one list has such a twin in
// the other.
std::string LookAlikes(const std::vector<std::string>& some,
                       const std::vector<std::string>& others);

// At least one. Files that are no pictures are passed over; a picture of a kind that is not read
// (BMP, GIF, TIFF, WebP …), or one whose name does not say so (no suffix, .bak), would be left out
// in silence and is an Error, a folder inside is more likely a mistake than meant and is one too.
// So is, here and above, a link that leads to itself.
std::vector<std::filesystem::path> PicturesIn(const std::filesystem::path& folder,
                                              const std::string& where);

// What all pictures of a set are brought to, in this order.
struct PictureForm {
  int64_t channels;  // 1 grey, 3 colour
  int64_t size;      // height and width
};

// The pictures of `classes`, folders in `folder`, with their places among them as labels. Each is
// brought to `form` as it is read, so that memory does not grow with the size of photographs. Warns
// once if some of them ask to be turned (EXIF orientation), which nothing here does, and once if
// some that are equal then lie in different classes.
LabelledImages ReadPictures(const std::filesystem::path& folder,
                            const std::vector<std::string>& classes, const PictureForm& form,
                            const std::string& where);

// `channels`: 1 grey, 3 colour.
Image WithChannels(const Image& image, int64_t channels);

}  // namespace dfkd
