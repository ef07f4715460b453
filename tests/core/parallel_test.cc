#include "bench/core/parallel.h"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <vector>

namespace dfkd::parallel_test {

BOOST_AUTO_TEST_CASE(every_item_is_worked_on_once) {
  for (const size_t count : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(count);
    ParallelFor(count, [&](size_t i) { ++calls[i]; });
    for (const auto& times : calls) BOOST_TEST(times == 1);
  }
}

BOOST_AUTO_TEST_CASE(what_one_throws_is_thrown_after_all_are_done) {
  std::atomic<int> done = 0;
  BOOST_CHECK_THROW(ParallelFor(100,
                                [&](size_t i) {
                                  ++done;
                                  if (i == 3) throw std::runtime_error("three");
                                }),
                    std::runtime_error);
  BOOST_TEST(done == 100);
}

}  // namespace dfkd::parallel_test
