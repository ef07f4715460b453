// Columns of scores.csv and of the data of a page for what a matrix may ask besides: detectors of
// its teachers, reactivation of its students.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>

#include "bench/scores/folder_name.h"
#include "leaderboard/pages/downloads.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

template <class Record>
struct AskedField {
  const char *name, *unit, *meaning;
  Json (*value)(const Record& record);
};

Json AskedHits(const std::optional<Count>& count) {
  return count ? Json(count->hits) : Json(nullptr);
}
Json AskedOf(const std::optional<Count>& count) { return count ? Json(count->of) : Json(nullptr); }

const std::vector<AskedField<DetectionScore>>& DetectionFields() {
  using Said = DetectionScore;
  static const std::vector<AskedField<Said>> fields = {
      {"statistic", "statistic", "the more suspicious, the higher",
       [](const Said& said) { return Json(said.statistic); }},
      {"suspicious", "true/false", "the statistic is beyond the detector's own bound",
       [](const Said& said) { return Json(said.suspicious); }},
      {"target", "class", "the class that stands out",
       [](const Said& said) { return Json(said.target); }}};
  return fields;
}

const std::vector<AskedField<ReactivationScore>>& ReactivationFields() {
  using Tried = ReactivationScore;
  static const std::vector<AskedField<Tried>> fields = {
      {"acc", "fraction", "accuracy of the student",
       [](const Tried& tried) { return OptionalOr(tried.acc); }},
      {"acc_hits", "images", "clean test images that the student has right",
       [](const Tried& tried) { return AskedHits(tried.student.clean); }},
      {"acc_of", "images", "clean test images",
       [](const Tried& tried) { return AskedOf(tried.student.clean); }},
      {"asr", "fraction", "ASR of the student",
       [](const Tried& tried) { return OptionalOr(tried.asr); }},
      {"asr_hits", "images", "triggered images that the student classifies as the target",
       [](const Tried& tried) { return AskedHits(tried.student.target); }},
      {"asr_of", "images", "triggered images of other classes",
       [](const Tried& tried) { return AskedOf(tried.student.target); }},
      {"floor_acc_hits", "images", "clean test images that the clean teacher's student has right",
       [](const Tried& tried) { return AskedHits(tried.floor.clean); }},
      {"floor_acc_of", "images", "clean test images",
       [](const Tried& tried) { return AskedOf(tried.floor.clean); }},
      {"floor_asr", "fraction", "ASR of the clean teacher's student, tuned on the same images",
       [](const Tried& tried) { return OptionalOr(tried.floor_asr); }},
      {"floor_asr_hits", "images", "triggered images that this one classifies as the target",
       [](const Tried& tried) { return AskedHits(tried.floor.target); }},
      {"floor_asr_of", "images", "triggered images of other classes",
       [](const Tried& tried) { return AskedOf(tried.floor.target); }},
      {"kappa", "ratio",
       "asr / floor_asr: well above 1, the student had kept the backdoor; empty if floor_asr is 0 "
       "or not known",
       [](const Tried& tried) { return OptionalOr(tried.kappa); }}};
  return fields;
}

// How many scores have an answer, by detector and by number of images.
struct AskedCounts {
  std::map<std::string, int64_t> detectors;
  std::map<int64_t, int64_t> images;
};

AskedCounts CountAsked(const std::vector<const ScoredMatrix*>& matrices) {
  AskedCounts counts;
  for (const auto* matrix : matrices) {
    for (const auto& score : matrix->scores) {
      for (const auto& [id, unused] : score.detectors) ++counts.detectors[id];
      for (const auto& tried : score.reactivation) ++counts.images[tried.images];
    }
  }
  return counts;
}

// Those that most scores have, in the order of the map.
template <class Key>
std::vector<Key> MostAsked(const std::map<Key, int64_t>& counts) {
  std::vector<std::pair<int64_t, Key>> rarest_last;
  for (const auto& [key, count] : counts) rarest_last.emplace_back(-count, key);
  std::sort(rarest_last.begin(), rarest_last.end());
  rarest_last.resize(std::min(rarest_last.size(), kMostAsked));
  std::vector<Key> keys;
  for (const auto& [unused, key] : rarest_last) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

// "detector_mm_bd". SQL takes names for one that differ only in the case of letters.
std::string DetectorPrefix(const std::string& id, std::set<std::string>& taken) {
  auto prefix = "detector_" + FolderName(id), lower = prefix;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (; !taken.insert(lower).second; lower += '~') prefix += '~';
  return prefix;
}

using OfWhom = std::optional<DetectionScore> DetectorScore::*;

CsvColumn DetectionColumn(const std::string& id, const std::string& prefix, OfWhom whom,
                          const AskedField<DetectionScore>& field) {
  const bool clean = whom == &DetectorScore::clean_teacher;
  return {fmt::format("{}_{}{}", prefix, field.name, clean ? "_clean" : ""), field.unit,
          fmt::format("what the detector {} says of the {}, as its matrix asks: {}", id,
                      clean ? "teacher that was never poisoned" : "teacher", field.meaning),
          [id, whom, value = field.value](const CsvScore& scored) {
            const auto& detectors = scored.score.detectors;
            const auto found = detectors.find(id);
            if (found == detectors.end() || !(found->second.*whom)) return Json(nullptr);
            return value(*(found->second.*whom));
          }};
}

CsvColumn ReactivationColumn(int64_t images, const AskedField<ReactivationScore>& field) {
  return {fmt::format("reactivation_{}_{}", images, field.name), field.unit,
          fmt::format("after fine-tuning on {} triggered images and as many clean ones: {}", images,
                      field.meaning),
          [images, value = field.value](const CsvScore& scored) {
            const auto& list = scored.score.reactivation;
            const auto found = std::find_if(
                list.begin(), list.end(),
                [&](const ReactivationScore& tried) { return tried.images == images; });
            return found == list.end() ? Json(nullptr) : value(*found);
          }};
}

}  // namespace

std::vector<CsvColumn> AskedColumns(const std::vector<const ScoredMatrix*>& matrices) {
  const auto counts = CountAsked(matrices);
  std::vector<CsvColumn> columns;
  std::set<std::string> prefixes;
  for (const auto& id : MostAsked(counts.detectors)) {
    const auto prefix = DetectorPrefix(id, prefixes);
    for (const OfWhom whom : {&DetectorScore::teacher, &DetectorScore::clean_teacher}) {
      for (const auto& field : DetectionFields())
        columns.push_back(DetectionColumn(id, prefix, whom, field));
    }
  }
  for (const auto images : MostAsked(counts.images)) {
    for (const auto& field : ReactivationFields())
      columns.push_back(ReactivationColumn(images, field));
  }
  return columns;
}

}  // namespace dfkd::site
