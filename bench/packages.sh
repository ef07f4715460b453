# Shell functions that bench/quickstart.sh and tests/run.sh share. Sourced, never run.

say() { printf '%s\n' "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 2; }

# One line a package: its name, or several that will do (a|b: the first that this release has is
# installed; a|-: or none), and what it is for.
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
libsqlite3-dev               scores as a database
libboost-dev                 statistics of the leaderboard (Boost.Math)
libcurl4-openssl-dev|libcurl4-gnutls-dev  dfkd fetch
libarchive-dev               dfkd fetch
ca-certificates              dfkd fetch over https
LIST
  # node may come from elsewhere, with an npm of its own.
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    cat <<'LIST'
nodejs|-                     interaction of the leaderboard
npm|-                        interaction of the leaderboard
LIST
  fi
  # A LibTorch of one's own comes with its own BLAS. (Not 'LIST': a line goes on in the next.)
  if [ -z "${Torch_DIR:-}" ]; then
    cat <<LIST
libtorch-dev                 LibTorch (or set Torch_DIR to one of your own)
libopenblas0-pthread|libopenblas0-openmp|libopenblas0-serial|libblis4-pthread|\
libatlas3-base  fast matrix products
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
    printf '%-28s %s\n' "$names" "$why"
  done
}

# Reads to the end: a grep that stops at its match kills what writes (SIGPIPE), and with pipefail
# the package would be unknown.
known() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | grep 'Candidate: [^(]' >/dev/null; }

# index_is_stale < lines: there is none, or it does not know what every release has.
index_is_stale() {
  local names why
  [ -n "$(apt-cache madison g++ 2>/dev/null)" ] || return 0
  while read -r names why; do
    [[ $names = *'|-' ]] || known "${names%%|*}" || return 0
  done
  return 1
}

# chosen_packages < lines: one name each, the first that the index knows; if it knows none, the
# first of all, so that apt-get names it, or nothing where that will do.
chosen_packages() {
  local names why name
  while read -r names why; do
    for name in ${names//|/ }; do
      known "$name" && break
      name=
    done
    [[ -n $name || $names = *'|-' ]] || name=${names%%|*}
    [ -z "$name" ] || printf '%-28s %s\n' "$name" "$why"
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

apt_install() {
  as_root apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

apt_update() {
  say "Updating the package index."
  as_root apt-get update -q || die "the package index cannot be updated; is there a network?"
}

# ensure_packages < list: says what is missing and why, installs that and nothing else.
ensure_packages() {
  local list missing chosen names stale=
  list=$(cat)
  if ! is_debian; then
    say "This is not a Debian system. Needed, by their Debian names:"
    printf '%s\n' "$list" | sed -e 's/|-//' -e 's/|/ or /g' >&2
    die "install these, then run it again with --no-install"
  fi
  missing=$(printf '%s\n' "$list" | missing_packages)
  if [ -z "$missing" ]; then
    say "Packages: all there."
    return
  fi
  printf '%s\n' "$missing" | index_is_stale && stale=1
  chosen=$(printf '%s\n' "$missing" | chosen_packages)
  if [ -z "$chosen$stale" ]; then
    say "Packages: all there that this release has."
    return
  fi
  say "Packages to install with apt-get, with what they need:"
  printf '%s\n' "${chosen:-$missing}" | sed -e 's/|-/  /' -e 's/^/  /' >&2
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    die "installing needs root: run it as root, or install these and use --no-install"
  fi
  if [ -n "$stale" ]; then
    apt_update
    chosen=$(printf '%s\n' "$missing" | chosen_packages)
  fi
  names=$(printf '%s\n' "$chosen" | awk '{print $1}')
  [ -n "$names" ] || return 0
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

# Arguments for cmake that say which LibTorch: given anew, because the cache would keep an older
# one.
torch_arguments() {
  [ -z "${Torch_DIR:-}" ] || printf '%s\n' "-DTorch_DIR=$Torch_DIR"
}

check_torch_dir() {
  if [ -n "${Torch_DIR:-}" ] && [ ! -f "$Torch_DIR/TorchConfig.cmake" ]; then
    die "Torch_DIR=$Torch_DIR: no TorchConfig.cmake there; it is <libtorch>/share/cmake/Torch"
  fi
}
