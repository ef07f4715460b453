// Artifacts that come from elsewhere: from a web server, an archive, another folder. What these say
// is a stranger's word until it has been checked; then the artifact is published by the same rename
// as one that was computed here, and its manifest says where it came from. What it cost stays what
// it cost.
//
// Nothing here can tell whether the numbers in an artifact are those that its description leads to:
// only computing it again can. What is checked is that every byte is the one that the manifest
// names, that the manifest is that of the key, and that no later reader meets what it cannot read.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "bench/store/store.h"

namespace dfkd {

// Of manifest.json and of key.json, in bytes. Ours have a few thousand.
inline constexpr uint64_t kLargestManifest = uint64_t{4} << 20;

// The manifest of the artifact `ref`. Throws Error (io), "<origin>: …, expected …", unless `text`
// is a sealed manifest of it: files whose names stay in the folder and are no longer than that,
// each with size and SHA-256; a digest that is theirs; facts of the kinds that readers expect.
Json ReadForeignManifest(std::string_view text, const std::string& origin, const Ref& ref);

// Throws Error (io), "<origin>: has SHA-256 …, expected is …" or what else is wrong with it, unless
// `text` is the canonical description that the key of `ref` is the hash of.
void CheckForeignDescription(std::string_view text, const std::string& origin, const Ref& ref);

// Publishes the folder `staged`, which has key.json, manifest.json and the files, and lies on the
// store's file system. `origin`, an address or the name of a file, becomes the fact "fetched_from";
// with "" there is none, and no line of history: that is for copies which others read. If the
// artifact is there already, that one stays and `staged` is removed.
//
// Throws Error (io) that names the file, the expected and the found SHA-256 if `staged` is not
// whole; then it stays, and nothing is published.
Published Adopt(const Store& store, const std::string& ref, const std::filesystem::path& staged,
                const std::string& origin);

}  // namespace dfkd
