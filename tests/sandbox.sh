#!/usr/bin/env bash
# sandbox.sh [--writable DIR]... [--readable PATH]... [--seconds N] [--megabytes N] -- COMMAND...:
# the command as if on a machine of its own: no network, no processes of others, no home, nothing to
# read but the system, and only DIR to write; system calls that training has no use for are refused
# (system_calls.py). Without more rights than the caller has. Exit code: that of the command; 124 it
# took too long; 126 no sandbox can be made here.
set -euo pipefail

mounts=(--ro-bind /usr /usr --proc /proc --dev /dev --tmpfs /tmp --dir /home/nobody)
for path in /bin /lib /lib32 /lib64 /sbin; do
  [ ! -L $path ] || mounts+=(--symlink "$(readlink $path)" $path)
  [ -L $path ] || [ ! -d $path ] || mounts+=(--ro-bind $path $path)
done
for path in /etc/alternatives /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime; do
  [ ! -e $path ] || mounts+=(--ro-bind $path $path)
done
seconds=600 megabytes=8192
# images are no part of the system
[ ! -d /usr/share/datasets ] || mounts+=(--tmpfs /usr/share/datasets)
while [ $# -gt 0 ]; do
  case $1 in
    --writable) mounts+=(--bind "$(realpath "$2")" "$(realpath "$2")") ;;
    --readable) mounts+=(--ro-bind "$(realpath "$2")" "$(realpath "$2")") ;;
    --seconds) seconds=$2 ;;
    --megabytes) megabytes=$2 ;;
    --) shift; break ;;
    *) echo "sandbox: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift 2
done
command -v bwrap >/dev/null ||
  { echo "sandbox: no bwrap here (apt-get install bubblewrap)" >&2; exit 126; }
bwrap --unshare-all --ro-bind / / true 2>/dev/null ||
  { echo "sandbox: this system grants no user namespaces" >&2; exit 126; }
filter=$(mktemp)
trap 'rm -f "$filter"' EXIT
/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/system_calls.py" >"$filter" 2>/dev/null ||
  { echo "sandbox: no filter of system calls (apt-get install python3-seccomp)" >&2; exit 126; }
exec 10<"$filter"
rm -f "$filter"
# The limits are of each process; the sandbox ends with its first one, whatever that left behind.
exec timeout --kill-after=10 "$seconds" \
  bash -c 'ulimit -v "$1" -t "$2" -f 2097152 -c 0; shift 2; exec "$@"' limits \
  $((megabytes * 1024)) "$seconds" \
  bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL --seccomp 10 \
  --hostname sandbox "${mounts[@]}" \
  --clearenv --setenv PATH /usr/bin:/bin --setenv HOME /home/nobody --setenv LANG C.UTF-8 \
  --setenv OMP_NUM_THREADS 1 --setenv OPENBLAS_NUM_THREADS 1 --chdir "$PWD" "$@"
