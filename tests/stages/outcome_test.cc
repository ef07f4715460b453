// What becomes of stages that cannot end well.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "bench/store/manifest.h"
#include "bench/store/waste.h"
#include "bench/store/work.h"
#include "tests/stages/stages_testing.h"

namespace dfkd::outcome_test {

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

BOOST_AUTO_TEST_CASE(an_interrupted_stage_leaves_a_note_of_what_it_was) {
  int asked = 0;
  const auto outcome = laboratory.Run(run.To(4), {}, [&] { return ++asked > 3; });
  BOOST_TEST_REQUIRE((outcome.status == StageStatus::kInterrupted));
  BOOST_TEST(ReadNote(WorkFolder(laboratory.root(), run.To(4).key())).has_value());
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

// Runs a stage until it has been asked so often whether it must stop.
Stop AfterLooks(int64_t looks) {
  return [left = looks]() mutable { return left-- <= 0; };
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_is_dropped_and_the_stage_starts_over) {
  Laboratory undisturbed(laboratory);
  for (const auto& stage : {run.To(4), TeacherStage("none", {{"epochs", 2}})}) {
    const auto digest = undisturbed.DigestOf(undisturbed.Make(stage));
    laboratory.Run(stage, {}, AfterLooks(2));
    const WorkFolder work(laboratory.root(), stage.key());
    const auto file = *work.Checkpoint("checkpoint") / "state.safetensors";
    auto bytes = ReadBytes(file);
    bytes.back() ^= 1;  // still a file of tensors
    Write(file, bytes);
    BOOST_TEST(laboratory.DigestOf(laboratory.Make(stage)) == digest);
  }
}

// As after a change of the code that renames what is saved, without another revision.
BOOST_AUTO_TEST_CASE(a_checkpoint_that_does_not_fit_is_dropped_and_the_stage_starts_over) {
  Laboratory undisturbed(laboratory);
  auto other = run;
  other.student = "vgg-s-4";
  const auto stage = run.To(4), wider = other.To(4);
  const auto digest = undisturbed.DigestOf(undisturbed.Make(stage));
  laboratory.Run(wider, {}, AfterLooks(2));
  fs::rename(WorkFolder(laboratory.root(), wider.key()).folder(),
             WorkFolder(laboratory.root(), stage.key()).folder());
  BOOST_TEST(laboratory.DigestOf(laboratory.Make(stage)) == digest);
}

// As if the work in the checkpoint of a stage had cost so much.
void Charge(const WorkFolder& work, const Json& spent) {
  const auto checkpoint = *work.Checkpoint("checkpoint");
  Json progress = ReadJson(checkpoint / "progress.json");
  progress.update(spent);
  Write(checkpoint / "progress.json", progress.dump());
  auto sums = store::ListFiles(checkpoint);
  sums.erase("sums.json");
  Write(checkpoint / "sums.json", sums.dump());
}

BOOST_AUTO_TEST_CASE(a_published_state_beyond_the_checkpoint_is_gone_on_from_and_alone_paid_for) {
  const auto early = run.To(2), late = run.To(4);
  laboratory.Run(late, {}, AfterLooks(1));
  Charge(WorkFolder(laboratory.root(), late.key()), {{"seconds", 1000}, {"cpu_seconds", 2000}});
  laboratory.Make(early);
  laboratory.Make(late, {early.ref});
  const auto facts = laboratory.store().Open(late.ref).manifest.at("facts");
  BOOST_TEST(facts.at("started_from") == early.ref);
  BOOST_TEST(facts.at("costs").at(late.ref).at("wall_seconds").get<double>() < 1000);
  BOOST_TEST(facts.at("costs").at(late.ref).at("cpu_seconds").get<double>() < 2000);
}

BOOST_AUTO_TEST_CASE(what_came_before_is_paid_for_although_it_was_removed_while_the_stage_ran) {
  const auto early = run.To(2), late = run.To(4);
  laboratory.Make(early);
  const auto remove = [&] { return fs::remove_all(laboratory.store().FolderOf(early.ref)), false; };
  BOOST_TEST((laboratory.Run(late, {early.ref}, remove).status == StageStatus::kDone));
  const auto facts = laboratory.store().Open(late.ref).manifest.at("facts");
  BOOST_TEST(facts.at("started_from") == early.ref);
  BOOST_TEST(facts.at("costs").contains(early.ref));
}

BOOST_AUTO_TEST_CASE(what_came_before_is_paid_for_although_it_was_removed_between_two_attempts) {
  const auto early = run.To(2), late = run.To(4);
  laboratory.Make(early);
  laboratory.Run(late, {early.ref}, AfterLooks(1));
  fs::remove_all(laboratory.store().FolderOf(early.ref));
  laboratory.Make(late, {early.ref});
  const auto facts = laboratory.store().Open(late.ref).manifest.at("facts");
  BOOST_TEST(facts.at("started_from") == early.ref);
  BOOST_TEST(facts.at("costs").contains(early.ref));
}

// As one that an older program wrote.
BOOST_AUTO_TEST_CASE(a_checkpoint_of_which_nobody_knows_what_came_before_is_dropped) {
  const auto early = run.To(2), late = run.To(4);
  laboratory.Make(early);
  laboratory.Run(late, {early.ref}, AfterLooks(1));
  Charge(WorkFolder(laboratory.root(), late.key()), {{"costs_before", nullptr}, {"seconds", 1000}});
  fs::remove_all(laboratory.store().FolderOf(early.ref));
  laboratory.Make(late, {early.ref});
  const auto facts = laboratory.store().Open(late.ref).manifest.at("facts");
  BOOST_TEST(!facts.contains("started_from"));
  BOOST_TEST(facts.at("costs").at(late.ref).at("wall_seconds").get<double>() < 1000);
}

BOOST_AUTO_TEST_CASE(what_a_running_stage_reads_is_nobodys_waste) {
  const auto early = run.To(2);
  laboratory.Make(early);
  laboratory.Make(run.To(3), {early.ref});
  WasteRules rules{.superseded = true};
  rules.recent = {};
  const auto superseded = [&] {
    const auto found = FindWaste(laboratory.store(), rules);
    return std::count_if(found.begin(), found.end(),
                         [](const Waste& waste) { return waste.why == "superseded"; });
  };
  BOOST_TEST(superseded() == 1);
  int64_t meanwhile = 1;
  const auto look = [&] { return meanwhile = superseded(), false; };
  BOOST_TEST((laboratory.Run(run.To(4), {early.ref}, look).status == StageStatus::kDone));
  BOOST_TEST(meanwhile == 0);
}

BOOST_AUTO_TEST_CASE(the_time_of_interrupted_attempts_counts_towards_limit_and_cost) {
  const auto stage = run.To(4);
  const WorkFolder work(laboratory.root(), stage.key());
  laboratory.Run(stage, {}, AfterLooks(2));
  const auto spent = ReadJson(*work.Checkpoint("checkpoint") / "progress.json");
  const double seconds = spent.at("seconds"), cpu = spent.at("cpu_seconds");
  BOOST_TEST(seconds > 0);
  BOOST_TEST(cpu > 0);
  const auto again = laboratory.Run(
      stage, {}, [] { return false; }, seconds);
  RequireFailure(again, FailureClass::kTimeout, "stopped at the limit");
  laboratory.Make(stage);
  const auto facts = laboratory.store().Open(stage.ref).manifest.at("facts");
  BOOST_TEST(facts.at("cpu_seconds").get<double>() > cpu);
  BOOST_TEST(facts.at("wall_seconds").get<double>() > seconds);
}

BOOST_AUTO_TEST_CASE(at_its_limit_a_stage_keeps_what_it_has_done) {
  const auto stage = run.To(4);
  laboratory.Run(
      stage, {}, [] { return false; }, 1e-6);
  BOOST_TEST(WorkFolder(laboratory.root(), stage.key()).Checkpoint("checkpoint").has_value());
}

// As if this process had been suspended for longer than its lease lasts.
BOOST_AUTO_TEST_CASE(who_lost_the_lease_leaves_the_stage_to_the_next_holder) {
  const auto stage = run.To(4);
  const WorkFolder work(laboratory.root(), stage.key());
  std::optional<Lease> next;
  const auto outcome = laboratory.Run(stage, {}, [&] {
    if (next) return false;
    fs::last_write_time(work.folder() / "lease",
                        fs::file_time_type::clock::now() - std::chrono::hours(1));
    next = TryAcquire(work);
    return false;
  });
  BOOST_TEST((outcome.status == StageStatus::kBusy));
  BOOST_TEST_REQUIRE(next.has_value());
  BOOST_TEST(next->Held());
  BOOST_TEST(!laboratory.store().Has(stage.ref));
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
  const int64_t peak = int64_t{1} << 50;
  Charge(WorkFolder(laboratory.root(), stage.key()),
         {{"seconds", 1000}, {"cpu_seconds", 2000}, {"peak_bytes", peak}});
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
  BOOST_TEST(costs.at(early).at("digest") == laboratory.store().Open(early).digest());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::outcome_test
