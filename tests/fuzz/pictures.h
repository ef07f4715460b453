// Sets of pictures beside committed results: anybody's pull request may bring them, and the site
// publishes what they name.
#pragma once
#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/core/json.h"
#include "bench/io/png.h"
#include "bench/scores/picture_set.h"
#include "bench/scores/results_file.h"
#include "bench/scores/score.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/source_file.h"
#include "tests/io/goldens.h"
#include "tests/io/hex.h"

namespace dfkd::fuzz {

// The donor of the set.
inline const CommittedResult& Donor() {
  static const CommittedResult donor = [] {
    const std::string file =
        "tests/scores/fixtures/valid/toy/toy-badnets_grid-wrn_16_2-wrn_16_1-zskt-abd-t0-s0.json";
    CommittedResult result{ScoreFrom(ParseJson(SourceFile(file), file), file), std::string(64, 'a'),
                           "", Verified::kValid, "somebody"};
    result.score.media.clear();
    return result;
  }();
  return donor;
}

inline const std::vector<std::string>& Pictures() {
  static const std::vector<std::string> pictures = {EncodePng({2, 2, 1, {0, 1, 2, 3}}),
                                                    testing::FromHex(goldens::kPngRgb),
                                                    testing::FromHex(goldens::kPngPalette)};
  return pictures;
}

// Names of two of the pictures that lie there.
inline PictureSet SetOfDonor() {
  return {"toy",
          Donor().score.cell,
          Donor().plan,
          {{"trigger", NameOfPicture(Pictures()[0])}, {"clean", NameOfPicture(Pictures()[1])}}};
}

inline std::vector<std::string> PictureSetSeeds() {
  const auto set = SetOfDonor();
  auto other = set;
  other.cell.distiller = "dfme \xc3\xbc/..";
  other.pictures["synthetic"] = NameOfPicture(Pictures()[2]);
  return {PictureSetText(set), PictureSetText(other)};
}

// Where whoever wrote the text would put it; anywhere in the folder if it does not say.
inline std::string NameOfText(std::string_view bytes) {
  const Json set = Json::parse(bytes, nullptr, false);
  const Json cell = set.is_object() ? set.value("cell", Json()) : Json();
  const auto text = [&](const char* name) {
    const Json value = cell.is_object() ? cell.value(name, Json()) : Json();
    return value.is_string() ? value.get<std::string>() : std::string("a");
  };
  return NameOfSet({text("dataset"), text("attack"), text("distiller")});
}

// The folder of the results of `toy`: a file of them, and media with the pictures alone.
inline std::filesystem::path FolderOfPictures() {
  const auto folder = EmptyScratch("pictures/toy");
  WriteScratch("pictures/toy/abd.jsonl", "");
  for (const auto& picture : Pictures())
    WriteScratch("pictures/toy/media/" + NameOfPicture(picture), picture);
  return folder;
}

// Of what was read every picture is one, and is where it is said to be.
inline void RequireSound(const std::vector<PictureSet>& sets, const std::filesystem::path& folder) {
  const auto& kinds = PictureKinds();
  for (const auto& set : sets) {
    if (set.pictures.empty()) throw std::logic_error("a set of no pictures");
    for (const auto& [kind, name] : set.pictures) {
      const bool known = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
      const auto file = folder / "media" / name;
      if (!known || file.lexically_normal() != file) throw std::logic_error("leads elsewhere");
      const auto bytes = ReadBytes(file);
      if (NameOfPicture(bytes) != name || !WhyNoPicture(bytes).empty())
        throw std::logic_error("no picture of this name");
    }
  }
}

// A set is read as the same from its own text, and `CheckPictures` finds nothing in it that
// `ReadPictures` does not, but that no result stands for it.
inline void ReadPictureSetText(std::string_view bytes) {
  const auto folder = FolderOfPictures();
  const auto file = folder / "media" / NameOfText(bytes);
  WriteScratch(file, bytes);
  const auto read = ReadPictures(folder);
  RequireSound(read.sets, folder);
  static const std::vector<CommittedResult> results = {Donor()};
  const auto told = CheckPictures(folder / "abd.jsonl", &results);
  if (read.sets.empty()) {
    if (told.empty()) throw std::logic_error("a set that is wrong, of which nobody is told");
    throw MakeError("fuzz: {}", told.front().reason);
  }
  WriteScratch(file, PictureSetText(read.sets.front()));
  const auto again = ReadPictures(folder);
  const bool same = again.sets.size() == 1 && again.sets[0].cell == read.sets[0].cell &&
                    again.sets[0].pictures == read.sets[0].pictures;
  if (!same) throw std::logic_error("another set after a round trip");
}

inline std::vector<std::string> PictureSeeds() {
  auto seeds = Pictures();
  seeds.push_back(EncodePng({1, 3000, 1, std::vector<uint8_t>(3000)}));  // too wide
  return seeds;
}

// A set stands exactly if its picture is one.
inline void ReadPictureBytes(std::string_view bytes) {
  const auto folder = FolderOfPictures();
  const std::string picture(bytes);
  auto set = SetOfDonor();
  set.pictures = {{"trigger", NameOfPicture(picture)}};
  WriteScratch(folder / "media" / set.pictures.at("trigger"), picture);
  WriteScratch(folder / "media" / NameOfSet(SubjectOf(set.cell)), PictureSetText(set));
  const auto why = WhyNoPicture(picture);
  if (ReadPictures(folder).sets.empty() == why.empty()) throw std::logic_error("two opinions");
  if (!why.empty()) throw MakeError("fuzz: {}", why);
  const auto image = ParsePng(picture, "fuzz");
  if (std::max(image.width, image.height) > kLargestSideOfPicture)
    throw std::logic_error("larger than its header says");
}

}  // namespace dfkd::fuzz
