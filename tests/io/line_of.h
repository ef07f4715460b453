// What people see of an Error.
#pragma once
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>

#include "tests/io/io_testing.h"

namespace dfkd::testing {

// As MessageOf; it is one line.
inline std::string LineOf(const std::function<void()>& action) {
  const auto message = MessageOf(action);
  BOOST_TEST(!Contains(message, "\n"));
  return message;
}

}  // namespace dfkd::testing
