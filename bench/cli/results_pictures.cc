#include "bench/cli/results_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "bench/cli/results_size.h"
#include "bench/core/error.h"
#include "bench/io/file.h"
#include "bench/io/png.h"
#include "bench/scores/results.h"
#include "bench/scores/results_state.h"

namespace dfkd::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSamples = "synthetic";
// A sheet has at most so many columns.
constexpr int64_t kMostColumns = 6;

// --- sheets

// Whether a white line of one pixel stands behind every column and row but the last.
bool IsSheetOf(const Image& image, int64_t columns) {
  const int64_t step = (image.width + 1) / columns;
  if (step < 2 || (image.width + 1) % columns != 0 || (image.height + 1) % step != 0) return false;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      if ((x + 1) % step != 0 && (y + 1) % step != 0) continue;
      const auto* pixel =
          &image.pixels[static_cast<size_t>((y * image.width + x) * image.channels)];
      if (std::any_of(pixel, pixel + image.channels, [](uint8_t value) { return value != 255; }))
        return false;
    }
  }
  return true;
}

Image CornerOf(const Image& image, int64_t height, int64_t width) {
  Image corner{std::min(height, image.height), std::min(width, image.width), image.channels, {}};
  for (int64_t y = 0; y < corner.height; ++y) {
    const auto begin = image.pixels.begin() + y * image.width * image.channels;
    corner.pixels.insert(corner.pixels.end(), begin, begin + corner.width * image.channels);
  }
  return corner;
}

// --- in a store

// Of one plan and store.
class PictureReader {
 public:
  PictureReader(const Plan& plan, Store& store) : plan_(plan), results_(plan, store) {
    for (const auto& cell : plan.cells) cells_[cell.cell] = &cell;
  }

  Pictures Read(const CommittedResult& result) {
    const auto found = cells_.find(result.score.cell);
    if (found == cells_.end() || PlanDigest(plan_, *found->second) != result.plan) return {};
    const auto& cell = *found->second;
    Pictures pictures;
    for (const auto evaluation : {cell.student_evaluation, cell.teacher_evaluation}) {
      if (!results_.Has(evaluation)) continue;
      for (const auto& kind : PictureKinds()) {
        if (kind != kSamples) Take(pictures, kind, evaluation);
      }
      break;
    }
    if (const auto state = LastState(cell); results_.Has(state)) Take(pictures, kSamples, state);
    const auto samples = pictures.find(kSamples);
    if (samples != pictures.end()) samples->second = FittingSheet(samples->second);
    return pictures;
  }

 private:
  StageId LastState(const PlannedCell& cell) const {
    for (auto id = cell.path.rbegin(); id != cell.path.rend(); ++id) {
      if (*id != kNoStage && plan_.At(*id).stage.kind == "distill") return *id;
    }
    return kNoStage;
  }

  void Take(Pictures& pictures, const std::string& kind, StageId id) {
    const auto file = kind + ".png";
    if (results_.Manifest(id).at("files").contains(file)) pictures[kind] = results_.File(id, file);
  }

  const Plan& plan_;
  Results results_;
  std::map<Cell, const PlannedCell*> cells_;
};

// --- in the folder of a matrix

// Whether it did not end well, and whether it is defended: of donors the lower is the better.
std::pair<bool, bool> RankOf(const CommittedResult& result) {
  const auto& entries = result.score.entries;
  const auto defense = entries.find("defense");
  return {result.score.status != Status::kOk,
          defense == entries.end() || defense->second.plugin != "none"};
}

auto OrderOfDonor(const CommittedResult& result) {
  const auto& cell = result.score.cell;
  return std::tuple(RankOf(result), cell.teacher_seed, cell.student_seed, cell);
}

bool IsNamedAsPicture(const fs::path& file) {
  const auto stem = file.stem().string();
  return file.extension() == ".png" && stem.size() == 16 &&
         stem.find_first_not_of("0123456789abcdef") == stem.npos;
}

// Brings one folder up to date.
class SetKeeper {
 public:
  SetKeeper(const fs::path& folder, std::string matrix, const std::vector<CommittedResult>& results)
      : media_(PictureFolder(folder, matrix)),
        folder_(folder),
        matrix_(std::move(matrix)),
        newest_(NewestByCell(results)) {}

  AddedPictures Run(const PicturesOfResult& pictures) {
    if (!Read()) return std::move(added_);
    if (pictures) {
      for (const auto& [subject, candidates] : Candidates()) Renew(subject, candidates, pictures);
    }
    RemoveRest();
    std::sort(added_.removed.begin(), added_.removed.end());
    return std::move(added_);
  }

 private:
  // False: nothing in the folder may be touched.
  bool Read() {
    auto read = ReadPictures(media_.parent_path());
    for (const auto& problem : read.problems) {
      if (problem.file != media_) continue;
      added_.left_out.push_back(fmt::format("{}: {}", media_.string(), problem.reason));
      return false;
    }
    for (auto& set : read.sets) {
      const auto donor = newest_.find(set.cell);
      if (donor == newest_.end() || donor->second->plan != set.plan) continue;
      const auto subject = SubjectOf(set.cell);
      sets_[subject] = std::move(set);
    }
    return true;
  }

  using Donors = std::vector<const CommittedResult*>;

  // The best first; where there is a set, those that are better than its donor.
  std::map<PictureSubject, Donors> Candidates() const {
    std::map<PictureSubject, Donors> all;
    for (const auto& [cell, result] : newest_) {
      const auto known = sets_.find(SubjectOf(cell));
      if (known != sets_.end() && RankOf(*result) >= RankOf(*newest_.at(known->second.cell)))
        continue;
      all[SubjectOf(cell)].push_back(result);
    }
    for (auto& [subject, donors] : all) {
      std::sort(donors.begin(), donors.end(),
                [](const auto* a, const auto* b) { return OrderOfDonor(*a) < OrderOfDonor(*b); });
    }
    return all;
  }

