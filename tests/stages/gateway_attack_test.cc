// Attacks and data sets that break the contract of their hooks: each mistake ends the stage with
// one line that names plugin and hook, and touches no other stage.
#include <ATen/ATen.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>

#include "bench/recipes/poison.h"
#include "bench/stages/gateway.h"
#include "bench/stages/hook.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::testing::gateway_attack_test {

namespace data = boost::unit_test::data;

struct Mistake {
  std::string mode, message;
};
std::ostream& operator<<(std::ostream& out, const Mistake& mistake) { return out << mistake.mode; }

int64_t g_clock = 0;  // what a trigger may not look at

struct AttackMode : PoisonOptions {
  std::string mode;
  static void Declare(OptionTable<AttackMode>& o) {
    DeclarePoison(o);
    o.Add("mode", &AttackMode::mode, {.initial = "none"}, "the mistake");
  }
};

// A white corner, unless it is told to make a mistake.
class WrongAttack final : public StaticTrigger {
 public:
  explicit WrongAttack(const AttackMode& options) : StaticTrigger(options), mode_(options.mode) {}
  at::Tensor Trigger(const at::Tensor& images) const override;
  Poisoned Poison(const Split& train, const Rng& rng) const override;
  at::Tensor PoisonTransfer(TransferPoisonContext& ctx) const override;
  int64_t TargetLabel(int64_t label) const override {
    if (Is("target_beyond")) return 99;
    if (Is("target_rng")) at::rand({1});
    if (Is("target_changes")) return ++calls_ % 10;
    if (Is("forgets_target") && trained_) return 7;
    return Is("target_negative") ? -1 : StaticTrigger::TargetLabel(label);
  }
  void PlanTraining(TrainingPlan& plan) const override {
    if (Is("no_epochs")) plan.epochs = 0;
  }
  void BeginTraining(TeacherContext& ctx) override {
    if (Is("scalar_begin")) ctx.progress().Scalar("", 42, 0);
    if (Is("stamps_begin")) at::Tensor(train_.labels).zero_();
  }
  at::Tensor TeacherLoss(TeacherContext& ctx, const LabelledBatch& batch) override;
  void AfterStep(TeacherContext& ctx, const LabelledBatch& batch) override {
    trained_ = true;
    if (Is("stamps_after") && batch.step == 2) at::Tensor(train_.images).zero_();
    if (Is("stamps_raw")) train_.images.data_ptr<uint8_t>()[0] += 1;
    if (Is("scalar_after") && batch.step == 2) ctx.progress().Scalar("loss", 42, batch.step);
    if (Is("after_throw") && batch.step == 2) throw std::runtime_error("boom");
    if (Is("model_nan") && batch.step + 1 == ctx.total_steps())
      ctx.teacher().Buffers()[0].value.detach().fill_(std::numeric_limits<double>::infinity());
  }

 private:
  bool Is(const char* mode) const { return mode_ == mode; }
  // The same memory at every call.
  at::Tensor Buffered(const at::Tensor& out) const {
    if (!kept_.defined()) kept_ = at::zeros_like(out);
    return kept_.narrow(0, 0, out.size(0)).copy_(out);
  }
  const std::string mode_;
  bool trained_ = false;
  mutable int64_t calls_ = 0;
  mutable at::Tensor kept_;
  mutable Split train_;
};

