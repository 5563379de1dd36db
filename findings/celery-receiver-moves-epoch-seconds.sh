#!/usr/bin/env bash
# celery 5.7.0: the receiver of events adds the difference of time zones to a timestamp that is in seconds since 1970.
#
# A good guess: `timestamp` is time.time() of the worker, so a consumer may compare it with its own clock wherever both
# stand; `utcoffset` is there for display.
# What happens: the receiver that Celery ships (and with it Flower and celery-exporter) moves the timestamp by
# (offset of the worker − own offset) hours. A worker in Shanghai (TZ of its system, utcoffset −8) beside a receiver in
# UTC is told 28,800 s in the future; a client in UTC that sent the same task is told right.
# Seen: "sent by -8: moved by 28800 s" and "sent by 0: moved by 0 s".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check celery==5.7.0
seen=$(TZ=UTC "$folder/venv/bin/python" - <<'PY'
import time
from celery import Celery
from celery.events.receiver import EventReceiver

receiver = EventReceiver(None, app=Celery(broker="memory://"))
now = time.time()
for offset in (-8, 0):
    event = {"type": "task-started", "uuid": "1", "timestamp": now, "utcoffset": offset, "clock": 1}
    _, told = receiver.event_from_message(dict(event), localize=True)
    print(f"sent by {offset}: moved by {told['timestamp'] - now:.0f} s")
PY
)
echo "$seen"
[ "$seen" = "sent by -8: moved by 28800 s
sent by 0: moved by 0 s" ]
