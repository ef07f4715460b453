#include "bench/engines/slurm_site.h"

#include <boost/test/unit_test.hpp>

#include "tests/store/store_testing.h"

namespace dfkd::slurm_site_test {

using namespace testing;  // NOLINT: the helpers of this folder

struct Folder {
  fs::path File(const std::string& text) const {
    Write(scratch.path() / "site.json", text);
    return scratch.path() / "site.json";
  }
  std::string Refusal(const std::string& text) const {
    return ErrorOf([&] { ReadSlurmSite(File(text)); });
  }
  ScratchFolder scratch;
};

BOOST_FIXTURE_TEST_SUITE(slurm_site, Folder)

BOOST_AUTO_TEST_CASE(a_site_is_read_and_what_it_leaves_out_has_defaults) {
  const auto site = ReadSlurmSite(File(R"({"partition": "gpu,long", "time": "2:00:00",
    "workers": 16, "flags": ["--constraint=a100"], "setup": ["module load cuda"]})"));
  BOOST_TEST(site.partition == "gpu,long");
  BOOST_TEST(site.Seconds().value() == 7200);
  BOOST_TEST(site.workers == 16);
  BOOST_TEST(site.array_limit == 1000);
  BOOST_TEST(site.flags.at(0) == "--constraint=a100");
  BOOST_TEST(site.setup.at(0) == "module load cuda");
  BOOST_TEST(!ReadSlurmSite(File("{}")).Seconds().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_site_is_one_line_with_key_and_value) {
  for (const auto& [text, part] :
       std::vector<std::pair<std::string, std::string>>{{R"({"partion": "gpu"})", "partion"},
                                                        {R"({"workers": 0})", "/workers"},
                                                        {R"({"time": "soon"})", "/time"},
                                                        {R"({"time": "0:30"})", "0:30"},
                                                        {R"({"account": "a b"})", "/account"},
                                                        {R"({"flags": ["-x"]})", "/flags/0"},
                                                        {R"({"setup": "module load"})", "/setup"},
                                                        {"[]", "site.json"},
                                                        {"{", "site.json"}}) {
    const auto refusal = Refusal(text);
    BOOST_TEST(Contains(refusal, part), refusal);
    BOOST_TEST(!Contains(refusal, "\n"), refusal);
  }
}

BOOST_AUTO_TEST_CASE(the_nodes_that_a_site_excludes_are_known) {
  const SlurmSite site{
      .flags = {"--exclude=a,b[1,3-4]", "--exclusive", "-xc", "--exclude=/a/file"}};
  BOOST_TEST(site.Excluded() == (std::vector<std::string>{"a", "b[1,3-4]", "c"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(durations_are_read_as_slurm_writes_them) {
  BOOST_TEST(SlurmSeconds("90").value() == 5400);
  BOOST_TEST(SlurmSeconds("1:30").value() == 90);
  BOOST_TEST(SlurmSeconds("2:00:05").value() == 7205);
  BOOST_TEST(SlurmSeconds("1-0").value() == 86400);
  BOOST_TEST(SlurmSeconds("1-02:03:04").value() == 93784);
  for (const char* none :
       {"", "UNLIMITED", "INVALID", "1:2:3:4", "-5", "1:x", "1-", "1:", "99999999999"})
    BOOST_TEST(!SlurmSeconds(none).has_value(), none);
}

BOOST_AUTO_TEST_CASE(workers_are_told_two_minutes_before_their_end_or_a_quarter_of_a_short_time) {
  SlurmSite site;
  BOOST_TEST(site.LeadSeconds() == 120);
  BOOST_TEST(SlurmSite{.time = "99999999-0"}.LeadSeconds() == 120);  // no int has its seconds
  site.time = "1";
  BOOST_TEST(site.LeadSeconds() == 15);
  site.time = "1-0";
  BOOST_TEST(site.LeadSeconds() == 120);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::slurm_site_test