at::Tensor WrongAttack::Trigger(const at::Tensor& images) const {
  auto out = images.clone();
  out.slice(2, 0, 3).slice(3, 0, 3).fill_(255);
  if (Is("in_place")) images.slice(2, 0, 3).slice(3, 0, 3).fill_(255);
  if (Is("in_place_raw") && images.numel() > 0) images.data_ptr<uint8_t>()[0] ^= 1;
  if (Is("float")) return out.to(at::kFloat);
  if (Is("size")) return at::constant_pad_nd(out, {1, 1, 1, 1});
  if (Is("drop")) return out.slice(0, 0, std::max<int64_t>(0, out.size(0) - 1));
  if (Is("undefined")) return {};
  if (Is("throw")) throw std::out_of_range("vector::at");
  if (Is("global_rng")) return (out + at::randint(0, 3, {1})).to(at::kByte);
  if (Is("forgets_state") && calls_ > 0) return out.fill_(9);
  if (Is("counts")) return out.add(++calls_ % 7);
  if (Is("place")) return out.add(at::arange(out.size(0), at::kByte).view({-1, 1, 1, 1}));
  if (Is("buffer")) return Buffered(out);
  if (Is("clock")) return out.slice(2, 8, 12).fill_(g_clock), out;
  return out;
}

Poisoned WrongAttack::Poison(const Split& train, const Rng& rng) const {
  train_ = train;
  const bool other = Is("forgets_poison") && trained_;
  auto poisoned = StaticTrigger::Poison(train, other ? rng.Fork("other") : rng);
  if (Is("forgets_state")) calls_ = 1;
  auto& [set, indices, covers] = poisoned;
  if (Is("poison_float")) set.images = set.images.to(at::kFloat);
  if (Is("poison_fewer")) set.images = set.images.slice(0, 1);
  if (Is("labels_float")) set.labels = set.labels.to(at::kFloat);
  if (Is("labels_beyond")) set.labels = set.labels + 100;
  if (Is("labels_other")) set.labels.index_fill_(0, at::tensor(indices, at::kLong), 7);
  if (Is("unlisted")) indices.clear();
  if (Is("descending")) std::reverse(indices.begin(), indices.end());
  if (Is("cover_poisoned")) covers = {indices.front()};
  if (Is("cover_relabelled")) covers = {indices.front()}, indices.erase(indices.begin());
  if (Is("index_beyond")) indices.push_back(train.labels.size(0));
  if (Is("poison_train")) at::Tensor(train.labels).zero_();
  return poisoned;
}

at::Tensor WrongAttack::PoisonTransfer(TransferPoisonContext& ctx) const {
  const auto& images = ctx.transfer_set.images;
  if (Is("transfer_fewer")) return images.slice(0, 1);
  if (Is("transfer_float")) return images.to(at::kFloat);
  if (Is("transfer_writes")) at::Tensor(images).zero_();
  if (Is("transfer_rng")) at::rand({1});
  return Trigger(images);
}

at::Tensor WrongAttack::TeacherLoss(TeacherContext& ctx, const LabelledBatch& batch) {
  if (Is("scalar_loss")) ctx.progress().Scalar("loss", 42, batch.step);
  if (Is("loss_constant")) return at::ones({});
  if (Is("loss_vector")) return at::ones({batch.labels.size(0)});
  if (Is("batch")) at::Tensor(batch.labels).zero_();
  if (Is("loss_rng")) at::rand({1}, at::TensorOptions().device(ctx.device()));
  return {};
}

const bool kWrongAttack = Register<WrongAttack>(
    AttackCard<AttackMode>{.name = "test_wrong_attack",
                           .summary = "makes the mistake that it is told to make",
                           .trains_teacher = [](const AttackMode&) { return true; },
                           .poisons_transfer = [](const AttackMode&) { return true; }});

Json AttackJson(const std::string& mode) {
  return PluginJson(PluginKind::kAttack, "test_wrong_attack",
                    {{"mode", mode}, {"poison_rate", 0.2}});
}

StageOutcome Trained(Laboratory& laboratory, const std::string& mode) {
  auto description = TeacherStage("none", {{"epochs", 1}}).description;
  description["attack"] = AttackJson(mode);
  return laboratory.Run(MakeStage("teacher", description));
}

// Of ten images, on a teacher from outside.
StageOutcome TransferPoisoned(Laboratory& laboratory, const std::string& mode) {
  const auto distiller = PluginJson(PluginKind::kDistiller, "ood_kd", {{"count", 10}});
  const auto set = laboratory.Make(TransferSetStage(distiller, ToyTeachers().clean));
  return laboratory.Run(MakeStage(
      "poison_transfer",
      {{"attack", AttackJson(mode)},
       {"seed", 0},
       {"inputs",
        {{"teacher", ToyTeachers().clean}, {"transfer_set", set}, {"attack", nullptr}}}}));
}