  void Renew(const PictureSubject& subject, const Donors& candidates,
             const PicturesOfResult& pictures) {
    for (const auto* donor : candidates) {
      const auto found = Ask(*donor, pictures);
      if (found.empty()) continue;
      // What does not fit does so in no other cell.
      if (const auto fitting = Fitting(*donor, found); !fitting.empty())
        Write(subject, *donor, fitting);
      return;
    }
  }

  Pictures Ask(const CommittedResult& donor, const PicturesOfResult& pictures) {
    try {
      return pictures(donor);
    } catch (const Error& e) {
      added_.left_out.push_back(
          fmt::format("{}: its pictures: {}", CellId(donor.score.cell), e.what()));
      return {};
    }
  }

  Pictures Fitting(const CommittedResult& donor, const Pictures& pictures) {
    Pictures fitting;
    size_t bytes = 0;
    for (const auto& kind : PictureKinds()) {
      const auto found = pictures.find(kind);
      if (found == pictures.end()) continue;
      auto why = WhyNoPicture(found->second);
      if (why.empty() && bytes + found->second.size() > kMostBytesOfPictures)
        why = fmt::format("at most {} bytes are allowed in all", kMostBytesOfPictures);
      if (why.empty()) {
        bytes += found->second.size();
        fitting.insert(*found);
      } else {
        added_.left_out.push_back(
            fmt::format("{}: picture '{}': {}", CellId(donor.score.cell), kind, why));
      }
    }
    return fitting;
  }

  bool HasRoomFor(const CommittedResult& donor, const PictureSet& set, const Pictures& pictures) {
    TextsOfFiles texts = {{set.file, PictureSetText(set)}};
    for (const auto& [kind, name] : set.pictures) texts[media_ / name] = pictures.at(kind);
    if (HasRoom(folder_, texts)) return true;
    added_.left_out.push_back(fmt::format("{}: its pictures: no room in {}: at most {} are allowed",
                                          CellId(donor.score.cell), folder_.string(),
                                          kMostBytesInAll));
    return false;
  }

  void Write(const PictureSubject& subject, const CommittedResult& donor,
             const Pictures& pictures) {
    PictureSet set{matrix_, donor.score.cell, donor.plan, {}, media_ / NameOfSet(subject)};
    for (const auto& [kind, bytes] : pictures) set.pictures[kind] = NameOfPicture(bytes);
    if (!HasRoomFor(donor, set, pictures)) return;
    for (const auto& [kind, name] : set.pictures) {
      added_.pictures += fs::exists(media_ / name) ? 0 : 1;
      WriteFileSoon(media_ / name, pictures.at(kind));
    }
    WriteFileSoon(set.file, PictureSetText(set));
    added_.sets.push_back(set.file.filename().string());
    sets_[subject] = std::move(set);
  }

  // What is no file of this program stays, and is told by whoever reads the results.
  void RemoveRest() {
    std::set<fs::path> kept;
    for (const auto& [subject, set] : sets_) {
      kept.insert(set.file.filename());
      for (const auto& [kind, name] : set.pictures) kept.insert(name);
    }
    std::vector<fs::path> rest;
    if (!fs::is_directory(media_)) return;
    for (const auto& entry : fs::directory_iterator(media_)) {
      const auto name = entry.path().filename();
      const bool ours = name.extension() == ".json" || IsNamedAsPicture(name);
      if (ours && !kept.contains(name) && !fs::is_directory(entry.symlink_status()))
        rest.push_back(entry.path());
    }
    for (const auto& file : rest) {
      fs::remove(file);
      if (file.extension() == ".json") added_.removed.push_back(file.filename().string());
    }
    std::error_code not_empty;
    fs::remove(media_, not_empty);
  }

  const fs::path media_, folder_;
  const std::string matrix_;
  const NewestResults newest_;
  std::map<PictureSubject, PictureSet> sets_;
  AddedPictures added_;
};

}  // namespace

std::string FittingSheet(const std::string& png) {
  if (png.size() <= kMostBytesOfPicture) return png;
  const auto image = ParsePng(png, "sheet");
  for (int64_t columns = kMostColumns; columns > 1; --columns) {
    if (!IsSheetOf(image, columns)) continue;
    const auto step = (image.width + 1) / columns;
    for (auto kept = columns - 1; kept > 0; --kept) {
      auto part = EncodePng(CornerOf(image, kept * step - 1, kept * step - 1));
      if (part.size() <= kMostBytesOfPicture) return part;
    }
    break;
  }
  return png;
}

PicturesOfResult PicturesInStore(const Plan& plan, Store& store) {
  const auto reader = std::make_shared<PictureReader>(plan, store);
  return [reader](const CommittedResult& result) { return reader->Read(result); };
}

AddedPictures AddPictures(const fs::path& folder, const std::string& matrix,
                          const std::vector<CommittedResult>& results,
                          const PicturesOfResult& pictures) {
  try {
    auto added = SetKeeper(folder, matrix, results).Run(pictures);
    if (!added.sets.empty() || !added.removed.empty()) SyncFileSystem(folder);
    return added;
  } catch (const fs::filesystem_error& e) {
    throw MakeError(FailureClass::kIo, "pictures of {}: {}", matrix, e.what());
  }
}

}  // namespace dfkd::cli
