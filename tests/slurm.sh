#!/usr/bin/env bash
# slurm.sh DFKD FAKE_WORKER SCRATCH [CASE…]: workers on a real Slurm of two nodes. What is
# cancelled, killed, preempted, filed twice or not answered ends in the same digests, and no stage
# is done twice but where a case says so. Stages are fakes, but for the case toy_matrix.
# Of the kills at random there are 200, with DFKD_LONG=1 a thousand. 77: there is no Slurm here.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dfkd=$(readlink -f "$1") fake=$(readlink -f "$2")
mkdir -p "$3" && scratch=$(cd "$3" && pwd) || exit 1
shift 3
. "$here/slurm_cluster.sh"
. "$here/slurm_faults.sh"
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
# Two nodes of two processors: four workers run, the others wait until they are cancelled.
spare=$((stages - 4))
mkdir -p "$scratch/data"
alone() {  # alone STORE DIGESTS: what the grid gives where nothing happens, and nobody sleeps
  "$fake" alone "$1" "$scratch/data" "${grid[@]:0:2}" 0 || { case=reference; fail "exit code $?"; }
  "$fake" digests "$1" "${grid[@]:0:2}" 0 >"$2"
}
expected=$scratch/expected
alone "$scratch/reference" "$expected"

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
await() {  # await SECONDS COMMAND…: three times as long, for slow machines
  local end=$((SECONDS + 3 * $1))
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
# How many attempts, of as many starts of workers, say a thing: all of them, without one.
attempts() { grep -lF -- "${1:-\"task\"}" "$w"/store/jobs/*/attempts/*.json 2>/dev/null | wc -l; }
started() { [ "$(attempts)" = "$1" ]; }
restarted() { [ "$(attempts '"restarts": 1,')" = "$1" ]; }
# Four workers run; two hold the stages that can be done, two have nothing to do yet.
hold_four() { hold && submit && await 30 held 2 && await 30 started 4; }
# Without the workers that wait, which would take the place of the one that is put back.
hold_alone() { hold_four && scancel --state=PENDING "$job" && await 30 begun; }
# What is held goes on until so many stages are done, and what begins then is held.
gone_on() {
  release && sleep 0.05 && hold && sleep 0.3
  [ "$(wc -l <"$w/store/history.jsonl")" -ge "$1" ]
}
# variable PID NAME: in the environment of a process
variable() { tr '\0' '\n' <"/proc/$1/environ" | sed -n "s/^$2=//p"; }
# exactly STATES [SPENT]: all that status says of the workers, and of their attempts
exactly() {
  says "^workers: $1\$" || fail "not '$1': $(status)"
  [ $# = 1 ] || says "^spent: .* in $2\$" || fail "not '$2': $(status)"
}
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
  cmp -s "$expected" "$w/got" || fail "digests differ"
  [ "$(doubled)" -le "${1:-0}" ] || fail "$(doubled) stages were done twice"
}

pids() {  # pids VERB: of the processes of this test
  pgrep -f "^$fake $1|^dfkd $1" | sed 's|.*|/proc/&/environ|' |
    xargs -r grep -lzF "SLURM_CONF=$cluster/" 2>/dev/null | cut -d/ -f3
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
  exactly "$stages waiting"
  scancel "$job"
  await 20 says "^workers: $stages not begun\$"
  [ "$(attempts)" = 0 ] || fail "$(attempts) workers began"
  scontrol update partitionname=low state=up
  submit --missing
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  ends
}

case_term() {
  begin term
  hold_four
  scancel "$job"
  await 30 says "^workers: 4 ended, $spare not begun\$"
  [ "$(attempts '"ended": "told to go"')" = 4 ] || fail "not all four workers say why"
  [ "$(ls "$w"/store/work/*/state | wc -l)" = 2 ] || fail "not two checkpoints"
  submit --missing
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  release && ends
}

case_term_then_kill() {  # whoever does not hear the one dies of the other, three seconds later
  begin deaf '{"partition": "low", "workers": 4, "time": "10", "setup": ["export FAKE_IS_DEAF=1"]}'
  hold_alone
  local since=$SECONDS
  scancel "$job"
  await 60 says "^workers: 4 lost, $spare not begun\$"
  [ $((SECONDS - since)) -ge 2 ] || fail "they died of TERM"
  [ "$(attempts '"ended": ""')" = 4 ] || fail "a worker that was killed says why"
  submit --missing
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  release && ends
}

