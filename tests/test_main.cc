// The main of every test program.
#define BOOST_TEST_MODULE dfkd
#include <boost/test/unit_test.hpp>
