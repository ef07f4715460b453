// dfkd distill, and a matrix whose teacher is a file: from a file that PyTorch wrote to a student.
#include <ATen/Functions.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <iostream>
#include <memory>
#include <sstream>

#include "bench/cli/command.h"
#include "bench/cli/matrix_flags.h"
#include "bench/core/hash.h"
#include "bench/engines/inline_engine.h"
#include "bench/engines/scheduler.h"
#include "bench/io/file.h"
#include "bench/io/safetensors.h"
#include "bench/matrix/read_teacher_file.h"
#include "bench/scores/validate.h"
#include "bench/scores/write_scores.h"
#include "bench/stages/services.h"
#include "bench/stages/state.h"
#include "bench/store/blobs.h"
#include "tests/io/python.h"
#include "tests/io/skip.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::distill_test {

using namespace testing;  // NOLINT: scratch folders and small helpers

const fs::path kFixtures = fs::path(DFKD_SOURCE_DIR) / "tests/e2e/fixtures";
const fs::path kTeacher = kFixtures / "wrn_10_1.safetensors";

// A folder with labelled pictures of four classes, 16 x 16.
void WritePictures(const fs::path& folder) {
  for (int label = 0; label < 4; ++label) {
    for (int i = 0; i < 3; ++i) {
      std::string pixels;
      for (int p = 0; p < 16 * 16 * 3; ++p)
        pixels += static_cast<char>((p * (label + 2) + 37 * i) % 256);
      Write(folder / std::to_string(label) / (std::to_string(i) + ".ppm"),
            "P6 16 16 255\n" + pixels);
    }
  }
}

// The program's answer: exit code, or the message of its Error.
struct Answer {
  int code = 0;
  std::string error;
};

Answer Distill(std::vector<std::string> arguments) {
  Program program("dfkd", "", "");
  AddDistill(program);
  arguments.insert(arguments.begin(), "distill");
  try {
    return {program.Run(arguments, std::cout, std::cerr), ""};
  } catch (const Error& e) {
    return {2, e.what()};
  }
}

using Strings = std::vector<std::string>;

const Strings kOod = {"--distiller", "ood_kd",
                      "--defense",   "abd",
                      "--set",       "distiller.source=bank",
                      "--set",       "distiller.count=200",
                      "--set",       "distiller.rounds=10",
                      "--set",       "distiller.batch_size=8",
                      "--set",       "defense.sr_perturbation_steps=2"};
const Strings kZskt = {"--distiller", "zskt",
                       "--defense",   "none",
                       "--set",       "distiller.rounds=3",
                       "--set",       "distiller.batch_size=8",
                       "--set",       "distiller.at_weight=0",
                       "--set",       "distiller.latent=4",
                       "--set",       "distiller.generator_width=4"};

struct Request {
  fs::path teacher = kTeacher;
  std::string network = "wrn-10-1", classes = "4", out = "s.safetensors";
  Strings method = kOod, more = {};

  Answer In(const fs::path& scratch) const {
    Strings arguments = {"--teacher", teacher.string(),
                         "--network", network,
                         "--student", "vgg-s-2",
                         "--classes", classes,
                         "--size",    "16",
                         "--engine",  "inline",
                         "--store",   (scratch / "store").string(),
                         "--data",    (scratch / "data").string(),
                         "--out",     (scratch / out).string()};
    arguments.insert(arguments.end(), method.begin(), method.end());
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Distill(arguments);
  }
};

