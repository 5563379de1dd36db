#!/usr/bin/env bash
# Airflow 3.3.2: a task that runs when its dag run exceeds `dagrun_timeout` becomes `skipped`, with its start and for ever
# without an end or a duration, though its process is ended; the dag run itself fails and ends. By state such a task is one
# that was not needed; by times it runs on. Whoever draws or sums task instances by start and end needs the dag run's end.
#
# Needs python3 with venv, sqlite3's module and PyPI. Seen on Debian 12, Python 3.11:
#   dag run: failed, ended yes
#   task:    skipped, started yes, ended no
# Exit status 0 as long as that is so.
set -euo pipefail

folder=$(mktemp -d)
session=
cleanup() {
  # The parts of Airflow start each other in groups of their own, and rewrite their environment: their session tells them.
  if [ -n "$session" ]; then ps -o pid= -s "$session" | xargs -r kill -9 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap cleanup EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check apache-airflow==3.3.2
mkdir -p "$folder/home" "$folder/dags"
cat > "$folder/dags/late.py" <<'PY'
import time
from datetime import datetime, timedelta
from airflow.sdk import dag, task

@dag(schedule=None, start_date=datetime(2026, 1, 1), dagrun_timeout=timedelta(seconds=30))
def late():
    @task
    def slow():
        time.sleep(600)
    slow()

late()
PY

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
vars=(
  AIRFLOW_HOME="$folder/home" AIRFLOW__CORE__DAGS_FOLDER="$folder/dags" AIRFLOW__CORE__LOAD_EXAMPLES=False
  AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False AIRFLOW__CORE__PARALLELISM=2 AIRFLOW__API__PORT="$port"
  AIRFLOW__API__BASE_URL="http://127.0.0.1:$port" AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$port/execution/"
  AIRFLOW__API__HOST=127.0.0.1 PATH="$folder/venv/bin:$PATH"
)
env "${vars[@]}" setsid airflow standalone >"$folder/log" 2>&1 &
session=$!

# The database is the witness: no client of Airflow's is between.
ask() { python3 -c 'import sqlite3, sys; print(*(sqlite3.connect(sys.argv[1], timeout=30).execute(sys.argv[2]).fetchone() or ("",)), sep="|")' "$folder/home/airflow.db" "$1" 2>/dev/null || true; }
wait_for() { # what, question, answer
  for _ in $(seq 300); do
    [ "$(ask "$2")" = "$3" ] && return 0
    sleep 1
  done
  echo "In vain waited for $1. The last lines of Airflow:"
  tail -20 "$folder/log"
  return 1
}
wait_for 'the DAG' "select count(*) from dag where dag_id = 'late'" 1
env "${vars[@]}" airflow dags trigger late >/dev/null 2>&1
wait_for 'the task' "select state from task_instance" running
wait_for 'the time-out' "select state from dag_run" failed
# Its process is ended within some seconds; give Airflow a minute to write an end down.
sleep 60
dag_run=$(ask "select state, end_date is not null from dag_run")
task=$(ask "select state, start_date is not null, end_date is not null from task_instance")
say() { case "$1" in 1) echo yes ;; *) echo no ;; esac; }
IFS='|' read -r state ended <<<"$dag_run"
echo "dag run: $state, ended $(say "$ended")"
IFS='|' read -r state started ended <<<"$task"
echo "task:    $state, started $(say "$started"), ended $(say "$ended")"
[ "$dag_run" = 'failed|1' ]
[ "$task" = 'skipped|1|0' ]
