// Cases that need what not everybody has. Where it is missing they are reported as skipped, not as
// passed, and standard error says why: the log of the tests shows no messages.
#pragma once
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

namespace dfkd::testing {

inline boost::unit_test::precondition OnlyIf(const std::function<bool()>& there,
                                             const std::string& otherwise) {
  return boost::unit_test::precondition([=](boost::unit_test::test_unit_id id) {
    boost::test_tools::assertion_result result(there());
    if (!result) {
      result.message() << otherwise;
      std::cerr << "skipped: "
                << boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY).p_name << ": "
                << otherwise << "\n";
    }
    return result;
  });
}

// Data that somebody names in a variable. Once it is named, it must be there.
inline boost::unit_test::precondition OnlyIfSet(const char* variable, const std::string& holds) {
  return OnlyIf([=] { return std::getenv(variable) != nullptr; },
                std::string(variable) + " is not set to " + holds);
}

}  // namespace dfkd::testing
