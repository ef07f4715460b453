#!/usr/bin/env bash
# From a bare Debian to a leaderboard: packages, build, the quick matrix, the site.
set -uo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
root=$PWD
. bench/packages.sh

usage() {
  cat <<'HELP'
usage: bash bench/quickstart.sh [--no-install] [--build-only] [--matrix NAME]

Installs what is missing (apt-get; says what and why first), builds the release preset in build/,
runs a matrix, writes the leaderboard and says where it is. Safe to interrupt: the same command
continues.

  --no-install    install nothing; the packages are there already
  --build-only    stop after the build
  --matrix NAME   a shipped matrix or a file (default: quick)

Torch_DIR in the environment names a LibTorch of your own, for example <libtorch>/share/cmake/Torch.
Exit code: 0 done, 1 a cell failed, 2 something is missing or wrong, 130 interrupted.
HELP
}

install=1 build_only=0 matrix=quick
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --no-install) install=0 ;;
    --build-only) build_only=1 ;;
    --matrix)
      [ $# -ge 2 ] || die "--matrix needs a name"
      matrix=$2
      shift
      ;;
    *) die "unknown argument '$1'; known: --help, --no-install, --build-only, --matrix NAME" ;;
  esac
  shift
done
[[ $matrix = /* || ! -f $called_from/$matrix ]] || matrix=$called_from/$matrix

trap 'say ""; say "Interrupted; the same command continues where it stopped."; exit 130' INT TERM
check_torch_dir

packages() {
  build_packages
  [ "$matrix" != quick ] || [ "$build_only" = 1 ] ||
    printf '%s\n' "dataset-fashion-mnist  the images of the quick matrix"
}

say "== 1/4 packages"
if [ "$install" = 1 ]; then
  packages | ensure_packages || exit 2
else
  say "Not checked (--no-install)."
fi

jobs=$(build_jobs)
say "== 2/4 build in $root/build, $jobs jobs (about 2 GB of memory each)"
mapfile -t torch < <(torch_arguments)
mkdir -p build
cmake --preset release "${torch[@]}" >build/configure.log 2>&1 || {
  tail -n 15 build/configure.log >&2
  die "cmake failed; all of it: $root/build/configure.log"
}
cmake --build build -j "$jobs" || die "the build failed; the error stands above"
[ "$build_only" = 0 ] || { say "Built: $root/build/dfkd"; exit 0; }

data=${DFKD_DATA:-${HOME:-/root}/.local/share/dfkd/data}
if [ "$matrix" = quick ] && [ ! -d /usr/share/datasets/fashion-mnist ] &&
  [ ! -d "$data/fashion-mnist" ]; then
  build/dfkd fetch fashion_mnist || die "no Fashion-MNIST; see above"
fi

say "== 3/4 run $matrix"
build/dfkd run "$matrix"
result=$?
[ $result != 130 ] || { say "Interrupted; the same command continues where it stopped."; exit 130; }
[ $result -le 1 ] || exit 2  # the program has said why

say "== 4/4 leaderboard"
build/dfkd site >/dev/null || exit 2
page=$root/.dfkd/site/index.html
cat <<END

The leaderboard: file://${page// /%20}
To try next, in $root:
  build/dfkd compare abd none
  build/dfkd plan $matrix --explain
  build/dfkd run $matrix --student-seeds 1
END
[ $result = 0 ] || say "Some cells failed: build/dfkd status $matrix says why."
exit $result
