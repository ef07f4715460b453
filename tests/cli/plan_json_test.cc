// The JSON of a plan is written in pieces, and is one document all the same; whoever waits for it
// is told how long.
#include "bench/cli/plan_json.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <map>

#include "bench/cli/count_line.h"
#include "bench/core/registry.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::plan_json_test {

// What `write` writes to a file that is none.
std::string TextOf(const std::function<void(std::FILE*)>& write) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = ::open_memstream(&text, &size);
  write(out);
  std::fclose(out);
  std::string written(text, size);
  std::free(text);
  return written;
}

Plan SmokePlan() {
  const auto matrix = ParseMatrix(ParseJson(MatrixFiles().At("smoke.json"), "smoke"), "smoke");
  std::map<std::string, DataFacts> facts;
  for (const auto& block : matrix.blocks) {
    for (const auto& dataset : block.datasets) facts[dataset.id] = {std::string(64, 'a')};
  }
  return MakePlan(matrix, {}, facts);
}

boost::test_tools::assertion_result ThereArePlugins(boost::unit_test::test_unit_id) {
  return !Registry::Get().Cards(PluginKind::kDistiller).empty();
}

BOOST_AUTO_TEST_CASE(every_cell_and_stage_stands_in_one_document,
                     *boost::unit_test::precondition(ThereArePlugins)) {
  const testing::ScratchFolder scratch;
  Store store(scratch.path() / "store");
  const auto plan = SmokePlan();
  size_t last = 0, all = 0;
  const auto json = ParseJson(TextOf([&](std::FILE* out) {
                                PrintPlanJson(plan, MakeForecast(plan, store), store, out,
                                              [&](size_t done, size_t total) {
                                                BOOST_TEST(done == last + 1);
                                                last = done, all = total;
                                              });
                              }),
                              "plan");
  BOOST_TEST(last == all);
  BOOST_TEST(json.at("matrix") == "smoke");
  BOOST_TEST_REQUIRE(json.at("cells").size() == plan.cells.size());
  BOOST_TEST_REQUIRE(json.at("stages").size() == plan.stages.size());
  for (size_t i = 0; i < plan.cells.size(); ++i) {
    const auto& cell = json["cells"][i];
    BOOST_TEST(cell.at("id") == plan.cells[i].id);
    for (const auto& [axis, entry] : *plan.cells[i].entries) {
      BOOST_TEST(cell.at("entries").at(axis).at("id") == entry.id);
      BOOST_TEST(cell.at("entries").at(axis).at("options") == entry.options);
    }
  }
  BOOST_TEST(json["stages"].back().at("ref") == plan.stages.back().stage.ref);
  BOOST_TEST(json.at("counts").at("stages") == plan.stages.size());
  BOOST_TEST(json.at("needed").size() == json.at("counts").at("needed").get<size_t>());
}

BOOST_AUTO_TEST_CASE(who_waits_longer_is_told_how_fast_it_goes_and_how_long_yet) {
  const auto shown = [](bool redraws, std::chrono::milliseconds quiet) {
    return TextOf([&](std::FILE* out) {
      CountLine line(out, redraws, "lines written", {.quiet = quiet});
      line.Show(0, 4);
      line.Show(1, 4);
      line.Show(2, 4);  // too soon after the first
    });
  };
  BOOST_TEST(shown(true, std::chrono::seconds(60)) == "");
  const auto lines = shown(false, std::chrono::milliseconds(0));
  BOOST_TEST(lines.starts_with("lines written: 1 of 4, "), lines);
  BOOST_TEST(lines.ends_with(" left\n"), lines);
  BOOST_TEST(lines.find("/s, ") != lines.npos, lines);
  BOOST_TEST(lines.find('\r') == lines.npos, lines);
  const auto redrawn = shown(true, std::chrono::milliseconds(0));
  BOOST_TEST(redrawn.starts_with("\rlines written: 1 of 4, "), redrawn);
  BOOST_TEST(redrawn.ends_with(" left\n"), redrawn);
}

BOOST_AUTO_TEST_CASE(bytes_are_counted_as_amounts_and_what_was_there_before_is_no_speed) {
  const auto shown = [](uint64_t done, uint64_t total) {
    return TextOf([&](std::FILE* out) {
      CountLine line(out, false, "downloading a.tar",
                     {.bytes = true, .from = 2'000'000, .quiet = std::chrono::milliseconds(0)});
      line.Show(done, total);
    });
  };
  const auto known = shown(3'000'000, 4'000'000);
  BOOST_TEST(known.starts_with("downloading a.tar: 3.0 MB of 4.0 MB, "), known);
  BOOST_TEST(known.ends_with(" left\n"), known);
  BOOST_TEST(shown(2'000'000, 4'000'000) == "downloading a.tar: 2.0 MB of 4.0 MB\n");
  const auto unknown = shown(3'000'000, 0);
  BOOST_TEST(unknown.starts_with("downloading a.tar: 3.0 MB, "), unknown);
  BOOST_TEST(unknown.ends_with("/s\n"), unknown);
}

BOOST_AUTO_TEST_CASE(of_things_that_are_moved_the_bytes_tell_the_speed) {
  const auto text = TextOf([](std::FILE* out) {
    CountLine line(out, false, "artifacts pushed", {.quiet = std::chrono::milliseconds(0)});
    line.Show(1, 4, 3'000'000);
  });
  BOOST_TEST(text.starts_with("artifacts pushed: 1 of 4, 3.0 MB at "), text);
  BOOST_TEST((text.find("/s, ") != text.npos), text);
  BOOST_TEST(text.ends_with(" left\n"), text);
}

BOOST_AUTO_TEST_CASE(a_line_that_is_broken_leaves_room_for_others) {
  const auto text = TextOf([&](std::FILE* out) {
    CountLine line(out, true, "verified", {.quiet = std::chrono::milliseconds(0)});
    line.Break();
    line.Show(1, 2);
    line.Break();
    std::fputs("damaged\n", out);
  });
  BOOST_TEST(text.starts_with("\rverified: 1 of 2, "), text);
  BOOST_TEST(text.ends_with(" left\ndamaged\n"), text);
}

}  // namespace dfkd::cli::plan_json_test
