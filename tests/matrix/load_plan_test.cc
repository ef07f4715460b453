// What the profile of a matrix file is when it is planned.
#include "bench/matrix/load_plan.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/profile.h"
#include "bench/io/file.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::load_plan_test {

using namespace testing;  // NOLINT: the helpers of this folder

LoadedPlan Loaded(const std::string& profile, bool on_gpu) {
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
                   .on_gpu = on_gpu},
                  ModelCheck());
}

BOOST_AUTO_TEST_CASE(the_device_of_the_run_decides_what_auto_stands_for) {
  const auto on_gpu = Loaded("auto", true), here = Loaded("auto", false);
  BOOST_TEST(on_gpu.matrix.profile == "tf32");
  BOOST_TEST(on_gpu.matrix.source.at("profile") == "tf32");
  BOOST_TEST(here.matrix.profile == ResolvedProfile("auto", /*on_gpu=*/false));
  const auto named = Refs(Loaded("tf32", false).plan);
  BOOST_TEST(Refs(on_gpu.plan) == named, boost::test_tools::per_element());
  BOOST_TEST((Refs(here.plan) != named));
}

BOOST_AUTO_TEST_CASE(a_profile_that_is_named_stays_on_every_device) {
  const auto on_gpu = Loaded("fp32", true), here = Loaded("fp32", false);
  BOOST_TEST(on_gpu.matrix.profile == "fp32");
  BOOST_TEST(Refs(on_gpu.plan) == Refs(here.plan), boost::test_tools::per_element());
}

}  // namespace dfkd::load_plan_test
