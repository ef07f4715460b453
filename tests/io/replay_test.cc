// The parsers of files under cut and mutated seeds.
#include "tests/fuzz/replay.h"

#include <fstream>

#include "tests/io/scratch_folder.h"

namespace dfkd::replay_test {

namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(every_parser_takes_its_seeds) { fuzz::RequireSeedsAreTaken(fuzz::Parsers()); }

BOOST_AUTO_TEST_CASE(every_parser_has_a_fuzz_target) {
  fuzz::RequireTargets(fuzz::Parsers(), "Parsers");
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_cut_seeds) {
  fuzz::ReplayCutSeeds(fuzz::Parsers(), 1);
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_mutated_seeds) {
  fuzz::ReplayMutatedSeeds(fuzz::Parsers(), 400);
}

BOOST_AUTO_TEST_CASE(no_parser_does_worse_than_an_error_on_what_long_runs_have_found) {
  fuzz::ReplayCorpora(fuzz::Parsers(), fuzz::ShippedCorpora());
}

BOOST_AUTO_TEST_CASE(every_file_of_a_corpus_is_fed_to_its_parser) {
  const testing::ScratchFolder scratch("corpus");
  std::vector<std::string> fed;
  const fuzz::Parser parser = {
      "mine", [&](std::string_view bytes) { fed.emplace_back(bytes); }, {"a seed"}};
  BOOST_TEST(fuzz::ReplayCorpora({parser}, scratch.path()) == 0U);
  for (const std::string name : {"mine/one", "mine/two", "other/three"}) {
    fs::create_directories((scratch.path() / name).parent_path());
    std::ofstream(scratch.path() / name, std::ios::binary) << name;
  }
  BOOST_TEST(fuzz::ReplayCorpora({parser}, scratch.path()) == 2U);
  std::sort(fed.begin(), fed.end());
  BOOST_TEST((fed == std::vector<std::string>{"mine/one", "mine/two"}));
}

}  // namespace dfkd::replay_test