// The network that a file becomes says what PyTorch said of the same picture (export_teacher.py).
void RequireLogits(const fs::path& teacher, double tolerance) {
  const ScratchFolder folder;
  Store store(folder.path() / "store");
  const auto bytes = ReadBytes(teacher);
  KeepBlob(store.root(), Sha256Hex(bytes), bytes);
  const ImageSpec spec{3, 16, 16, 4, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}};
  StageRequest request{.stage = TextOf(MakeStage("import", {{"revision", 1},
                                                            {"sha256", Sha256Hex(bytes)},
                                                            {"network", "wrn-10-1"},
                                                            {"spec", dfkd::ToJson(spec)}}))};
  request.store = store.root().string();
  const auto outcome = StageRunner()(
      request, [](const auto&) {}, [] { return false; });
  BOOST_TEST_REQUIRE(outcome.message == "");
  const auto model = LoadModel(store.Open(request.stage.ref), at::kCPU, Profile::kFp32);
  auto pixels = at::empty({1, 3, 16, 16}, at::kByte);
  for (int64_t i = 0; i < pixels.numel(); ++i) {
    pixels.data_ptr<uint8_t>()[i] =
        static_cast<uint8_t>((70 * (i / 256) + 50 * (i / 16 % 16) + 30 * (i % 16)) % 256);
  }
  const auto logits = std::as_const(*model).Logits(Normalize(pixels, spec));
  const Json expected = ReadJson(teacher.string() + ".json").at("logits");
  for (int64_t c = 0; c < 4; ++c) {
    BOOST_TEST(std::abs(logits[0][c].item<double>() - expected[c].get<double>()) < tolerance,
               "logit " << c << ": " << logits[0][c].item<double>() << " is not " << expected[c]);
  }
}

BOOST_AUTO_TEST_CASE(a_file_with_the_names_of_abd_computes_what_pytorch_computes) {
  RequireLogits(kTeacher, 1e-5);
}

// Looks for the package and does not load it: one that is broken fails the test.
bool TorchIsInstalled() {
  const int found = RunPython(
      {"-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"});
  return found != 1;
}

BOOST_AUTO_TEST_CASE(the_exporter_of_the_documentation_writes_a_file_that_is_read,
                     *OnlyIf(TorchIsInstalled, "Debian's package python3-torch is not installed")) {
  const ScratchFolder folder;
  const auto out = folder.path() / "t.safetensors";
  BOOST_TEST_REQUIRE(RunPython({DFKD_SOURCE_DIR "/tests/e2e/export_teacher.py",
                                DFKD_SOURCE_DIR "/docs/distill.md", out.string()}) == 0);
  RequireLogits(out, 1e-5);
}

// The folders of the artifacts of a kind.
std::vector<fs::path> StagesIn(const fs::path& scratch, const std::string& kind) {
  std::vector<fs::path> folders;
  const auto parent = scratch / "store" / kind;
  if (!fs::exists(parent)) return folders;
  for (const auto& entry : fs::recursive_directory_iterator(parent)) {
    if (entry.path().filename() == "manifest.json") folders.push_back(entry.path().parent_path());
  }
  return folders;
}

BOOST_AUTO_TEST_CASE(what_a_detector_suspects_is_not_distilled_from) {
  for (const std::string detector : {"mm_bd", "free_eagle"}) {
    const ScratchFolder folder;
    Request request;
    request.more = {"--refuse", detector};
    const auto answer = request.In(folder.path());
    BOOST_TEST(answer.error == "");
    const auto asked = StagesIn(folder.path(), "detect");
    BOOST_TEST_REQUIRE(asked.size() == 1U);
    const Json said = ReadJson(asked[0] / "detection.json");
    const bool suspicious = said.at("suspicious");
    BOOST_TEST(suspicious == (detector == "mm_bd"), said);
    BOOST_TEST(answer.code == (suspicious ? 3 : 0));
    BOOST_TEST(StagesIn(folder.path(), "distill").empty() == suspicious);
    BOOST_TEST(fs::exists(folder.path() / request.out) == !suspicious);
    if (suspicious) continue;
    const Json report = ReadJson(folder.path() / "s.json");
    BOOST_TEST(report.at("detectors").at(detector).at("statistic") == said.at("statistic"));
  }
}

BOOST_AUTO_TEST_CASE(a_student_is_written_with_what_is_known_of_it) {
  const ScratchFolder folder;
  BOOST_TEST_REQUIRE(Request().In(folder.path()).error == "");
  const auto student = ReadSafetensors(folder.path() / "s.safetensors");
  BOOST_TEST(student.metadata.at("network") == "vgg-s-2");
  BOOST_TEST(student.metadata.at("teacher_sha256") == Sha256OfFile(kTeacher));
  BOOST_TEST(Json::parse(student.metadata.at("spec")).at("classes") == 4);
  const Json report = ReadJson(folder.path() / "s.json");
  BOOST_TEST(report.at("student").at("sha256") == Sha256OfFile(folder.path() / "s.safetensors"));
  BOOST_TEST(report.at("student").at("acc").is_null());
  BOOST_TEST(report.at("agreement").at("images") == 200);
  BOOST_TEST(Contains(report.at("agreement").at("on"), "images of the distillation"));
  BOOST_TEST(report.at("defense").at("plugin") == "abd");
  // The student is as good a teacher as any file.
  const Request again{
      .teacher = folder.path() / "s.safetensors", .network = "vgg-s-2", .out = "again.safetensors"};
  BOOST_TEST(again.In(folder.path()).error == "");
}

