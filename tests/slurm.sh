#!/usr/bin/env bash
# slurm.sh DFKD FAKE_WORKER SCRATCH [CASE…]: workers on a real Slurm of two nodes. What is
# cancelled, killed, preempted, filed twice or not answered ends in the same digests, and no stage
# is done twice but where a case says so. Stages are fakes, but for the case toy_matrix.
# DFKD_LONG=1: controllers and nodes die, too. 77: there is no Slurm here.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dfkd=$(readlink -f "$1") fake=$(readlink -f "$2")
mkdir -p "$3" && scratch=$(cd "$3" && pwd) || exit 1
shift 3
. "$here/slurm_cluster.sh"
. "$here/serve.sh"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 DFKD_SLURM_SITE=
new_cluster() {
  cluster=$(mktemp -d)  # a short path: sockets have no room for a long one
  slurm_start "$cluster"
}
end_cluster() { slurm_stop; rm -rf "$cluster"; }
new_cluster || { code=$?; end_cluster; exit $code; }
trap 'kill $(jobs -p) 2>/dev/null; end_cluster; unmount; rm -rf "$scratch"' EXIT
# After a controller or a node died: Slurm may believe for long in jobs that have ended, hold
# others, and drain nodes.
fresh_cluster() {
  end_cluster
  new_cluster || fail "no new cluster: $(tail -qn 3 "$cluster"/log/*)"
}
fail() {
  echo "FAILED: $case: $1"
  [ ! -d "${w:-}" ] || tail -qn 20 "$w"/log* "$w"/store/jobs/*/logs/*
  exit 1
}

# cells, steps of a stage, milliseconds of a step: 14 stages of a quarter of a second
grid=(6 12 20)
stages=14
mkdir -p "$scratch/data"
"$fake" alone "$scratch/reference" "$scratch/data" "${grid[@]}" ||
  { case=reference; fail "exit code $?"; }
"$fake" digests "$scratch/reference" "${grid[@]}" >"$scratch/expected"

begin() {  # begin CASE [SITE]: a store of its own
  case=$1 w="$scratch/$1 100%" && rm -rf "$w" && mkdir -p "$w/data"
  echo "${2:-{\"partition\": \"low\", \"workers\": 4, \"time\": \"10\"\}}" >"$w/site.json"
}
submit() {
  "$fake" submit "$w/store" "$w/data" "$w/site.json" "${grid[@]}" "$@" >"$w/filed" || fail submit
  read -r job tasks <"$w/filed"
}
watch() { "$fake" watch "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >>"$w/log" 2>&1; }
status() { "$fake" status "$w/store" "$w/data" "$w/site.json" "${grid[@]}"; }
# In the background: the process itself, no shell around it, which would die in its place.
watching() {
  exec "$fake" watch "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >>"$w/log" 2>&1
}
hold() { touch "$w/data/hold"; }
release() { rm -f "$w/data/hold"; }
await() {  # await SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "waited in vain for: $*: $(status)"
    sleep 0.1
  done
}
held() { [ "$(ls "$w/data" | grep -c held-)" -ge "$1" ]; }
says() { status | grep -qE "$1"; }
# What Slurm calls running has begun: on a slow machine a job is still on its way to its node.
begun() { [ "$(pids pull | wc -l)" = "$(squeue -h -r -t R,CF,CG | wc -l)" ]; }
# Without the workers that wait, which would take the place of the one that is put back.
hold_alone() {
  hold && submit && await 30 held 2 && scancel --state=PENDING "$job" && await 30 begun
}
restarted() { grep -q '"restarts": 1' "$w"/store/jobs/*/attempts/*; }
whole() { "$fake" digests "$w/store" "${grid[@]}" >"$w/got" 2>/dev/null; }
# A controller that was killed may take a job for another one; then it uses the node no more and
# holds the job, until an administrator says otherwise.
resume() {
  for node in node1 node2; do scontrol update nodename=$node state=resume; done
  squeue -h -r -t PD -o '%i %r' | awk '/JobHeld/ {print $1}' | xargs -r scontrol release
} 2>/dev/null >&2
quiet() { resume; [ -z "$(squeue -h)" ]; }
arrays() { ls "$w"/store/jobs/*/arrays | wc -l; }
ends() {  # all is there, with the right digests, and the queue is empty
  right "$@"
  await 30 quiet
}
doubled() { grep -o '"key":"[^"]*"' "$w/store/history.jsonl" | sort | uniq -d | wc -l; }
right() {  # right [TWICE]: the first of these; so many stages may have been done twice
  await 90 whole
  cmp -s "$scratch/expected" "$w/got" || fail "digests differ"
  [ "$(doubled)" -le "${1:-0}" ] || fail "$(doubled) stages were done twice"
}

