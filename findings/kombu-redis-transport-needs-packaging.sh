#!/usr/bin/env bash
# kombu 5.7.0 with redis 8.1.0: the Redis transport imports `packaging`, which neither of the two requires.
#
# A good guess: `pip install celery redis` is all that a worker on a Redis broker needs, as it was for years.
# What happens: `packaging` comes only with the extra (`celery[redis]`, `kombu[redis]`). Without it the transport cannot
# be imported, and Celery says ModuleNotFoundError when the first task is sent or the worker starts, not when installed.
# Seen: "No module named 'packaging'" without the extra, "imported" with it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" --quiet --disable-pip-version-check "$@"; }
transport() {
  "$folder/venv/bin/python" -c 'import kombu.transport.redis; print("imported")' 2>&1 | tail -n 1
}
pip install kombu==5.7.0 redis==8.1.0
without=$(transport || true)
pip install 'kombu[redis]==5.7.0'
with=$(transport)
printf 'without the extra: %s\nwith the extra: %s\n' "$without" "$with"
[[ "$without" == *"No module named 'packaging'" ]] && [ "$with" = imported ]