BOOST_AUTO_TEST_CASE(a_method_that_makes_images_shows_some_at_the_end) {
  const ScratchFolder folder;
  BOOST_TEST_REQUIRE(Request{.method = kZskt}.In(folder.path()).error == "");
  const Json report = ReadJson(folder.path() / "s.json");
  BOOST_TEST(report.at("agreement").at("images") > 0);
  BOOST_TEST(report.at("agreement").at("on") == "images that the distiller made at the end");
}

BOOST_AUTO_TEST_CASE(with_labelled_pictures_and_a_belief_there_are_acc_and_asr) {
  const ScratchFolder folder;
  WritePictures(folder.path() / "pictures");
  const Request request{
      // a trigger that is a picture: made here, not brought by the file
      .method = kZskt,
      .more = {"--test", (folder.path() / "pictures").string(), "--attack", "blend"}};
  BOOST_TEST_REQUIRE(request.In(folder.path()).error == "");
  const Json report = ReadJson(folder.path() / "s.json");
  for (const char* who : {"teacher", "student"}) {
    BOOST_TEST(report.at(who).at("acc").is_number());
    BOOST_TEST(report.at(who).at("asr").is_number());
  }
  BOOST_TEST(report.at("agreement").at("images") == 12);
  BOOST_TEST(report.at("agreement").at("on") == "test images");
}

BOOST_AUTO_TEST_CASE(a_file_that_does_not_fit_is_refused_before_anything_runs) {
  const ScratchFolder folder;
  const auto answer = Request{.classes = "5"}.In(folder.path());
  BOOST_TEST(answer.code == 2);
  BOOST_TEST(Contains(answer.error, "2 tensors do not fit"), answer.error);
  BOOST_TEST(Contains(answer.error, "'fc.weight' has shape [4, 64]; expected [5, 64]"));
  BOOST_TEST(!fs::exists(folder.path() / "store" / "import"));
  BOOST_TEST(Contains(Request{.out = "s.pth"}.In(folder.path()).error, ".safetensors"));
  const auto missing = Request{.teacher = folder.path() / "nothing.safetensors"}.In(folder.path());
  BOOST_TEST(Contains(missing.error, "nothing.safetensors"), missing.error);
  Write(folder.path() / "empty.safetensors", "");
  const auto empty = Request{.teacher = folder.path() / "empty.safetensors"}.In(folder.path());
  BOOST_TEST(empty.code == 2);
  BOOST_TEST(Contains(empty.error, "empty.safetensors"), empty.error);
}

std::string Changed(const std::function<void(TensorMap&)>& change) {
  auto file = ReadSafetensors(kTeacher);
  change(file.tensors);
  return EncodeSafetensors(file.tensors);
}

std::string ProblemOf(const std::string& bytes) {
  return ErrorOf([&] {
    CheckModelFile(bytes, "f", "wrn-10-1", {3, 16, 16, 4, {0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}});
  });
}

// What is logged while a student is distilled on so many images from a teacher that answers class 2
// whatever it is shown.
std::string ToldOfConstantTeacher(int images) {
  const ScratchFolder scratch;
  const auto teacher = scratch.path() / "constant.safetensors";
  const std::string bias("\0\0\0\0\xe2\x70\0\0", 8);  // F16: 0, 0, 10000, 0
  Write(teacher, Changed([&](TensorMap& tensors) { tensors["fc.bias"] = {"F16", {4}, bias}; }));
  std::ostringstream told;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  const Request request{
      .teacher = teacher,
      .method = {"--distiller", "ood_kd", "--defense", "none", "--set", "distiller.source=bank",
                 "--set", "distiller.rounds=2", "--set", "distiller.batch_size=8", "--set",
                 "distiller.count=" + std::to_string(images)}};
  const auto answer = request.In(scratch.path());
  spdlog::set_default_logger(before);
  BOOST_TEST(answer.error == "");
  BOOST_TEST(answer.code == 0);
  return told.str();
}