pids() {  # pids VERB: of the processes of this test
  local pid
  for pid in $(pgrep -f "^$fake $1|^dfkd $1"); do
    grep -qzF "SLURM_CONF=$cluster/" "/proc/$pid/environ" 2>/dev/null && echo "$pid"
  done
}

# All as if at once: a runner that dies first, and Slurm, which then ends what it left, would let
# its worker put its lease back.
strike() {
  local runners workers
  mapfile -t runners < <(pids pull)
  mapfile -t workers < <(pids worker)
  kill -STOP "${runners[@]}" && kill -KILL "${workers[@]}" && kill -KILL "${runners[@]}"
}

case_submit() {
  begin submit
  submit
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  grep -q -- ' --settings settings-' "$w"/store/jobs/*/scripts/*.sh || fail "no settings are named"
  ends
  says '^workers: .*not begun' || fail "waiting workers were not cancelled: $(status)"
  submit --missing
  [ "$job $tasks" = "none 0" ] || fail "filed again: $job $tasks"
}

case_cancelled_before_the_first_line() {
  begin cancelled
  scontrol update partitionname=low state=down
  submit
  says "^workers: $stages waiting" || fail "$(status)"
  scancel "$job"
  await 20 says "^workers: $stages not begun"
  scontrol update partitionname=low state=up
  submit --missing
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  ends
}

case_term() {
  begin term
  hold && submit && await 30 held 2
  scancel "$job"
  await 30 says "^workers: [24] ended, [0-9]+ not begun"
  grep -q '"ended": "told to go"' "$w"/store/jobs/*/attempts/* || fail "no worker says why"
  ls "$w"/store/work/*/state >/dev/null || fail "no checkpoint"
  release && submit --missing && ends
}

case_kill() {
  begin kill
  hold_alone
  # shellcheck disable=SC2046
  kill -9 $(pids pull)
  await 30 says "^workers: [0-9]+ lost, [0-9]+ not begun"
  release && submit --missing && ends
}

case_yield() {  # what the time limit does, without waiting for it
  begin yield
  hold_alone
  scancel --batch --signal=USR1 "${job}_0"
  await 30 says preempted
  await 60 restarted
  release && ends
  says '1 of them restarts' || fail "$(status)"
}