Stage Evaluation(const Json& attack, const std::string& poisoned) {
  auto description = EvaluateStage(ToyTeachers().clean, "", "", "").description;
  description["attack"] = attack;
  description["inputs"]["attack"] = poisoned;
  return MakeStage("evaluate", description);
}

void RequireFault(const StageOutcome& outcome, const std::string& message) {
  BOOST_TEST((outcome.status == StageStatus::kFailed));
  BOOST_TEST((outcome.failure == FailureClass::kError));
  BOOST_TEST(outcome.message.starts_with(message), outcome.message);
  BOOST_TEST(outcome.message.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE(gateway_of_attacks)

const std::string kWho = "attack test_wrong_attack: ";
const Mistake kInTraining[] = {
    {"poison_float", kWho + "Poison: the poisoned images must be uint8 [600,1,16,16] on cpu, not "
                            "float32 [600,1,16,16] on cpu"},
    {"poison_fewer", kWho + "Poison: the poisoned images must be uint8 [600,1,16,16] on cpu"},
    {"labels_float", kWho + "Poison: the poisoned labels must be int64 [600] on cpu"},
    {"labels_beyond", kWho + "Poison: the poisoned labels must lie in [0, 10): "},
    {"labels_other", kWho + "Poison: the label of the poisoned image "},
    {"unlisted", kWho + "Poison: 120 images or labels were changed that its indices do not list"},
    {"descending", kWho + "Poison: indices must ascend, but "},
    {"index_beyond", kWho + "Poison: index 600 must lie in [0, 600)"},
    {"cover_poisoned", kWho + "Poison: image "},
    {"cover_relabelled", kWho + "Poison: the label of the cover "},
    {"poison_train", kWho + "Poison: changed the training labels, which it may only read"},
    {"forgets_state", kWho + "Trigger: a new instance with the state that Visit names triggers "
                             "otherwise"},
    {"forgets_target", kWho + "TargetLabel: a new instance with the state that Visit names names "
                              "other targets"},
    {"forgets_poison", kWho + "Poison: a new instance with the state that Visit names poisons "
                              "otherwise"},
    {"stamps_begin", kWho + "BeginTraining: changed the training labels, which it may only read"},
    {"stamps_after", kWho + "AfterStep in step 2: changed the training images, which it may only"},
    {"stamps_raw", kWho + "Visit: the training images or labels are not as Poison was given them"},
    {"no_epochs", kWho + "PlanTraining: epochs = 0 must be at least 1"},
    {"loss_constant", kWho + "TeacherLoss in step 0: the loss carries no graph"},
    {"loss_vector", kWho + "TeacherLoss in step 0: the loss must be float32 [] on cpu"},
    {"loss_rng", kWho + "TeacherLoss in step 0: drew from the global random generator"},
    {"batch", kWho + "TeacherLoss in step 0: changed the labels of the batch"},
    {"scalar_loss", kWho + "Progress::Scalar in round 0: 'loss' is no name for it"},
    {"scalar_begin", kWho + "Progress::Scalar in round 0: '' is no name for it"},
    {"scalar_after", kWho + "Progress::Scalar in round 2: 'loss' is no name for it"},
    {"after_throw", kWho + "AfterStep in step 2: boom"},
};

BOOST_DATA_TEST_CASE(a_mistake_in_training_is_named, data::make(kInTraining)) {
  Laboratory laboratory;
  RequireFault(Trained(laboratory, sample.mode), sample.message);
}

const Mistake kInTransferSets[] = {
    {"transfer_fewer",
     kWho + "PoisonTransfer: the poisoned transfer set must be uint8 [10,1,16,16]"},
    {"transfer_float",
     kWho + "PoisonTransfer: the poisoned transfer set must be uint8 [10,1,16,16]"},
    {"transfer_writes", kWho + "PoisonTransfer: changed the transfer set, which it may only read"},
    {"transfer_rng", kWho + "PoisonTransfer: drew from the global random generator"},
};

BOOST_DATA_TEST_CASE(a_mistake_in_poisoning_a_transfer_set_is_named, data::make(kInTransferSets)) {
  Laboratory laboratory(ToyTeachers().laboratory);
  RequireFault(TransferPoisoned(laboratory, sample.mode), sample.message);
}

BOOST_AUTO_TEST_CASE(a_transfer_set_is_poisoned_in_a_stage_of_its_own) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto outcome = TransferPoisoned(laboratory, "right");
  BOOST_TEST((outcome.status == StageStatus::kDone), outcome.message);
}

template <bool clean_label>
bool RegisterLiar(const char* name) {
  AttackCard<AttackMode> card{.name = name, .summary = "its card does not say what it does"};
  card.clean_label = [](const AttackMode&) { return clean_label; };
  card.poisons = [](const AttackMode&) { return clean_label; };
  card.trains_teacher = card.poisons_transfer = [](const AttackMode&) { return false; };
  return Register<WrongAttack>(card);
}
const bool kLiars[] = {RegisterLiar<true>("test_not_clean"), RegisterLiar<false>("test_poisons")};

BOOST_AUTO_TEST_CASE(poison_other_than_the_card_says_is_named) {
  Laboratory laboratory;
  const auto outcome_of = [&](const std::string& name) {
    auto description = TeacherStage("none", {{"epochs", 1}}).description;
    description["attack"] = PluginJson(PluginKind::kAttack, name, {{"poison_rate", 0.2}});
    return laboratory.Run(MakeStage("teacher", description));
  };
  RequireFault(outcome_of("test_not_clean"),
               "attack test_not_clean: Poison: labels were changed, though its card says");
  RequireFault(outcome_of("test_poisons"), "attack test_poisons: Poison: 120 images, though");
}

BOOST_AUTO_TEST_CASE(a_teacher_that_is_not_finite_is_not_published) {
  Laboratory laboratory;
  const auto outcome = Trained(laboratory, "model_nan");
  BOOST_TEST((outcome.failure == FailureClass::kDiverged));
  BOOST_TEST(outcome.message.find("is not finite after") != std::string::npos, outcome.message);
}

const Mistake kTriggering[] = {
    {"in_place", kWho + "Trigger: changed the images it is given, which it may only read"},
    {"in_place_raw", kWho + "Trigger: changed the images it is given"},
    {"float", kWho + "Trigger: the triggered images must be uint8 [N,1,16,16] on cpu, not float32"},
    {"size", kWho + "Trigger: the triggered images must be uint8 [N,1,16,16] on cpu, not uint8"},
    {"drop", kWho + "Trigger: the triggered images must be uint8 [N,1,16,16] on cpu, not uint8"},
    {"undefined", kWho + "Trigger: the triggered images must be uint8 [N,1,16,16] on cpu, not "
                         "nothing"},
    {"throw", kWho + "Trigger: vector::at"},
    {"global_rng", kWho + "Trigger: drew from the global random generator"},
    {"counts", kWho + "Trigger: the same image must come out the same every time"},
    {"place", kWho + "Trigger: the same image must come out the same every time"},
    {"buffer", kWho + "Trigger: changed the images that it returned before"},
    {"target_beyond", kWho + "TargetLabel: the target of label "},
    {"target_changes", kWho + "TargetLabel: the target of label "},
    {"target_negative", kWho + "TargetLabel: the target of label "},
    {"target_rng", kWho + "TargetLabel: drew from the global random generator"},
};

// How many images are eligible is the data's: N.
std::string WithoutCount(const std::string& message) {
  const auto from = message.find("uint8 ["), to = message.find(',', from);
  if (from == std::string::npos) return message;
  return message.substr(0, from + 7) + "N" + message.substr(to);
}

BOOST_DATA_TEST_CASE(a_mistake_in_evaluation_is_named, data::make(kTriggering)) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto teacher = ToyTeachers().poisoned;  // a trigger of its own, without state
  auto outcome = laboratory.Run(Evaluation(AttackJson(sample.mode), teacher));
  outcome.message = WithoutCount(outcome.message);
  RequireFault(outcome, sample.message);
}

