// standings_of FOLDER < [{"cells": ["cell id", …], "pair": ["a", "b"], "flagged": false}, …]: for
// each the standings over these cells of the folder of scores with their headline, and as "compare"
// what `dfkd compare a b` says of the cells, as JSON, an array. Cells that its matrix.json plans
// and that have no score may be among them. "compare" is null without a "pair" (null) and
// where the two share nothing. "flagged": as if no flag kept a cell out of means. With this the
// arithmetic of the site's application is compared.
#include <iostream>
#include <iterator>
#include <map>

#include "bench/core/error.h"
#include "bench/scores/load_scores.h"
#include "bench/scores/matrix_beside.h"
#include "leaderboard/standings/compare.h"
#include "leaderboard/standings/headline.h"
#include "leaderboard/standings/standings.h"

namespace {

using namespace dfkd;

struct Scored {
  std::vector<Score> scores;
  std::map<std::string, const Score*> by_id;
  std::map<std::string, Cell> planned;
};

// What CountsForAsr asks for: as the filter "flagged=counted" of the site has it.
void DropFlags(Score& score) {
  std::erase_if(score.validity, [](const std::string& flag) {
    return flag == "attack_ineffective" || flag == "no_undefended" || flag == "not_transferred";
  });
}

Scored ReadFolder(const std::filesystem::path& folder, bool flagged) {
  Scored scored{LoadScores({folder}).scores, {}, {}};
  for (auto& score : scored.scores) {
    if (flagged) DropFlags(score);
    scored.by_id[CellId(score.cell)] = &score;
  }
  const auto beside = ReadMatrixBeside(folder);
  for (const auto& cell : beside ? beside->cells : std::vector<Cell>()) {
    scored.planned[CellId(cell)] = cell;
  }
  return scored;
}

const char* NameOf(Headline::Kind kind) {
  switch (kind) {
    case Headline::Kind::kNone:
      return "none";
    case Headline::Kind::kFewTeachers:
      return "few_teachers";
    case Headline::Kind::kNoneHelps:
      return "none_helps";
    case Headline::Kind::kBest:
      return "best";
  }
  return "";
}

Json LowerJson(const std::vector<Lower>& rows) {
  Json lower = Json::array();
  for (const auto& [row, difference, proven] : rows)
    lower.push_back({{"defense", row->defense}, {"difference", difference}, {"proven", proven}});
  return lower;
}

Json HeadlineJson(const Headline& headline) {
  Json best = Json::array();
  for (const auto* row : headline.best) best.push_back(row->defense);
  return {{"kind", NameOf(headline.kind)},
          {"best", std::move(best)},
          {"control", headline.control ? Json(headline.control->defense) : Json(nullptr)},
          {"difference", headline.difference},
          {"cells", headline.cells},
          {"same_cells", headline.same_cells},
          {"ranked", headline.ranked},
          {"defenses", headline.defenses},
          {"unproven", headline.unproven},
          {"proven", headline.proven},
          {"worse", headline.worse},
          {"apart", LowerJson(headline.apart)},
          {"collapsed", LowerJson(headline.collapsed)},
          {"so_far", headline.so_far},
          {"most", headline.most}};
}

// Without a list of the cells.
Json CompareOver(const std::vector<const Score*>& scores, const std::string& a,
                 const std::string& b) {
  std::vector<Score> copies;
  for (const auto* score : scores) copies.push_back(*score);
  try {
    Json json = ToJson(CompareDefenses(copies, a, b));
    json.erase("cells");
    json.erase("unpaired");
    return json;
  } catch (const Error&) {
    return nullptr;  // they share no cell
  }
}

Json AnswerTo(const Scored& scored, const Json& asked) {
  std::vector<const Score*> scores;
  std::vector<Cell> planned;
  for (const std::string id : asked.at("cells")) {
    const auto score = scored.by_id.find(id);
    if (score != scored.by_id.end()) scores.push_back(score->second);
    const auto cell = scored.planned.find(id);
    if (cell != scored.planned.end()) planned.push_back(cell->second);
  }
  const auto standings = StandingsOf(scores, planned);
  Json json = ToJson(standings);
  json["headline"] = HeadlineJson(HeadlineOf(standings));
  const auto& pair = asked.at("pair");
  json["compare"] = pair.is_null() ? Json() : CompareOver(scores, pair.at(0), pair.at(1));
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto scored = ReadFolder(argv[1], false), flagged = ReadFolder(argv[1], true);
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  Json all = Json::array();
  for (const auto& asked : Json::parse(text)) {
    all.push_back(AnswerTo(asked.at("flagged").get<bool>() ? flagged : scored, asked));
  }
  std::cout << all.dump() << "\n";
  return 0;
}
