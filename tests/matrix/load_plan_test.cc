// What the profile of a matrix file is when it is planned.
#include "bench/matrix/load_plan.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <sstream>

#include "bench/core/profile.h"
#include "bench/io/file.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::load_plan_test {

using namespace testing;  // NOLINT: the helpers of this folder

const DeviceKinds kProcessor = {}, kGpu = {.cpu = false, .gpu = true}, kBoth = {.gpu = true};

LoadedPlan Loaded(const std::string& profile, const DeviceKinds& on) {
  auto json = SmallMatrix();
  json["profile"] = profile;
  const Json few = {{"size", 8}, {"train", 200}, {"test", 20}};
  const Json shapes = {{"id", "shapes"}, {"plugin", "shapes"}, {"options", few}};
  BlockOf(json)["datasets"] = Json::array({shapes});
  const std::filesystem::path folder = "load_plan";
  WriteFileAtomically(folder / "matrix.json", json.dump());
  return LoadPlan({.matrix = (folder / "matrix.json").string(),
                   .store = folder / "store",
                   .data = folder,
                   .on = on},
                  ModelCheck());
}

BOOST_AUTO_TEST_CASE(the_device_of_the_run_decides_what_auto_stands_for) {
  const auto on_gpu = Loaded("auto", kGpu), here = Loaded("auto", kProcessor);
  BOOST_TEST(on_gpu.matrix.profile == "tf32");
  BOOST_TEST(on_gpu.matrix.source.at("profile") == "tf32");
  BOOST_TEST(here.matrix.profile == ResolvedProfile("auto", /*on_gpu=*/false));
  const auto named = Refs(Loaded("tf32", kGpu).plan);
  BOOST_TEST(Refs(on_gpu.plan) == named, boost::test_tools::per_element());
  BOOST_TEST((Refs(here.plan) != named));
}

BOOST_AUTO_TEST_CASE(a_profile_that_is_named_stays_on_every_device) {
  const auto on_gpu = Loaded("fp32", kGpu), here = Loaded("fp32", kProcessor);
  BOOST_TEST(on_gpu.matrix.profile == "fp32");
  BOOST_TEST(Refs(on_gpu.plan) == Refs(here.plan), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_profile_of_gpus_is_planned_for_no_processor) {
  for (const auto& [profile, on] :
       {std::pair{"tf32", kProcessor}, std::pair{"tf32", kBoth}, std::pair{"auto", kBoth}}) {
    BOOST_CHECK_EXCEPTION(Loaded(profile, on), Error, [](const Error& e) {
      return std::string(e.what()).find("only GPUs compute in it") != std::string::npos;
    });
  }
  BOOST_CHECK_NO_THROW(Loaded("tf32", {.cpu = false}));  // of a run elsewhere, which is read here
}

// What choosing a profile says, on a processor that is not this one.
std::string Told(const char* profile, const DeviceKinds& on, const ProcessorFeatures& here) {
  std::ostringstream told;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  Matrix matrix;
  matrix.profile = profile;
  ChooseProfile(matrix, on, here);
  spdlog::set_default_logger(before);
  return told.str();
}

bool Warns(const std::string& told) { return told.find("only emulates it") != std::string::npos; }

BOOST_AUTO_TEST_CASE(an_emulated_profile_is_warned_of_where_it_is_planned_and_never_chosen) {
  const ProcessorFeatures slow = {.known = true}, fast = {.known = true, .avx512_bf16 = true};
  const auto told = Told("bf16", kProcessor, slow);
  BOOST_TEST(Warns(told), told);
  BOOST_TEST(told.find("about 20 times") != told.npos, told);
  BOOST_TEST(told.find("emulates") == told.rfind("emulates"), told);
  BOOST_TEST(Warns(Told("bf16", kBoth, slow)));
  BOOST_TEST(Told("bf16", kProcessor, fast) == "");
  BOOST_TEST(Told("bf16", kGpu, slow) == "");
  BOOST_TEST(Told("auto", kProcessor, slow).find("profile auto: fp32") != std::string::npos);
  BOOST_TEST(Told("auto", kProcessor, fast).find("profile auto: bf16") != std::string::npos);
}

}  // namespace dfkd::load_plan_test
