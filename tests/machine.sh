#!/usr/bin/env bash
# machine.sh: what this machine is, as far as a result of a test may depend on it, so that a red log
# explains itself.
line() { printf '  %-14s %s\n' "$1" "$2"; }
package() {
  dpkg-query -W -f '${Package} ${Version}' "$1" 2>/dev/null || echo "$1 is not installed"
}
field() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo | head -n 1; }

flags=$(field flags | tr ' ' '\n' |
  grep -xE 'sse4_1|sse4_2|avx|avx2|fma|f16c|avx512.*|avx_vnni|amx.*' | tr '\n' ' ')
line processor \
  "$(field 'model name'), $(env -u OMP_NUM_THREADS nproc) of $(getconf _NPROCESSORS_ONLN) cores"
line instructions "${flags:-unknown}"
line memory \
  "$(awk '/^Mem(Total|Available)/ {printf "%s %.1f GiB  ", $1, $2 / 1048576}' /proc/meminfo)"
line system "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), Linux $(uname -r), $(
  getconf GNU_LIBC_VERSION)"
line compiler "$(g++ --version 2>/dev/null | head -n 1), $(cmake --version 2>/dev/null | head -n 1)"
if [ -n "${Torch_DIR:-}" ]; then
  line LibTorch "Torch_DIR=$Torch_DIR"
else
  line LibTorch "$(package libtorch-dev), oneDNN: $(
    dpkg-query -W -f '${Package} ${Version} ' 'libdnnl[0-9]*' 2>/dev/null)"
fi
line BLAS "$(readlink -f "$(ldconfig -p | sed -n 's/.*libblas\.so\.3 .*=> //p' | head -n 1)")"
line "Python torch" \
  "$(/usr/bin/python3 -c 'import torch; print(torch.__version__)' 2>/dev/null || echo none)"
line locale "LANG=${LANG:-} LC_ALL=${LC_ALL:-} TZ=${TZ:-}, user $(id -un), $(
  df -P -h . | awk 'NR == 2 {print $4}') free here"
line settings "$(env | grep -E '^(OMP|OPENBLAS|MKL|ONEDNN|DNNL|ATEN|DFKD)_' | sort | tr '\n' ' ')"
