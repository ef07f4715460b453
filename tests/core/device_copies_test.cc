// Reads the sources: what rounds and steps bring to a device goes through Upload, which waits for
// nothing.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace dfkd::device_copies_test {

namespace fs = std::filesystem;

// Copies that are made once a run, a data set or a curve's point, not once a step.
const std::set<std::string> kSeldom = {
    "attacks/abd_adaptive/abd_adaptive.cc",      // a trigger, when it is evaluated
    "attacks/adaptive_blend/adaptive_blend.cc",  // a data set
    "attacks/backweak/backweak.cc",              // crafting
    "attacks/cl/cl.h",                           // a batch that was crafted
    "attacks/lf/lf.cc",                          // crafting
    "attacks/oscar/oscar.cc",                    // a look at what is crafted
    "attacks/tact/tact.cc",                      // a data set
    "bench/images/dither.cc",                    // a step, but error diffusion is the host's work
    "bench/images/pixel.cc",                     // a trigger, when a data set is poisoned
    "bench/recipes/anti_distillation.cc",        // a trigger, when it is evaluated
    "bench/recipes/covers.cc",                   // a data set
    "bench/recipes/feature_shift.cc",            // a finished model
    "attacks/poisoned_transfer_like/poisoned_transfer_like.cc",   // once for a transfer set
    "bench/recipes/minmax_distiller.cc",                          // a curve's point
    "bench/recipes/poison.cc",                                    // a data set
    "bench/recipes/static_attack.cc",                             // a data set
    "bench/recipes/transfer_set.cc",                              // a data set
    "bench/recipes/universal_perturbation.cc",                    // a trigger, when it is made
    "methods/defenses/clp/clp.cc",                                // a finished model
    "methods/defenses/otbr/otbr.cc",                              // a finished model
    "methods/defenses/self_retrospection/self_retrospection.cc",  // a curve's point
    "methods/defenses/shuffling_vaccine/shuffling_vaccine.cc",    // a trial
    "methods/distillation/deepinversion/deepinversion.cc",        // a batch's start
    "bench/nn/device.cc",
    "bench/nn/numerics.cc",
    "bench/stages/distill_run.cc",     // pictures of a finished student's generator
    "bench/stages/distill_stage.cc",   // a snapshot, 20 a run
    "bench/stages/gateway_attack.cc",  // a look at a data set that was poisoned
    "bench/stages/metrics.cc",         // the predictions of a whole test set, when all are made
    "bench/stages/parts.cc",           // what defences of a run are given
    "bench/stages/pictures.cc",        // a picture
    "bench/stages/reactivation.cc",    // a lesson, before its steps
    "bench/stages/state.cc",           // what is read from a file or written to one
    "bench/stages/teacher_stage.cc"};  // a data set

// Images that are drawn once: for the whole of a crafting, a batch and all its steps, or a run (the
// clean subset, parts.cc). In backweak it is each step; its results are published under the code as
// it is.
const std::set<std::string> kNotUploaded = {
    "attacks/backweak/backweak.cc", "attacks/lf/lf.cc",
    "attacks/poisoned_transfer_like/poisoned_transfer_like.cc", "bench/stages/parts.cc"};

// In which a line outside of comments matches, and uploads nothing.
std::set<std::string> FilesWith(const std::regex& copy) {
  std::set<std::string> found;
  const fs::path root = DFKD_SOURCE_DIR;
  for (const char* folder :
       {"attacks", "methods", "bench/recipes", "bench/images", "bench/nn", "bench/stages"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      // Detectors look at finished models, and do not train.
      if (entry.path().string().find("/methods/detectors/") != std::string::npos) continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        const auto code = line.substr(0, line.find("//"));
        if (code.find("Upload(") == std::string::npos && std::regex_search(code, copy))
          found.insert(fs::relative(entry.path(), root).string());
      }
    }
  }
  return found;
}

BOOST_AUTO_TEST_CASE(what_a_step_brings_to_a_device_is_uploaded) {
  const auto found = FilesWith(std::regex(R"(\.to\([^;]*(evice|kCPU|kCUDA)|\.cpu\(\)|\.cuda\(\))"));
  for (const auto& file : found) BOOST_TEST(kSeldom.count(file) == 1, file << ": use Upload");
  for (const auto& file : kSeldom) BOOST_TEST(found.count(file) == 1, file << " copies no more");
}

// A file may copy a finished trigger and yet wait for nothing in the steps that make it.
BOOST_AUTO_TEST_CASE(the_rows_of_a_step_are_uploaded) {
  const auto found = FilesWith(std::regex(R"(index_select\(0, \w+\)\.to\([^;]*evice)"));
  BOOST_TEST(found == kNotUploaded, boost::test_tools::per_element());
}

}  // namespace dfkd::device_copies_test