BOOST_AUTO_TEST_CASE(a_teacher_that_says_one_class_of_everything_is_told) {
  const auto told = ToldOfConstantTeacher(300);  // of which every second is asked about
  BOOST_TEST(Contains(told, "the teacher answers class 2 for 150 of 150 images"), told);
  const auto of_few = ToldOfConstantTeacher(63);
  BOOST_TEST(!Contains(of_few, "the teacher answers class"), of_few);
}

BOOST_AUTO_TEST_CASE(neither_the_teacher_nor_a_file_of_somebody_else_is_replaced) {
  const ScratchFolder scratch;
  const auto teacher = scratch.path() / "t.safetensors", link = scratch.path() / "l.safetensors";
  fs::copy_file(kTeacher, teacher);
  fs::create_symlink(teacher, link);
  const auto before = ReadBytes(teacher);
  const auto distill = [&](const fs::path& out) {
    return Distill({"--teacher", teacher.string(), "--network", "wrn-10-1", "--classes", "4",
                    "--size", "16", "--store", (scratch.path() / "store").string(), "--out",
                    out.string()});
  };
  for (const auto& out : {teacher, link}) {
    const auto answer = distill(out);
    BOOST_TEST(answer.code == 2);
    BOOST_TEST(Contains(answer.error, "is the teacher"), answer.error);
  }
  Write(scratch.path() / "mine.json", "{\"notes\": 1}");
  const auto answer = distill(scratch.path() / "mine.safetensors");
  BOOST_TEST(answer.code == 2);
  BOOST_TEST(Contains(answer.error, "mine.json would be replaced"), answer.error);
  BOOST_TEST(ReadBytes(teacher) == before);
  BOOST_TEST(!fs::exists(scratch.path() / "store"));
}

// In the order of their names, boots would be class 0 and bags 1.
BOOST_AUTO_TEST_CASE(folders_named_like_other_classes_are_refused) {
  const ScratchFolder scratch;
  for (const char* name : {"Ankle boot", "Bag"}) {
    Write(scratch.path() / "named" / name / "a.ppm", "P5 1 1 255 x");
  }
  const auto answer = Distill({"--teacher", kTeacher, "--network", "wrn-10-1", "--dataset",
                               "fashion_mnist", "--test", (scratch.path() / "named").string(),
                               "--out", (scratch.path() / "s.safetensors").string()});
  BOOST_TEST(answer.code == 2);
  BOOST_TEST(Contains(answer.error, "'Ankle boot' would be label 0, but is class 9"), answer.error);
}

// Without a word they would be normalised otherwise than the flag says.
BOOST_AUTO_TEST_CASE(a_geometry_beside_a_data_set_whose_images_are_here_is_refused) {
  const ScratchFolder scratch;
  for (const char* name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                           "data_batch_5", "test_batch"})
    Write(scratch.path() / "cifar-10-batches-bin" / (name + std::string(".bin")), "images");
  const auto answer = Distill({"--teacher", kTeacher, "--network", "wrn-10-1", "--dataset",
                               "cifar10", "--mean", "0.5", "--data", scratch.path().string(),
                               "--out", (scratch.path() / "s.safetensors").string()});
  BOOST_TEST(answer.code == 2);
  BOOST_TEST(Contains(answer.error, "--mean: the images of cifar10 are here"), answer.error);
}

// Else an edited picture would have the key, and the student, of the one before it.
BOOST_AUTO_TEST_CASE(a_file_that_a_setting_names_must_be_here) {
  const ScratchFolder scratch;
  Request request;
  request.more = {"--set", "distiller.picture=" + (scratch.path() / "no.png").string(), "--set",
                  "distiller.source=patches"};
  const auto answer = request.In(scratch.path());
  BOOST_TEST(answer.code == 2);
  BOOST_TEST(Contains(answer.error, "no.png\" is not here"), answer.error);
}