case_requeued_twin() {  # the worker is put back while another of the same name works
  begin twin
  hold_alone
  SLURM_JOB_ID=$job SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=0 SLURM_JOB_END_TIME=9999999999 \
    "$fake" pull "$w"/store/jobs/* >>"$w/log" 2>&1 &
  scontrol requeue "${job}_0"
  await 60 restarted
  release && ends && wait
}

case_two_submitters() {
  begin twice
  "$fake" submit "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >"$w/filed2" &
  submit && wait && ends
  [ "$(arrays)" = 2 ] || fail "$(arrays) arrays"
}

case_no_controller() {
  begin controller
  hold
  watch & local watcher=$!
  await 30 held 2
  slurm_controller kill
  await 60 grep -q 'does not answer' "$w/log"
  release
  await 60 whole
  slurm_controller start
  wait $watcher || fail "watch: exit code $?"
  await 20 sinfo
  right && fresh_cluster
  [ "$(arrays)" = 1 ] || fail "$(arrays) arrays were filed while nobody answered"
}

case_answers_that_are_none() {
  local answer
  for answer in ':' 'echo "slurm_load_jobs error: try again"' 'exit 1' \
    'head -c 300 /dev/urandom'; do
    begin "answer $(tr -dc a-z <<<"$answer" | head -c 12)"
    mkdir "$w/bin" && printf '#!/bin/sh\n%s\n' "$answer" >"$w/bin/squeue" &&
      chmod +x "$w/bin/squeue"
    hold && submit && await 30 held 2
    PATH=$w/bin:$PATH watch & local watcher=$!
    await 30 grep -q 'does not answer' "$w/log"
    sleep 1.5  # three questions
    release
    wait $watcher || fail "watch: exit code $?"
    ends
    [ "$(arrays)" = 1 ] || fail "$(arrays) arrays: an answer that is none was taken for one"
  done
}

case_node_down() {
  begin down
  hold && submit && await 30 held 2
  slurm_node kill 2
  scontrol update nodename=node2 state=down reason=test
  await 30 says '(preempted|lost)'
  release
  submit --missing
  right 4  # whoever the node held goes on, and may publish what is done again
  fresh_cluster
}

case_preemption() {
  begin preempted
  hold_alone
  local other
  other=$(sbatch --parsable -p high -N2 --ntasks=4 --exclusive -o /dev/null --wrap 'sleep 3')
  await 30 says '[0-9] preempted'
  release && ends
  scancel "$other"
  says '[1-9] of them restarts' || fail "$(status)"
}

case_interrupted_watch() {
  begin interrupted
  hold
  "$fake" watch "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >>"$w/log" 2>&1 & local watcher=$!
  await 30 held 2
  kill -TERM $watcher
  wait $watcher
  [ $? = 130 ] || fail "watch does not end with 130"
  await 30 quiet
  release
  watch || fail "watch: exit code $?"
  ends
}

case_budget() {
  begin budget
  submit 0cpuh
  await 30 quiet
  [ ! -e "$w/store/history.jsonl" ] || fail "something was begun"
  grep -q '"ended": "the budget is spent"' "$w"/store/jobs/*/attempts/* || fail "$(status)"
}

case_time_limit() {  # in the middle of a stage; Slurm looks every half minute
  begin limit '{"partition": "low", "workers": 4, "time": "1"}'
  hold_alone
  await 200 restarted
  release && ends
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

case_full_disk() {
  begin full
  on_a_disk || return 0
  hold && submit && await 30 held 2
  head -c 1G /dev/zero >"$w/store/filler" 2>/dev/null
  release && none_is_blamed
  rm "$w/store/filler"
  submit --missing && ends
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
  submit --missing && ends
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

case_random_kills() {
  local done=0 round=0 twice=0 watcher what victim administrator
  while sleep 1; do resume; done & administrator=$!
  RANDOM=${DFKD_FAULT_SEED:-1}
  while [ $done -lt "$kills" ]; do
    begin "kills $((round += 1))"
    watching & watcher=$!
    for _ in 1 2 3 4 5 6 7 8; do
      sleep 0.$((RANDOM % 5))
      what=$((RANDOM % 10))
      case $what in
        [0-3]) victim=$(pids worker | shuf -n 1 --random-source=<(yes $RANDOM)) ;;
        [4-6]) victim=$(pids pull | shuf -n 1 --random-source=<(yes $RANDOM)) ;;
        7 | 8) victim=$watcher ;;
        9) victim=$(cat "$cluster/run/slurmctld.pid") ;;
      esac
      [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null || continue
      done=$((done + 1))
      [ $what != 9 ] || slurm_controller start
      kill -0 $watcher 2>/dev/null && [ "$victim" != $watcher ] && continue
      wait $watcher 2>/dev/null
      watching & watcher=$!
    done
    wait $watcher || { watch || fail "watch: exit code $?"; }
    right 100
    twice=$((twice + $(doubled)))
    fresh_cluster
    rm -rf "$w"
  done
  kill $administrator
  echo "$done kills in $round stores: 0 lost, 0 wrong, $twice stages done twice"
}

case_canary() {  # before anything is filed, the program computes on a node of each partition
  begin canary '{"partition": "low,high", "workers": 2, "time": "30"}'
  local chosen=(smoke --attacks blend --distillers ood_kd --defenses none --store "$w/store"
    --data "$w/data")
  (cd "$w" && "$dfkd" submit "${chosen[@]}" --site site.json --canary 5) >"$w/job" 2>"$w/log" ||
    fail "$(cat "$w/log")"
  [ "$(grep -c '^canary .*: well' "$w/log")" = 2 ] || fail "two partitions: $(cat "$w/log")"
  scancel "$(cat "$w/job")" && await 60 quiet
  rm -rf "$w"/store/jobs
  echo '{"partition": "low", "setup": ["echo the module is gone >&2; exit 3"]}' >"$w/site.json"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" --site site.json --canary 5) >"$w/job" 2>"$w/log" &&
    fail "a canary that dies is believed"
  grep -q 'the module is gone' "$w/log" || fail "does not say why: $(cat "$w/log")"
  [ ! -s "$w/job" ] && [ ! -e "$w"/store/jobs/*/arrays ] || fail "workers were filed all the same"
  await 60 quiet
}

