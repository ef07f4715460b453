#!/usr/bin/env bash
# The commands of the README, each on a bare Debian of another release, in a folder; and a build
# against a LibTorch for CUDA.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. bench/packages.sh
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

usage() {
  cat <<'HELP'
usage: bash tests/platforms.sh [--folder DIR] [--run COMMAND] [--cuda] [bookworm] [trixie] [sid]

For each release (default: all): installs the smallest Debian into DIR/<release> (debootstrap; as
root), brings this tree there as it is, without untracked files, and runs the README's commands in
it. What is there is used again: the same command continues, and a second run builds what changed.
Debian and its packages take 3.5 GB, each of the two builds about 2. `bash tests/run.sh --long`
calls it.

  --folder DIR     default: ~/.cache/dfkd-platforms
  --run COMMAND    this instead of the README's commands, in the tree; Torch_DIR reaches it
  --cuda           in DIR/trixie-cuda (the two LibTorches exclude each other) compiles and links all
                   programs, tests and benchmarks against libtorch-cuda-dev and nvidia-cuda-toolkit,
                   of Debian's contrib and non-free; no GPU is needed, and nothing is run. Without a
                   release this alone

DFKD_MIRROR names a mirror of Debian (default: http://deb.debian.org/debian); http_proxy and
https_proxy are passed on. The mounts that this needs are seen by nothing else and end with it.
Exit code: 0 all passed, 1 something failed, 2 wrong usage, 77 not possible here (it says why).
HELP
}

folder=${HOME:-/root}/.cache/dfkd-platforms command= releases=() cuda=0
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --cuda) cuda=1 ;;
    --folder | --run)
      [ -n "${2:-}" ] || die "$1 needs a value"
      [ "$1" = --run ] && command=$2 || folder=$2
      shift
      ;;
    bookworm | trixie | sid) releases+=("$1") ;;
    *)
      die "unknown argument '$1'; known: --help, --folder DIR, --run COMMAND, --cuda, bookworm," \
        "trixie, sid"
      ;;
  esac
  shift
done
[ $cuda = 0 ] || releases+=(trixie-cuda)
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie sid)
mirror=${DFKD_MIRROR:-http://deb.debian.org/debian}

not_here() { say "skipped: $*"; exit 77; }
[ "$(id -u)" = 0 ] || not_here "needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || not_here "there is no debootstrap (package debootstrap)"
unshare --mount --pid --fork true 2>/dev/null ||
  not_here "this system gives no name spaces of mounts and processes"
mkdir -p "$folder" || exit 2
folder=$(realpath "$folder")

# The README says them, each on a line of its own with a remark behind it.
readme=$(sed -n 's/^    \(bash [a-z]*\/[a-z]*\.sh\) .*# .*/\1/p' README.md | paste -sd '&' |
    sed 's/&/ \&\& /g')
[ -n "$readme" ] || die "README.md names no commands"

# What is linked and not loaded would not be noticed: the linker leaves out libraries that nobody
# calls.
build_for_cuda='
  set -uo pipefail
  . bench/packages.sh
  echo "deb $mirror trixie contrib non-free non-free-firmware" >/etc/apt/sources.list.d/cuda.list
  { Torch_DIR=theirs build_packages; cat <<LIST
libtorch-cuda-dev            LibTorch for CUDA
nvidia-cuda-toolkit          nvcc, which its CMake files ask for
libboost-test-dev            unit tests
libbenchmark-dev             benchmarks
binutils                     readelf
LIST
  } | ensure_packages || exit 1
  config=$(dpkg -L libtorch-cuda-dev | grep "/TorchConfig.cmake$") || die "no TorchConfig.cmake"
  export TORCH_CUDA_ARCH_LIST=9.0  # else a GPU is looked for
  cmake -B build-cuda --preset ci -DDFKD_PERF=ON -DTorch_DIR="$(dirname "$config")" &&
    cmake --build build-cuda -j "$(build_jobs)" || exit 1
  for program in dfkd-compute dfkd_perf tests/test_stages; do
    readelf -d "build-cuda/$program" | grep "NEEDED.*libtorch_cuda" >/dev/null ||
      die "build-cuda/$program is not linked with libtorch_cuda"
  done'

command_for() {  # command_for <release>
  if [ -n "$command" ]; then
    echo "$command"
  elif [ "$1" = trixie-cuda ]; then
    printf 'mirror=%q\n%s\n' "$mirror" "$build_for_cuda"
  else
    echo "$readme"
  fi
}

mirror_has() {  # mirror_has <release>
  local index=$folder/$1.index
  /usr/lib/apt/apt-helper download-file "$mirror/dists/$1/InRelease" "$index" >/dev/null 2>&1
  local result=$?
  rm -f "$index"
  return $result
}

# Complete or not there: what an interrupted debootstrap left is of no use to it.
install_release() {  # install_release <release, or trixie-cuda>
  local root=$folder/$1 suite=${1%-cuda}
  [ ! -f "$root/.installed" ] || return 0
  mirror_has "$suite" ||
    { say "$mirror has no $suite, or cannot be reached (DFKD_MIRROR names another)"; return 77; }
  rm -rf --one-file-system "$root"
  debootstrap --variant=minbase "$suite" "$root" "$mirror" >&2 || return 1
  # A mirror that is behind is good enough to build on.
  echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90platforms"
  touch "$root/.installed"
}

# This tree as it is, uncommitted changes included; what did not change keeps its time, and so its
# objects.
bring_tree() {  # bring_tree <release>
  local tree=$folder/$1/root/dfkd-bench commit
  commit=$(git -c user.name=platforms -c user.email=platforms@localhost stash create) &&
    commit=${commit:-$(git rev-parse HEAD)} || return 1
  [ -d "$tree/.git" ] || git init --quiet "$tree" || return 1
  git -C "$tree" config receive.shallowUpdate true
  git push --quiet --force "$tree" "$commit:refs/heads/brought" &&
    git -C "$tree" checkout --quiet --force --detach brought
}

# inside <release> <command>: in its root folder, from a bare environment. In name spaces of its
# own: whatever ends this script ends what runs there and its mounts.
inside() {
  local root=$folder/$1 settings=() name
  for name in http_proxy https_proxy no_proxy Torch_DIR; do
    [ -z "${!name:-}" ] || settings+=("$name=${!name}")
  done
  cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null
  setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child bash -c '
    root=$1
    shift
    mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" &&
      mount --rbind /dev "$root/dev" &&
      exec chroot "$root" "$@"' inside "$root" /usr/bin/env -i "${settings[@]}" \
    HOME=/root LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c "cd /root/dfkd-bench || exit
$2" </dev/null
}

# check <release>
check() { install_release "$1" && bring_tree "$1" && inside "$1" "$(command_for "$1")" >&2; }

failed=() skipped=()
for release in "${releases[@]}"; do
  say "== $release: $(command_for "$release" | head -n 1)"
  check "$release"
  case $? in
    0) say "ok      $release" ;;
    77) say "skipped $release" && skipped+=("$release") ;;
    *) say "FAILED  $release" && failed+=("$release") ;;
  esac
done
[ ${#failed[@]} = 0 ] || { say "failed: ${failed[*]}"; exit 1; }
[ ${#skipped[@]} = 0 ] || exit 77