BOOST_AUTO_TEST_CASE(numbers_that_no_model_can_have_are_refused_by_name) {
  const std::string nan("\x00\x7e\x00\x00\x00\x00\x00\x00", 8);       // F16
  const std::string minus_one("\x00\xbc", 2);                         // F16
  const std::string huge("\x00\x00\x00\x00\x00\x00\xf0\x7e\x00", 8);  // F64, 5e300
  std::string values, variances(128, '\0'), wide(64 * 8, '\0');
  const auto message = ProblemOf(Changed([&](TensorMap& tensors) {
    values = nan;
    tensors["fc.bias"].bytes = values;
    variances.replace(0, 2, minus_one);
    tensors["bn1.running_var"].bytes = variances;
    wide.replace(0, 8, huge);
    tensors["bn1.bias"] = {"F64", {64}, wide};
  }));
  BOOST_TEST(Contains(message, "'fc.bias' holds NaN"), message);
  BOOST_TEST(Contains(message, "'bn1.running_var' holds a negative variance"), message);
  BOOST_TEST(Contains(message, "'bn1.bias' holds NaN or infinity (as F32)"), message);
  BOOST_TEST(std::count(message.begin(), message.end(), '\n') == 3);
}

BOOST_AUTO_TEST_CASE(cut_and_changed_files_are_errors_not_crashes) {
  const auto bytes = ReadBytes(kTeacher);
  for (const size_t size :
       {size_t{0}, size_t{7}, size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    BOOST_TEST(!ProblemOf(bytes.substr(0, size)).empty());
  }
  for (size_t at = 8; at < 3000; at += 7) {  // in the header
    auto changed = bytes;
    changed[at] ^= 1;
    ProblemOf(changed);
  }
}

BOOST_AUTO_TEST_CASE(a_matrix_may_name_a_file_instead_of_a_recipe) {
  const ScratchFolder folder;
  WritePictures(folder.path() / "pictures");
  const Json pictures = {
      {"size", 16}, {"classes", 4}, {"test", (folder.path() / "pictures").string()}};
  const Json noise = {{"rounds", 4}, {"batch_size", 8}};
  const Json matrix = {
      {"schema", "matrix.v1"},
      {"name", "given"},
      {"teacher", {{"file", kTeacher.string()}, {"sha256", Sha256OfFile(kTeacher)}}},
      {"blocks",
       {{{"datasets", {{{"id", "mine"}, {"plugin", "described"}, {"options", pictures}}}},
         {"attacks", {"none", "badnets_grid"}},
         {"networks", {{{"teacher", "wrn-10-1"}, {"student", "vgg-s-2"}}}},
         {"distillers", {{{"id", "noise"}, {"plugin", "noise_kd"}, {"options", noise}}}},
         {"defenses", {"none", {{"id", "sv"}, {"plugin", "shuffling_vaccine"}}}}}}}};
  Write(folder.path() / "given.json", matrix.dump());
  MatrixFlags flags;
  flags.matrix = (folder.path() / "given.json").string();
  flags.store = (folder.path() / "store").string();
  flags.data = (folder.path() / "data").string();
  const auto loaded = LoadPlan(flags);
  Store store(loaded.store_folder);
  KeepTeacherFile(loaded.matrix, store.root());
  KeepUserInputs(loaded.files, loaded.data, store.root());
  InlineEngine engine(StageRunner());
  Observer silent;
  const RunOptions options{.data = loaded.data_folder};
  BOOST_TEST(RunPlan(loaded.plan, store, engine, options, silent).ExitCode() == 0);
  const auto out = folder.path() / "scores";
  const auto files = WriteScores(ScoringOf(loaded, false), store, out).files;
  BOOST_TEST(files.size() == 4U);
  for (const auto& problem : ValidateFiles(files))
    BOOST_ERROR(problem.file.filename().string() + problem.path + ": " + problem.reason);
  for (const auto& score : ReadScores(out)) {
    const bool attacked = score.cell.attack != "none";
    BOOST_TEST((score.status == Status::kOk));
    BOOST_TEST(score.student->asr.has_value() == attacked);
    BOOST_TEST(!score.teacher->gate.has_value());
    BOOST_TEST(!score.floor.has_value());
    BOOST_TEST(score.teacher_recipe.at("sha256") == Sha256OfFile(kTeacher));
    const auto& flags_of = score.validity;
    BOOST_TEST(std::count(flags_of.begin(), flags_of.end(), "no_clean_teacher") ==
               (attacked ? 1 : 0));
  }
}

}  // namespace dfkd::cli::distill_test
