#!/usr/bin/env bash
# Flower 2.2.0 (Celery 5.7.0): `flower_worker_online` stays 1 of a worker that was killed, though Flower itself knows that it
# is gone; only a worker that was stopped becomes 0. An alert on "online == 0" rings for scale-downs and never for crashes.
#
# Needs python3 with venv, redis-server, curl and PyPI. Seen on Debian 12, Python 3.11:
#   killed:  flower_worker_online 1.0   /api/workers?status=true false
#   stopped: flower_worker_online 0.0   /api/workers?status=true false
# Exit status 0 as long as that is so.
set -euo pipefail

folder=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'celery[redis]==5.7.0' packaging flower==2.2.0
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
redis_port=$(free_port)
flower_port=$(free_port)
redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --dir "$folder" >/dev/null &
pids+=($!)
export BROKER="redis://127.0.0.1:$redis_port/0"
cd "$folder"
cat > tasks.py <<'PY'
import os
from celery import Celery
app = Celery("tasks", broker=os.environ["BROKER"])
PY

worker() {
  venv/bin/celery -A tasks worker --pool solo -n "$1@here" --loglevel error >"$1.log" 2>&1 &
  pids+=($!)
}
FLOWER_UNAUTHENTICATED_API=true venv/bin/celery -A tasks flower --address=127.0.0.1 --port="$flower_port" >flower.log 2>&1 &
pids+=($!)
online() { curl -fs "http://127.0.0.1:$flower_port/metrics" | sed -n "s/^flower_worker_online{worker=\"$1@here\"} //p"; }
until_is() {
  for _ in $(seq 120); do
    if [ "$(online "$1" || true)" = "$2" ]; then return 0; fi
    sleep 1
  done
  echo "flower_worker_online of $1 is \"$(online "$1" || true)\" and not $2 after two minutes"
  cat flower.log
  return 1
}
# Flower tells only of what happens while it listens.
for _ in $(seq 60); do curl -fs "http://127.0.0.1:$flower_port/metrics" >/dev/null && break || sleep 1; done

worker killed; killed=$!
worker stopped; stopped=$!
until_is killed 1.0
until_is stopped 1.0
kill -9 "$killed"
kill -TERM "$stopped"
until_is stopped 0.0
# Celery calls a worker gone that has sent no heartbeat for some seconds: wait far longer.
for _ in $(seq 120); do
  status=$(curl -fs "http://127.0.0.1:$flower_port/api/workers?status=true")
  case "$status" in *'"killed@here": false'*) break ;; esac
  sleep 1
done
sleep 20
echo "killed:  flower_worker_online $(online killed)"
echo "stopped: flower_worker_online $(online stopped)"
echo "/api/workers?status=true $status"
[ "$(online killed)" = 1.0 ]
[ "$(online stopped)" = 0.0 ]
case "$status" in *'"killed@here": false'*) ;; *) exit 1 ;; esac
