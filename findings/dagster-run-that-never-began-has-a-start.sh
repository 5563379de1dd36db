#!/usr/bin/env bash
# Dagster 1.13.28: a run that was cancelled in the queue never began, and GraphQL tells a `startTime` all the same: its end. How
# long runs waited comes out as how long they lay in the queue until somebody gave up, and how long they ran as 0 s. Only
# `stats.startTime` is null.
#
# Needs python3 with venv, curl and PyPI. Seen on Debian 12, Python 3.11:
#   QUEUED:   startTime null, endTime null
#   CANCELED: startTime is endTime, stats.startTime null
# Exit status 0 as long as that is so.
set -euo pipefail

folder=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap cleanup EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check dagster==1.13.28 dagster-webserver==1.13.28
export DAGSTER_HOME="$folder/home" DAGSTER_DISABLE_TELEMETRY=yes PATH="$folder/venv/bin:$PATH"
mkdir "$DAGSTER_HOME"
touch "$DAGSTER_HOME/dagster.yaml"
cd "$folder"
cat > shop.py <<'PY'
from dagster import Definitions, job, op

@op
def charge(): pass

@job
def order(): charge()

defs = Definitions(jobs=[order])
PY
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
dagster-webserver -f shop.py -h 127.0.0.1 -p "$port" >webserver.log 2>&1 &
pids+=($!)
for _ in $(seq 120); do curl -fs "http://127.0.0.1:$port/server_info" >/dev/null && break || sleep 1; done

# No daemon runs, so that whatever is launched stays in the queue.
ask() { curl -fsG "http://127.0.0.1:$port/graphql" --data-urlencode "query=$1"; }
launched=$(ask 'mutation{launchPipelineExecution(executionParams:{selector:{jobName:"order",repositoryName:"__repository__",repositoryLocationName:"shop.py"},runConfigData:{}}){__typename ...on LaunchRunSuccess{run{runId}} ...on PythonError{message}}}')
run=$(grep -o '[0-9a-f]\{8\}-[0-9a-f-]\{27\}' <<<"$launched") || { echo "$launched"; exit 1; }
look() { ask "{runOrError(runId:\"$run\"){...on Run{status startTime endTime stats{...on RunStatsSnapshot{startTime}}}}}"; }
queued=$(look)
ask "mutation{terminateRun(runId:\"$run\"){__typename}}" >/dev/null
for _ in $(seq 60); do
  cancelled=$(look)
  case "$cancelled" in *'"CANCELED"'*) break ;; esac
  sleep 1
done
echo "$queued"
echo "$cancelled"
python3 - "$queued" "$cancelled" <<'PY'
import json, sys
queued, cancelled = (json.loads(text)["data"]["runOrError"] for text in sys.argv[1:])
assert (queued["status"], queued["startTime"], queued["endTime"]) == ("QUEUED", None, None)
assert cancelled["status"] == "CANCELED" and cancelled["stats"]["startTime"] is None
assert cancelled["startTime"] == cancelled["endTime"] is not None
print("QUEUED:   startTime null, endTime null")
print("CANCELED: startTime is endTime, stats.startTime null")
PY
