#!/usr/bin/env bash
# The commands of the README, each on a bare Debian of another release, in a folder.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2
. bench/packages.sh
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

usage() {
  cat <<'HELP'
usage: bash tests/platforms.sh [--folder DIR] [--run COMMAND] [bookworm] [trixie] [sid]

For each release (default: all): installs the smallest Debian into DIR/<release> (debootstrap; as
root), brings this tree there as it is, without untracked files, and runs the README's commands in
it. What is there is used again: the same command continues, and a second run builds what changed.
Debian and its packages take 3.5 GB, each of the two builds about 2.

  --folder DIR     default: ~/.cache/dfkd-platforms
  --run COMMAND    this instead of the README's commands, in the tree; Torch_DIR reaches it

DFKD_MIRROR names a mirror of Debian (default: http://deb.debian.org/debian); http_proxy and
https_proxy are passed on. The mounts that this needs are seen by nothing else and end with it.
Exit code: 0 all passed, 1 something failed, 2 wrong usage, 77 not possible here (it says why).
HELP
}

folder=${HOME:-/root}/.cache/dfkd-platforms command= releases=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage; exit 0 ;;
    --folder | --run)
      [ -n "${2:-}" ] || die "$1 needs a value"
      [ "$1" = --run ] && command=$2 || folder=$2
      shift
      ;;
    bookworm | trixie | sid) releases+=("$1") ;;
    *)
      die "unknown argument '$1'; known: --help, --folder DIR, --run COMMAND, bookworm, trixie, sid"
      ;;
  esac
  shift
done
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
[ -n "$command" ] ||
  command=$(sed -n 's/^    \(bash [a-z]*\/[a-z]*\.sh\) .*# .*/\1/p' README.md | paste -sd '&' |
    sed 's/&/ \&\& /g')
[ -n "$command" ] || die "README.md names no commands"

mirror_has() {  # mirror_has <release>
  local index=$folder/$1.index
  /usr/lib/apt/apt-helper download-file "$mirror/dists/$1/InRelease" "$index" >/dev/null 2>&1
  local result=$?
  rm -f "$index"
  return $result
}

# Complete or not there: what an interrupted debootstrap left is of no use to it.
install_release() {  # install_release <release>
  local root=$folder/$1
  [ ! -f "$root/.installed" ] || return 0
  mirror_has "$1" ||
    { say "$mirror has no $1, or cannot be reached (DFKD_MIRROR names another)"; return 77; }
  rm -rf --one-file-system "$root"
  debootstrap --variant=minbase "$1" "$root" "$mirror" >&2 || return 1
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
    bash -c "cd /root/dfkd-bench && $2" </dev/null
}

# check <release>
check() { install_release "$1" && bring_tree "$1" && inside "$1" "$command" >&2; }

failed=() skipped=()
for release in "${releases[@]}"; do
  say "== $release: $command"
  check "$release"
  case $? in
    0) say "ok      $release" ;;
    77) say "skipped $release" && skipped+=("$release") ;;
    *) say "FAILED  $release" && failed+=("$release") ;;
  esac
done
[ ${#failed[@]} = 0 ] || { say "failed: ${failed[*]}"; exit 1; }
[ ${#skipped[@]} = 0 ] || exit 77
