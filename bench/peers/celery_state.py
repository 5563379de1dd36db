"""Peer of the ingest benchmark: Celery's events.State, which is what Flower keeps, in memory only.

Reads the events as NDJSON, turns each into the Celery event that says the same, and times State.event alone:
decoding is not counted against the peer. Prints events per second.
"""
import json
import sys
import time

from celery.events.state import State

TYPES = {"pending": "task-received", "running": "task-started", "completed": "task-succeeded", "failed": "task-failed"}


def celery_event(event, clock):
    result = {
        "type": TYPES[event["state"]],
        "uuid": event["runId"],
        "timestamp": event["at"] / 1000,
        "local_received": event["at"] / 1000,
        "hostname": event.get("worker", "worker-0"),
        "clock": clock,
        "pid": 1,
        "utcoffset": 0,
    }
    if "task" in event:
        result.update(name=event["task"], args="()", kwargs="{}", retries=0, eta=None, expires=None)
    if event["state"] == "completed":
        result.update(result="None", runtime=event["cpuSeconds"])
    if event["state"] == "failed":
        result.update(exception=event["error"]["type"], traceback=event["error"]["message"])
    return result


with open(sys.argv[1], encoding="utf-8") as lines:
    events = [celery_event(json.loads(line), clock) for clock, line in enumerate(lines, 1)]

state = State(max_tasks_in_memory=100_000)
began = time.perf_counter()
for event in events:
    state.event(event)
print(len(events) / (time.perf_counter() - began))
