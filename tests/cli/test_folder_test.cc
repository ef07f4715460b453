// Which folder of --test is which label, and what a person is told of it.
#include "bench/cli/test_folder.h"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <sstream>

#include "bench/core/error.h"

namespace dfkd::cli::test_folder_test {

using Names = std::vector<std::string>;

const Names kClasses = {"T-shirt/top", "Trouser", "Coat"};

// What is logged, or the message of the Error.
std::string Told(const Names& folders) {
  std::ostringstream told;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "told", std::make_shared<spdlog::sinks::ostream_sink_mt>(told)));
  std::string message;
  try {
    RequireOrderOf(kClasses, folders, "pictures");
  } catch (const Error& e) {
    message = e.what();
  }
  spdlog::set_default_logger(before);
  return message + told.str();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

BOOST_AUTO_TEST_CASE(names_of_folders_are_told_with_their_labels) {
  BOOST_TEST(LabelsText({"Hemd", "Hose"}) == "0 = Hemd, 1 = Hose");
  BOOST_TEST(LabelsText({"1", "2"}) == "0 = 1, 1 = 2");
  BOOST_TEST(LabelsText({"00", "01"}) == "");
  BOOST_TEST(LabelsText({}) == "");
}

BOOST_AUTO_TEST_CASE(of_more_than_ten_folders_the_first_and_the_last_are_told) {
  Names folders;
  for (char c = 'a'; c < 'k'; ++c) folders.emplace_back(1, c);
  BOOST_TEST(LabelsText(folders).ends_with("8 = i, 9 = j"));
  for (const char* more : {"k", "l"}) folders.emplace_back(more);
  BOOST_TEST(LabelsText(folders) ==
             "0 = a, 1 = b, 2 = c, 3 = d, 4 = e, 5 = f, 6 = g, 7 = h, …, 11 = l");
}

BOOST_AUTO_TEST_CASE(folders_that_no_class_is_called_like_are_warned_of) {
  const auto told = Told({"Hemd", "Hose", "Mantel"});
  BOOST_TEST(Contains(told,
                      "--test pictures: no folder is named like a class of the data set "
                      "(T-shirt/top, Trouser, Coat)"),
             told);
  BOOST_TEST(Told({"0", "1", "2"}) == "");
  BOOST_TEST(Told({"t_shirt_top", "Hose", "Mantel"}) == "");
}

BOOST_AUTO_TEST_CASE(a_folder_named_like_a_class_of_another_label_is_refused) {
  BOOST_TEST(Contains(Told({"Coat", "T-shirt_top", "Trouser"}),
                      "'Coat' would be label 0, but is class 2 of the data set"));
}

}  // namespace dfkd::cli::test_folder_test
