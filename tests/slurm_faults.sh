# Cases of slurm.sh, which sources this: disks that are full or read only, clocks that are off, and
# kills at random.

# All as if at once: a runner that dies first, and Slurm, which then ends what it left, would let
# its worker put its lease back.
strike() {
  local runners workers
  mapfile -t runners < <(pids pull)
  mapfile -t workers < <(pids worker)
  kill -STOP "${runners[@]}" && kill -KILL "${workers[@]}" && kill -KILL "${runners[@]}"
}

# The store of the case on a small disk of its own, which workers see as well.
on_a_disk() {
  mkdir -p "$w/store" && mount -t tmpfs -o size=8m dfkd "$w/store" 2>/dev/null && return
  echo "left out: $case (only root can mount)"
  return 1
}
unmount() { while umount -l "${w:-}/store" 2>/dev/null; do :; done; }
# Nobody can do anything, and nothing is anybody's fault.
none_is_blamed() {
  await 60 quiet
  whole && fail "stages were done where nothing can be written"
  [ -z "$(find "$w/store/failures" -name '*.json' 2>/dev/null)" ] ||
    fail "a stage is blamed for the disk"
}

# What was broken is whole: four workers more do the rest, and no others begin.
four_more_end_it() {
  local all=$(($(attempts) + 4))
  rm -f "$w"/data/held-*
  hold && submit --missing && await 30 held 2 && await 30 started $all
  release && ends
  started $all || fail "$(attempts) attempts instead of $all"
  [ "$(attempts '"ended": "nothing is left to do"')" = 4 ] ||
    fail "not four ended as all was done: $(status)"
}

case_full_disk() {
  begin full
  on_a_disk || return 0
  hold && submit && await 30 held 2
  head -c 1G /dev/zero >"$w/store/filler" 2>/dev/null
  release && none_is_blamed
  rm "$w/store/filler"
  four_more_end_it
  unmount
}

case_read_only_store() {
  begin read-only
  on_a_disk || return 0
  hold && submit && await 30 held 2
  # What is open stays open, as where a server turns: it is mounted once more, over itself.
  mount --bind "$w/store" "$w/store" && mount -o remount,bind,ro "$w/store" || fail "mount"
  release && none_is_blamed
  umount -l "$w/store"
  four_more_end_it
  unmount
}

# skewed SECONDS [NODE]: a site in which the clock of the node, else of all, is so much off that of
# the file server.
skewed() {
  g++ -shared -fPIC -o "$scratch/clock.so" "$here/skewed_clock.cc" || fail "no compiler"
  begin "$case" "{\"partition\": \"low\", \"workers\": 4, \"time\": \"10\", \"setup\": [
    \"[[ \$SLURMD_NODENAME != ${2:-node*} ]] || export LD_PRELOAD=$scratch/clock.so SKEW=$1\"]}"
}

# of one node two minutes ahead: nobody takes a lease for void that is alive, nor a worker for dead
case_clock() {
  skewed +120 node2
  hold && submit && await 30 held 2
  await 30 says ' 4 running'
  sleep 2  # the other two look at the leases in vain, fifty times a second
  says ' 4 running' || fail "$(status)"
  release && ends
  exactly "4 ended, $spare not begun" '4 attempts, 0 of them restarts'
}

case_leases_by_the_clock_of_the_file_server() {
  local lease
  for offset in +120 -120; do
    skewed $offset
    hold_alone
    strike
    await 30 quiet
    for lease in "$w"/store/work/*/lease; do  # as if their holders had been on another host
      echo '{"boot":"x","host":"gone","pid":1,"pid_namespace":"x","started":"1","token":"x"}' \
        >"$lease"
      touch -d '20 seconds ago' "$lease"
    done
    rm -f "$w"/data/held-*
    submit --missing
    await 30 says ' 4 running'
    sleep 2
    held 1 && fail "clock $offset: a lease was taken for void after 20 seconds"
    touch -d '61 seconds ago' "$w"/store/work/*/lease
    await 30 held 2
    release && ends
  done
}

draw() { [ $# = 0 ] && victim= || victim=${*:1 + RANDOM % $#:1}; }  # no subshell: the seed counts
# In each store there is work for some fifty kills, as its cluster takes about as long to begin as
# those take. A controller that dies young does not know any more what it was told last: here it is
# one that never remembers for long, and whoever watches need not wait to believe it.
case_random_kills() {
  local grid=(60 12 40) expected=$scratch/expected_kills slurm_memory=2
  local -A killed=([worker]=0 [runner]=0 [watcher]=0 [controller]=0)
  local done=0 before round=0 twice=0 watcher turn what victim workers administrator
  alone "$scratch/reference_kills" "$expected"
  RANDOM=${DFKD_FAULT_SEED:-1}
  while [ $done -lt "$kills" ]; do
    fresh_cluster
    while sleep 1; do resume; done & administrator=$!  # of this cluster
    begin "kills $((round += 1))"
    watching & watcher=$! before=$done
    for turn in {1..200}; do
      sleep 0.$((RANDOM % 4))
      kill -0 $watcher 2>/dev/null && [ $done -lt "$kills" ] || break  # or all is done
      what=$((RANDOM % 20))
      mapfile -t workers < <(pids worker)
      # While nobody computes most kills would be of who waits for that, again and again.
      [ ${#workers[@]} -gt 0 ] || [ $((RANDOM % 8)) = 0 ] || continue
      [ $((done - before)) != 3 ] || what=19  # once at least in each store, and early
      case $what in
        [0-9]) what=worker && draw "${workers[@]}" ;;
        1[0-4]) what=runner && draw $(pids pull) ;;
        1[5-8]) what=watcher victim=$watcher ;;
        19) what=controller victim=$(cat "$cluster/run/slurmctld.pid") ;;
      esac
      [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null || continue
      killed[$what]=$((killed[$what] + 1)) done=$((done + 1))
      [ $what != controller ] || slurm_controller start
      [ $what = watcher ] || continue
      wait $watcher 2>/dev/null
      watching & watcher=$!
    done
    wait $watcher || { watch || fail "watch: exit code $?"; }
    right 100
    kill $administrator
    twice=$((twice + $(doubled)))
    rm -rf "$w"
  done
  slurm_memory= fresh_cluster
  for what in "${!killed[@]}"; do
    [ "${killed[$what]}" -gt 0 ] || fail "no $what was killed"
  done
  [ $done = "$kills" ] || fail "$done kills instead of $kills"
  echo "$done kills in $round stores (${killed[worker]} of workers, ${killed[runner]} of runners," \
    "${killed[watcher]} of who watches, ${killed[controller]} of controllers):" \
    "0 lost, 0 wrong, $twice stages done twice"
}
