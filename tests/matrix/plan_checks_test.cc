// What a plan refuses because of the images that are here, before hours are spent on it.
#include "bench/matrix/plan_checks.h"

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "bench/core/registry.h"
#include "tests/matrix/matrix_testing.h"

namespace dfkd::plan_checks_test {

using namespace testing;  // NOLINT: the helpers of this folder

std::string Planned(const Json& json, std::optional<int64_t> images,
                    const Json& set = Json::object()) {
  Selection selection;
  selection.set = set;
  return MessageOf([&] { PlanOf(json, selection, std::string(64, 'a'), images); });
}

Json Attacked(const Json& options) {
  auto json = SmallMatrix();
  Json attack = {{"id", "mark"}, {"plugin", "badnets_grid"}, {"options", options}};
  BlockOf(json)["attacks"] = Json::array({std::move(attack)});
  return json;
}

BOOST_AUTO_TEST_CASE(a_target_that_is_no_class_is_refused_unless_it_has_no_influence) {
  BOOST_TEST(Planned(Attacked({{"target", 9}}), std::nullopt) == "");
  BOOST_TEST(Planned(Attacked({{"target", 10}}), std::nullopt) ==
             "small: /blocks/0/attacks/0/options/target: attack mark: target = 10; data set shapes "
             "has 10 classes: at most 9");
  BOOST_TEST(Planned(Attacked({{"target", 10}, {"labels", "all_to_all"}}), std::nullopt) == "");
  const auto set = Planned(Attacked(Json::object()), std::nullopt, {{"mark.target", 12}});
  BOOST_TEST(set.starts_with("small: /blocks/0/attacks/0: attack mark: target = 12"), set);
}

// Its card does not know its classes.
BOOST_AUTO_TEST_CASE(a_target_that_is_no_class_of_a_folder_is_refused_where_its_pictures_are) {
  auto json = Attacked({{"target", 2}});
  const Json options = {{"path", "/pictures"}};
  BlockOf(json)["datasets"] = {{{"id", "mine"}, {"plugin", "image_folder"}, {"options", options}}};
  const auto planned = [&](const DataFacts& facts) {
    return MessageOf([&] { MakePlan(Parse(json), {}, {{"mine", facts}}); });
  };
  const std::string fingerprint(64, 'a');
  BOOST_TEST(planned({.fingerprint = fingerprint}) == "");  // nobody knows
  BOOST_TEST(planned({.fingerprint = fingerprint,
                      .training_images = 600,
                      .class_images = {200, 200, 200}}) == "");
  const auto two =
      planned({.fingerprint = fingerprint, .training_images = 600, .class_images = {300, 300}});
  BOOST_TEST(
      two ==
      "small: /blocks/0/attacks/0/options/target: attack mark: target = 2; data set mine has "
      "2 classes: at most 1");
}

BOOST_AUTO_TEST_CASE(an_attack_that_leaves_no_image_clean_is_refused) {
  BOOST_TEST(Planned(Attacked({{"poison_rate", 0.99}}), std::nullopt) == "");
  BOOST_TEST(
      Planned(Attacked({{"poison_rate", 1}}), std::nullopt) ==
      "small: /blocks/0/attacks/0/options/poison_rate: attack mark: poison_rate = 1.0 leaves "
      "no training image clean; give less than 1");
  const auto with = [](const std::string& plugin, const Json& options) {
    auto json = SmallMatrix();
    BlockOf(json)["attacks"] = {{{"id", "it"}, {"plugin", plugin}, {"options", options}}};
    return Planned(json, std::nullopt);
  };
  BOOST_TEST(with("wanet", {{"poison_rate", 0.24}, {"decoy_ratio", 3}}) == "");
  const auto decoys = with("wanet", {{"poison_rate", 0.25}, {"decoy_ratio", 3}});
  BOOST_TEST(decoys.ends_with("attack it: poison_rate = 0.25, with decoy_ratio = 3.0 leaves no "
                              "training image clean; give less than 0.25"),
             decoys);
  BOOST_TEST(with("sig", {{"poison_rate", 1}}) == "");  // the images of its target, no others
}

// Of an attack on training images of which so many are of each class.
std::string AttackedOn(const std::vector<int64_t>& class_images, const std::string& plugin,
                       const Json& options) {
  auto json = Attacked(options);
  BlockOf(json)["attacks"][0]["plugin"] = plugin;
  DataFacts facts{.fingerprint = std::string(64, 'a'), .class_images = class_images};
  facts.training_images = std::accumulate(class_images.begin(), class_images.end(), int64_t{0});
  return MessageOf([&] { MakePlan(Parse(json), {}, {{"shapes", facts}}); });
}

BOOST_AUTO_TEST_CASE(an_attack_that_wants_more_images_than_other_classes_have_is_refused) {
  const auto on = [](const std::string& plugin, const Json& options) {
    return AttackedOn({600, 200, 200}, plugin, options);
  };
  BOOST_TEST(on("badnets_grid", {{"poison_rate", 0.4}}) == "");
  BOOST_TEST(on("badnets_grid", {{"poison_rate", 0.41}}) ==
             "small: /blocks/0/attacks/0/options/poison_rate: attack mark: poison_rate = 0.41 asks "
             "for 410 of the 1000 training images of data set shapes, which has 400 of other "
             "classes than its target 0; give at most 0.4");
  BOOST_TEST(on("badnets_grid", {{"poison_rate", 0.8}, {"target", 1}}) == "");
  BOOST_TEST(on("badnets_grid", {{"poison_rate", 0.9}, {"labels", "all_to_all"}}) == "");
  BOOST_TEST(on("backweak", {{"poison_rate", 0.41}}).ends_with("give at most 0.4"));
  const auto source = on("tact", {{"poison_rate", 0.21}, {"cover_classes", "2"}});
  BOOST_TEST(source.ends_with("has 200 of class 1, its source; give at most 0.2"), source);
  const auto few = on("badnets_grid", {{"poison_rate", 0.31}, {"candidates", 0.3}});
  BOOST_TEST(few.ends_with("has 300 among its candidates; give at most 0.3"), few);
}

BOOST_AUTO_TEST_CASE(an_attack_that_takes_what_there_is_may_have_any_rate) {
  const auto on = [](const std::string& plugin, double rate) {
    return AttackedOn({900, 50, 50}, plugin, {{"poison_rate", rate}});
  };
  BOOST_TEST(on("sig", 0.95) == "");          // images of its target, as many as there are
  BOOST_TEST(on("input_aware", 0.33) == "");  // of every batch, whatever their classes
  BOOST_TEST(on("wanet", 0.3) == "");
  BOOST_TEST(Planned(Attacked({{"poison_rate", 0.95}}), 1000) == "");  // nobody knows the classes
}

BOOST_AUTO_TEST_CASE(covers_that_the_training_images_do_not_have_are_refused) {
  const auto on = [](const std::string& plugin, const Json& options) {
    return AttackedOn({600, 150, 150, 100}, plugin, options);
  };
  BOOST_TEST(on("adaptive_blend", {{"poison_rate", 0.3}, {"cover_rate", 0.7}}) == "");
  BOOST_TEST(on("adaptive_blend", {{"poison_rate", 0.3}, {"cover_rate", 0.71}}) ==
             "small: /blocks/0/attacks/0/options/cover_rate: attack mark, on data set shapes: "
             "cover_rate = 0.71 asks for 710 of the 1000 training images as covers, of which 700 "
             "are not poisoned; give at most 0.7");
  BOOST_TEST(on("tact", {{"cover_rate", 0.25}, {"cover_classes", "3,2"}}) == "");
  const auto few = on("tact", {{"cover_rate", 0.26}, {"cover_classes", "3,2"}});
  BOOST_TEST(few.ends_with("of which 250 are of cover_classes 3,2; give at most 0.25"), few);
  const auto twice = on("tact", {{"cover_rate", 0.11}, {"cover_classes", "3,3"}});
  BOOST_TEST(twice.ends_with("of which 100 are of cover_classes 3,3; give at most 0.1"), twice);
  const auto others = on("tact", {{"cover_rate", 0.26}, {"cover_classes", ""}});
  BOOST_TEST(others.ends_with("which 250 are neither of the source nor of the target; give at most "
                              "0.25"),
             others);
}

BOOST_AUTO_TEST_CASE(classes_of_covers_and_of_a_source_that_do_not_exist_are_refused) {
  const auto on = [](const Json& options) {
    return AttackedOn({600, 150, 150, 100}, "tact", options);
  };
  BOOST_TEST(on(Json::object()) ==
             "small: /blocks/0/attacks/0: attack mark, on data set shapes: tact: '5' in "
             "cover_classes must be a class in [0, 3]");
  const auto source = on({{"source", 4}, {"cover_classes", "2"}});
  BOOST_TEST(source.starts_with("small: /blocks/0/attacks/0/options/source: "), source);
  BOOST_TEST(source.ends_with("tact: source = 4 must lie in [0, 3]"), source);
  BOOST_TEST(on({{"source", 0}, {"cover_classes", "2"}}).ends_with("must not be the target"));
}

BOOST_AUTO_TEST_CASE(covers_are_no_question_where_nobody_knows_the_images) {
  auto json = Attacked({{"cover_classes", "5,12"}});
  BlockOf(json)["attacks"][0]["plugin"] = "tact";
  BOOST_TEST(Planned(json, 1000) == "");  // nobody knows the classes
  BOOST_TEST(Planned(json, std::nullopt) == "");
  const Json all = {{"cover_rate", 1}, {"poison_rate", 0.1}};
  BlockOf(json)["attacks"][0] = {{"id", "it"}, {"plugin", "adaptive_blend"}, {"options", all}};
  BOOST_TEST(Planned(json, std::nullopt) == "");
  BOOST_TEST(Planned(json, 1000).ends_with("of which 900 are not poisoned; give at most 0.9"));
}

// Why no cell of ZSKT can be computed: "" if they can.
std::string WhyNot(const std::string& teacher, const Json& options, int64_t size = 32) {
  auto json = SmallMatrix();
  auto& block = BlockOf(json);
  const Json pictures = {{"id", "shapes"}, {"plugin", "shapes"}, {"options", {{"size", size}}}};
  const Json zskt = {{"id", "z"}, {"plugin", "zskt"}, {"options", options}};
  block["datasets"] = Json::array({pictures});
  block["distillers"] = Json::array({zskt});
  block["networks"][0]["teacher"] = teacher;
  const auto plan = PlanOf(json);
  for (const auto& cell : plan.cells) {
    BOOST_TEST((cell.student == kNoStage) == !cell.not_applicable.empty(), cell.id);
  }
  return CellOf(plan, "blend", "none").not_applicable;
}

BOOST_AUTO_TEST_CASE(networks_between_which_a_distiller_cannot_distil_are_told_before_it_runs) {
  BOOST_TEST(WhyNot("vgg-s-4", Json::object()) == "");
  BOOST_TEST(WhyNot("wrn-10-1", {{"at_weight", 0}}) == "");
  const auto told = WhyNot("wrn-10-1", {{"at_weight", 1.5}});
  BOOST_TEST(told ==
             "z: at_weight = 1.5 needs segments of equal size, which wrn-10-1 and vgg-s-2 do not "
             "have; 0 switches attention transfer off");
}

// Why a defence does not apply beside this distiller, from this teacher; "" if it does.
std::string WhyNotDefended(const Json& defense, const Json& distiller,
                           const std::string& teacher = "vgg-s-4") {
  auto json = SmallMatrix();
  auto& block = BlockOf(json);
  block["attacks"] = {"blend"};
  block["distillers"] = Json::array({distiller});
  block["defenses"] = Json::array({defense});
  block["networks"][0]["teacher"] = teacher;
  const auto plan = PlanOf(json);
  const auto& cell = plan.cells.front();
  BOOST_TEST((cell.student == kNoStage) == !cell.not_applicable.empty(), cell.id);
  return cell.not_applicable;
}

Json Entry(const std::string& plugin, const Json& options) {
  return {{"id", "it"}, {"plugin", plugin}, {"options", options}};
}

BOOST_AUTO_TEST_CASE(what_looks_into_the_teacher_does_not_apply_to_a_black_box) {
  const auto beside = [](const std::string& plugin, const Json& options, bool hard_label) {
    const Json distiller = {{"id", "labels"},
                            {"plugin", "ood_kd"},
                            {"options", {{"source", "bank"}, {"hard_label", hard_label}}}};
    return WhyNotDefended(Entry(plugin, options), distiller);
  };
  const Json as_it_is = Json::object(), of_teacher = {{"where", "teacher"}};
  const std::pair<std::string, Json> looking[] = {{"shuffling_vaccine", as_it_is},
                                                  {"shuffling_vaccine", {{"layers", 100}}},
                                                  {"self_retrospection", as_it_is},
                                                  {"abd", as_it_is},
                                                  {"skt_like", as_it_is},
                                                  {"cmp_like", as_it_is},
                                                  {"otbr", of_teacher},
                                                  {"clp", of_teacher},
                                                  {"ft_syn", of_teacher}};
  for (const auto& [plugin, options] : looking) {
    const auto why = beside(plugin, options, true);
    BOOST_TEST(
        why.ends_with(" looks into the teacher; that of labels is a black box, which answers "
                      "with labels alone"),
        plugin + ": " + why);
    BOOST_TEST(beside(plugin, options, false) == "", plugin);
  }
  for (const std::string plugin :
       {"none", "temperature", "hard_labels", "early_stop", "dhbe", "ft", "ft_syn"})
    BOOST_TEST(beside(plugin, as_it_is, true) == "", plugin);
  BOOST_TEST(beside("self_retrospection", {{"perturbed_model", "student"}}, true) == "");
  BOOST_TEST(beside("clp", {{"where", "student"}}, true) == "");
}

BOOST_AUTO_TEST_CASE(a_network_that_a_defence_cannot_mend_is_told_before_it_runs) {
  const auto mended = [](const std::string& where) {
    const Json noise = {{"id", "noise"}, {"plugin", "noise_kd"}, {"options", {{"rounds", 40}}}};
    return WhyNotDefended(Entry("otbr", {{"where", where}}), noise, "mobilenetv2-half");
  };
  BOOST_TEST(mended("teacher") ==
             "it: mobilenetv2-half has depthwise convolutions, whose neurons it cannot align");
  BOOST_TEST(mended("student") == "");  // vgg-s-2
}

BOOST_AUTO_TEST_CASE(an_attack_that_these_images_or_no_images_can_have_is_refused) {
  const auto on = [](int64_t size, const std::string& plugin, const Json& options) {
    auto json = Attacked(options);
    auto& block = BlockOf(json);
    block["attacks"][0]["plugin"] = plugin;
    block["datasets"] = {{{"id", "toy"}, {"plugin", "shapes"}, {"options", {{"size", size}}}}};
    return Planned(json, std::nullopt);
  };
  BOOST_TEST(on(16, "adaptive_blend", {{"pieces", 16}}) == "");
  BOOST_TEST(on(16, "adaptive_blend", {{"pieces", 20}}) ==
             "small: /blocks/0/attacks/0/options/pieces: attack mark, on data set toy: pieces = 20 "
             "must be at most 16, the side of the image");
  BOOST_TEST(on(16, "tact", Json::object()) == "");
  BOOST_TEST(on(8, "tact", Json::object()) ==
             "small: /blocks/0/attacks/0: attack mark, on data set toy: tact: a square of 8x8, 3 "
             "pixels from the edges, does not fit 8x8");
  const auto even = on(16, "abd_adaptive", {{"kernel", 4}});
  BOOST_TEST(
      even.ends_with("/options/kernel: attack mark, on data set toy: kernel = 4 must be odd"),
      even);
  const auto network = on(16, "oscar", {{"surrogate", "nonsense"}});
  BOOST_TEST(Contains(network, "/options/surrogate: attack mark"), network);
  BOOST_TEST(Contains(network, "surrogate: network 'nonsense' is unknown"), network);
}

BOOST_AUTO_TEST_CASE(sides_of_images_that_a_generator_cannot_make_are_told_before_it_runs) {
  BOOST_TEST(WhyNot("vgg-s-4", {{"at_weight", 0}}, 30) ==
             "z: its generator makes images whose sides are multiples of 4, not 30x30");
  std::set<std::string> unfit;
  const Json square = {{"height", 30}, {"width", 30}}, unknown = {{"height", nullptr}};
  for (const auto* card : Registry::Get().Cards(PluginKind::kDistiller)) {
    const auto options = ResolveFor(*card, Json::object());
    const auto why = [&](const Json& spec) {
      return card->why_unfit(options, "vgg-s-4", "vgg-s-2", spec);
    };
    if (!why(square).empty()) unfit.insert(card->name);
    BOOST_TEST(why({{"height", 32}, {"width", 32}}) == "", card->name);
    BOOST_TEST(why(unknown) == "", card->name);
    BOOST_TEST(why(nullptr) == "", card->name);
  }
  const std::set<std::string> with_such_generators = {"cmi",       "dafl",     "dfad",  "dfq",
                                                      "fast_meta", "mad_like", "nayer", "zskt"};
  for (const auto& name : with_such_generators) BOOST_TEST(unfit.contains(name), name);
}

BOOST_AUTO_TEST_CASE(more_last_rounds_than_a_distillation_has_are_told_once) {
  const auto told = [](const Json& vaccine, int64_t last_rounds) {
    auto json = SmallMatrix();  // of 40 rounds
    BlockOf(json)["student_seeds"] = {0, 1};
    BlockOf(json)["defenses"] = {
        {{"id", "sv"}, {"plugin", "shuffling_vaccine"}, {"options", vaccine}},
        {{"id", "sr"},
         {"plugin", "self_retrospection"},
         {"options", {{"last_rounds", last_rounds}}}}};
    return LongerThanRuns(PlanOf(json));
  };
  const auto none = told({{"late", "drop"}, {"late_rounds", 40}}, 40);
  BOOST_TEST(none.empty());
  BOOST_TEST(told({{"late", "keep"}, {"late_rounds", 50}}, 0).empty());  // without influence
  const std::vector<std::string> expected = {
      "self_retrospection: last_rounds = 50 is more than the 40 rounds of noise: all of them",
      "shuffling_vaccine: late_rounds = 41 is more than the 40 rounds of noise: all of them"};
  BOOST_TEST(told({{"late", "drop"}, {"late_rounds", 41}}, 50) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_of_the_teacher_must_fit_into_the_training_images) {
  auto json = SmallMatrix();
  json["teacher"] = {{"batch_size", 64}};
  BOOST_TEST(Planned(json, 64) == "");
  BOOST_TEST(Planned(json, std::nullopt) == "");
  BOOST_TEST(Planned(json, 63) ==
             "small: /teacher/batch_size: batch_size = 64: data set shapes has 63 training images; "
             "at most 63");
}

BOOST_AUTO_TEST_CASE(reactivation_must_find_twice_its_images_in_the_training_set) {
  auto json = SmallMatrix();
  const auto planned = [&](int64_t most) {
    BlockOf(json)["reactivation"] = {{"images", {5, most}}};
    return Planned(json, 601);
  };
  BOOST_TEST(planned(300) == "");
  const auto message = planned(301);
  BOOST_TEST(message.starts_with("small: /blocks/0/reactivation/images/1: images = 301"), message);
  BOOST_TEST(message.ends_with("at most 300"), message);
}

}  // namespace dfkd::plan_checks_test
