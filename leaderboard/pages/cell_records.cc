#include "leaderboard/pages/cell_records.h"

#include <algorithm>

#include "bench/scores/cell_matrix.h"
#include "bench/scores/validity.h"
#include "leaderboard/pages/data_script.h"
#include "leaderboard/pages/matrix_data.h"
#include "leaderboard/pages/media.h"

namespace dfkd::site {
namespace {

// The score as it is published: its pictures are those of the site.
Json PublishedScore(const Score& score, const std::map<std::string, std::string>& pictures) {
  Json json = ToJson(score);
  for (auto& [kind, path] : json.at("media").items()) {
    const auto found = pictures.find(kind);
    path = found == pictures.end() ? Json(nullptr) : Json(found->second);
  }
  return json;
}

// All members but the score, which is long.
Json RecordOf(const Score& score, const std::string& digest, const Json& matrix_file) {
  Json record = {{"digest", digest},
                 {"counts", CountsForAsr(score)},
                 {"curves", NumbersBeside(score, "curves")},
                 {"log", NumbersBeside(score, "log")},
                 {"matrix_file", nullptr},
                 {"command", nullptr},
                 {"verify", "dfkd verify score.json"}};
  if (const auto matrix = MatrixOfCell(score, matrix_file)) {
    record["matrix_file"] = *matrix;
    record["command"] = CommandOfCell(score, "cell.json");
  }
  return record;
}

}  // namespace

void WriteCellRecords(const Board& board, SiteFolder& folder, Published& published) {
  const auto& scores = board.matrix->scores;
  auto& digests = published.digests[board.matrix->name];
  PictureCopier pictures(folder);
  for (size_t first = 0; first < scores.size(); first += kCellsAFile) {
    std::string records;
    for (size_t i = first; i < std::min(first + kCellsAFile, scores.size()); ++i) {
      const auto& score = scores[i];
      const auto text = Canonical(PublishedScore(score, pictures.Copy(score)));
      const auto digest = Digest(score);
      digests[CellId(score.cell)] = digest.substr(0, 16);
      auto record = Canonical(RecordOf(score, digest, board.matrix->source));
      record.insert(1, "\"score\":" + text + ",");
      records += (records.empty() ? "[" : ",\n") + record;
      published.jsonl += text + "\n";
    }
    const auto path = CellsPath(board, first / kCellsAFile);
    folder.Write(path + ".js", ScriptText(path, records + "]"));
  }
}

}  // namespace dfkd::site
