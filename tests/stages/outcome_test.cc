// What becomes of stages that cannot end well.
#include <boost/test/unit_test.hpp>

#include "tests/stages/stages_testing.h"

namespace dfkd {
namespace {

using namespace testing;  // NOLINT: the helpers of this folder

struct Bench {
  // One line, of the class that the retry policy needs.
  void RequireFailure(const StageOutcome& outcome, FailureClass failure, const std::string& part) {
    BOOST_TEST_INFO(outcome.message);
    BOOST_TEST((outcome.status == StageStatus::kFailed));
    BOOST_TEST(Name(outcome.failure) == std::string(Name(failure)));
    BOOST_TEST(Contains(outcome.message, part), outcome.message);
    BOOST_TEST(!Contains(outcome.message, "\n"));
  }
  // A teacher whose files are `model` and `weights`, properly published.
  std::string PublishTeacher(const std::string& model, const std::string& weights) {
    const Json description = {{"made by", "hand"}, {"inputs", Json::object()}};
    const auto staged = laboratory.root() / "work" / "staged";
    Write(staged / "model.json", model);
    Write(staged / "model.safetensors", weights);
    const auto ref = RefOf("teacher", description);
    laboratory.store().Publish({.ref = ref, .description = description, .staged = staged});
    return ref;
  }
  std::string FileOfTeacher(const char* name) {
    return ReadBytes(laboratory.store().Open(run.teacher).File(name));
  }
  Laboratory laboratory{ToyTeachers().laboratory};
  Distillation run{.teacher = ToyTeachers().poisoned,
                   .distiller = PluginJson(PluginKind::kDistiller, "noise_kd",
                                           {{"rounds", 4}, {"batch_size", 16}})};
};

BOOST_FIXTURE_TEST_SUITE(outcomes, Bench)

BOOST_AUTO_TEST_CASE(past_its_limit_a_stage_times_out) {
  for (const auto& stage : {run.To(4), TeacherStage("none", {{"epochs", 4}})}) {
    const auto outcome = laboratory.Run(
        stage, {}, [] { return false; }, 1e-6);
    RequireFailure(outcome, FailureClass::kTimeout, "limit of 1e-06 s");
    BOOST_TEST(!laboratory.store().Has(stage.ref));
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_input_is_an_io_failure_that_names_the_file) {
  const auto file = laboratory.store().Open(run.teacher).File("model.safetensors");
  auto bytes = ReadBytes(file);
  bytes[bytes.size() / 2] ^= 1;
  Write(file, bytes);
  RequireFailure(laboratory.Run(run.To(4)), FailureClass::kIo, file.string());
}

BOOST_AUTO_TEST_CASE(a_missing_input_is_an_io_failure) {
  run.teacher = TeacherStage("none", {{"epochs", 9}}).ref;
  const auto outcome = laboratory.Run(run.To(4));
  RequireFailure(outcome, FailureClass::kIo, run.teacher.substr(8, 64));
}

BOOST_AUTO_TEST_CASE(a_model_file_that_is_none_is_one_line) {
  const auto about = FileOfTeacher("model.json");
  run.teacher = PublishTeacher(about, "not a model");
  RequireFailure(laboratory.Run(run.To(4)), FailureClass::kError, "model.safetensors");
}

BOOST_AUTO_TEST_CASE(a_model_file_of_another_network_is_one_line) {
  auto about = Json::parse(FileOfTeacher("model.json"));
  about["network"] = "vgg-s-8";
  run.teacher = PublishTeacher(about.dump(), FileOfTeacher("model.safetensors"));
  RequireFailure(laboratory.Run(run.To(4)), FailureClass::kError, "expected");
}

BOOST_AUTO_TEST_CASE(a_network_that_is_unknown_is_told_what_there_is) {
  run.student = "resnet-50";
  RequireFailure(laboratory.Run(run.To(4)), FailureClass::kError, "resnet-50");
  RequireFailure(laboratory.Run(run.To(4)), FailureClass::kError, "vgg-s-");
}

BOOST_AUTO_TEST_CASE(a_kind_that_is_unknown_is_named) {
  RequireFailure(laboratory.Run(MakeStage("dance", {})), FailureClass::kError, "'dance'");
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_is_one_line) {
  const auto stage = run.To(4);
  laboratory.Run(stage, {}, [] { return true; });
  const WorkFolder work(laboratory.root(), stage.key());
  Write(*work.Checkpoint("checkpoint") / "state.safetensors", "torn");
  RequireFailure(laboratory.Run(stage), FailureClass::kError, "state.safetensors");
}

BOOST_AUTO_TEST_CASE(what_somebody_else_works_on_is_busy) {
  const auto stage = run.To(4);
  const auto lease = TryAcquire(WorkFolder(laboratory.root(), stage.key()));
  BOOST_TEST((laboratory.Run(stage).status == StageStatus::kBusy));
}

BOOST_AUTO_TEST_CASE(what_is_there_is_not_computed_again) {
  const auto stage = run.To(4);
  laboratory.Make(stage);
  int asked = 0;
  const auto outcome = laboratory.Run(stage, {}, [&] { return ++asked > 0; });
  BOOST_TEST((outcome.status == StageStatus::kDone));
  BOOST_TEST(asked == 0);
}

BOOST_AUTO_TEST_CASE(work_before_an_interruption_counts_in_every_cost) {
  const auto stage = run.To(4);
  laboratory.Run(stage, {}, [] { return true; });
  const WorkFolder work(laboratory.root(), stage.key());
  const auto file = *work.Checkpoint("checkpoint") / "progress.json";
  Json progress = Json::parse(ReadBytes(file));
  BOOST_TEST(progress.at("cpu_seconds").get<double>() > 0);
  const int64_t peak = int64_t{1} << 50;
  progress.update({{"seconds", 1000}, {"cpu_seconds", 2000}, {"peak_bytes", peak}});
  Write(file, progress.dump());
  const auto manifest = laboratory.store().Open(laboratory.Make(stage)).manifest;
  const auto& cost = manifest.at("facts").at("costs").at(stage.ref);
  BOOST_TEST(cost.at("wall_seconds").get<double>() > 1000);
  BOOST_TEST(cost.at("cpu_seconds").get<double>() > 2000);
  BOOST_TEST(cost.at("peak_bytes") == peak);
}

BOOST_AUTO_TEST_CASE(a_manifest_has_the_costs_of_the_whole_way) {
  const auto early = laboratory.Make(run.To(2));
  const auto last = laboratory.Make(run.To(4), {early});
  const auto manifest = laboratory.store().Open(last).manifest;
  const auto& costs = manifest.at("facts").at("costs");
  for (const auto& ref : {run.teacher, early, last}) BOOST_TEST(costs.contains(ref), ref);
  BOOST_TEST(costs.at(last).at("wall_seconds").get<double>() > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace dfkd