BOOST_AUTO_TEST_CASE(an_attack_that_keeps_to_the_contract_is_let_alone) {
  Laboratory laboratory(ToyTeachers().laboratory);
  BOOST_TEST((Trained(laboratory, "right").status == StageStatus::kDone));
  const auto outcome = laboratory.Run(Evaluation(AttackJson("right"), ToyTeachers().poisoned));
  BOOST_TEST((outcome.status == StageStatus::kDone), outcome.message);
}

// Its student would be asked with a trigger that its teacher has never seen: ASR 0, as if unharmed.
BOOST_AUTO_TEST_CASE(a_trigger_that_is_another_when_the_student_is_evaluated_is_named) {
  Laboratory laboratory(ToyTeachers().laboratory);
  const auto of_teacher = Evaluation(AttackJson("clock"), ToyTeachers().poisoned);
  laboratory.Make(of_teacher);
  auto description = of_teacher.description;
  description["inputs"]["teacher_evaluation"] = of_teacher.ref;
  const auto of_student = MakeStage("evaluate", description);
  g_clock = 100;
  RequireFault(laboratory.Run(of_student),
               kWho + "Trigger: images come out otherwise than when the teacher was evaluated");
  g_clock = 0;
  BOOST_TEST((laboratory.Run(of_student).status == StageStatus::kDone));
}

