#!/usr/bin/env bash
# celery 5.7.0: the row that celery.events.state (and with it Flower) keeps of a task counts the next try from when that is sent,
# while its state, its times and its exception are of the last one.
#
# A good guess: in a row with the state RETRY, `retries` is the number of the try that has just failed.
# What happens: with task_send_sent_event a worker tells task-sent of the next try before it tells task-retried of the last one. An
# event of a state that logically lies before overwrites the fields all the same, so that `retries` is one too many from then on, in
# STARTED as in RETRY, until the next try starts. Whoever numbers tries by it gives the error of the first try to the second, which
# succeeds. The exception stays in the row of a success.
# Seen: "STARTED with 1 retries", "RETRY with 1 retries" for a first try, and "SUCCESS, away" at the end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check celery==5.7.0
seen=$("$folder/venv/bin/python" - <<'PY'
from celery.events.state import State

state = State()

def hear(kind, at, **more):
    state.event({"type": f"task-{kind}", "uuid": "1", "hostname": "w", "timestamp": at, "local_received": at, "clock": int(at * 10), "utcoffset": 0, "pid": 1, **more})
    return state.tasks["1"]

hear("sent", 1.0, name="mail", retries=0)
hear("received", 1.1, name="mail", retries=0)
hear("started", 1.2)
row = hear("sent", 1.9, name="mail", retries=1)
print(f"{row.state} with {row.retries} retries")
row = hear("retried", 2.0, exception="away")
print(f"{row.state} with {row.retries} retries")
hear("received", 2.1, name="mail", retries=1)
hear("started", 3.0)
row = hear("succeeded", 3.1, result="1", runtime=0.1)
print(f"{row.state}, {row.exception}")
PY
)
echo "$seen"
[ "$seen" = "STARTED with 1 retries
RETRY with 1 retries
SUCCESS, away" ]
