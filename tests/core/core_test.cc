#include <boost/test/unit_test.hpp>

#include "bench/core/cell.h"
#include "bench/core/hash.h"
#include "bench/core/image.h"
#include "bench/core/json.h"
#include "bench/core/options.h"
#include "bench/core/registry.h"
#include "bench/core/rng.h"

namespace dfkd::core_test {

struct SampleOptions {
  double temperature;
  int64_t steps;
  std::string mode;
  bool on;
  static void Declare(OptionTable<SampleOptions>& o) {
    o.Add("temperature", &SampleOptions::temperature,
          {.initial = 4, .lowest = 0.01, .highest = 100}, "t");
    o.Add("steps", &SampleOptions::steps, {.initial = 10, .lowest = 1}, "s");
    o.Add("mode", &SampleOptions::mode, {.initial = "a", .allowed = {"a", "b"}}, "m");
    o.Add("on", &SampleOptions::on, {.initial = false}, "o");
  }
};

Json Resolve(const Json& given) {
  return ResolveOptions(TableOf<SampleOptions>().cards(), given, "sample");
}

std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

BOOST_AUTO_TEST_CASE(defaults_complete_what_is_given_and_round_trip_through_json) {
  const auto resolved = Resolve({{"steps", 7}});
  BOOST_TEST(resolved.dump() == R"({"mode":"a","on":false,"steps":7,"temperature":4.0})");
  BOOST_TEST(TableOf<SampleOptions>().Read(resolved).steps == 7);
  BOOST_TEST(Resolve(resolved) == resolved);
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_an_error_that_lists_the_known_ones) {
  const auto message = MessageOf([] { Resolve({{"temprature", 2}}); });
  BOOST_TEST(message ==
             "sample: unknown key 'temprature'; did you mean temperature? "
             "known: temperature, steps, mode, on");
}

BOOST_AUTO_TEST_CASE(a_value_out_of_range_is_named_with_its_range) {
  BOOST_TEST(MessageOf([] {
               Resolve({{"temperature", 1000}});
             }) == "sample: temperature = 1000 must be a number in [0.01, 100]");
  BOOST_TEST(MessageOf([] {
               Resolve({{"mode", "c"}});
             }) == "sample: mode = \"c\" must be one of \"a\", \"b\"");
  BOOST_TEST(MessageOf([] {
               Resolve({{"steps", 1.5}});
             }) == "sample: steps = 1.5 must be a whole number in [1, 2147483647]");
  BOOST_TEST(MessageOf([] { Resolve({{"on", 1}}); }) == "sample: on = 1 must be a true or false");
}

// Epochs times steps would overflow, and a teacher of a negative number of steps be none.
BOOST_AUTO_TEST_CASE(a_count_whose_products_do_not_fit_is_refused) {
  for (const Json& value :
       {Json(9'000'000'000'000'000'000), Json(uint64_t{1} << 63U), Json(1e15)}) {
    BOOST_TEST(MessageOf([&] {
                 Resolve({{"steps", value}});
               }) ==
               "sample: steps = " + value.dump() + " must be a whole number in [1, 2147483647]");
  }
  BOOST_TEST(Resolve({{"steps", 2147483647}}).at("steps") == 2147483647);
}

BOOST_AUTO_TEST_CASE(sha256_of_abc_is_the_published_digest) {
  BOOST_TEST(Sha256Hex("abc") ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(canonical_json_sorts_keys_and_refuses_nan) {
  BOOST_TEST(Canonical(Json::parse(R"({"b":1,"a":[1.5,2]})")) == R"({"a":[1.5,2],"b":1})");
  BOOST_CHECK_THROW(Canonical(Json{{"x", std::nan("")}}), Error);
}

BOOST_AUTO_TEST_CASE(json_nested_too_deep_is_refused) {
  BOOST_CHECK_THROW(ParseJson(std::string(100, '[') + std::string(100, ']'), "text"), Error);
  BOOST_CHECK_THROW(ParseJson("{", "text"), Error);
  BOOST_CHECK_THROW(ParseJson(R"({"a": {"b": 1, "c": {}, "b": 2}})", "text"), Error);
  BOOST_CHECK_NO_THROW(ParseJson(R"([{"a": {"a": 1}}, {"a": 2}])", "text"));
}

// A file that opens and cannot be read: nothing is mapped at its beginning.
BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_not_taken_for_one_that_cannot_be_understood) {
  BOOST_CHECK_EXCEPTION(ReadJson("/proc/self/mem"), Error, [](const Error& error) {
    return error.failure() == FailureClass::kIo &&
           std::string(error.what()).find("cannot be read") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(split_mix_gives_the_published_first_outputs) {
  SplitMix64 generator(1234567);
  BOOST_TEST(generator.Next() == 6457827717110365317u);
  BOOST_TEST(generator.Next() == 3203168211198807973u);
}

BOOST_AUTO_TEST_CASE(a_fork_does_not_depend_on_what_was_drawn_before) {
  Rng a(5), b(5);
  a.Next();
  BOOST_TEST(a.Fork("latent", 3).Next() == b.Fork("latent", 3).Next());
  BOOST_TEST(b.Fork("latent", 3).Next() != b.Fork("latent", 4).Next());
  BOOST_TEST(b.Fork("latent").Next() != b.Fork("order").Next());
}

BOOST_AUTO_TEST_CASE(a_permutation_holds_every_index_once) {
  auto order = Rng(1).Permutation(100);
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 100; ++i) BOOST_TEST(order[i] == i);
}

BOOST_AUTO_TEST_CASE(beta_draws_have_the_mean_and_variance_of_the_distribution) {
  Rng rng(3);
  double sum = 0, squares = 0;
  const int n = 20000;
  for (int i = 0; i < n; ++i) {
    const double x = rng.Beta(0.25, 0.25);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n, variance = squares / n - mean * mean;
  BOOST_TEST(std::abs(mean - 0.5) < 0.02);
  BOOST_TEST(std::abs(variance - 0.25 / 1.5) < 0.01);  // ab / ((a+b)^2 (a+b+1))
}

BOOST_AUTO_TEST_CASE(an_unknown_plugin_is_an_error_that_lists_the_known_ones) {
  Registry registry;
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {});
  BOOST_TEST(MessageOf([&] { registry.Card(PluginKind::kAttack, "blnd"); }) ==
             "attack 'blnd' is unknown; did you mean blend? known: blend");
}

BOOST_AUTO_TEST_CASE(validate_names_clashes_bad_names_and_silent_folders) {
  Registry registry;
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {});
  BOOST_CHECK_NO_THROW(registry.Validate({"blend"}));
  BOOST_TEST(MessageOf([&] { registry.Validate({"grid"}); }) ==
             "plugins: grid: its folder registered nothing");
  BOOST_TEST(MessageOf([&] {
               registry.Validate({"blend", "blend"});
             }) == "plugins: blend: its folder registered nothing");  // of two kinds, one is silent
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {});
  registry.Add({.kind = PluginKind::kAttack, .name = "Bad"}, {});
  const auto message = MessageOf([&] { registry.Validate({}); });
  BOOST_TEST(message == "plugins: attack blend: registered twice; Bad: not a snake_case name");
  BOOST_CHECK_THROW(Registry().Validate({}), Error);
}

BOOST_AUTO_TEST_CASE(two_plugins_of_one_name_are_reported_with_both_headers) {
  Registry registry;
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {}, "/tree/blend/blend.h");
  registry.Add({.kind = PluginKind::kDefense, .name = "blend"}, {}, "/other/blend/blend.h");
  BOOST_CHECK_NO_THROW(registry.Validate({"blend", "blend"}));
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {}, "/mine/blend/blend.h");
  BOOST_TEST(MessageOf([&] { registry.Validate({}); }) ==
             "plugins: attack blend: registered twice, by /tree/blend/blend.h and by "
             "/mine/blend/blend.h");
}

