#!/usr/bin/env bash
# limits.sh DFKD SCRATCH: what a machine or a batch system denies a run ends in one line, costs
# nothing and never hangs.
set -euo pipefail
dfkd=$1 scratch=$2
fail() { echo "limits: $*" >&2; exit 1; }

rm -rf "$scratch"
mkdir -p "$scratch/disk"
cd "$scratch"
export DFKD_DATA=$scratch/data
part=(smoke --attacks none --distillers ood_kd --defenses none --jobs 1)
run() { timeout 600 "$dfkd" run "${part[@]}" "$@"; }  # nothing here takes so long, unless it hangs

# A full disk: exit code 2, and nothing stands against any stage when there is room again.
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=300k limits disk 2>/dev/null; then
  trap 'umount -l "$scratch/disk"' EXIT
  code=0
  run --store disk/store --out full >full.log 2>&1 || code=$?
  [ "$code" = 2 ] || fail "a full disk ends with $code: $(cat full.log)"
  [ "$(grep -c 'stopping: .*No space left on device' full.log)" = 1 ] ||
    fail "no line about the disk: $(cat full.log)"
  ! compgen -G 'disk/store/failures/*/*.json' >/dev/null ||
    fail "the full disk is held against a stage"
  mount -o remount,size=100m disk
  run --store disk/store --out full >full.log 2>&1 || fail "with room again: $(cat full.log)"
else
  echo "left out: a full disk (only root can make one)"
fi

# An address space that holds the program and not what BLAS works in: class memory, and an end.
for megabytes in 900 800; do
  code=0
  (ulimit -v $((megabytes * 1024)) && run --store "store$megabytes" --out small >small.log 2>&1) ||
    code=$?
  [ "$code" != 124 ] || fail "under ulimit -v of $megabytes MB it hangs: $(cat small.log)"
  [ "$code" = 0 ] || grep -Eiq 'memory|bad_alloc|allocat' small.log ||
    fail "$megabytes MB: $(cat small.log)"
done

# The cores that this process is bound to.
core=$(taskset -cp $$ | sed 's/.*[ ,-]//')
cores=$(taskset -c "$core" "$dfkd" doctor --json | sed -n 's/.*"cores": \([0-9]*\).*/\1/p')
[ "$cores" = 1 ] || fail "bound to one core, doctor counts $cores"

# nohup: who started us wants no end with the terminal.
(trap '' HUP && exec "$dfkd" run "${part[@]}" --store nohup --out nohup-scores) >nohup.log 2>&1 &
until compgen -G 'nohup/work/*/lease' >/dev/null; do
  kill -0 $! 2>/dev/null || fail "nohup: the run had ended: $(cat nohup.log)"
  sleep 0.02
done
kill -HUP $!
wait $! || fail "nohup: exit code $?: $(cat nohup.log)"

# What is damaged and read by no stage any more, but by the score: computed again.
evaluation=$(compgen -G 'nohup/evaluate/*/*/evaluation.json' | tail -n 1)
truncate -s 10 "$evaluation"
run --store nohup --out nohup-scores >damaged.log 2>&1 ||
  fail "a damaged evaluation: exit code $?: $(cat damaged.log)"
grep -q 'damaged: .*computed again' damaged.log ||
  fail "nothing is said of a damaged evaluation: $(cat damaged.log)"
