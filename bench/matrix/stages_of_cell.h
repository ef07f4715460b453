// Builds the stages of one cell and files them in a plan. Each function returns the stage it made
// or found; kNoStage where there is none.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/matrix/defense_parts.h"
#include "bench/matrix/description.h"
#include "bench/matrix/plan.h"

namespace dfkd {

// Revisions of the stage code: whoever changes what a stage computes bumps its number.
struct StageRevisions {
  static constexpr int kCraft = 2, kTeacher = 2, kSanitize = 2, kTransferSet = 2, kSynthesis = 2,
                       kDistill = 2, kSamples = 2, kRepair = 2, kEvaluate = 3, kImport = 1,
                       kDetect = 1, kReactivation = 2, kPoisonTransfer = 1;
  // Of what all stages compute under the profile bf16; in no key of another profile.
  static constexpr int kBf16 = 2;
};

// How many images a defence is given, clean or synthetic: 5 % of the training images, at most
// 2,500. As many of either, so that what separates `ft` from `ft_syn` is the images and not their
// number.
int64_t DefenseImages(int64_t training_images);

// What many descriptions say of the same entries, as Canonical writes it.
struct EntryTexts {
  // `attack` null: nothing is triggered.
  EntryTexts(const ResolvedEntry& dataset, const DataFacts& data, const ResolvedEntry& distiller,
             const ResolvedEntry* attack);

  std::string geometry;  // of the data set, for stages that do not read its images
  std::string images;    // of the data set, for those that do; "" if there are none
  std::string distiller, attack;
};

// What descriptions and titles say of parts that act together, whatever the seeds.
struct PartsText {
  std::string json;                                 // as Canonical writes the list
  std::string names;                                // " sr abd"
  bool clean_data = false, synthetic_data = false;  // whether some part needs it
};

// A defence beside a distiller, and what its own stages say of it.
struct WrittenDefense {
  PartsInOrder parts;
  PartsText sanitizing = {}, repairing = {};  // filled by Write, before any stage is built

  void Write();
};

// What stages say that differ in seeds and teachers alone; each is written when it is first needed.
struct WrittenRecipe {
  struct TransferSet {
    std::string json, name;  // json "": the distiller has no transfer set
    bool needs_teacher = false, needs_train = false;
  };
  struct UntilRepair {
    std::optional<PartsText> synthesis;
    std::map<int64_t, PartsText> distill;  // by the round of the state
  };
  std::optional<TransferSet> transfer_set;
  std::map<std::string, UntilRepair> parts;  // by PartsInOrder::until_repair
};

// What the stages of one cell have in common.
struct CellRecipe {
  const Matrix& matrix;
  const ResolvedEntry& dataset;
  const ResolvedEntry& distiller;
  const DataFacts& data;
  const NetworkPair& networks;
  int64_t teacher_seed, student_seed;
  const DistillerTraits& traits;
  // Rounds in (0, R) at which some defence begins or ends to act, ascending.
  const std::vector<int64_t>& cuts;
  // Of these entries, and of the attack whose trigger they are evaluated on.
  const EntryTexts& texts;
  // Of this recipe with any seeds; grows.
  WrittenRecipe& written;
  // Block::reactivation.
  Json reactivation = nullptr;
  // The attack, if it poisons transfer sets: those of all students that are made of this recipe.
  const ResolvedEntry* transfer_attack = nullptr;
};

// What is made of a teacher in the rounds.
struct DistilledStages {
  // The transfer set, what an attacker made of it, and what is distilled on; the same where there
  // is no such stage.
  StageId start = kNoStage, given = kNoStage, images = kNoStage;
  std::vector<StageId> states;  // first to last
  StageId samples = kNoStage;   // as soon as somebody needs them
};

// The stages that cells of one recipe share, by teacher and PartsInOrder::until_repair.
using SharedStates = std::map<StageId, std::map<std::string, DistilledStages>>;

class StageBuilder {
 public:
  // `shared`: of builders of the same recipe; grows. All must outlive the builder.
  StageBuilder(Plan& plan, const CellRecipe& recipe, SharedStates& shared)
      : plan_(plan), recipe_(recipe), shared_(shared) {}

  // The teacher under `attack` and what is crafted for it; appends its stages to `path`.
  // `clean_teacher`: of the same recipe, for attacks that need it; kNoStage for the clean one.
  StageId Teacher(const ResolvedEntry& attack, StageId clean_teacher, std::vector<StageId>& path);
  // Of the matrix's file; with Agreement in teacher_file.cc.
  StageId ImportedTeacher();
  // A student of `teacher` under `defense`, from first to last stage; appends its stages to
  // `path`.
  StageId Student(StageId teacher, const WrittenDefense& defense, std::vector<StageId>& path);
  // `model` is a teacher (then `teacher_evaluation` is kNoStage) or a student, which is compared
  // with what its teacher answered there. `attack` null: clean accuracy only; else it is the one of
  // the recipe's texts. `poisoned_teacher` kNoStage: an attack that has learned nothing, on
  // somebody's teacher. Curves are for students that somebody looks at.
  enum class Curves { kNo, kYes };
  StageId Evaluate(StageId model, StageId teacher_evaluation, const ResolvedEntry* attack,
                   StageId poisoned_teacher, Curves curves = Curves::kYes);

  // What a detector says of a teacher.
  StageId Detect(StageId teacher, const MatrixDetector& detector);

  // Where there are no labels: how often the student says what the teacher says.
  StageId Agreement(StageId student, StageId teacher, const std::vector<StageId>& path);

 private:
  StageId Add(Description description, const std::string& title, const std::string& label);
  const std::string& Data(bool with_images) const;
  void AddCleanData(Description& description, const PartsText& acting) const;
  void AddDefenseImages(Description& description, const PartsText& acting) const;
  void AddProfile(Description& description) const;
  void AddProfileIfItForbids(Description& description) const;
  StageId Craft(const ResolvedEntry& attack, StageId clean_teacher);
  StageId Sanitize(StageId teacher, const WrittenDefense& defense, std::vector<StageId>& path);
  // The transfer set and what is distilled on; none of what is made in the rounds. `origin`: the
  // teacher as it came, which is the one that an attacker knows.
  DistilledStages Images(StageId origin, StageId teacher, const PartsInOrder& parts);
  StageId TransferSet(StageId teacher);
  StageId PoisonTransfer(StageId teacher, StageId start);
  StageId Synthesis(StageId teacher, StageId start, const PartsInOrder& parts);
  std::vector<StageId> Distill(StageId teacher, StageId images, const PartsInOrder& parts);
  DistilledStages& Distilled(StageId origin, StageId teacher, const PartsInOrder& parts);
  StageId DistillTo(int64_t round, int64_t from, StageId teacher, StageId images,
                    const PartsText& acting);
  StageId Samples(StageId student, StageId images);
  StageId Repair(DistilledStages& made, StageId teacher, const WrittenDefense& defense,
                 std::vector<StageId>& path);
  // What they say, written now if it is not yet.
  const WrittenRecipe::TransferSet& TransferSetText();
  const PartsText& SynthesisText(const PartsInOrder& parts);
  const PartsText& DistillText(int64_t round, const PartsInOrder& parts);

  Plan& plan_;
  const CellRecipe& recipe_;
  SharedStates& shared_;
};

}  // namespace dfkd
