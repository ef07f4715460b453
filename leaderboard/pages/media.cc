#include "leaderboard/pages/media.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/scores/media_file.h"

namespace dfkd::site {
namespace {

constexpr uint64_t kLargestPicture = 16u << 20;

// Throws Error for one that is not to be read.
std::filesystem::path FileBeside(const std::filesystem::path& folder, const std::string& name) {
  if (const auto why = WhyNoMedia(folder, name); !why.empty()) throw Error(why);
  return folder / name;
}

bool IsPng(const std::string& bytes) { return bytes.rfind("\x89PNG\r\n\x1a\n", 0) == 0; }

// A chart has fewer pixels, and the page of a cell is loaded with all that it shows.
constexpr size_t kMostPoints = 2000;
constexpr size_t kMostScalars = 100;
// Further out a coordinate has more digits than a path can be read with.
constexpr double kLargestNumber = 1e18;

bool IsDrawn(const Json& value) {
  return value.is_number() && std::abs(value.get<double>()) <= kLargestNumber;
}

Json NumberOrNull(const Json& value) { return IsDrawn(value) ? value : Json(nullptr); }

// Of `count` the positions that are kept: all, or evenly kMostPoints, the first and the last among
// them.
std::vector<size_t> KeptOf(size_t count) {
  std::vector<size_t> kept(std::min(count, kMostPoints));
  for (size_t i = 0; i < kept.size(); ++i)
    kept[i] = count <= kMostPoints ? i : i * (count - 1) / (kMostPoints - 1);
  return kept;
}

Json NumbersOf(const Json& list, const std::vector<size_t>& kept) {
  Json numbers = Json::array();
  for (const auto i : kept) {
    if (i < list.size()) numbers.push_back(NumberOrNull(list[i]));
  }
  return numbers;
}

// {"round": […], "acc": […], "asr": […]}; what stands at one position stays at one.
Json OnlyCurves(const Json& json) {
  std::vector<std::pair<const char*, const Json*>> lists;
  size_t longest = 0;
  for (const char* name : {"round", "acc", "asr"}) {
    if (!json.is_object() || !json.contains(name) || !json.at(name).is_array()) continue;
    lists.emplace_back(name, &json.at(name));
    longest = std::max(longest, lists.back().second->size());
  }
  Json curves = Json::object();
  for (const auto& [name, list] : lists) curves[name] = NumbersOf(*list, KeptOf(longest));
  return curves;
}

bool IsPoint(const Json& point) {
  return point.is_array() && point.size() == 2 && IsDrawn(point[0]);
}

Json PointsOf(const Json& list) {
  std::vector<const Json*> points;
  for (const auto& point : list) {
    if (IsPoint(point)) points.push_back(&point);
  }
  Json kept = Json::array();
  for (const auto i : KeptOf(points.size()))
    kept.push_back({points[i]->at(0), NumberOrNull(points[i]->at(1))});
  return kept;
}

// By scalar: [[round, value], …].
Json OnlyLog(const Json& json) {
  Json log = Json::object();
  if (!json.is_object()) return log;
  for (const auto& [name, points] : json.items()) {
    if (points.is_array() && log.size() < kMostScalars) log[name] = PointsOf(points);
  }
  return log;
}

}  // namespace

bool PictureCopier::IsNew(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return names_.insert(name).second;
}

std::optional<std::string> PictureCopier::Known(const Named& named) {
  const std::lock_guard lock(mutex_);
  const auto found = copied_.find(named);
  return found == copied_.end() ? std::nullopt : std::optional(found->second);
}

std::string PictureCopier::CopyNamed(const std::filesystem::path& folder, const std::string& name) {
  const Named named(folder.string(), name);
  if (auto known = Known(named)) return *known;
  auto path = CopyFile(FileBeside(folder, name));
  const std::lock_guard lock(mutex_);
  copied_.emplace(named, path);
  return path;
}

std::string PictureCopier::CopyFile(const std::filesystem::path& file) {
  const auto bytes = ReadBytes(file, kLargestPicture);
  if (!IsPng(bytes)) throw MakeError("{}: not a PNG", file.string());
  auto name = fmt::format("media/{}.png", Sha256Hex(bytes).substr(0, 16));
  if (IsNew(name)) folder_.Write(name, bytes);
  return name;
}

std::map<std::string, std::string> PictureCopier::Copy(const Score& score) {
  std::map<std::string, std::string> copied;
  for (const auto& kind : PictureKinds()) {
    const auto found = score.media.find(kind);
    if (found == score.media.end()) continue;
    try {
      copied[kind] = CopyNamed(score.file.parent_path(), found->second);
    } catch (const Error& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return copied;
}

std::map<std::string, std::string> PictureCopier::Copy(const PictureSet& set) {
  std::map<std::string, std::string> copied;
  for (const auto& [kind, name] : set.pictures) {
    try {
      copied[kind] = CopyFile(set.file.parent_path() / name);
    } catch (const Error& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return copied;
}

Json NumbersBeside(const Score& score, const std::string& kind) {
  const auto found = score.media.find(kind);
  if (found == score.media.end()) return nullptr;
  try {
    const auto json = ReadJson(FileBeside(score.file.parent_path(), found->second));
    return kind == "curves" ? OnlyCurves(json) : OnlyLog(json);
  } catch (const Error& e) {
    spdlog::warn("left out: {}", e.what());
    return nullptr;
  }
}

}  // namespace dfkd::site
