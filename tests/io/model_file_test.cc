// A stranger's model file against a network: names, shapes, types. dfkd_methods and abd have no
// acceptance test for it; the table is docs/distill.md's.
#include "bench/io/model_file.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/io_testing.h"

namespace dfkd::model_file_test {

using testing::Contains;
using testing::MessageOf;

const std::vector<ModelTensor> kSmall = {
    {"stem.weight", {2, 1}}, {"bn.num_batches_tracked", {}, true}, {"fc.bias", {2}}};

TensorMap Small() {
  static const std::string values(64, '\0');
  const std::string_view view = values;
  return {{"stem.weight", {"F32", {2, 1}, view.substr(0, 8)}},
          {"bn.num_batches_tracked", {"I64", {}, view.substr(0, 8)}},
          {"fc.bias", {"F16", {2}, view.substr(0, 4)}}};
}

std::string ProblemOf(const TensorMap& file) {
  return MessageOf([&] { FitModel(file, kSmall, "f"); });
}

BOOST_AUTO_TEST_CASE(names_of_abd_and_repdistiller_are_read_as_ours) {
  const std::map<std::string, std::string> expected = {
      {"conv1.weight", "stem.weight"},
      {"block1.layer.0.bn1.weight", "group1.0.bn1.weight"},
      {"block1.layer.0.conv1.weight", "group1.0.conv1.weight"},
      {"block2.layer.1.convShortcut.weight", "group2.1.shortcut.weight"},
      {"block3.0.conv2.weight", "group3.0.conv2.weight"},
      {"bn1.running_var", "bn.running_var"},
      {"fc.bias", "fc.bias"}};
  std::vector<std::string> theirs, parallel, wrapped;
  for (const auto& [name, unused] : expected) {
    theirs.push_back(name);
    parallel.push_back("module." + name);
    wrapped.push_back("_orig_mod.module.module." + name);
  }
  BOOST_TEST((OurNames(theirs) == expected));
  for (const auto& [name, ours] : OurNames(wrapped))
    BOOST_TEST(ours == expected.at(name.substr(24)));
  for (const auto& [name, ours] : OurNames(parallel))
    BOOST_TEST(ours == expected.at(name.substr(7)));
}

BOOST_AUTO_TEST_CASE(names_of_the_usual_resnets_are_read_as_ours) {
  const std::map<std::string, std::string> expected = {
      {"conv1.weight", "stem.weight"},
      {"bn1.bias", "stem_bn.bias"},
      {"layer1.0.conv1.weight", "group1.0.conv1.weight"},
      {"layer2.0.shortcut.0.weight", "group2.0.shortcut.weight"},
      {"layer3.0.shortcut.1.running_mean", "group3.0.shortcut_bn.running_mean"},
      {"layer4.0.downsample.0.weight", "group4.0.shortcut.weight"},
      {"layer4.0.downsample.1.weight", "group4.0.shortcut_bn.weight"},
      {"linear.weight", "fc.weight"}};
  std::vector<std::string> theirs;
  for (const auto& [name, unused] : expected) theirs.push_back(name);
  BOOST_TEST((OurNames(theirs) == expected));
}

BOOST_AUTO_TEST_CASE(names_of_repdistillers_vgg_are_read_as_ours) {
  const std::map<std::string, std::string> expected = {
      {"block0.0.weight", "conv1.weight"}, {"block1.1.running_mean", "bn2.running_mean"},
      {"block2.3.bias", "conv4.bias"},     {"block3.4.weight", "bn6.weight"},
      {"block4.3.weight", "conv8.weight"}, {"classifier.bias", "fc.bias"}};
  std::vector<std::string> theirs;
  for (const auto& [name, unused] : expected) theirs.push_back(name);
  BOOST_TEST((OurNames(theirs) == expected));
}

void CheckNames(const std::map<std::string, std::string>& expected) {
  std::vector<std::string> theirs;
  for (const auto& [name, unused] : expected) theirs.push_back(name);
  BOOST_TEST((OurNames(theirs) == expected));
}

BOOST_AUTO_TEST_CASE(names_of_repdistillers_vgg_8_are_told_from_those_of_vgg_11) {
  CheckNames({{"block2.0.weight", "conv3.weight"},
              {"block3.0.bias", "conv4.bias"},
              {"block4.1.running_var", "bn5.running_var"},
              {"classifier.weight", "fc.weight"}});
}

BOOST_AUTO_TEST_CASE(names_of_repdistillers_mobilenet_are_read_as_ours) {
  CheckNames({{"conv1.0.weight", "stem.weight"},
              {"conv1.1.bias", "stem_bn.bias"},
              {"blocks.0.0.conv.0.weight", "group1.0.conv1.weight"},
              {"blocks.3.2.conv.3.weight", "group4.2.conv2.weight"},
              {"blocks.6.0.conv.7.running_mean", "group7.0.bn3.running_mean"},
              {"conv2.0.weight", "last.weight"},
              {"conv2.1.weight", "last_bn.weight"},
              {"classifier.0.bias", "fc.bias"}});
}

BOOST_AUTO_TEST_CASE(a_vgg_that_computes_something_else_is_told_in_one_line) {
  const TensorMap file = {{"features.0.weight", {"F32", {64, 3, 3, 3}, {}}}};
  BOOST_TEST(Contains(ProblemOf(file), "f: names with 'features.' are those of a VGG"));
  BOOST_TEST(!Contains(ProblemOf(file), "\n"));
}

BOOST_AUTO_TEST_CASE(what_a_network_normalises_with_belongs_into_flags) {
  for (const std::string name : {"mu", "sigma", "0.mean", "normalize.std"}) {
    auto file = Small();
    file[name] = {"F32", {1, 3, 1, 1}, {}};
    BOOST_TEST(Contains(ProblemOf(file), "give its values as --mean and --std"), name);
  }
  auto file = Small();
  file["bn.running_mean"] = {"F32", {1}, {}};
  BOOST_TEST(!Contains(ProblemOf(file), "--mean"));
}

BOOST_AUTO_TEST_CASE(our_own_names_stay_and_nothing_else_decides) {
  for (const auto& [theirs, ours] : OurNames({"stem.weight", "group1.0.conv1.weight", "conv1.x"})) {
    BOOST_TEST(theirs == ours);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_fits_gives_the_name_of_each_tensor) {
  const auto fitted = FitModel(Small(), kSmall, "f");
  BOOST_TEST(fitted.size() == 3U);
  BOOST_TEST(fitted.at("fc.bias") == "fc.bias");
  auto file = Small();
  file.erase("bn.num_batches_tracked");  // exports often leave counters out
  BOOST_TEST(FitModel(file, kSmall, "f").size() == 2U);
}

BOOST_AUTO_TEST_CASE(every_mismatch_is_a_line_with_what_is_expected) {
  auto file = Small();
  file.erase("stem.weight");
  file["fc.bias"].shape = {2, 1};
  file["fc.bias"].dtype = "U8";
  file["more"] = {"F32", {7}, {}};
  BOOST_TEST(ProblemOf(file) ==
             "f: 4 tensors do not fit:\n"
             "  'more' of shape [7] belongs to nothing in this network\n"
             "  'stem.weight' is missing; expected with shape [2, 1]\n"
             "  'fc.bias' has shape [2, 1]; expected [2]\n"
             "  'fc.bias' is U8; expected one of BF16, F16, F32, F64");
}

BOOST_AUTO_TEST_CASE(a_counter_of_floats_is_not_read) {
  auto file = Small();
  file["bn.num_batches_tracked"].dtype = "F16";
  BOOST_TEST(!FitModel(file, kSmall, "f").contains("bn.num_batches_tracked"));
  file["bn.num_batches_tracked"].dtype = "BOOL";
  BOOST_TEST(
      Contains(ProblemOf(file), "'bn.num_batches_tracked' is BOOL; expected one of I32, I64"));
}

BOOST_AUTO_TEST_CASE(a_prefix_of_all_names_that_hides_them_is_told_once) {
  for (const std::string prefix : {"model.", "state.0.net."}) {
    TensorMap file;
    for (const auto& [name, tensor] : Small()) file[prefix + name] = tensor;
    BOOST_TEST(ProblemOf(file) == "f: 5 tensors do not fit: all its names begin with '" + prefix +
                                      "'; take that away");
  }
}

// torch.nn.Sequential(Normalize(…), network).
BOOST_AUTO_TEST_CASE(a_prefix_beside_what_a_network_normalises_with_is_told_with_both_names) {
  TensorMap file = {{"0.mean", {"F32", {3}, {}}}, {"0.std", {"F32", {3}, {}}}};
  for (const auto& [name, tensor] : Small()) file["1." + name] = tensor;
  BOOST_TEST(ProblemOf(file) ==
             "f: 7 tensors do not fit: all its other names begin with '1.'; take that away; the "
             "network seems to normalise with '0.mean', '0.std': leave them out and give their "
             "values as --mean and --std");
}

// However many are missing.
BOOST_AUTO_TEST_CASE(what_belongs_to_nothing_is_told_before_what_is_missing) {
  std::vector<ModelTensor> large = kSmall;
  for (int i = 0; i < 20; ++i) large.push_back({fmt::format("group{}.weight", i), {1}});
  auto file = Small();
  file["anything"] = file["net.mean"] = {"F32", {3}, {}};
  const auto message = MessageOf([&] { FitModel(file, large, "f"); });
  BOOST_TEST(message.starts_with("f: 22 tensors do not fit:\n  'net.mean' of shape [3] belongs to "
                                 "nothing in this network; if the network normalises with it, "),
             message);
  BOOST_TEST(Contains(message,
                      "\n  'anything' of shape [3] belongs to nothing in this network\n  "
                      "'group0.weight' is missing"),
             message);
}

BOOST_AUTO_TEST_CASE(a_prefix_of_names_that_are_none_of_ours_hides_nothing) {
  const TensorMap file = {{"net.encoder", {"F32", {1}, {}}}};
  const auto message = ProblemOf(file);
  BOOST_TEST(Contains(message, "'stem.weight' is missing"), message);
  BOOST_TEST(!Contains(message, "begin with"), message);
}

BOOST_AUTO_TEST_CASE(of_many_problems_ten_are_told_and_the_others_counted) {
  auto file = Small();
  for (int i = 0; i < 11; ++i) file[fmt::format("more{:02}", i)] = {"F32", {1}, {}};
  const auto message = ProblemOf(file);
  BOOST_TEST(Contains(message, "f: 11 tensors do not fit:\n  'more00'"), message);
  BOOST_TEST(Contains(message, "'more09'"), message);
  BOOST_TEST(message.ends_with("\n  and 1 more"), message);
  file.erase("more00");
  BOOST_TEST(ProblemOf(file).ends_with("'more10' of shape [1] belongs to nothing in this network"));
}

BOOST_AUTO_TEST_CASE(a_name_given_twice_is_told) {
  auto file = Small();
  file["module.fc.bias"] = file["fc.bias"];
  BOOST_TEST(Contains(ProblemOf(file), "'fc.bias' and 'module.fc.bias' are both fc.bias"));
}

BOOST_AUTO_TEST_CASE(what_a_name_holds_does_not_reach_the_terminal) {
  auto file = Small();
  file["\x1b[2J" + std::string(300, 'x')] = {"F32", {1}, {}};
  const auto message = ProblemOf(file);
  BOOST_TEST(!Contains(message, "\x1b"));
  BOOST_TEST(message.size() < 300U);
}

}  // namespace dfkd::model_file_test
