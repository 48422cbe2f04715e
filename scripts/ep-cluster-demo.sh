#!/usr/bin/env bash
# Expectation propagation over a real Redis: one server, three workers, of which one is killed half-way and one more
# comes. Prints the digest of that run and of the same run in one process, which must be equal.
#
#   scripts/ep-cluster-demo.sh [DOVETAIL]     default: build/dovetail
#
# Exit code 77: redis-server is not installed. Everything is in a folder of its own, which is removed at the end, and
# Redis listens on a socket in there alone.
set -euo pipefail

source=$(cd "$(dirname "$0")/.." && pwd)
dovetail=$(realpath "${1:-$source/build/dovetail}")
command -v redis-server >/dev/null || { echo "ep-cluster-demo: skipped, there is no redis-server (Debian: redis-server)"; exit 77; }

folder=$(mktemp -d)
children=()
leave() {
  for child in "${children[@]}"; do kill -9 "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap leave EXIT

start() {  # NAME COMMAND...: in the background, with what it says in NAME.log
  local name=$1
  shift
  "$@" >"$folder/$name.log" 2>&1 &
  children+=($!)
  started=$!
}
die() {
  echo "ep-cluster-demo: $1" >&2
  tail -n 5 "$folder"/*.log >&2
  exit 1
}
await() {  # WHAT COMMAND...: at most a minute
  local what=$1
  shift
  for _ in $(seq 1200); do
    if "$@"; then return; fi
    sleep 0.05
  done
  die "no $what within a minute"
}

start redis redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --save "" --appendonly no \
  --maxmemory 256mb --maxmemory-policy noeviction
await "Redis" test -S "$folder/redis.sock"

cd "$folder"
data=$source/examples/ep/clinics.csv
ep=("$dovetail" ep builtin:hierarchical_logistic --data "$data" --by clinic --seed 1 --tolerance 1e-6 --rounds 12)
store=redis+unix://$folder/redis.sock
work=("$dovetail" worker --store "$store" --run clinics --data "$data" --threads 1 --lease 1s)

start server "${ep[@]}" --store "$store" --run clinics --out pooled
server=$started
for i in 1 2 3; do start "worker$i" "${work[@]}"; done
victim=$started

rounds() { [ "$(wc -l 2>/dev/null <pooled/rounds.csv || echo 0)" -gt "$1" ]; }
await "fourth round" rounds 4
{ kill -9 "$victim"; wait "$victim"; } 2>/dev/null || true
echo "after 4 rounds: one of three workers is killed, another comes"
start worker4 "${work[@]}"
wait "$server" || die "the server has failed"

"${ep[@]}" --quiet --out embedded >/dev/null 2>&1
for i in 1 2 4; do grep -h -o 'leaves after.*' "worker$i.log" 2>/dev/null | sed "s/^/worker $i /" || true; done
pooled=$("$dovetail" digest pooled)
embedded=$("$dovetail" digest embedded)
echo "server, Redis, workers: $pooled"
echo "one process:            $embedded"
[ "$pooled" = "$embedded" ] || die "the digests differ"
