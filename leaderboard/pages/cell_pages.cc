// cells/<file>/<distiller>-<n>.html: the cells of a matrix that are too many for its page.
#include <fmt/format.h>

#include <map>

#include "bench/scores/folder_name.h"
#include "leaderboard/pages/names.h"
#include "leaderboard/pages/pages.h"
#include "leaderboard/pages/values.h"

namespace dfkd::site {
namespace {

// "1 of 2", "" of a single one.
std::string PartText(const CellPage& page) {
  return page.of == 1 ? "" : fmt::format("{} of {}", page.number, page.of);
}

std::string CellsText(const CellPage& page) {
  return Plural(static_cast<int64_t>(page.scores.size()), "cell");
}

// As few as can be, of about one length.
void AddPages(const std::string& file, const std::string& distiller,
              const std::vector<const Score*>& scores, std::vector<CellPage>& pages) {
  const auto of = (scores.size() + kMostRows - 1) / kMostRows;
  for (size_t i = 0; i < of; ++i) {
    const auto at = [&](size_t page) {
      return scores.begin() + static_cast<std::ptrdiff_t>(scores.size() * page / of);
    };
    pages.push_back({.path = fmt::format("cells/{}/{}-{}.html", file, FolderName(distiller), i + 1),
                     .distiller = distiller,
                     .number = i + 1,
                     .of = of,
                     .scores = {at(i), at(i + 1)}});
  }
}

// All about a cell is on the page of the matrix, where the application shows it.
Json RowsOf(const CellPage& page) {
  Json rows = Json::array();
  for (const auto* score : page.scores) {
    rows.push_back(CellRow(*score));
    rows.back()["page"] = "../../" + CellsPath(score->matrix, {score->cell});
  }
  return rows;
}

}  // namespace

std::vector<CellPage> CellPagesOf(const Board& board) {
  const auto& scores = board.matrix->scores;
  std::vector<CellPage> pages;
  if (scores.size() <= kMostRows || scores.size() > kMostRowsInPages) return pages;
  std::map<std::string, std::vector<const Score*>> distillers;
  for (const auto& score : scores) distillers[score.cell.distiller].push_back(&score);
  for (const auto& [distiller, some] : distillers) AddPages(board.file, distiller, some, pages);
  return pages;
}

Json CellPageLinks(const Board& board, const std::string& root) {
  Json items = Json::array();
  for (const auto& page : CellPagesOf(board)) {
    items.push_back({{"page", root + page.path},
                     {"distiller", page.distiller},
                     {"part", PartText(page)},
                     {"cells", CellsText(page)}});
  }
  return ListOrNull(std::move(items));
}

Json CellPageData(const Board& board, const CellPage& page) {
  const auto& name = board.matrix->name;
  const auto part = PartText(page);
  const auto what =
      fmt::format("Cells of {}, {}{}{}", name, page.distiller, part.empty() ? "" : ", ", part);
  std::set<std::string> flags;
  for (const auto* score : page.scores)
    flags.insert(score->validity.begin(), score->validity.end());
  return PageData({.title = what + " · dfkd-bench", .description = what, .root = "../../"},
                  "cell_page",
                  {{"name", name},
                   {"address", fmt::format("../../{}#{}/cells", MatrixPage(name), board.file)},
                   {"distiller", page.distiller},
                   {"part", part},
                   {"cells", CellsText(page)},
                   {"rows", CellTable(RowsOf(page))},
                   {"flag_meanings", FlagMeanings(flags)},
                   {"cell_pages", CellPageLinks(board, "../../")}});
}

}  // namespace dfkd::site
