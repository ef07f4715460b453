// The functions of a card run in a plan, before any stage: what goes wrong in one is named by
// plugin and function, and an answer on which the plan relies is looked at.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <limits>
#include <stdexcept>

#include "bench/core/registry.h"

namespace dfkd::card_functions_test {

std::string MessageOf(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

// What a plan hears of a defence that says so.
std::string OfRounds(Rounds said) {
  const auto card = registry_detail::CardOf(DefenseCard<NoOptions>{
      .name = "mine", .active = [said](const NoOptions&, const DistillerTraits&) { return said; }});
  return MessageOf([&] { card.active(Json::object(), {.rounds = 100}); });
}

std::string OfTraits(DistillerTraits said) {
  const auto card = registry_detail::CardOf(DistillerCard<NoOptions>{
      .name = "mine",
      .traits = [said](const NoOptions&) { return said; },
      .rounds_on = [said](const NoOptions&, int64_t) { return said.rounds; }});
  const auto traits = MessageOf([&] { card.traits(Json::object()); });
  const auto on = MessageOf([&] { card.rounds_on(Json::object(), 500); });
  return traits + "; " + on;
}

std::string OfGate(double lowest_asr) {
  const auto card = registry_detail::CardOf(AttackCard<NoOptions>{
      .name = "mine", .gate = [=](const NoOptions&) { return AttackGate{lowest_asr}; }});
  return MessageOf([&] { card.gate(Json::object()); });
}

// Of one that throws.
template <class Thrown>
std::string Of(const Thrown& thrown) {
  const auto card = registry_detail::CardOf(DefenseCard<NoOptions>{
      .name = "mine", .sanitizes_teacher = [thrown](const NoOptions&) -> bool { throw thrown; }});
  return MessageOf([&] { card.sanitizes_teacher(Json::object()); });
}

BOOST_AUTO_TEST_SUITE(card_functions)

const std::string kActive = "defense mine: .active of its card: rounds ";

BOOST_AUTO_TEST_CASE(rounds_of_a_defence_begin_within_those_of_the_distiller) {
  BOOST_TEST(OfRounds({100, 200}) ==
             kActive + "[100, 200) must begin in [0, 100), the distiller's rounds");
  BOOST_TEST(OfRounds({-1, 5}) ==
             kActive + "[-1, 5) must begin in [0, 100), the distiller's rounds");
  for (const Rounds right : {Rounds{0, 100}, Rounds{99, 100}, Rounds{100, 100}, Rounds{0, 0}})
    BOOST_TEST(OfRounds(right) == "no error");
}

BOOST_AUTO_TEST_CASE(a_distiller_has_a_round_at_least) {
  const std::string who = "distiller mine: ";
  BOOST_TEST(OfTraits({.rounds = 0}) ==
             who + ".traits of its card: rounds = 0 must be at least 1; " + who +
                 ".rounds_on of its card: 0 rounds on 500 images must be at least 1");
  BOOST_TEST(OfTraits({.rounds = 1}) == "no error; no error");
}

BOOST_AUTO_TEST_CASE(the_gate_of_an_attack_is_a_share) {
  const std::string who = "attack mine: .gate of its card: lowest_asr = ";
  BOOST_TEST(OfGate(-1) == who + "-1 must lie in [0, 1]");
  BOOST_TEST(OfGate(1.5) == who + "1.5 must lie in [0, 1]");
  BOOST_TEST(OfGate(std::numeric_limits<double>::quiet_NaN()) == who + "nan must lie in [0, 1]");
  for (const double right : {0.0, 0.9, 1.0}) BOOST_TEST(OfGate(right) == "no error");
}

BOOST_AUTO_TEST_CASE(what_a_function_throws_is_named_by_plugin_and_function) {
  const std::string who = "defense mine: .sanitizes_teacher of its card: ";
  BOOST_TEST(Of(std::out_of_range("vector::at")) == who + "vector::at");
  BOOST_TEST(Of(7) == who + "throws what is no std::exception");
  BOOST_TEST(Of(Error("share = 2 must be a share")) == who + "share = 2 must be a share");
  BOOST_TEST(Of(Error("must be determined")) == who + "must be determined");  // "mine" is in it
  // Written for users: it is theirs already.
  BOOST_TEST(Of(Error("mine: path = \"\" must be given")) == "mine: path = \"\" must be given");
}

BOOST_AUTO_TEST_CASE(a_function_that_is_left_out_answers_as_before) {
  const auto card = registry_detail::CardOf(DefenseCard<NoOptions>{.name = "mine"});
  BOOST_TEST(card.active(Json::object(), {.rounds = 100}).empty());
  BOOST_TEST(!card.sanitizes_teacher(Json::object()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::card_functions_test
