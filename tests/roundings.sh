#!/usr/bin/env bash
# roundings.sh [--others] [--each] BUILD [COMMAND…]: runs COMMAND (default: the comparisons with the
# independent implementation) once for every way in which machines round that this one can stand in
# for: older ones, oneDNN switched off, other thread counts. Says how each rounds; fails if the
# command fails in any. --others: not as it is. --each: oneDNN, LibTorch's own kernels and BLAS
# capped one at a time, too.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
others=0 each=0
[ "${1:-}" != --others ] || { others=1 && shift; }
[ "${1:-}" != --each ] || { each=1 && shift; }
build=$(realpath "$1") || exit 2
shift
[ $# -gt 0 ] || set -- "$build/tests/test_parity" --color_output=no

has() { grep -qw "$1" /proc/cpuinfo; }

avx2='ONEDNN_MAX_CPU_ISA=AVX2 DNNL_MAX_CPU_ISA=AVX2'
avx512='ONEDNN_MAX_CPU_ISA=AVX512_CORE DNNL_MAX_CPU_ISA=AVX512_CORE'
sse='ONEDNN_MAX_CPU_ISA=SSE41 DNNL_MAX_CPU_ISA=SSE41'

variants() {  # one a line: <name>: <environment>
  echo "as it is:"
  has avx512bw && echo "with AVX-512: $avx512 OPENBLAS_CORETYPE=SkylakeX"
  has avx2 && echo "with AVX2: $avx2 ATEN_CPU_CAPABILITY=avx2 OPENBLAS_CORETYPE=Haswell"
  echo "the oldest: $sse ATEN_CPU_CAPABILITY=default OPENBLAS_CORETYPE=Nehalem"
  echo "oneDNN off: LD_PRELOAD=$build/tests/libonednn_off.so"
  echo "one thread: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1"
  echo "three threads: OMP_NUM_THREADS=3 OPENBLAS_NUM_THREADS=3"
  [ $each = 0 ] || variants_of_one
}

variants_of_one() {
  has sse4_1 && echo "oneDNN SSE4.1: $sse"
  has avx2 && echo "oneDNN AVX2: $avx2"
  has avx512bw && echo "oneDNN AVX-512: $avx512"
  echo "plain kernels: ATEN_CPU_CAPABILITY=default"
  has avx2 && echo "kernels AVX2: ATEN_CPU_CAPABILITY=avx2"
  echo "BLAS of SSE: OPENBLAS_CORETYPE=Nehalem OPENBLAS_L2_SIZE=512"
  has avx2 && echo "BLAS of AVX2: OPENBLAS_CORETYPE=Haswell"
  has avx512bw && echo "BLAS of AVX-512: OPENBLAS_CORETYPE=SkylakeX"
}

failed=0
declare -A seen
while IFS= read -r line; do
  name=${line%%:*}
  read -ra settings <<<"${line#*:}"
  hashes=$(env "${settings[@]}" "$build/tests/rounding_fingerprint") ||
    { echo "$name: $hashes"; exit 1; }
  if [ -n "${seen[$hashes]:-}" ]; then
    result="as ${seen[$hashes]}"
  elif [ $others = 1 ] && [ "$name" = "as it is" ]; then
    result='not run'
  elif log=$(env "${settings[@]}" "$@" 2>&1); then
    result=passed
  else
    result=FAILED failed=$((failed + 1))
    tail -n 40 <<<"$log"
  fi
  seen[$hashes]=${seen[$hashes]:-$name}
  printf '%-16s %-20s %s\n' "$name" "$result" "$hashes"
done < <(variants)
[ "$failed" = 0 ]
