#!/bin/bash
# Usage: slurm_test.sh DOVETAIL. `dovetail submit`, `watch`, `status` and `cancel` against Slurm itself: one machine, with its own
# configuration, ports and folders, started here and ended here. 77 (skipped) where it is not installed, or not as root.
set -eu
dovetail=$1
for program in slurmctld slurmd munged sbatch srun; do
  if ! command -v "$program" >/dev/null; then
    echo "skipped: there is no $program (Debian: slurmctld slurmd slurm-client munge)"
    exit 77
  fi
done
if [ "$(id -u)" -ne 0 ]; then
  echo "skipped: slurmd wants to be root"
  exit 77
fi

folder=$(mktemp -d /tmp/dovetail-slurm-XXXXXX)
daemons=()
finish() {
  code=$?
  [ "$code" -eq 0 ] || tail -n 30 "$folder"/*.log "$folder"/*.slurm/output.log 2>/dev/null || true
  for ((i = ${#daemons[@]} - 1; i >= 0; --i)); do
    kill "${daemons[$i]}" 2>/dev/null || true
    wait "${daemons[$i]}" 2>/dev/null || true
  done
  rm -rf "$folder"
}
trap finish EXIT
fail() {
  echo "$1" >&2
  exit 1
}
# Up to two minutes for what follows to succeed.
until_ok() {
  for ((look = 0; look < 1200; ++look)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    read -rt 0.1 <> <(:) || true
  done
  fail "waited in vain for: $*"
}

cd "$folder"
mkdir state spool
head -c 1024 /dev/urandom >key
chmod 400 key
host=$(hostname -s)
port=$((20000 + $$ % 20000))
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=main Nodes=$host Default=YES State=UP
END
# cred_expire: Slurm holds a job that was requeued back for that long, two minutes if it is left out.
export SLURM_CONF=$folder/slurm.conf
munged --foreground --force --socket="$folder/munge.socket" --key-file="$folder/key" --pid-file="$folder/munged.pid" \
  --log-file="$folder/munged.log" --seed-file="$folder/seed" 2>munged.err &
daemons+=($!)
until_ok test -S munge.socket
slurmctld -D 2>/dev/null &
daemons+=($!)
slurmd -D 2>/dev/null &
daemons+=($!)
is_state() { [ "$(squeue --noheader --states=all --jobs="$1" --format=%T)" = "$2" ]; }
node_is_idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
until_ok node_is_idle

model=(temper builtin:modes --rounds 14 --replicas 5 -q)
"$dovetail" "${model[@]}" --out plain >/dev/null
expected=$("$dovetail" digest plain)

# A job that nobody disturbs, in a folder whose name a shell would take apart.
"$dovetail" submit --slurm --tasks 1 --cpus-per-task 1 --time 10 -- "${model[@]}" --out 'a b;c' >submitted
"$dovetail" watch 'a b;c' >watched
[ "$("$dovetail" digest 'a b;c')" = "$expected" ] || fail "a job's run has another digest"
until_ok is_state "$(cat submitted)" COMPLETED

# A job that is told that its time is nearly over: it stops, goes back into the queue, and goes on.
job=$("$dovetail" submit --slurm --requeue --time 10 -- "${model[@]}" --out r)
until_ok grep -q '"round": 7' r/events.jsonl
scancel --signal=USR1 --batch "$job"
until_ok is_state "$job" PENDING
[ "$("$dovetail" status r --json | grep -c '"state": "PENDING"')" -eq 1 ] || fail "status does not tell that the job waits"
"$dovetail" watch r >watched
[ "$("$dovetail" digest r)" = "$expected" ] || fail "a run that was requeued has another digest"
grep -q '"kind": "resume"' r/events.jsonl || fail "the run was not resumed"
until_ok is_state "$job" COMPLETED

# A job of two ranks, told the same half-way.
if command -v mpirun >/dev/null && "$dovetail" doctor --json | grep -q '"mpi": true'; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_hwloc_base_binding_policy=none
  tasks=2
  [ "$(nproc)" -ge 2 ] || tasks=1
  job=$("$dovetail" submit --slurm --tasks "$tasks" --launcher mpirun --requeue --time 10 -- "${model[@]}" --threads 1 --out m)
  until_ok grep -q '"round": 7' m/events.jsonl
  scancel --signal=USR1 --batch "$job"
  until_ok is_state "$job" PENDING
  "$dovetail" watch m >watched
  [ "$("$dovetail" digest m)" = "$expected" ] || fail "a run of $tasks ranks has another digest"
  until_ok is_state "$job" COMPLETED
fi

# A job that is cancelled stops with a checkpoint and does not come back.
job=$("$dovetail" submit --slurm --requeue -- temper builtin:modes --rounds 40 --replicas 5 -q --out s)
until_ok grep -q '"kind": "round"' s/events.jsonl
"$dovetail" cancel s
code=0
"$dovetail" watch s >watched || code=$?
[ "$code" -eq 75 ] || fail "watch ended with $code after cancel"
until_ok is_state "$job" CANCELLED
scontrol show job "$job" | grep -q 'Restarts=0' || fail "a cancelled job was requeued"
"$dovetail" verify s >/dev/null

# A job that Slurm takes back into the queue, as it does when it preempts it, goes on.
job=$("$dovetail" submit --slurm --requeue -- "${model[@]}" --out t)
until_ok grep -q '"round": 7' t/events.jsonl
scontrol requeue "$job"
"$dovetail" watch t >watched
[ "$("$dovetail" digest t)" = "$expected" ] || fail "a run that Slurm requeued has another digest"
until_ok is_state "$job" COMPLETED
echo "Slurm $(scontrol --version 2>/dev/null || true): submitted, requeued, cancelled; digest $expected"
