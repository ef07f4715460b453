// Builds the stages of one cell and files them in a plan. Each function returns the ref of the
// stage it made or found.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "bench/matrix/plan.h"

namespace dfkd {

// Revisions of the stage code: whoever changes what a stage computes bumps its number.
struct StageRevisions {
  static constexpr int kCraft = 1, kTeacher = 1, kSanitize = 1, kTransferSet = 1, kSynthesis = 1,
                       kDistill = 1, kSamples = 1, kRepair = 1, kEvaluate = 1, kImport = 1;
};

// What the stages of one cell have in common.
struct CellRecipe {
  const Matrix& matrix;
  const ResolvedEntry& dataset;
  const ResolvedEntry& distiller;
  DataFacts data;
  NetworkPair networks;
  int64_t teacher_seed, student_seed;
  DistillerTraits traits;
  // Rounds in (0, R) at which some defence begins or ends to act, ascending.
  std::vector<int64_t> cuts;
};

class StageBuilder {
 public:
  StageBuilder(Plan& plan, const CellRecipe& recipe) : plan_(plan), recipe_(recipe) {}

  // The teacher under `attack` and what is crafted for it; appends the refs of its stages to
  // `path`. `clean_teacher`: of the same recipe, for attacks that need it; empty for the clean one.
  std::string Teacher(const ResolvedEntry& attack, const std::string& clean_teacher,
                      std::vector<std::string>& path);
  // Of the matrix's file; with Agreement in teacher_file.cc.
  std::string ImportedTeacher();
  // A student of `teacher` under `parts`, from first to last stage; appends the refs of its stages
  // to `path`.
  std::string Student(const std::string& teacher, const std::vector<ResolvedEntry>& parts,
                      std::vector<std::string>& path);
  // `model` is a teacher (then `teacher` is empty) or a student. `attack` null: clean accuracy
  // only. `poisoned_teacher` empty: an attack that has learned nothing, on somebody's teacher.
  std::string Evaluate(const std::string& model, const std::string& teacher,
                       const ResolvedEntry* attack, const std::string& poisoned_teacher);

  // Where there are no labels: how often the student says what the teacher says.
  std::string Agreement(const std::string& student, const std::string& teacher,
                        const std::vector<std::string>& path);

 private:
  std::string Add(const std::string& kind, Json description, std::string title, std::string label);
  Json Data(bool with_images) const;
  void AddCleanData(Json& description, const std::vector<ResolvedEntry>& acting) const;
  void AddProfile(Json& description) const;
  std::string Craft(const ResolvedEntry& attack, const std::string& clean_teacher);
  std::string Sanitize(const std::string& teacher, const std::vector<ResolvedEntry>& parts,
                       std::vector<std::string>& path);
  // What is distilled on, "" if that is made in the rounds.
  std::string Images(const std::string& teacher, const std::vector<ResolvedEntry>& parts,
                     std::vector<std::string>& path);
  std::string TransferSet(const std::string& teacher);
  std::string Synthesis(const std::string& teacher, const std::string& start,
                        const std::vector<ResolvedEntry>& parts);
  std::string Distill(const std::string& teacher, const std::string& images,
                      const std::vector<ResolvedEntry>& parts, std::vector<std::string>& path);
  std::string DistillTo(int64_t round, int64_t from, const std::string& teacher,
                        const std::string& images, const std::vector<ResolvedEntry>& parts);
  std::string Samples(const std::string& student, const std::string& images);
  std::string Repair(const std::string& student, const std::string& teacher,
                     const std::string& images, const std::vector<ResolvedEntry>& parts,
                     std::vector<std::string>& path);

  Plan& plan_;
  const CellRecipe& recipe_;
};

}  // namespace dfkd
