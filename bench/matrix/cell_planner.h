// Plans the cells of blocks: resolves their entries, asks what their defences do, and has their
// stages built.
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/matrix/plan.h"

namespace dfkd {

class CellPlanner {
 public:
  // `settings`: --set. All must outlive the planner.
  CellPlanner(const Matrix& matrix, const Json& settings,
              const std::map<std::string, DataFacts>& data, Plan& plan)
      : matrix_(matrix), settings_(settings), data_(data), plan_(plan) {
    ids_.reserve(plan.cells.capacity());
    blocks_.reserve(plan.cells.capacity());
  }

  // From now on what is wrong is appended to `problems`, each once, and its cells are left out.
  // Without this call it is thrown.
  void TellInstead(std::vector<MatrixProblem>& problems) { problems_ = &problems; }

  // The cells of `selected` that no earlier block had. `whole` is the block as the matrix has it.
  // Both must outlive the planner. Throws MatrixError if a file is to blame, Error for a setting.
  void AddBlock(const Block& selected, const Block& whole);

 private:
  struct Group;
  struct Row;
  template <class Action>
  void Guard(const std::string& path, Action action);
  void AddGroup(Group group, const Block& selected, const Block& whole);
  void AddRow(Group& group, const MatrixEntry& defense, const Block& block);
  void AddCell(Group& group, const Row& row, Cell cell);
  void AddAgain(const Group& group, const Row& row, CellIndex known);
  void AddStages(Group& group, const Row& row, PlannedCell& cell);

  const Matrix& matrix_;
  const Json& settings_;
  const std::map<std::string, DataFacts>& data_;
  Plan& plan_;
  std::vector<MatrixProblem>* problems_ = nullptr;
  std::unordered_map<std::string, CellIndex> ids_;  // of the cells so far
  std::vector<const Block*> blocks_;                // that had them first
  const Block* told_ = nullptr;  // of which it was told that an earlier one asks otherwise
};

}  // namespace dfkd
