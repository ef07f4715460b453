// What an author sees of the toy cells.
#include "bench/cli/toy_table.h"

#include <boost/test/unit_test.hpp>

namespace dfkd::cli::toy_table_test {

Score ScoreOf(const std::string& defense, double acc, double asr) {
  Score score;
  score.cell = {.dataset = "shapes", .attack = "blend", .distiller = "ood_kd", .defense = defense};
  score.teacher = TeacherScore{.acc = 0.998, .asr = 0.989};
  score.student = StudentScore{.acc = acc, .asr = asr};
  return score;
}

BOOST_AUTO_TEST_CASE(the_table_begins_with_the_teacher_and_the_undefended) {
  auto failed = ScoreOf("mine", 0, 0);
  failed.student.reset(), failed.status = Status::kFailed, failed.reason = "loss is nan";
  const auto text = ToyTable({ScoreOf("abd", 0.29, 0), failed, ScoreOf("none", 0.218, 0.898)});
  BOOST_TEST(text ==
             "\nood_kd on blend of shapes,  (toy data: it works, or it does not)\n"
             "                            ACC %  ASR % time s\n"
             "  (teacher)                  99.8   98.9       \n"
             "  none                       21.8   89.8      -\n"
             "  abd                        29.0    0.0      -\n"
             "  mine                     failed: loss is nan\n\n");
}

BOOST_AUTO_TEST_CASE(cells_that_differ_in_more_than_the_defence_stand_apart) {
  auto other = ScoreOf("none", 0.5, 0.5);
  other.cell.attack = "sig";
  const auto text = ToyTable({ScoreOf("none", 0.1, 0.2), other});
  BOOST_TEST(text.find("ood_kd on blend") < text.find("ood_kd on sig"));
  BOOST_TEST(ToyTable({}) == "");
}

}  // namespace dfkd::cli::toy_table_test