struct Instance {
  explicit Instance(const NoOptions&) {}
};

struct OutOfRange {
  double alpha;
  static void Declare(OptionTable<OutOfRange>& o) {
    o.Add("alpha", &OutOfRange::alpha, {.initial = -0.1, .lowest = 0, .highest = 1}, "a share");
  }
};

// As in the headers of plugins. It runs before main, where nothing could catch.
BOOST_AUTO_TEST_CASE(a_card_that_cannot_be_made_is_a_problem_of_its_header_and_ends_nothing) {
  Registry registry;
  BOOST_TEST(!(RegisterPlugin<Instance, true>(
      registry, "/mine/bad/bad.h", [] { return AttackCard<OutOfRange>{.name = "bad"}; })));
  BOOST_TEST(!(RegisterPlugin<Instance, true>(registry, "/mine/odd/odd.h",
                                              []() -> AttackCard<OutOfRange> { throw 7; })));
  registry.Add({.kind = PluginKind::kAttack, .name = "blend"}, {});
  BOOST_TEST(registry.Cards(PluginKind::kAttack).size() == 1U);
  BOOST_TEST(MessageOf([&] {
               registry.Validate({"bad", "blend", "odd"});
             }) ==
             "plugins: bad (/mine/bad/bad.h): default: alpha = -0.1 must be a number in [0, 1]; "
             "odd (/mine/odd/odd.h): throws what is no std::exception");
}

BOOST_AUTO_TEST_CASE(a_card_without_code_does_what_the_program_says_when_an_instance_is_asked_for) {
  Registry registry;
  RegisterPlugin<Instance, false>(registry, "",
                                  [] { return DatasetCard<NoOptions>{.name = "mine"}; });
  BOOST_TEST(registry.Card(PluginKind::kDataset, "mine").name == "mine");
  const auto make = [&] { registry.Make<Dataset>("mine", Json::object()); };
  BOOST_TEST(MessageOf(make) ==
             "dataset 'mine': only its card is part of this program, not its code");
  registry.OnMissingCode([] { throw Error("somebody else has it"); });
  BOOST_TEST(MessageOf(make) == "somebody else has it");
}

BOOST_AUTO_TEST_CASE(the_cell_id_keeps_letters_digits_underscores_and_dots) {
  const Cell cell{"my set", "blend_0.1", "wrn-16-2", "vgg/s", "ood<kd>", "a\"b", 3, 12};
  BOOST_TEST(CellId(cell) == "my_set-blend_0.1-wrn_16_2-vgg_s-ood_kd_-a_b-t3-s12");
}

}  // namespace dfkd::core_test
