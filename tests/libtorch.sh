#!/usr/bin/env bash
# libtorch.sh SOURCE SCRATCH TORCH_DIR: what configuring makes of a LibTorch that is not the
# system's. It is the one in TORCH_DIR, made to look like another.
set -euo pipefail
source=$1 scratch=$2 real=$3
fail() { echo "libtorch: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/Torch" "$scratch/include/fmt"
echo '#error "not the fmt that is linked"' |
  tee "$scratch"/include/fmt/{core,base,format,ranges}.h >/dev/null
configure() {  # configure <line after those of the real one>
  printf 'include(%s/TorchConfig.cmake)\n%s\n' "$real" "$1" >"$scratch/Torch/TorchConfig.cmake"
  cmake -G Ninja -S "$source" -B "$scratch/build" -DTorch_DIR="$scratch/Torch" -DDFKD_TESTS=OFF \
    -DDFKD_PERF=OFF -DDFKD_PCH=OFF >"$scratch/log" 2>&1
}

configure 'set(TORCH_CXX_FLAGS "-D_GLIBCXX_USE_CXX11_ABI=0")' && fail "the old ABI is accepted"
tr -s ' \n' ' ' <"$scratch/log" | grep -q 'this LibTorch has the old ABI of std::string' ||
  fail "the old ABI: $(cat "$scratch/log")"

# As in PyTorch's own: headers of fmt in the folder of its headers.
configure "list(INSERT TORCH_INCLUDE_DIRS 0 $scratch/include)" ||
  fail "refused: $(cat "$scratch/log")"
object=CMakeFiles/dfkd_nn.dir/bench/nn/visit.cc.o
command=$(ninja -C "$scratch/build" -t commands "$object" | grep -e "-o $object") ||
  fail "no $object"
[[ $command = *"$scratch/include"* ]] || fail "the folder of headers is not used"
(cd "$scratch/build" && eval "${command/ -c / -E }" >/dev/null 2>"$scratch/log") ||
  fail "$(grep -m 3 error: "$scratch/log")"
