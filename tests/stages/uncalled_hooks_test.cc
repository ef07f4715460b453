// A hook that a class overrides and its card leaves out would never be called, without a word: such
// a plugin is refused when it registers.
#include <boost/test/unit_test.hpp>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"

namespace dfkd::testing::uncalled_hooks_test {

struct Repairs : Defense {
  explicit Repairs(const NoOptions&) {}
  void RepairStudent(Classifier&, DefenseContext&) override {}
};

struct Sanitizes final : Defense {
  explicit Sanitizes(const NoOptions&) {}
  void SanitizeTeacher(Classifier&, DefenseContext&) override {}
};

struct Weighs final : Defense {
  explicit Weighs(const NoOptions&) {}
  at::Tensor SampleCoefficients(const TransferBatch&) const override { return {}; }
};

struct Idle : Attack {
  explicit Idle(const NoOptions&) {}
  void Begin(const ImageSpec&) override {}
  int64_t TargetLabel(int64_t) const override { return 0; }
  at::Tensor Trigger(const at::Tensor& images) const override { return images; }
  Poisoned Poison(const Split& train, const Rng&) const override { return {train, {}}; }
};

struct Crafts final : Idle {
  using Idle::Idle;
  void Craft(CraftContext&) override {}
};

struct PoisonsTransfer final : Idle {
  using Idle::Idle;
  at::Tensor PoisonTransfer(TransferPoisonContext& ctx) const override {
    return ctx.transfer_set.images;
  }
};

struct Trains final : Idle {
  using Idle::Idle;
  void AfterStep(TeacherContext&, const LabelledBatch&) override {}
};

// What a class between the two overrides counts as much.
struct Inherits final : Repairs {
  using Repairs::Repairs;
};

// No override: another function of the same name beside the hook.
struct OtherFunction final : Idle {
  using Attack::AfterStep;
  using Idle::Idle;
  void AfterStep(int) {}
};

bool Yes(const NoOptions&) { return true; }

template <class Class, class Card>
std::string ProblemOf(const Card& card) {
  Registry registry;
  RegisterPlugin<Class, true>(registry, "/mine/it/it.h", [&] { return card; });
  try {
    registry.Validate({});
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

std::string Message(const std::string& hook, const std::string& function) {
  return "plugins: it (/mine/it/it.h): overrides " + hook +
         ", which nobody calls, for its card has no ." + function;
}

using AnAttack = AttackCard<NoOptions>;
using ADefense = DefenseCard<NoOptions>;

// Among others: a registry of which nothing is left is a problem, too.
bool Refuses(const std::string& problem, const std::string& message) {
  return problem.find(message.substr(std::string("plugins: ").size())) != std::string::npos;
}

BOOST_AUTO_TEST_SUITE(uncalled_hooks)

BOOST_AUTO_TEST_CASE(an_attack_whose_card_leaves_out_what_it_overrides_is_refused) {
  const AnAttack card{.name = "it"};
  BOOST_TEST(Refuses(ProblemOf<Crafts>(card), Message("Craft", "crafts")));
  BOOST_TEST(
      Refuses(ProblemOf<PoisonsTransfer>(card), Message("PoisonTransfer", "poisons_transfer")));
  BOOST_TEST(Refuses(ProblemOf<Trains>(card), Message("AfterStep", "trains_teacher")));
}

BOOST_AUTO_TEST_CASE(a_defence_whose_card_leaves_out_what_it_overrides_is_refused) {
  const ADefense card{.name = "it"};
  BOOST_TEST(Refuses(ProblemOf<Repairs>(card), Message("RepairStudent", "repairs_student")));
  BOOST_TEST(Refuses(ProblemOf<Inherits>(card), Message("RepairStudent", "repairs_student")));
  BOOST_TEST(Refuses(ProblemOf<Sanitizes>(card), Message("SanitizeTeacher", "sanitizes_teacher")));
  BOOST_TEST(Refuses(ProblemOf<Weighs>(card), Message("SampleCoefficients", "active")));
}

BOOST_AUTO_TEST_CASE(a_plugin_whose_card_has_the_function_is_taken_whatever_it_answers) {
  BOOST_TEST(ProblemOf<Idle>(AnAttack{.name = "it"}) == "");
  BOOST_TEST(ProblemOf<OtherFunction>(AnAttack{.name = "it"}) == "");
  BOOST_TEST(ProblemOf<Crafts>(AnAttack{.name = "it", .crafts = Yes}) == "");
  BOOST_TEST(ProblemOf<PoisonsTransfer>(AnAttack{.name = "it", .poisons_transfer = Yes}) == "");
  BOOST_TEST(ProblemOf<Trains>(AnAttack{.name = "it", .trains_teacher = Yes}) == "");
  const auto no = [](const NoOptions&) { return false; };
  BOOST_TEST(ProblemOf<Repairs>(ADefense{.name = "it", .repairs_student = no}) == "");
  BOOST_TEST(ProblemOf<Sanitizes>(ADefense{.name = "it", .sanitizes_teacher = no}) == "");
  const auto never = [](const NoOptions&, const DistillerTraits&) { return Rounds{}; };
  BOOST_TEST(ProblemOf<Weighs>(ADefense{.name = "it", .active = never}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::testing::uncalled_hooks_test
