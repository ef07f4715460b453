# A real Slurm of two nodes on this machine, for tests. Sourced, never run. Only loopback, nothing
# outside its folder.
#
#   slurm_start FOLDER        munged, slurmctld and two slurmd, node1 and node2, with two GPUs that
#                             are none and two CPUs each; returns when both are idle. 77: it cannot
#                             be made here, and says why. It remembers what has ended for
#                             $slurm_memory seconds (60)
#   slurm_stop                ends them and all that they have started
#   slurm_controller start|kill, slurm_node start|kill N

slurm_stop() {
  local file pid
  for file in "$slurm_folder"/run/*.pid; do
    pid=$(cat "$file" 2>/dev/null) && kill -9 "$pid" 2>/dev/null
  done
  # Jobs and what watches over them outlive the daemons; each has the configuration in its
  # environment.
  for pid in $(grep -lsF "SLURM_CONF=$slurm_folder/" /proc/[0-9]*/environ | cut -d/ -f3); do
    grep -qzF SLURM_JOB_ID= "/proc/$pid/environ" 2>/dev/null && kill -9 "$pid" 2>/dev/null
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = slurmstepd ] && kill -9 "$pid" 2>/dev/null
  done
  return 0
}

slurm_configure() {
  local port
  port=$(/usr/bin/python3 -c '
import socket
held = [socket.socket() for _ in range(3)]
for s in held: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in held))')
  read -r controller_port node1_port node2_port <<<"$port"
  cat >"$slurm_folder/slurm.conf" <<CONF
ClusterName=dfkd
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$slurm_folder/munge/socket,cred_expire=5
SlurmctldPort=$controller_port
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldParameters=enable_configless
StateSaveLocation=$slurm_folder/state
SlurmdSpoolDir=$slurm_folder/spool/%n
SlurmctldPidFile=$slurm_folder/run/slurmctld.pid
SlurmdPidFile=$slurm_folder/run/slurmd-%n.pid
SlurmctldLogFile=$slurm_folder/log/slurmctld.log
SlurmdLogFile=$slurm_folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
MessageTimeout=5
BatchStartTimeout=10
KillWait=3
MinJobAge=${slurm_memory:-60}
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
GresTypes=gpu
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
PreemptMode=REQUEUE
PreemptType=preempt/partition_prio
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$node1_port \
CPUs=2 RealMemory=2000 Gres=gpu:2
NodeName=node2 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=$node2_port \
CPUs=2 RealMemory=2000 Gres=gpu:2
PartitionName=low Nodes=node1,node2 Default=YES MaxTime=01:00:00 State=UP PriorityTier=1
PartitionName=high Nodes=node1,node2 MaxTime=01:00:00 State=UP PriorityTier=10
CONF
  for node in node1 node2; do
    printf 'NodeName=%s Name=gpu File=%s\n' $node /dev/null $node /dev/zero
  done >"$slurm_folder/gres.conf"
}

slurm_controller() {
  case $1 in
    start) slurmctld -i >/dev/null 2>&1 ;;
    kill) kill -9 "$(cat "$slurm_folder/run/slurmctld.pid")" ;;
  esac
}

slurm_node() {
  case $1 in
    start) slurmd -N "node$2" >/dev/null 2>&1 ;;
    kill) kill -9 "$(cat "$slurm_folder/run/slurmd-node$2.pid")" ;;
  esac
}

slurm_start() {
  slurm_folder=$1
  export SLURM_CONF=$slurm_folder/slurm.conf
  local tool
  for tool in munged slurmctld slurmd sbatch squeue scancel; do
    command -v $tool >/dev/null ||
      { echo "skipped: there is no $tool here (Debian: slurm-wlm, munge)"; return 77; }
  done
  mkdir -p "$slurm_folder"/{state,spool/node1,spool/node2,log,run,munge}
  chmod 755 "$slurm_folder" "$slurm_folder/munge"
  (umask 077 && head -c 1024 /dev/urandom >"$slurm_folder/munge/key")
  slurm_configure
  munged --force --key-file="$slurm_folder/munge/key" --socket="$slurm_folder/munge/socket" \
    --pid-file="$slurm_folder/run/munged.pid" --log-file="$slurm_folder/log/munged.log" \
    --seed-file="$slurm_folder/munge/seed" >/dev/null 2>&1
  slurm_controller start && slurm_node start 1 && slurm_node start 2
  for _ in $(seq 100); do
    [ "$(sinfo -h -N -o '%N %T' 2>/dev/null | grep -c ' idle$' )" -ge 4 ] && return 0
    sleep 0.2
  done
  echo "skipped: Slurm does not start here: $(tail -qn 2 "$slurm_folder"/log/*.log | tr '\n' ' ')"
  return 77
}