case_kill() {
  begin kill
  hold_alone
  local victims
  mapfile -t victims < <(pids pull)
  [ ${#victims[@]} = 4 ] || fail "${#victims[@]} workers instead of 4"
  kill -9 "${victims[@]}"
  await 30 says "^workers: 4 lost, $spare not begun\$"
  submit --missing
  [ "$tasks" = $stages ] || fail "$tasks workers instead of $stages"
  release && ends
}

case_yield() {  # what the time limit does, without waiting for it
  begin yield
  hold_alone
  scancel --batch --signal=USR1 "${job}_0"
  await 30 says "^workers: 3 running, 1 preempted, $spare not begun\$"
  await 60 restarted 1
  release && ends
  exactly "4 ended, $spare not begun" '5 attempts, 1 of them restarts'
}

case_requeued_twin() {  # the worker is put back while another of the same name works
  begin twin
  hold_alone
  SLURM_JOB_ID=$job SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=0 SLURM_JOB_END_TIME=9999999999 \
    "$fake" pull "$w"/store/jobs/* >>"$w/log" 2>&1 &
  await 30 started 5
  scontrol requeue "${job}_0"
  await 60 restarted 1
  release && ends && wait
  exactly "4 ended, $spare not begun" '6 attempts, 1 of them restarts'
}

case_two_submitters() {
  begin twice
  hold
  "$fake" submit "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >"$w/filed2" &
  submit && wait
  await 30 held 2 && await 30 started 4
  release && ends
  [ "$(arrays)" = 2 ] || fail "$(arrays) arrays"
  exactly "4 ended, $((2 * stages - 4)) not begun" '4 attempts, 0 of them restarts'
}

case_two_missing_at_once() {  # they take turns: the second finds what the first has filed
  begin once
  hold
  "$fake" submit "$w/store" "$w/data" "$w/site.json" "${grid[@]}" --missing >"$w/filed2" & \
    local other=$!
  submit --missing
  wait $other || fail "the other submit: exit code $?"
  [ $((tasks + $(cut -d' ' -f2 "$w/filed2"))) = $stages ] && [ "$(arrays)" = 1 ] ||
    fail "filed: $(cat "$w/filed" "$w/filed2")"
  await 30 held 2 && await 30 started 4
  release && ends
  exactly "4 ended, $spare not begun" '4 attempts, 0 of them restarts'
}

# For a minute, in which workers go on, and not all is done in it. How many attempts it takes is
# open: those that found nothing to do in that minute have ended, and a controller that is back may
# put back others, or not know any more whom it had started. What is certain is that nothing is
# filed meanwhile, and that no stage is done twice.
case_no_controller() {
  begin controller
  hold
  watch & local watcher=$!
  await 30 held 2
  sleep 6  # the controller has written down what it started
  slurm_controller kill
  local since=$SECONDS
  await 60 grep -q 'does not answer' "$w/log"
  await 30 gone_on 2
  until [ $((SECONDS - since)) -ge 60 ]; do sleep 1; done
  whole && fail "nothing is left for when the controller is back"
  [ "$(arrays)" = 1 ] || fail "$(arrays) arrays were filed while nobody answered"
  slurm_controller start
  await 30 sinfo
  while sleep 1; do resume; done & local administrator=$!
  release
  wait $watcher || fail "watch: exit code $?"
  kill $administrator
  right && fresh_cluster
}

# The last is whole, but knows none of an array that was just filed.
case_answers_that_are_none() {
  local answer
  for answer in ':' 'echo "slurm_load_jobs error: try again"' 'exit 1' \
    'head -c 300 /dev/urandom' 'echo "JOBID|STATE|NODELIST|REASON"'; do
    begin "answer $(tr -dc a-z <<<"$answer" | head -c 12)"
    mkdir "$w/bin" && printf '#!/bin/sh\n%s\n' "$answer" >"$w/bin/squeue" &&
      printf '#!/bin/sh\nexit 1\n' >"$w/bin/scontrol" && chmod +x "$w"/bin/*
    hold_four
    PATH=$w/bin:$PATH submit --missing
    [ "$job $tasks" = "none 0" ] || fail "filed again: $job $tasks"
    PATH=$w/bin:$PATH watch & local watcher=$!
    await 30 grep -q 'does not answer' "$w/log"
    sleep 1.5  # three questions
    release
    wait $watcher || fail "watch: exit code $?"
    ends
    [ "$(arrays)" = 1 ] || fail "$(arrays) arrays: an answer that is none was taken for one"
    exactly "4 ended, $spare not begun" '4 attempts, 0 of them restarts'
  done
}

# What a node ran is put back; where the site does not do that, it is lost, and filed once more.
case_node_down() {
  local flag state missing
  for flag in requeue no-requeue; do
    begin "down $flag" \
      "{\"partition\": \"low\", \"workers\": 4, \"time\": \"10\", \"flags\": [\"--$flag\"]}"
    hold_alone
    slurm_node kill 2
    scontrol update nodename=node2 state=down reason=test
    state=preempted missing=$((stages - 4))
    [ $flag = requeue ] || state=lost missing=$((stages - 2))
    await 30 says "^workers: 2 running, 2 $state, $spare not begun\$"
    submit --missing
    [ "$tasks" = $missing ] || fail "$tasks workers instead of $missing"
    await 30 says "^workers: $missing waiting, 2 running, 2 $state, $spare not begun\$"
    release
    right 4  # whoever the node held goes on, and may publish what is done again
    # Its processes are not killed, and end as the others do: before anybody took their place.
    await 30 says "^workers: 4 ended, $((spare + missing)) not begun\$"
    exactly "4 ended, $((spare + missing)) not begun" '4 attempts, 0 of them restarts'
    fresh_cluster
  done
}

# A site in which nothing begins on one node. Only who watches sees it; no stage is to blame.
case_broken_node() {
  begin broken '{"partition": "low", "workers": 4, "time": "10", "setup": [
    "[[ $SLURMD_NODENAME != node2 ]] || { sleep 1; echo no module >&2; exit 3; }"]}'
  hold
  watch & local watcher=$!
  await 30 held 2
  await 60 grep -q 'node2: workers end before they begin' "$w/log"
  sleep 4  # whoever was on the way there
  local before
  before=$(status | head -n 1)
  grep -qE '^workers: [2-9] waiting, 2 running, [0-9]+ not begun$' <<<"$before" ||
    fail "no worker is left: $before"
  sleep 4
  exactly "${before#workers: }"
  release
  wait $watcher || fail "watch: exit code $?"
  ends
  started 2 || fail "$(attempts) attempts instead of 2"
  [ "$(attempts '"node": "node1"')" = 2 ] || fail "not all was done on node1: $(status)"
  [ "$(arrays)" = 1 ] || fail "$(arrays) arrays"
  [ -z "$(find "$w/store/failures" -name '*.json' 2>/dev/null)" ] || fail "a stage is blamed"
}

wrong_on_node2() {  # all that began there, and so many
  [ "$(attempts '"canary": "the toy teacher ')" = "$1" ] &&
    [ "$(attempts '"node": "node2"')" = "$1" ]
}

case_wrong_bits() {  # a node that computes something else does no stage
  begin bits '{"partition": "low", "workers": 4, "time": "10", "setup": [
    "[[ $SLURMD_NODENAME = node1 ]] || { sleep 3; export FAKE_BITS=wrong; }"]}'
  hold
  FAKE_CANARY=1 submit && await 30 held 2
  await 60 says '^not used any more, .*: node2$'
  await 30 wrong_on_node2 2
  release && ends
  wrong_on_node2 2 || fail "others than the first two began on node2: $(status)"
  [ "$(attempts '"node": "node1"')" = 2 ] || fail "not all was done by two on node1: $(status)"
}

case_gpus() {  # two workers on one node have different ones
  begin gpus '{"partition": "low", "workers": 4, "time": "10", "gres": "gpu:1"}'
  hold_alone
  local pid got
  got=$(for pid in $(pids pull); do
    echo "$(variable "$pid" SLURMD_NODENAME) $(variable "$pid" CUDA_VISIBLE_DEVICES)"
  done | sort | paste -sd,)
  [ "$got" = 'node1 0,node1 1,node2 0,node2 1' ] || fail "GPUs of the workers: $got"
  [ "$(pids worker | wc -l)" -ge 2 ] || fail "nobody computes"
  for pid in $(pids worker); do  # who computes
    variable "$pid" CUDA_VISIBLE_DEVICES | grep -qx '[01]' || fail "a process without its GPU"
  done
  [ "$(attempts '"gpus": 1,')" = 4 ] || fail "not four attempts account for one GPU"
  release && ends
  exactly "4 ended, $spare not begun" '4 attempts, 0 of them restarts'
}

case_preemption() {
  begin preempted
  hold_alone
  local other
  other=$(sbatch --parsable -p high -N2 --ntasks=4 --exclusive -o /dev/null --wrap 'sleep 12')
  await 30 says "^workers: 4 preempted, $spare not begun\$"
  await 60 restarted 4
  release && ends
  scancel "$other"
  exactly "4 ended, $spare not begun" '8 attempts, 4 of them restarts'
}

case_interrupted_watch() {
  begin interrupted
  hold
  "$fake" watch "$w/store" "$w/data" "$w/site.json" "${grid[@]}" >>"$w/log" 2>&1 & local watcher=$!
  await 30 held 2 && await 30 started 4
  kill -TERM $watcher
  wait $watcher
  [ $? = 130 ] || fail "watch does not end with 130"
  await 30 quiet
  exactly "4 ended, $spare not begun"
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

# In the middle of a stage; two workers, as one that waits for work may end before its time.
case_time_limit() {
  begin limit '{"partition": "low", "workers": 2, "time": "1"}'
  hold && submit && await 30 held 2 && await 30 started 2
  scancel --state=PENDING "$job" && await 30 begun
  await 200 restarted 2
  release && ends
  exactly "2 ended, $((stages - 2)) not begun" '4 attempts, 2 of them restarts'
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
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --canary 5 --dry-run) >"$w/script" ||
    fail "dry run"
  grep '^exec .*dfkd pull ' "$w/script" >"$w/told" || fail "dry run: $(cat "$w/script")"
  [ ! -e "$w/store/jobs" ] || fail "a dry run wrote something"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --budget 0cpuh) 2>"$w/log" &&
    fail "workers are filed although nothing may be spent"
  grep -q 'budget of 0cpuh is spent' "$w/log" && [ ! -e "$w"/store/jobs/*/arrays ] ||
    fail "a spent budget: $(cat "$w/log")"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --canary 5) >"$w/job" 2>"$w/log" ||
    fail "submit: $(cat "$w/log")"
  grep -h '^exec' "$w"/store/jobs/*/scripts/*.sh | cmp -s - "$w/told" ||
    fail "a dry run tells another line: $(cat "$w/told")"
  (cd "$w" && "$dfkd" submit "${chosen[@]}" "${site[@]}" --missing) 2>"$w/log2" ||
    fail "submit --missing"
  grep -q 'nothing is filed' "$w/log2" || fail "filed again: $(cat "$w/log2")"
  (cd "$w" && "$dfkd" run "${chosen[@]}" "${site[@]}" --engine slurm --out scores) \
    >>"$w/log" 2>&1 || fail "run"
  (cd "$w" && "$dfkd" run "${chosen[@]}" --out scores) 2>"$w/log3" || fail "run here"
  grep -q ' 0 stages ran' "$w/log3" || fail "workers left something to do"
  grep -q '"digest"' "$w"/store/canary/*/*.json || fail "no node said what it computes"
  [ "$(attempts)" -gt 0 ] && [ "$(attempts '"canary": ""')" = "$(attempts)" ] ||
    fail "a node is not believed"
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

all=(submit cancelled_before_the_first_line term term_then_kill kill yield requeued_twin
  two_submitters two_missing_at_once answers_that_are_none preemption gpus broken_node wrong_bits
  full_disk read_only_store clock leases_by_the_clock_of_the_file_server time_limit
  interrupted_watch budget canary toy_matrix node_down no_controller random_kills)
kills=200
[ -z "${DFKD_LONG:-}" ] || kills=1000
[ $# = 0 ] || all=("$@")
for name in "${all[@]}"; do
  begun=$SECONDS case=$name
  "case_$name"
  echo "$name: $((SECONDS - begun)) s"
done
echo ok
