#include "leaderboard/pages/media.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "bench/core/error.h"
#include "bench/core/hash.h"
#include "bench/core/log.h"
#include "bench/io/file.h"
#include "bench/scores/media_file.h"

namespace dfkd::site {
namespace {

constexpr uint64_t kLargestPicture = 16u << 20;

// Absent: the score has none. Throws Error for one that is not to be read.
std::optional<std::filesystem::path> MediaFile(const Score& score, const std::string& kind) {
  const auto found = score.media.find(kind);
  if (found == score.media.end()) return std::nullopt;
  const auto folder = score.file.parent_path();
  if (const auto why = WhyNoMedia(folder, found->second); !why.empty()) throw Error(why);
  return folder / found->second;
}

bool IsPng(const std::string& bytes) { return bytes.rfind("\x89PNG\r\n\x1a\n", 0) == 0; }

Json NumberOrNull(const Json& value) {
  return value.is_number() && std::isfinite(value.get<double>()) ? value : Json(nullptr);
}

Json NumbersOf(const Json& list) {
  Json numbers = Json::array();
  if (!list.is_array()) return numbers;
  for (const auto& value : list) numbers.push_back(NumberOrNull(value));
  return numbers;
}

// {"round": […], "acc": […], "asr": […]}
Json OnlyCurves(const Json& json) {
  Json curves = Json::object();
  for (const char* name : {"round", "acc", "asr"}) {
    if (json.is_object() && json.contains(name)) curves[name] = NumbersOf(json.at(name));
  }
  return curves;
}

// By scalar: [[round, value], …].
Json OnlyLog(const Json& json) {
  Json log = Json::object();
  if (!json.is_object()) return log;
  for (const auto& [name, points] : json.items()) {
    if (!points.is_array()) continue;
    Json kept = Json::array();
    for (const auto& point : points) {
      if (point.is_array() && point.size() == 2) kept.push_back(NumbersOf(point));
    }
    log[name] = std::move(kept);
  }
  return log;
}

}  // namespace

bool PictureCopier::IsNew(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return names_.insert(name).second;
}

std::map<std::string, std::string> PictureCopier::Copy(const Score& score) {
  std::map<std::string, std::string> copied;
  for (const auto& kind : MediaKinds()) {
    if (kind == "curves" || kind == "log") continue;
    try {
      const auto file = MediaFile(score, kind);
      if (!file) continue;
      const auto bytes = ReadBytes(*file, kLargestPicture);
      if (!IsPng(bytes)) throw MakeError("{}: not a PNG", file->string());
      const auto name = fmt::format("media/{}.png", Sha256Hex(bytes).substr(0, 16));
      if (IsNew(name)) folder_.Write(name, bytes);
      copied[kind] = name;
    } catch (const Error& e) {
      spdlog::warn("left out: {}", e.what());
    }
  }
  return copied;
}

Json NumbersBeside(const Score& score, const std::string& kind) {
  try {
    const auto file = MediaFile(score, kind);
    if (!file) return nullptr;
    return kind == "curves" ? OnlyCurves(ReadJson(*file)) : OnlyLog(ReadJson(*file));
  } catch (const Error& e) {
    spdlog::warn("left out: {}", e.what());
    return nullptr;
  }
}

}  // namespace dfkd::site
