#include "leaderboard/pages/shown_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "leaderboard/pages/names.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

constexpr const char* kSamples = "synthetic";

const std::string& PluginOf(const Score& score, const char* axis) {
  return score.entries.at(axis).plugin;
}

bool IsUndefended(const Score& score) { return PluginOf(score, "defense") == "none"; }

// The best first.
auto OrderOfDonor(const Score& score) {
  const auto& cell = score.cell;
  return std::tuple(score.status != Status::kOk, !IsUndefended(score), cell.teacher_seed,
                    cell.student_seed, cell);
}

bool HasPictures(const Score& score) {
  return std::any_of(PictureKinds().begin(), PictureKinds().end(),
                     [&](const auto& kind) { return score.media.contains(kind); });
}

void AddSets(const ScoredMatrix& matrix, const std::set<std::filesystem::path>& refused,
             PictureCopier& copier, ShownPictures& shown) {
  std::set<std::filesystem::path> folders;
  for (const auto& score : matrix.scores) {
    if (score.file.extension() == kResultsExtension) folders.insert(score.file.parent_path());
  }
  std::vector<PictureSet> sets;
  for (const auto& folder : folders) {
    for (auto& set : ReadPictures(folder).sets) {
      if (set.matrix == matrix.name && !refused.contains(set.file)) sets.push_back(std::move(set));
    }
  }
  if (sets.empty()) return;
  std::map<Cell, const Score*> scores;
  for (const auto& score : matrix.scores) scores[score.cell] = &score;
  for (const auto& set : sets) {
    const auto donor = scores.find(set.cell);
    const auto subject = SubjectOf(set.cell);
    if (donor == scores.end() || shown.contains(subject)) continue;
    if (auto media = copier.Copy(set); !media.empty())
      shown[subject] = {donor->second, std::move(media)};
  }
}

// Where scores have pictures themselves.
void AddOwn(const ScoredMatrix& matrix, PictureCopier& copier, ShownPictures& shown) {
  std::map<PictureSubject, const Score*> donors;
  for (const auto& score : matrix.scores) {
    if (!HasPictures(score)) continue;
    const auto subject = SubjectOf(score.cell);
    if (shown.contains(subject)) continue;
    auto& donor = donors[subject];
    if (!donor || OrderOfDonor(score) < OrderOfDonor(*donor)) donor = &score;
  }
  for (const auto& [subject, donor] : donors) {
    if (auto media = copier.Copy(*donor); !media.empty())
      shown[subject] = {donor, std::move(media)};
  }
}

// --- on the page of a plugin

std::string Subject(const Cell& cell) { return fmt::format("{} on {}", cell.attack, cell.dataset); }

struct PictureText {
  std::string alt, caption;
};

PictureText TriggerText(const std::string& kind, const Cell& cell) {
  const auto seed = fmt::format("teacher seed {}", cell.teacher_seed);
  const auto of = Subject(cell);
  if (kind == "trigger") return {"Trigger of " + of, "Trigger, " + seed};
  if (kind == "clean") return {"Clean test images for " + of, "Clean test images"};
  if (kind == "triggered")
    return {"The same test images with the trigger of " + of, "With the trigger, " + seed};
  return {"What the trigger of " + of + " changes, amplified", "Difference, amplified"};
}

std::string TeacherText(const Score& donor) {
  return PluginOf(donor, "attack") == "none" ? "of a clean teacher"
                                             : "of a teacher under " + donor.cell.attack;
}

PictureText SamplesText(const Score& donor) {
  const auto& cell = donor.cell;
  const auto defense = IsUndefended(donor) ? "no defence" : "defence " + cell.defense;
  return {fmt::format("Images that {} showed its student on {}", cell.distiller, cell.dataset),
          fmt::format("{}, {}, {}, seeds {} (teacher) · {} (student)", TeacherText(donor),
                      NetworkText(cell), defense, cell.teacher_seed, cell.student_seed)};
}

// {"src", "alt", "caption"} of each that the set has and the page shows.
Json ImagesOf(const ShownSet& set, PluginKind kind) {
  Json images = Json::array();
  for (const auto& picture : PictureKinds()) {
    const auto found = set.media.find(picture);
    const bool samples = picture == kSamples;
    if (found == set.media.end() || samples != (kind == PluginKind::kDistiller)) continue;
    const auto text = samples ? SamplesText(*set.donor) : TriggerText(picture, set.donor->cell);
    images.push_back(
        {{"src", "../" + found->second}, {"alt", text.alt}, {"caption", text.caption}});
  }
  return images;
}

// Of the sets that show one entry the one to take: samples those of a clean teacher.
bool IsBefore(const ShownSet& a, const ShownSet& b, PluginKind kind) {
  if (kind != PluginKind::kDistiller) return false;
  return PluginOf(*a.donor, "attack") == "none" && PluginOf(*b.donor, "attack") != "none";
}

void AddItems(const Board& board, const ShownPictures& pictures, const ShownPlugin& plugin,
              Json& items) {
  const bool distiller = plugin.kind == PluginKind::kDistiller;
  std::map<std::pair<std::string, std::string>, const ShownSet*> chosen;  // entry, data set
  for (const auto& [subject, set] : pictures) {
    if (PluginOf(*set.donor, Name(plugin.kind)) != plugin.name) continue;
    if (ImagesOf(set, plugin.kind).empty()) continue;
    auto& known = chosen[{distiller ? subject.distiller : subject.attack, subject.dataset}];
    if (!known || IsBefore(set, *known, plugin.kind)) known = &set;
  }
  for (const auto& [place, set] : chosen) {
    items.push_back({{"matrix", board.matrix->name},
                     {"entry", place.first},
                     {"dataset", place.second},
                     {"images", ImagesOf(*set, plugin.kind)}});
  }
}

}  // namespace

ShownPictures PicturesOf(const ScoredMatrix& matrix, const std::set<std::filesystem::path>& refused,
                         PictureCopier& copier) {
  ShownPictures shown;
  AddSets(matrix, refused, copier, shown);
  AddOwn(matrix, copier, shown);
  return shown;
}

std::string PicturesPath(const ScoredMatrix& matrix) {
  return "data/" + FileOf(matrix.name) + ".pictures";
}

Json PicturesData(const ShownPictures& pictures) {
  Json sets = Json::array();
  for (const auto& [subject, set] : pictures) {
    const auto& cell = set.donor->cell;
    sets.push_back({{"dataset", subject.dataset},
                    {"attack", subject.attack},
                    {"distiller", subject.distiller},
                    {"teacher_network", cell.teacher_network},
                    {"student_network", cell.student_network},
                    {"defense", cell.defense},
                    {"teacher_seed", cell.teacher_seed},
                    {"student_seed", cell.student_seed},
                    {"undefended", IsUndefended(*set.donor)},
                    {"media", set.media}});
  }
  return {{"schema", "site.v2"}, {"sets", std::move(sets)}};
}

void AddPicturesTo(Json& page, const ShownPlugin& plugin, const std::vector<Board>& boards,
                   const std::map<std::string, ShownPictures>& pictures) {
  if (plugin.kind != PluginKind::kAttack && plugin.kind != PluginKind::kDistiller) return;
  Json items = Json::array();
  for (const auto& board : boards) {
    const auto found = pictures.find(board.matrix->name);
    if (found != pictures.end()) AddItems(board, found->second, plugin, items);
  }
  page.at("plugin").at("pictures") = ListOrNull(std::move(items));
}

}  // namespace dfkd::site