case_toy_matrix() {  # the program itself, on toy data
  begin toy '{"partition": "low", "workers": 2, "time": "30"}'
  local chosen=(smoke --attacks blend --distillers ood_kd --defenses none) \
    site=(--site "$w/site.json")
  export DFKD_STORE=$w/store DFKD_DATA=$w/data
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --dry-run) >"$w/script" || fail "dry run"
  grep -q '^exec .*dfkd pull ' "$w/script" || fail "dry run: $(cat "$w/script")"
  [ ! -e "$w/store/jobs" ] || fail "a dry run wrote something"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --budget 0cpuh) 2>"$w/log" &&
    fail "workers are filed although nothing may be spent"
  grep -q 'budget of 0cpuh is spent' "$w/log" && [ ! -e "$w"/store/jobs/*/arrays ] ||
    fail "a spent budget: $(cat "$w/log")"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}") >"$w/job" 2>"$w/log" || fail submit
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --missing) 2>"$w/log2" ||
    fail "submit --missing"
  grep -q 'nothing is filed' "$w/log2" || fail "filed again: $(cat "$w/log2")"
  (cd "$w" && "$dfkd" run "${chosen[@]}" "${site[@]}" --engine slurm --out scores) \
    >>"$w/log" 2>&1 || fail "run"
  (cd "$w" && "$dfkd" run "${chosen[@]}" --out scores) 2>"$w/log3" || fail "run here"
  grep -q ' 0 stages ran' "$w/log3" || fail "workers left something to do"
  serve "$w/store" || fail "no server"
  (cd "$w" && no_proxy=127.0.0.1 "$dfkd" submit "${chosen[@]}" "${site[@]}" \
    --store other --remote "$address") 2>"$w/log6" || fail "submit --remote: $(cat "$w/log6")"
  grep -q '^0 stages are open, .* nothing is filed$' "$w/log6" ||
    fail "what was fetched is filed: $(cat "$w/log6")"
  (cd "$w" && "$dfkd" status "${chosen[@]}") | grep -q '^workers: .*ended' || fail "status"
  echo '{"partion": "low"}' >"$w/wrong.json"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" --site wrong.json) 2>"$w/log4" &&
    fail "a wrong site is accepted"
  [ "$(wc -l <"$w/log4")" = 1 ] && grep -q partion "$w/log4" || fail "$(cat "$w/log4")"
  for refused in "--device tpu" "--device cuda,cuda" "--budget 20" "--engine slurm --jobs 2" \
    "--engine slurm --fail-fast" "--engine local"; do
    local verb=submit
    [[ $refused != *engine* ]] || verb=run
    # shellcheck disable=SC2086
    (cd "$w" && "$dfkd" $verb "${chosen[@]}" "${site[@]}" $refused) 2>"$w/log5"
    [ $? = 2 ] && [ "$(wc -l <"$w/log5")" = 1 ] || fail "$refused: $(cat "$w/log5")"
  done
  unset DFKD_STORE DFKD_DATA
}

all=(submit cancelled_before_the_first_line term kill yield requeued_twin two_submitters
  answers_that_are_none preemption full_disk read_only_store clock
  leases_by_the_clock_of_the_file_server time_limit interrupted_watch budget canary toy_matrix)
# Where controllers and nodes die, Slurm itself may come to wait for an administrator.
kills=1000
[ -z "${DFKD_LONG:-}" ] || all+=(node_down no_controller random_kills)
[ $# = 0 ] || all=("$@")
for name in "${all[@]}"; do
  begun=$SECONDS case=$name
  "case_$name"
  echo "$name: $((SECONDS - begun)) s"
done
echo ok
