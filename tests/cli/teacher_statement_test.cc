// A model file that says what it is, and a person who says something else.
#include "bench/cli/teacher_statement.h"

#include <boost/test/unit_test.hpp>

#include "bench/core/error.h"

namespace dfkd::cli::teacher_statement_test {

const ImageSpec kGiven{3, 32, 32, 10, {0.5, 0.4, 0.3}, {0.25, 0.25, 0.25}};

std::string Refusal(const TensorMetadata& metadata) {
  try {
    RequireAsStated(metadata, "wrn-16-2", kGiven, "t.safetensors");
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

BOOST_AUTO_TEST_CASE(a_file_that_agrees_or_says_nothing_is_fine) {
  BOOST_TEST(Refusal({}) == "");
  BOOST_TEST(
      Refusal({{"network", "wrn-16-2"},
               {"spec", R"({"channels":3,"classes":10,"height":32,"mean":[0.5,0.4,0.30000000001],)"
                        R"("stddev":[0.25,0.25,0.25],"width":32})"}}) == "");
}

BOOST_AUTO_TEST_CASE(what_other_software_writes_says_nothing) {
  for (const char* spec : {"", "pt", "[1]", R"({"classes":"ten","mean":0.5,"stddev":[]})", "{"})
    BOOST_TEST(Refusal({{"format", "pt"}, {"network", "WideResNet"}, {"spec", spec}}) == "", spec);
}

BOOST_AUTO_TEST_CASE(a_contradiction_names_both_values) {
  const std::string says = "t.safetensors: its metadata says ";
  BOOST_TEST(Refusal({{"network", "wrn-16-1"}}) ==
             says + "network = wrn-16-1, but --network says wrn-16-2");
  const std::pair<const char*, std::string> contradictions[] = {
      {R"({"classes":43})", "classes = 43, but --classes, or --dataset, says 10"},
      {R"({"channels":1})", "channels = 1, but --channels, or --dataset, says 3"},
      {R"({"height":64,"width":64})", "height = 64, but --size, or --dataset, says 32"},
      {R"({"mean":[0.5,0.4,0.2]})",
       "mean = [0.5,0.4,0.2], but --mean, or --dataset, says [0.5,0.4,0.3]"},
      {R"({"stddev":[0.25]})", "stddev = [0.25], but --std, or --dataset, says [0.25,0.25,0.25]"}};
  for (const auto& [spec, why] : contradictions)
    BOOST_TEST(Refusal({{"spec", spec}}) == says + why);
}

}  // namespace dfkd::cli::teacher_statement_test
