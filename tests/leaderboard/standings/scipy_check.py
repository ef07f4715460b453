"""scipy_check.py CASES.json: the statistics of the standings against SciPy, by another way.

The file holds generated cells and what the C++ side says of them (scipy_test.cc). Exit code: 1 and
a line for each disagreement; 77 without SciPy.
"""
import json
import sys
import warnings

try:
    import numpy as np
    from scipy import stats
    from scipy.optimize import brentq
except ImportError:
    print("skipped: /usr/bin/python3 has no SciPy (package python3-scipy)")
    sys.exit(77)

warnings.simplefilter("ignore")  # of the noncentral t, far out
wrong = 0


def check(what, ours, theirs, tolerance=1e-8):
    global wrong
    if not np.allclose(ours, theirs, rtol=tolerance, atol=tolerance):
        print(f"{what}: {ours}, SciPy {theirs}")
        wrong += 1


def holm(p):
    adjusted = np.empty(len(p))
    order = np.argsort(p, kind="stable")
    adjusted[order] = np.minimum(
        1, np.maximum.accumulate(np.array(p)[order] * np.arange(len(p), 0, -1)))
    return adjusted


cases = json.load(open(sys.argv[1]))
for case in cases["means"]:
    y = np.array(case["values"])  # [attack][teacher][student]
    clusters = y.mean(axis=(0, 2))
    check("mean", case["mean"], y.mean())
    check("interval", case["interval"],
          stats.t.interval(0.95, len(clusters) - 1, clusters.mean(), stats.sem(clusters)))
    check("p", case["p"], stats.ttest_1samp(clusters, 0).pvalue)
for case in cases["tables"]:
    clusters = [np.array(one).mean(axis=(0, 2)) for one in case["entrants"]]
    k = len(clusters)
    p = [stats.ttest_rel(clusters[a], clusters[b]).pvalue for a in range(k)
         for b in range(a + 1, k)]
    check("paired p", case["p"], p)
    check("Holm", case["holm"], holm(p))
for hits, of, low, high in cases["wilson"]:
    interval = stats.binomtest(hits, of).proportion_ci(method="wilson")
    check(f"Wilson {hits} of {of}", [low, high], [interval.low, interval.high])
for alpha, power, degrees, errors in cases["detectable"]:
    critical = stats.t.ppf(1 - alpha / 2, degrees)
    expected = brentq(lambda d: stats.nct.sf(critical, degrees, d) - power, critical / 2,
                      3 * critical)
    check(f"detectable {alpha} {power} {degrees}", errors, expected, 1e-5)
sys.exit(1 if wrong else 0)