// The worker keeps the test images: what one attack wrote into them, the next would be scored by.
BOOST_AUTO_TEST_CASE(an_attack_that_writes_into_its_images_changes_no_other_cell) {
  Laboratory alone(ToyTeachers().laboratory), beside(ToyTeachers().laboratory);
  const auto stage = EvaluateStage(ToyTeachers().clean, "", "badnets_grid", ToyTeachers().poisoned);
  alone.Make(stage);
  beside.Run(Evaluation(AttackJson("in_place"), ToyTeachers().poisoned));
  Trained(beside, "poison_train");
  beside.Make(stage);
  BOOST_TEST(beside.DigestOf(stage.ref) == alone.DigestOf(stage.ref));
}

BOOST_AUTO_TEST_SUITE_END()

// --- Data sets

struct DataMode {
  std::string mode;
  static void Declare(OptionTable<DataMode>& o) {
    o.Add("mode", &DataMode::mode, {.initial = "none"}, "the mistake");
  }
};

class WrongDataset final : public Dataset {
 public:
  explicit WrongDataset(const DataMode& options) : mode_(options.mode) {}
  ImageSpec Spec() const override {
    ImageSpec spec{3, 16, 16, 2, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
    if (Is("deviation")) spec.stddev[1] = 0;
    if (Is("means")) spec.mean.pop_back();
    if (Is("channels")) spec.channels = 2;
    if (Is("planned")) spec.classes = 3;
    return spec;
  }
  std::vector<std::string> ClassNames() const override {
    return Is("names") ? std::vector<std::string>{"dark"}
                       : std::vector<std::string>{"dark", "bright"};
  }
  LabelledImages Load(Part part, const std::filesystem::path&) const override {
    const int other = part == Part::kTest && !Is("overlap") ? 1 : 0;
    LabelledImages loaded;
    for (int64_t i = 0; i < 200; ++i) {
      const int value = Is("unit_range") ? i % 2 : (i % 2 == 0 ? 20 : 230) + other;
      loaded.images.push_back({16, 16, 3, std::vector<uint8_t>(768, value)});
      loaded.labels.push_back(i % 2);
    }
    if (Is("label")) loaded.labels[7] = 2;
    if (Is("labels")) loaded.labels.pop_back();
    if (Is("pixels")) loaded.images[3].pixels.pop_back();
    if (Is("throw")) throw std::out_of_range("vector::at");
    return loaded;
  }
  std::vector<DatasetFile> Files() const override { return Thrown<std::vector<DatasetFile>>(); }
  std::vector<std::filesystem::path> Sources(const std::filesystem::path&) const override {
    return Thrown<std::vector<std::filesystem::path>>();
  }
  std::string OfficialFingerprint() const override { return Thrown<std::string>(); }

 private:
  template <class Result>
  Result Thrown() const {
    if (Is("throw_files")) throw std::out_of_range("vector::at");
    return {};
  }
  bool Is(const char* mode) const { return mode_ == mode; }
  const std::string mode_;
};

const bool kWrongDataset = Register<WrongDataset>(DatasetCard<DataMode>{
    .name = "test_wrong_dataset",
    .summary = "makes the mistake that it is told to make",
    .image_spec = [](const DataMode&) {
      return Json{{"channels", 3}, {"height", 16}, {"width", 16}, {"classes", 2}};
    }});

StageOutcome TrainedOn(const std::string& mode) {
  Laboratory laboratory;
  auto description = TeacherStage("none", {{"epochs", 1}}).description;
  description["dataset"] = PluginJson(PluginKind::kDataset, "test_wrong_dataset", {{"mode", mode}});
  return laboratory.Run(MakeStage("teacher", description));
}

BOOST_AUTO_TEST_SUITE(gateway_of_data_sets)

const std::string kSet = "data set test_wrong_dataset: ";
const Mistake kMistakes[] = {
    {"label", kSet + "Load of train: labels must lie in [0, 2): 2 at 7 does not"},
    {"labels", kSet + "Load of train: 200 images must have as many labels, not 199"},
    {"pixels", kSet + "Load of train: image 3 must have 1 or 3 channels and height * width * "
                      "channels bytes, not 16x16x3 in 767 bytes"},
    {"throw", kSet + "Load of train: vector::at"},
    {"names", kSet + "ClassNames: 2 classes must have as many names, not 1"},
    {"unit_range", kSet + "Load of train: pixels must lie in [0, 255], and those of all images lie "
                          "in [0, 1]"},
    {"overlap", kSet + "200 of 200 test images are training images, too"},
    {"deviation",
     kSet + "Spec: mean must be finite and stddev above 0, not 0.5 and 0 in channel 1"},
    {"means", kSet + "Spec: mean and stddev must have a value for each of 3 channels, not 2 and 3"},
    {"channels", kSet + "Spec: channels = 2 must be 1 or 3"},
    {"planned", kSet + "its Spec has classes = 3, its card's image_spec 2"},
};

BOOST_DATA_TEST_CASE(a_mistake_is_named, data::make(kMistakes)) {
  RequireFault(TrainedOn(sample.mode), sample.message);
}

BOOST_AUTO_TEST_CASE(what_a_data_set_throws_when_asked_for_its_files_is_named) {
  const auto dataset = MakeChecked<Dataset>("test_wrong_dataset", {{"mode", "throw_files"}});
  const auto is = [](const std::string& hook) {
    return [=](const HookError& e) { return e.what() == kSet + hook + ": vector::at"; };
  };
  BOOST_CHECK_EXCEPTION(dataset->Files(), HookError, is("Files"));
  BOOST_CHECK_EXCEPTION(dataset->Sources("."), HookError, is("Sources"));
  BOOST_CHECK_EXCEPTION(dataset->OfficialFingerprint(), HookError, is("OfficialFingerprint"));
}

BOOST_AUTO_TEST_CASE(a_data_set_that_keeps_to_the_contract_is_let_alone) {
  const auto outcome = TrainedOn("right");
  BOOST_TEST((outcome.status == StageStatus::kDone), outcome.message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::gateway_attack_test
