#!/usr/bin/env bash
# Fills a folder with what bench/perf/gpu.sh needs on a machine with a GPU that can reach nothing
# outside itself.
set -uo pipefail
called_from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
. bench/packages.sh

usage() {
  cat <<'HELP'
usage: bash bench/perf/gpu_pack.sh [--images FILE] [--out DIR]

Downloads the Debian packages of the libraries that dfkd is built with (headers and libraries, no
compiler and no LibTorch; apt-get download: nothing is installed) into DIR, which `git` ignores, and
says how large it is. Take it along and name it: bash bench/perf/gpu.sh --pack DIR.

  --images FILE   a tar of CIFAR-10 that comes along: the published cifar-10-binary.tar.gz, or
                  pictures as train/<class>/*, test/<class>/* (smaller as JPEG). Without it the
                  matrix of CIFAR-10 is left out
  --out DIR       default: build-gpu-pack
HELP
}

most_mebibytes=50  # beside the tree
images='' out=build-gpu-pack
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --images | --out)
      [ -n "${2:-}" ] || die "$1 needs a value"
      path=$2
      [[ $path = /* ]] || path=$called_from/$path
      [ "$1" = --images ] && images=$path || out=$path
      shift
      ;;
    *) die "unknown argument '$1'; known: --help, --images FILE, --out DIR" ;;
  esac
  shift
done
[ -z "$images" ] || [ -f "$images" ] || die "--images $images: there is no such file"
is_debian || die "needs apt-get, of Debian or Ubuntu"

# What the build wants of libraries, the tests and the benchmarks; a compiler, LibTorch, the
# libraries of the downloader and what bundles the leaderboard are not taken.
wanted() {
  { Torch_DIR=theirs build_packages; echo libboost-test-dev; echo libbenchmark-dev; } |
    awk '{sub(/\|.*/, "", $1); print $1}' |
    grep -Ev '^(g\+\+|cmake|ninja-build|nodejs|npm|ca-certificates|libcurl.*|libarchive.*)$'
}

# With what they depend on, but for what every system with a compiler has, and for Perl, which a
# tool of ctemplate wants, with what that leads to: the machine's own programs would load it. Of
# valijson itself only: it names each JSON library that it could work on.
closure() {
  echo libvalijson-dev
  # shellcheck disable=SC2046
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances $(wanted | grep -v valijson) | grep -E '^(lib|zlib|nlohmann)' |
    grep -Ev '^lib(c6|c-|crypt|gcc|stdc|gomp|nsl|tirpc|[alt]san|ubsan|itm|atomic|quadmath)' |
    grep -Ev '^lib(perl|db5|gdbm|acl|bz2|com-err|gssapi|k5|keyutils|krb5)' |
    grep -Ev '^lib(lzma|md0|pcre2|selinux|zstd)'
}

mkdir -p "$out/packages" && rm -f "$out"/packages/*.deb "$out"/images.tar || exit 2
mapfile -t packages < <(closure | sort -u)
[ ${#packages[@]} -gt 10 ] ||
  die "apt-cache names only ${#packages[@]} packages; is its index there (apt-get update)?"
(cd "$out/packages" && apt-get download -q "${packages[@]}" >&2) ||
  die "apt-get could not download them"
[ -z "$images" ] || cp "$images" "$out/images.tar" || exit 2

size=$(du -sm "$out" | cut -f1)
[ "$size" -le $most_mebibytes ] ||
  die "$out holds $size MiB; $most_mebibytes are allowed: give smaller --images"
say "$out: ${#packages[@]} packages${images:+ and images}, $size MiB"
