// A procedure as two defences: on clean images and on synthetic ones.
#include "bench/recipes/repair_part.h"

#include <ATen/Functions.h>

#include <boost/test/unit_test.hpp>

#include "tests/methods/fakes.h"

namespace dfkd::repair_part_test {

struct Call {
  const Classifier* model;
  const Split* data;
  std::string name;
};
std::vector<Call> calls;

template <class Options>
void Remember(Classifier& model, const Split& data, const Options&, const DefenseContext&,
              const std::string& name) {
  calls.push_back({&model, &data, name});
}

struct Placed {
  bool teacher;
  static void Declare(OptionTable<Placed>& o) {
    o.Add("teacher", &Placed::teacher, {.initial = false}, "the teacher is repaired");
  }
  bool OfTeacher() const { return teacher; }
};

template <class Options, RepairData kData>
struct Repair final : RepairPart<Options, kData> {
  explicit Repair(const Options& options)
      : RepairPart<Options, kData>(options, Remember<Options>, "remember") {}
};

// Both models are offered; what was called for them.
template <class Options, RepairData kData>
std::vector<Call> CallsOf(const Options& options, Classifier& teacher, Classifier& student,
                          DefenseContext& context) {
  Repair<Options, kData> defense(options);
  calls.clear();
  defense.SanitizeTeacher(teacher, context);
  defense.RepairStudent(student, context);
  return calls;
}

struct Models {
  std::unique_ptr<Classifier> teacher = MakeNet("vgg-s-2", 1), student = MakeNet("vgg-s-2", 2);
  Split clean, synthetic;
  FakeProgress progress;
  DefenseContext context{.teacher = *teacher,
                         .spec = SmallSpec(),
                         .rng = Rng(1),
                         .progress = progress,
                         .clean_subset = &clean,
                         .synthetic = &synthetic};
};

BOOST_AUTO_TEST_SUITE(repair_part)

BOOST_AUTO_TEST_CASE(the_procedure_runs_once_on_the_model_and_the_images_that_were_named) {
  Models m;
  const auto one = [&](const std::vector<Call>& made, const Classifier* model, const Split* data) {
    BOOST_TEST_REQUIRE(made.size() == 1U);
    BOOST_TEST(made[0].model == model);
    BOOST_TEST(made[0].data == data);
    BOOST_TEST(made[0].name == "remember");
  };
  constexpr auto kClean = RepairData::kClean, kSynthetic = RepairData::kSynthetic;
  auto& [teacher, student, clean, synthetic, progress, context] = m;
  one(CallsOf<Placed, kClean>({false}, *teacher, *student, context), student.get(), &clean);
  one(CallsOf<Placed, kClean>({true}, *teacher, *student, context), teacher.get(), &clean);
  one(CallsOf<Placed, kSynthetic>({false}, *teacher, *student, context), student.get(), &synthetic);
  one(CallsOf<NoOptions, kSynthetic>({}, *teacher, *student, context), student.get(), &synthetic);
}

template <RepairData kData>
void CheckCard(bool clean) {
  const auto typed = Repair<Placed, kData>::Card({.name = "remember"});
  BOOST_TEST(typed.name == "remember");
  for (const bool teacher : {false, true}) {
    BOOST_TEST(typed.sanitizes_teacher({teacher}) == teacher);
    BOOST_TEST(typed.repairs_student({teacher}) == !teacher);
    BOOST_TEST(typed.needs_clean_data({teacher}) == clean);
    BOOST_TEST(typed.needs_synthetic_data({teacher}) == !clean);
  }
}

BOOST_AUTO_TEST_CASE(the_card_asks_for_the_images_and_the_model_that_are_used) {
  CheckCard<RepairData::kClean>(true);
  CheckCard<RepairData::kSynthetic>(false);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::repair_part_test
