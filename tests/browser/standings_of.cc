// standings_of FOLDER < [["cell id", …], …]: for each list the standings over these cells of the
// folder of scores, as JSON, an array. Cells that its matrix.json plans and that have no score may
// be among them. With this the arithmetic of the site's application is compared.
#include <iostream>
#include <iterator>
#include <map>

#include "bench/scores/matrix_beside.h"
#include "leaderboard/standings/standings.h"

namespace {

using namespace dfkd;

struct Scored {
  std::vector<Score> scores;
  std::map<std::string, const Score*> by_id;
  std::map<std::string, Cell> planned;
};

Scored ReadFolder(const std::filesystem::path& folder) {
  Scored scored{ReadScores(folder), {}, {}};
  for (const auto& score : scored.scores) scored.by_id[CellId(score.cell)] = &score;
  const auto beside = ReadMatrixBeside(folder);
  for (const auto& cell : beside ? beside->cells : std::vector<Cell>()) {
    scored.planned[CellId(cell)] = cell;
  }
  return scored;
}

Json StandingsOver(const Scored& scored, const std::vector<std::string>& ids) {
  std::vector<const Score*> scores;
  std::vector<Cell> planned;
  for (const auto& id : ids) {
    const auto score = scored.by_id.find(id);
    if (score != scored.by_id.end()) scores.push_back(score->second);
    const auto cell = scored.planned.find(id);
    if (cell != scored.planned.end()) planned.push_back(cell->second);
  }
  return ToJson(StandingsOf(scores, planned));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto scored = ReadFolder(argv[1]);
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  Json all = Json::array();
  for (const auto& ids : Json::parse(text)) {
    all.push_back(StandingsOver(scored, ids.get<std::vector<std::string>>()));
  }
  std::cout << all.dump() << "\n";
  return 0;
}
