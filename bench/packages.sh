# Shell functions that bench/quickstart.sh and tests/run.sh share. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 2; }

# One line a package: its name, or several that will do (a|b, the first is installed), and what it is for.
build_packages() {
  cat <<'LIST'
g++                          compiler
cmake                        configures the build
ninja-build                  runs the build
nlohmann-json3-dev           JSON
libcli11-dev                 command line
libfmt-dev                   messages
libspdlog-dev                log
libssl-dev                   SHA-256
libpng-dev                   pictures
libjpeg62-turbo-dev|libjpeg-dev  pictures
zlib1g-dev                   data sets as .gz
libvalijson-dev              schema checks
libctemplate-dev             templates of the leaderboard
libboost-dev                 statistics of the leaderboard (Boost.Math)
libcurl4-openssl-dev|libcurl4-gnutls-dev  dfkd fetch
libarchive-dev               dfkd fetch
ca-certificates              dfkd fetch over https
LIST
  # A LibTorch of one's own comes with its own BLAS.
  if [ -z "${Torch_DIR:-}" ]; then
    cat <<'LIST'
libtorch-dev                 LibTorch (or set Torch_DIR to one of your own)
libopenblas0-pthread|libopenblas0-openmp|libopenblas0-serial|libblis4-pthread|libatlas3-base  fast matrix products
LIST
  fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# missing_packages < list: the lines of which no alternative is installed.
missing_packages() {
  local names why name
  while read -r names why; do
    for name in ${names//|/ }; do
      installed "$name" && continue 2
    done
    printf '%-28s %s\n' "${names%%|*}" "$why"
  done
}

is_debian() { command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif { : </dev/tty; } 2>/dev/null; then  # someone can type a password
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

apt_install() { as_root apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }

apt_update() {
  say "Updating the package index."
  as_root apt-get update -q || die "the package index cannot be updated; is there a network?"
}

# ensure_packages < list: says what is missing and why, installs that and nothing else.
ensure_packages() {
  local list missing names name
  list=$(cat)
  if ! is_debian; then
    say "This is not a Debian system. Needed, by their Debian names:"
    printf '%s\n' "$list" | sed 's/|/ or /g' >&2
    die "install these, then run it again with --no-install"
  fi
  missing=$(printf '%s\n' "$list" | missing_packages)
  if [ -z "$missing" ]; then
    say "Packages: all there."
    return
  fi
  say "Packages to install with apt-get, with what they need:"
  printf '%s\n' "$missing" | sed 's/^/  /' >&2
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "installing needs root: run it as root, or install these and use --no-install"
  fi
  names=$(printf '%s\n' "$missing" | awk '{print $1}')
  for name in $names; do  # an index that does not know one of them is absent or old
    if ! LC_ALL=C apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [^(]'; then
      apt_update
      break
    fi
  done
  # A second try with a new index: an old one names files that the mirror no longer has.
  # shellcheck disable=SC2086
  apt_install $names </dev/null || { apt_update && apt_install $names </dev/null; } ||
    die "apt-get could not install: $(echo $names)"
}

# As many jobs as cores, and as memory at 2 GB a job allows; of a container, as its limits allow.
build_jobs() {
  local group=/sys/fs/cgroup
  {
    env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc 2>/dev/null  # it believes these
    awk '/^MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo 2>/dev/null
    awk '$1 != "max" {print int($1 / 2147483648)}' $group/memory.max 2>/dev/null
    awk '$1 != "max" {print int($1 / $2 + 0.5)}' $group/cpu.max 2>/dev/null
  } | awk 'NR == 1 || $1 < least {least = $1} END {print (least >= 1 ? least : 1)}'
}

# Arguments for cmake that say which LibTorch: given anew, because the cache would keep an older one.
torch_arguments() {
  [ -z "${Torch_DIR:-}" ] || printf '%s\n' "-DTorch_DIR=$Torch_DIR"
}

check_torch_dir() {
  if [ -n "${Torch_DIR:-}" ] && [ ! -f "$Torch_DIR/TorchConfig.cmake" ]; then
    die "Torch_DIR=$Torch_DIR: no TorchConfig.cmake there; it is <libtorch>/share/cmake/Torch"
  fi
}
