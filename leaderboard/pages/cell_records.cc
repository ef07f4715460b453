#include "leaderboard/pages/cell_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "bench/core/parallel.h"
#include "bench/scores/cell_matrix.h"
#include "bench/scores/members.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/matrix_data.h"

namespace dfkd::site {
namespace {

struct PublishedScore {
  std::string text, digest;
};

// The score as it is published: its pictures are those of the site.
PublishedScore PublishedOf(const Score& score, const std::map<std::string, std::string>& pictures) {
  Json json = ToJson(score);
  auto& media = json.at("media");
  const Json own = media;
  for (auto& [kind, path] : media.items()) {
    const auto found = pictures.find(kind);
    path = found == pictures.end() ? Json(nullptr) : Json(found->second);
  }
  auto text = Canonical(json);
  media = own;
  return {std::move(text), DigestOfJson(std::move(json))};
}

// All members but the score, which is long.
Json RecordOf(const Score& score, const std::string& digest, const CellMatrices& matrices) {
  const auto matrix = matrices.Of(score);
  return Members()
      .Add("digest", digest)
      .Add("counts", CountsForAsr(score))
      .Add("curves", NumbersBeside(score, "curves"))
      .Add("log", NumbersBeside(score, "log"))
      .Add("matrix_file", matrix ? *matrix : Json(nullptr))
      .Add("command", matrix ? Json(CommandOfCell(score, "cell.json")) : Json(nullptr))
      .Add("verify", "dfkd verify score.json")
      .Take();
}

// So many files of records are made at a time: all of a large site would fill the memory.
constexpr size_t kFilesAtATime = 32;

// Of one file, what else is published of its cells.
struct Records {
  std::string jsonl;
  std::vector<std::string> digests;
};

// What the records of a matrix are made with, by several threads.
struct RecordMaker {
  const ScoredMatrix& matrix;
  SiteFolder& folder;
  PictureCopier& pictures;
  const CellMatrices matrices{matrix.source};
};

// The score with what is known beside it: how far others went after it.
std::string JsonLine(const Score& score, const std::string& text) {
  if (score.verified.empty()) return text + "\n";
  return fmt::format("{},\"verification\":{}}}\n",
                     std::string_view(text).substr(0, text.size() - 1),
                     Json(score.verified).dump());
}

// Writes the file.
Records WriteRecords(RecordMaker& maker, size_t number) {
  const auto& scores = maker.matrix.scores;
  const auto first = number * kCellsAFile;
  Records records;
  std::string json;
  for (size_t i = first; i < std::min(first + kCellsAFile, scores.size()); ++i) {
    auto [text, digest] = PublishedOf(scores[i], maker.pictures.Copy(scores[i]));
    auto record = Canonical(RecordOf(scores[i], digest, maker.matrices));
    record.insert(1, "\"score\":" + text + ",");
    json += (json.empty() ? "[" : ",\n") + record;
    records.jsonl += JsonLine(scores[i], text);
    records.digests.push_back(std::move(digest));
  }
  const auto path = CellsPath(maker.matrix, number);
  maker.folder.Write(path + ".js", ScriptText(path, json + "]"));
  return records;
}

// Of all lines, by those of the first files; a little more than they will need.
size_t SizeOfAll(const std::vector<Records>& first, size_t files) {
  size_t bytes = 0;
  for (const auto& records : first) bytes += records.jsonl.size();
  return bytes * files / std::max<size_t>(first.size(), 1) * 21 / 20;
}

}  // namespace

void WriteCellRecords(const ScoredMatrix& matrix, SiteFolder& folder, PictureCopier& pictures,
                      Published& published) {
  const auto& scores = matrix.scores;
  auto& digests = published.digests[matrix.name];
  RecordMaker maker{.matrix = matrix, .folder = folder, .pictures = pictures};
  const size_t files = (scores.size() + kCellsAFile - 1) / kCellsAFile;
  for (size_t first = 0; first < files; first += kFilesAtATime) {
    std::vector<Records> made(std::min(kFilesAtATime, files - first));
    ParallelFor(made.size(), [&](size_t i) { made[i] = WriteRecords(maker, first + i); });
    // All scores are tens of megabytes: a text that grows by doubling would take twice that.
    if (first == 0) published.jsonl.reserve(published.jsonl.size() + SizeOfAll(made, files));
    for (size_t i = 0; i < made.size(); ++i) {
      published.jsonl += made[i].jsonl;
      for (size_t k = 0; k < made[i].digests.size(); ++k) {
        const auto& score = scores[(first + i) * kCellsAFile + k];
        digests[CellId(score.cell)] = made[i].digests[k].substr(0, 16);
      }
    }
  }
}

}  // namespace dfkd::site
