// What `dfkd store export` replaces: archives of its own, and no file of somebody else's.
#if DFKD_WITH_FETCH
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "bench/cli/command.h"
#include "bench/store/stage.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::store_export_test {

namespace fs = std::filesystem;

// A store with one artifact.
struct Exporter {
  Exporter() {
    const auto stage = MakeStage("teacher", {{"name", "one"}, {"inputs", Json::object()}});
    const auto staged = scratch.path() / "staged";
    testing::Write(staged / "model.bin", "one");
    store.Publish({.ref = stage.ref, .description = stage.description, .staged = staged});
  }
  // What is refused; "" if nothing is.
  std::string Export(const fs::path& out) const {
    Program program("dfkd", "", "");
    AddStore(program);
    std::ostringstream said, refused;
    return testing::ErrorOf([&] {
      program.Run({"store", "export", "--store", store.root().string(), "--out", out.string()},
                  said, refused);
    });
  }

  testing::ScratchFolder scratch;
  Store store{scratch.path() / "store"};
};

BOOST_FIXTURE_TEST_CASE(a_file_that_is_no_archive_of_artifacts_stays, Exporter) {
  const auto mine = scratch.path() / "mine.txt";
  for (const std::string& text : {std::string("hello"), std::string(4096, 'x')}) {
    testing::Write(mine, text);
    BOOST_TEST(Export(mine) == "store export: --out " + mine.string() +
                                   ": would be replaced, and is no archive of artifacts; give "
                                   "another name");
    BOOST_TEST((ReadBytes(mine) == text));
  }
}

BOOST_FIXTURE_TEST_CASE(an_earlier_export_and_an_empty_file_are_replaced, Exporter) {
  const auto out = scratch.path() / "out.tar";
  testing::Write(out, "");
  BOOST_TEST(Export(out) == "");
  const auto bytes = ReadBytes(out);
  BOOST_TEST(bytes.size() > 512U);
  BOOST_TEST(Export(out) == "");
  BOOST_TEST((ReadBytes(out) == bytes));
}

}  // namespace dfkd::cli::store_export_test
#endif
