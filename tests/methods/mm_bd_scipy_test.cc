// MM-BD's p-value beside SciPy's, of version 1.10.1:
//
//   others = sorted(margins)[:-1]
//   tail = stats.gamma.sf(max(margins), *stats.gamma.fit(others, method="MM"))
//   -log10(-expm1(len(margins) * log1p(-tail)))
#include <boost/test/unit_test.hpp>
#include <vector>

#include "methods/detectors/mm_bd/mm_bd.h"

namespace dfkd::mm_bd_scipy_test {

struct Golden {
  std::vector<double> margins;
  double statistic;
};

// SciPy searches for the parameters that have the moments, to some eight digits; here a formula
// gives them.
BOOST_AUTO_TEST_CASE(a_largest_margin_has_the_p_value_of_scipys_fit_by_moments) {
  const std::vector<Golden> goldens = {
      {{2.1, 2.4, 2.5, 2.9, 3.0, 3.4, 3.8, 4.9, 6.0, 6.3}, 0.6505469338669857},
      {{21.7, 23.4, 19.8, 25.1, 22.2, 20.9, 31.6, 24.0, 27.3, 58.9}, 6.242198491423672},
      {{12.4, 13.1, 12.9, 14.8, 13.6, 15.9, 12.7, 18.2, 13.3, 16.4, 12.5, 14.1, 13.9, 12.8, 19.5},
       0.9335992081879068}};
  for (const auto& golden : goldens) {
    const auto found = mm_bd::JudgeMargins(golden.margins, 0.05);
    BOOST_TEST(found.statistic == golden.statistic, boost::test_tools::tolerance(1e-6));
  }
}

}  // namespace dfkd::mm_bd_scipy_test
