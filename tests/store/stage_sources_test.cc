// What is kept beside a result of the code that made it.
#include "bench/store/stage_sources.h"

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::stage_sources_test {

using namespace testing;  // NOLINT: the helpers of this folder

const std::string kA(64, 'a'), kB(64, 'b');

Json Plugin(const char* name) { return {{"plugin", name}, {"revision", 1}}; }

BOOST_AUTO_TEST_CASE(a_stage_keeps_the_sources_of_the_plugins_that_it_names) {
  const Json all = {
      {"defense mine", kA}, {"defense other", kB}, {"attack mine", kB}, {"distiller zskt", kB}};
  const Json description = {{"distiller", Plugin("zskt")},
                            {"attack", nullptr},
                            {"dataset", Plugin("unknown")},
                            {"parts", {Plugin("mine")}},
                            {"inputs", Json::object()}};
  BOOST_TEST(SourcesOf(description, all) == Json({{"defense mine", kA}, {"distiller zskt", kB}}));
  BOOST_TEST(SourcesOf(description, Json::object()) == Json::object());
  const Json asked = {{"detector", Plugin("mm_bd")}, {"inputs", Json::object()}};
  BOOST_TEST(SourcesOf(asked, {{"detector mm_bd", kA}}) == Json({{"detector mm_bd", kA}}));
}

BOOST_AUTO_TEST_CASE(sources_are_facts_of_an_artifact_and_do_not_change_its_digest) {
  const ScratchFolder folder;
  Store store(folder.path());
  std::vector<std::string> digests;
  for (const auto& hash : {kA, kB}) {
    const Json description = {{"made by", hash}, {"inputs", Json::object()}};
    Write(folder.path() / "work" / hash / "student.bin", "the same bytes");
    digests.push_back(store
                          .Publish({.ref = RefOf("distill", description),
                                    .description = description,
                                    .staged = folder.path() / "work" / hash,
                                    .facts = {{kSources, {{"defense mine", hash}}}}})
                          .digest);
    BOOST_TEST(SourcesOfArtifact(store.FolderOf(RefOf("distill", description))) ==
               Json({{"defense mine", hash}}));
  }
  BOOST_TEST(digests[0] == digests[1]);
}

BOOST_AUTO_TEST_CASE(what_does_not_say_has_no_sources) {
  const ScratchFolder folder;
  BOOST_TEST(SourcesOfArtifact(folder.path()) == Json::object());
  Write(folder.path() / "manifest.json", R"({"facts": {"commit": "abc"}})");
  Write(folder.path() / kCheckpointProgress, "torn");
  BOOST_TEST(SourcesOfArtifact(folder.path()) == Json::object());
  BOOST_TEST(SourcesOfCheckpoint(folder.path()) == Json::object());
}

}  // namespace dfkd::stage_sources_test
