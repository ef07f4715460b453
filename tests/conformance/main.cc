// Makes the cases when all plugins have registered; an empty registry fails.
#include <filesystem>
#include <set>

#include "tests/conformance/conformance.h"

namespace dfkd::conformance {
namespace {

void EveryFolderHasRegistered() {
  const std::map<std::string, PluginKind> roots = {
      {"attacks", PluginKind::kAttack},
      {"datasets", PluginKind::kDataset},
      {"methods/defenses", PluginKind::kDefense},
      {"methods/detectors", PluginKind::kDetector},
      {"methods/distillation", PluginKind::kDistiller}};
  for (const auto& [root, kind] : roots) {
    std::set<std::string> names;
    for (const auto* card : Registry::Get().Cards(kind)) names.insert(card->name);
    BOOST_TEST(!names.empty(), root);
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(DFKD_SOURCE_DIR) / root)) {
      // A folder without a header is what a change of branch leaves behind.
      if (!std::filesystem::exists(entry.path() / (entry.path().filename().string() + ".h")))
        continue;
      BOOST_TEST(names.contains(entry.path().filename()), entry.path());
    }
  }
}

bool Init() {
  auto& all = boost::unit_test::framework::master_test_suite();
  all.p_name.value = "conformance";
  all.add(BOOST_TEST_CASE(&EveryFolderHasRegistered));
  AddOptionCases();
  AddDatasetCases();
  AddAttackCases();
  AddDistillerCases();
  AddDefenseCases();
  AddDetectorCases();
  AddIdleOptionCases();
  return true;
}

}  // namespace
}  // namespace dfkd::conformance

int main(int argc, char** argv) {
  return boost::unit_test::unit_test_main(&dfkd::conformance::Init, argc, argv);
}
