#!/usr/bin/env bash
# Expectation propagation over a real Redis: one server without rows, three workers that each have the rows of a site, and
# an account that reaches nothing of other sites; one is killed half-way and replaced. Prints the digest of that run and
# of the same run in one process that has all rows, which must be equal.
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

cd "$folder"
data=$source/examples/ep/clinics.csv
site() {  # NAME FIRST LAST: the rows of those clinics, in a folder of the site's own
  mkdir "$1"
  awk -F, -v first="$2" -v last="$3" 'NR == 1 || ($1 >= first && $1 <= last)' "$data" >"$1/$1.csv"
}
site north clinic01 clinic06
site south clinic07 clinic11
site west clinic12 clinic16
"$dovetail" sites north/north.csv south/south.csv west/west.csv --by clinic >sites.toml
"$dovetail" redis-acl --run clinics --sites sites.toml --out accounts >/dev/null

start redis redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --save "" --appendonly no \
  --maxmemory 256mb --maxmemory-policy noeviction --aclfile "$folder/accounts/users.acl"
await "Redis" test -S "$folder/redis.sock"
store() { echo "redis+unix://$1@$folder/redis.sock?password-file=$folder/accounts/$1.password"; }

ep=("$dovetail" ep builtin:hierarchical_logistic --sites sites.toml --by clinic --seed 1 --tolerance 1e-6 --rounds 12)
worker() {  # NAME SITE: with the site's account and rows
  start "$1" "$dovetail" worker --store "$(store "site-$2")" --run clinics --data "$2=$2/$2.csv" --threads 1 --lease 1s
}

start server "${ep[@]}" --store "$(store server)" --run clinics --out pooled
server=$started
worker worker1 north
worker worker2 south
worker worker3 west
victim=$started

rounds() { [ "$(wc -l 2>/dev/null <pooled/rounds.csv || echo 0)" -gt "$1" ]; }
await "fourth round" rounds 4
{ kill -9 "$victim"; wait "$victim"; } 2>/dev/null || true
echo "after 4 rounds: the worker that has the rows of west is killed, another with these rows comes"
worker worker4 west
wait "$server" || die "the server has failed"

mkdir all
cp north/*.csv south/*.csv west/*.csv all
"${ep[@]}" --data all --quiet --out embedded >/dev/null 2>&1
for i in 1 2 4; do grep -h -o 'leaves after.*' "worker$i.log" 2>/dev/null | sed "s/^/worker $i /" || true; done
pooled=$("$dovetail" digest pooled)
embedded=$("$dovetail" digest embedded)
echo "server without rows, Redis, workers: $pooled"
echo "one process that has all rows:       $embedded"
[ "$pooled" = "$embedded" ] || die "the digests differ"
echo "equal"
