// In what the shipped matrices differ from the paper whose numbers they repeat, with the cards of
// all plugins.
#include <fmt/ranges.h>

#include <boost/test/unit_test.hpp>

#include "tests/cli/repeated_matrix.h"

namespace dfkd::cli::reference_test {

using testing::Repeated;
using testing::Texts;
using testing::ThereAreMethods;

const std::string kTeacher =
    "the teacher of the last epoch instead of that of the best accuracy on test data";
const std::string kCmi =
    "with CMI the authors' sweep has the vaccine commented out, retrospection alone: which of the "
    "two is printed is not known";

std::string Joined(const Texts& texts) { return fmt::format("{}", fmt::join(texts, "\n")); }

// Boost prints texts, not sets of them.
void RequireSame(const Texts& found, const Texts& expected) {
  BOOST_TEST(Joined(found) == Joined(expected));
}

Texts With(Texts texts, const Texts& more) {
  texts.insert(more.begin(), more.end());
  return texts;
}

Texts Procedural(const std::string& plugin) {
  return {kTeacher, plugin + ": the picture is procedural"};
}

BOOST_AUTO_TEST_SUITE(reference_of_shipped_matrices,
                      *boost::unit_test::precondition(ThereAreMethods))

BOOST_AUTO_TEST_CASE(table_1_differs_in_pictures_in_what_is_crafted_and_in_which_teacher) {
  const Repeated table("abd_cifar10");
  for (const char* label : {"BadNets (grid)", "BadNets (sq)", "Trojan 3x3", "l0_inv", "Sig"})
    RequireSame(table.Of(label), Texts{kTeacher});
  RequireSame(table.Of("Trojan 8x8"), Procedural("trojan_8x8"));
  RequireSame(table.Of("Trojan WM"), Procedural("trojan_wm"));
  RequireSame(table.Of("Blend"), Procedural("blend"));
  RequireSame(table.Of("l2_inv"), Procedural("l2_inv"));
  RequireSame(table.Of("Smooth"), Procedural("smooth"));
  RequireSame(table.Of("CL"), Texts{kTeacher, "cl was crafted here, from our own clean teacher"});
}

BOOST_AUTO_TEST_CASE(table_2_differs_in_the_picture_of_patches_and_in_what_cmi_was_run_with) {
  const Repeated table("abd_methods");
  RequireSame(table.Of("ZSKT, BadNets (grid)"), Texts{kTeacher});
  RequireSame(table.Of("CMI, BadNets (sq)"), Texts{kTeacher, kCmi});
  RequireSame(table.Of("OOD, BadNets (grid)"), Procedural("ood_kd"));
}

BOOST_AUTO_TEST_CASE(gtsrb_is_the_papers_but_for_the_teacher) {
  RequireSame(Repeated("abd_gtsrb").Of("GTSRB, WRN-16-2, BadNets (grid)"),
              Texts{kTeacher, "teacher.augment: \"auto\" instead of \"crop_flip\""});
}

BOOST_AUTO_TEST_CASE(under_fixed_every_quirk_that_acts_is_listed_by_its_option) {
  const Texts always = {"badnets_sq.selection: \"random\" instead of \"first_n\"",
                        "cmi.bank_forgets_when_full: false instead of true"};
  const Texts late = {"cmi.restart_in_late_phase: false instead of true",
                      "self_retrospection.initial_sigma: 0.001 instead of 0.0",
                      "self_retrospection.update_statistics: false instead of true",
                      "self_retrospection.at_least_one_row: true instead of false"};
  Repeated fixed("abd_methods", "fixed");
  const auto found = fixed.Of("CMI, BadNets (sq)");
  for (const auto& text : With(always, late)) BOOST_TEST(found.contains(text), text);
  for (const auto& text : found) BOOST_TEST(!text.starts_with("preset "), text);
  std::erase_if(fixed.scores, [](const Score& score) { return score.cell.defense != "none"; });
  const auto undefended = fixed.Of("CMI, BadNets (sq)");
  for (const auto& text : always) BOOST_TEST(undefended.contains(text), text);
  for (const auto& text : late) BOOST_TEST(!undefended.contains(text), text);
}

BOOST_AUTO_TEST_CASE(lengths_steps_and_rates_are_compared_with_those_of_the_row) {
  const auto shorter = Repeated("abd_cifar10_10k").Of("BadNets (grid)");
  RequireSame(shorter, Texts{kTeacher, "zskt.rounds: 10000 instead of 80000",
                             "self_retrospection.active_rounds: 201 instead of 601 or 401"});
  const Json settings = {{"abd.sr_perturbation_steps", 7},
                         {"abd.sr_learning_rate", 1e-3},
                         {"abd.sr_last_rounds", 401},
                         {"abd.sv_coefficient", 0.2},
                         {"zskt.temperature", 4}};
  RequireSame(Repeated("abd_cifar10", "faithful", settings).Of("BadNets (grid)"),
              Texts{kTeacher, "self_retrospection.learning_rate: 0.001 instead of 0.0005 or 0.0001",
                    "self_retrospection.perturbation_steps: 7 instead of 10 or 20",
                    "shuffling_vaccine.coefficient: 0.2 instead of 0.1",
                    "zskt.temperature: 4.0 instead of 1.0"});
}

BOOST_AUTO_TEST_CASE(a_picture_from_a_file_is_the_papers_if_its_checksum_is) {
  const auto of = [](const std::string& sha256) {
    return Repeated("abd_cifar10", "faithful",
                    {{"trojan_wm.image", "wm.png"}, {"trojan_wm.sha256", sha256}})
        .Of("Trojan WM");
  };
  RequireSame(of("1ed725dab526c7218333640cc6dc18cb85aa1c1c2d6497082b3234a24c77e3fa"),
              Texts{kTeacher});
  const auto other = "trojan_wm: the picture is a file that is not known to be the paper's";
  RequireSame(of(""), Texts{kTeacher, other});
  RequireSame(of(std::string(64, '0')), Texts{kTeacher, other});
}

// Scores are other people's, or older than a change of the plugin.
BOOST_AUTO_TEST_CASE(options_that_are_refused_today_are_told_and_not_compared) {
  Repeated table("abd_cifar10");
  std::erase_if(table.scores, [](const Score& score) {
    return score.cell.attack != "badnets_grid" || score.cell.defense != "abd";
  });
  for (auto& score : table.scores) {
    score.entries["distiller"].options["temperature"] = "hot";
    score.entries["defense"].options["gone"] = 3;
  }
  RequireSame(
      table.Of("BadNets (grid)"),
      {kTeacher, "distiller zskt has options that this program refuses: they are not compared"});
}

BOOST_AUTO_TEST_CASE(teachers_data_and_numbers_of_other_kinds_are_listed) {
  Repeated table("abd_cifar10");
  std::erase_if(table.scores, [](const Score& score) {
    return score.cell.attack != "badnets_grid" || score.cell.defense != "none";
  });
  for (auto& score : table.scores) {
    score.teacher_recipe["augment"] = "none", score.teacher_recipe["epochs"] = 10;
    score.data.official = {}, score.numerics.profile = "bf16";
  }
  RequireSame(table.Of("BadNets (grid)"),
              Texts{kTeacher, "teacher.augment: \"none\" instead of \"crop_flip\"",
                    "teacher.epochs: 10 instead of 200", "computed in bf16",
                    "whether the images are the published ones is not known"});
  for (auto& score : table.scores) {
    score.teacher_recipe = {{"sha256", std::string(64, 'b')}};
    score.data.official = false, score.numerics.profile = "fp32";
  }
  RequireSame(table.Of("BadNets (grid)"),
              Texts{"the teacher is a file: how it was trained is not known",
                    "images are not the published ones"});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace dfkd::cli::reference_test
