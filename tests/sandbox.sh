#!/usr/bin/env bash
# sandbox.sh [--writable DIR]... [--readable PATH]... [--seconds N] [--megabytes N] [--tasks N]
# -- COMMAND...: the command as if on a machine of its own: no network, no processes of others, no
# home, nothing to read but the system, and only DIR to write; system calls that training has no use
# for are refused (system_calls.py). It has N megabytes of address space for each process, of memory
# for all, and of files in all DIR; 2 GB for each file, little in /tmp, and --tasks processes and
# threads. Without more rights than the caller has. Exit code: that of the command; 124 it took too
# long; 125 too much of something else (sandbox_limits.py); 126 no sandbox can be made here.
set -euo pipefail

command -v bwrap >/dev/null ||
  { echo "sandbox: no bwrap here (apt-get install bubblewrap)" >&2; exit 126; }
# memory <MB> <folder>: files in memory, no more than that where this bwrap can say so
memory() {
  [ -z "$sizes" ] || mounts+=(--size $(($1 << 20)))
  mounts+=(--tmpfs "$2")
}
# Settings of the kernel are the machine's own: whoever is root outside might change them.
sizes= mounts=(--ro-bind /usr /usr --proc /proc --ro-bind /proc/sys /proc/sys --dev /dev)
[[ $(bwrap --help 2>&1) != *--size\ * ]] || sizes=1
memory 1024 /tmp
memory 64 /dev/shm
memory 16 /home/nobody
for path in /bin /lib /lib32 /lib64 /sbin; do
  [ ! -L $path ] || mounts+=(--symlink "$(readlink $path)" $path)
  [ -L $path ] || [ ! -d $path ] || mounts+=(--ro-bind $path $path)
done
for path in /etc/alternatives /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/localtime; do
  [ ! -e $path ] || mounts+=(--ro-bind $path $path)
done
seconds=600 megabytes=8192 tasks=1024 folders=()
# images are no part of the system
[ ! -d /usr/share/datasets ] || memory 1 /usr/share/datasets
while [ $# -gt 0 ]; do
  case $1 in
    --writable)
      mounts+=(--bind "$(realpath "$2")" "$(realpath "$2")")
      folders+=(--folder "$(realpath "$2")")
      ;;
    --readable) mounts+=(--ro-bind "$(realpath "$2")" "$(realpath "$2")") ;;
    --seconds) seconds=$2 ;;
    --megabytes) megabytes=$2 ;;
    --tasks) tasks=$2 ;;
    --) shift; break ;;
    *) echo "sandbox: unknown argument '$1'" >&2; exit 2 ;;
  esac
  shift 2
done
bwrap --unshare-all --ro-bind / / --proc /proc true 2>/dev/null ||
  { echo "sandbox: this system grants no user namespaces, or no /proc in them" >&2; exit 126; }
filter=$(mktemp)
trap 'rm -f "$filter"' EXIT
/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/system_calls.py" >"$filter" 2>/dev/null ||
  { echo "sandbox: no filter of system calls (apt-get install python3-seccomp)" >&2; exit 126; }
exec 10<"$filter"
rm -f "$filter"
# What is no mount of its own lies in memory without a bound, and nobody has to write there. The
# number of processes is limited within, where only those of the sandbox are counted: a little above
# what is looked at, or whoever is not root would see a failed fork in place of the reason.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/sandbox_limits.py" \
  --seconds "$seconds" --megabytes "$megabytes" --tasks "$tasks" "${folders[@]}" -- \
  bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL --seccomp 10 \
  --hostname sandbox "${mounts[@]}" --remount-ro /dev --remount-ro / \
  --clearenv --setenv PATH /usr/bin:/bin --setenv HOME /home/nobody --setenv LANG C.UTF-8 \
  --setenv OMP_NUM_THREADS 1 --setenv OPENBLAS_NUM_THREADS 1 --chdir "$PWD" \
  bash -c 'ulimit -u "$1" 2>/dev/null; shift; exec "$@"' limits "$((tasks + 64))" "$@"
