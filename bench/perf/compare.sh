#!/usr/bin/env bash
# compare.sh [PERF] [-n RUNS] [-c CPU] [-j JOBS] [-o FILE.json] [NAME…]: our methods against eager
# PyTorch that does what the reference implementations do, one step at a time, in turn, on one core.
# PERF is the program dfkd_perf (default: build/dfkd_perf). Prints ratios of the processor's time
# with their range, and the share of this machine's best convolution. With -j: what JOBS copies of
# each of our steps, each on a core of its own, get done against one. Only ratios of one run mean
# something; leave the other cores idle. Needs python3-torch (not with -j).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# Debian's OpenBLAS ignores LibTorch's setting of threads.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
exec /usr/bin/python3 bench/perf/compare.py "$@"
