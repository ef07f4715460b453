// dfkd check-plugin: what of a plugin only runs can show.
#include "bench/cli/plugin_check.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <map>

#include "bench/core/interfaces.h"
#include "bench/core/registry.h"
#include "bench/nn/classifier.h"
#include "bench/recipes/poison.h"
#include "tests/store/store_testing.h"

namespace dfkd::cli::plugin_check_test {

using namespace testing;  // NOLINT: scratch folders and small helpers
namespace data = boost::unit_test::data;

int g_calls = 0;  // what no plugin may keep

// Weighs images by how many batches it has seen. `kind` says what is wrong with how it counts.
enum class Fault { kNone, kNoVisit, kStatic, kFirst, kOfSeed, kIdle, kBesideCmi, kCrash };

template <Fault fault>
class Counting final : public Defense {
 public:
  explicit Counting(const NoOptions&) {}
  void Begin(DefenseContext& ctx) override {
    if (fault == Fault::kBesideCmi && ctx.distiller.trains_generator)
      throw std::runtime_error("only images that are given");
    auto stream = ctx.rng;
    seed_ = stream.Next();
  }
  void Observe(const TransferBatch& batch) override {
    ++seen_, ++g_calls;
    if (fault == Fault::kCrash) std::_Exit(3);
    // Of the first student of this process, whoever asks.
    static const double first = batch.teacher_logits.abs().sum().template item<double>();
    first_ = first;
    // Of the first student of this seed in this process, so that other seeds change nothing.
    static std::map<uint64_t, double> firsts;
    if (fault == Fault::kOfSeed)
      first_ = firsts.emplace(seed_, batch.teacher_logits.abs().sum().template item<double>())
                   .first->second;
  }
  at::Tensor SampleCoefficients(const TransferBatch& batch) const override {
    if (fault == Fault::kIdle) return {};
    const bool first = fault == Fault::kFirst || fault == Fault::kOfSeed;
    const auto count = fault == Fault::kStatic ? static_cast<double>(g_calls)
                       : first                 ? 1 + first_
                                               : static_cast<double>(seen_);
    const auto images = batch.images.size(0);
    return at::full({images}, 1 / (count * static_cast<double>(images)));
  }
  void Visit(StateVisitor& visitor) override {
    if (fault != Fault::kNoVisit) visitor.Number("seen", seen_);
  }

 private:
  int64_t seen_ = 0;
  uint64_t seed_ = 0;
  double first_ = 0;
};

template <Fault fault>
bool RegisterCounting(const char* name) {
  return Register<Counting<fault>>(
      DefenseCard<NoOptions>{.name = name,
                             .summary = "weighs by how much it has seen",
                             .active = [](const NoOptions&, const DistillerTraits& d) {
                               return Rounds{0, d.rounds};
                             }});
}

const bool kDefenses[] = {
    RegisterCounting<Fault::kNone>("test_counts"),
    RegisterCounting<Fault::kNoVisit>("test_no_visit"),
    RegisterCounting<Fault::kStatic>("test_static"),
    RegisterCounting<Fault::kFirst>("test_first"),
    RegisterCounting<Fault::kOfSeed>("test_of_seed"),
    RegisterCounting<Fault::kCrash>("test_crash"),
    RegisterCounting<Fault::kIdle>("test_idle"),
    RegisterCounting<Fault::kBesideCmi>("test_not_beside_cmi"),
};

struct StampOptions : PoisonOptions {
  static void Declare(OptionTable<StampOptions>& o) { DeclarePoison(o); }
};

// A trigger that is no trigger, or one whose poison depends on what ran before.
template <Fault fault>
class Stamp final : public StaticTrigger {
 public:
  explicit Stamp(const StampOptions& options) : StaticTrigger(options) {}
  at::Tensor Trigger(const at::Tensor& images) const override {
    auto stamped = images.clone();
    if (fault != Fault::kIdle) stamped.slice(2, 0, 3).slice(3, 0, 3).fill_(255);
    return stamped;
  }
  Poisoned Poison(const Split& train, const Rng& rng) const override {
    static uint64_t teachers = 0;
    return StaticTrigger::Poison(train, fault == Fault::kStatic ? rng.Fork("", ++teachers) : rng);
  }
};

template <Fault fault>
bool RegisterStamp(const char* name) {
  return Register<Stamp<fault>>(
      AttackCard<StampOptions>{.name = name, .summary = "a white corner, or not"});
}

const bool kAttacks[] = {
    RegisterStamp<Fault::kNone>("test_stamp"),
    RegisterStamp<Fault::kIdle>("test_no_trigger"),
    RegisterStamp<Fault::kStatic>("test_other_poison"),
};

std::vector<std::string> ProblemsOf(PluginKind kind, const std::string& name,
                                    const std::vector<std::string>& distillers = {}) {
  ScratchFolder scratch;
  return CheckPlugin(Registry::Get().Card(kind, name), {scratch.path(), scratch.path() / "data",
                                                        [](const std::string&) {}, distillers});
}

BOOST_AUTO_TEST_SUITE(plugin_check)

struct Case {
  PluginKind kind;
  std::string name, problem;
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.name; }

const Case kWrong[] = {
    {PluginKind::kDefense, "test_no_visit", "comes out otherwise when it is cut and resumed"},
    {PluginKind::kDefense, "test_static", "where other seeds were computed before"},
    {PluginKind::kDefense, "test_first", "where other seeds were computed before"},
    {PluginKind::kDefense, "test_of_seed", "comes out otherwise when it is cut and resumed"},
    {PluginKind::kDefense, "test_crash", "the process that ran it could not go on"},
    {PluginKind::kDefense, "test_idle", "never acts"},
    {PluginKind::kDefense, "test_not_beside_cmi",
     "defence test_not_beside_cmi: Begin: only images that are given"},
    {PluginKind::kAttack, "test_no_trigger", "its trigger changes no image"},
    {PluginKind::kAttack, "test_other_poison", "poisons otherwise"},
};

BOOST_DATA_TEST_CASE(what_is_wrong_with_a_plugin_is_said, data::make(kWrong)) {
  const auto problems = ProblemsOf(sample.kind, sample.name, {"noise_kd", "cmi"});
  BOOST_REQUIRE(!problems.empty());
  BOOST_TEST(problems.front().find(sample.problem) != std::string::npos, problems.front());
}

const Case kRight[] = {
    {PluginKind::kDefense, "test_counts", ""}, {PluginKind::kDefense, "abd", ""},
    {PluginKind::kDefense, "none", ""},        {PluginKind::kAttack, "test_stamp", ""},
    {PluginKind::kAttack, "none", ""},         {PluginKind::kDistiller, "cmi", ""},
    {PluginKind::kDataset, "shapes", ""},      {PluginKind::kAttack, "poisoned_transfer_like", ""},
};

BOOST_DATA_TEST_CASE(a_plugin_that_is_right_has_no_problem, data::make(kRight)) {
  // Of the product beside all, of these tests beside two.
  const bool whole = sample.name == "abd";
  const auto problems =
      ProblemsOf(sample.kind, sample.name,
                 whole ? std::vector<std::string>() : std::vector<std::string>{"noise_kd", "cmi"});
  for (const auto& problem : problems) BOOST_ERROR(problem);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::plugin_check_test
