#!/usr/bin/env bash
# Dagster 1.13.28 pages runs by the id of the last one (`runsOrError(cursor:)`). When that run is deleted between two pages, the
# next page is empty, without an error, though older runs are there: whoever reads to the empty page has lost all of them.
#
# Needs python3 with venv, curl and PyPI. Seen on Debian 12, Python 3.11:
#   runs before: 3
#   page behind the newest run: 2 runs
#   page behind it once it is deleted: {"data":{"runsOrError":{"__typename":"Runs","results":[]}}}
#   runs that are there all the same: 2
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
from dagster import DagsterInstance, Definitions, in_process_executor, job, op

@op
def charge(): pass

@job(executor_def=in_process_executor)
def order(): charge()

defs = Definitions(jobs=[order])

if __name__ == "__main__":
    with DagsterInstance.get() as instance:
        for _ in range(3):
            order.execute_in_process(instance=instance)
PY
python shop.py 2>runs.log
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
dagster-webserver -f shop.py -h 127.0.0.1 -p "$port" >webserver.log 2>&1 &
pids+=($!)
for _ in $(seq 120); do curl -fs "http://127.0.0.1:$port/server_info" >/dev/null && break || sleep 1; done

ask() { curl -fsG "http://127.0.0.1:$port/graphql" --data-urlencode "query={runsOrError($1){__typename ...on Runs{results{runId}}}}"; }
ids() { grep -o '[0-9a-f]\{8\}-[0-9a-f-]\{27\}'; }
count() { ids | wc -l; }
newest=$(ask 'limit:1' | ids)
all=$(ask 'limit:10' | count)
behind=$(ask "limit:10,cursor:\"$newest\"" | count)
dagster run delete --force "$newest" >/dev/null 2>&1
after=$(ask "limit:10,cursor:\"$newest\"")
left=$(ask 'limit:10' | count)
echo "runs before: $all"
echo "page behind the newest run: $behind runs"
echo "page behind it once it is deleted: $after"
echo "runs that are there all the same: $left"
[ "$all $behind $left" = '3 2 2' ]
[ "$after" = '{"data":{"runsOrError":{"__typename":"Runs","results":[]}}}' ]
